//! The pages before a tenant is chosen.

use askama::Template;

use super::frame::{Bare, Frame, role_word};
use crate::store::team::Role;

/// A tenant to go to.
#[derive(Debug, Clone)]
pub struct Place {
    pub name: String,
    pub path: String,
    pub role: Role,
}

/// `GET /console` of somebody with several tenants, or with none.
#[derive(Debug, Clone, Template)]
#[template(path = "console/hall.html")]
pub struct HallPage {
    pub frame: Frame,
    pub places: Vec<Place>,
}

impl HallPage {
    fn role(&self, place: &Place) -> String {
        role_word(self.frame.lang, place.role)
    }
}

/// The console of an installation that nobody was let into yet.
#[derive(Debug, Clone, Template)]
#[template(path = "console/nobody.html")]
pub struct NobodyPage {
    pub frame: Bare,
}
