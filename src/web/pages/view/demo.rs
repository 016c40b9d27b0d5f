//! The demo's landing page: four doors, the clock that can be pushed, and the accounts to try. And
//! the plain front page of a server that is no demo.

use askama::Template;

use super::frame::ConsoleFrame;
use crate::tenant::CONSOLE_SLUG;
use crate::text::Markup;

/// An account to try.
#[derive(Debug, Clone)]
pub struct DemoAccount {
    pub identifier: String,
    pub password: String,
    /// Its state in two or three words, from the demo's seed ("locked by staff"); may be empty.
    pub note: String,
}

/// A sample tenant.
#[derive(Debug, Clone)]
pub struct DemoTenant {
    pub name: String,
    pub slug: String,
    /// Name of its policy ("Balanced").
    pub policy: String,
    pub sign_in_path: String,
    pub support_path: String,
    pub accounts: Vec<DemoAccount>,
}

/// The account of the first door.
#[derive(Debug, Clone)]
pub struct DemoStar {
    pub identifier: String,
    pub password: String,
    pub sign_in_path: String,
    /// Failures until the lock, from the tenant's policy.
    pub failures_to_lock: u32,
}

/// `GET /` of the demo.
#[derive(Debug, Clone, Template)]
#[template(path = "demo/landing.html")]
pub struct LandingPage {
    pub frame: ConsoleFrame,
    pub star: Option<DemoStar>,
    pub tenants: Vec<DemoTenant>,
    /// Where the clock's buttons post `advance` = `1m`, `15m`, `1h` or `1d`.
    pub clock_action: String,
    /// What the commands on the cards are given as `--database-url`.
    pub database_url: String,
    pub mailbox_path: String,
    /// None while the console is not there: the door then names the command instead.
    pub policy_path: Option<String>,
    pub inbox_path: Option<String>,
}

/// `GET /` where this is no demo.
#[derive(Debug, Clone, Template)]
#[template(path = "demo/front.html")]
pub struct FrontPage {
    pub frame: ConsoleFrame,
    /// The mailbox of development; none with an SMTP server.
    pub mailbox_path: Option<String>,
}

impl LandingPage {
    fn first_tenant(&self) -> &str {
        self.tenants.first().map_or("", |tenant| tenant.name.as_str())
    }

    /// The tenant of the console's staff is no sample.
    fn samples(&self) -> usize {
        self.tenants.iter().filter(|tenant| tenant.slug != CONSOLE_SLUG).count()
    }

    /// Message `id` with a command that runs as it is printed.
    fn command(&self, id: &str) -> Markup {
        let slug = self.tenants.first().map_or("", |tenant| tenant.slug.as_str());
        let who = self.star.as_ref().map_or("", |star| star.identifier.as_str());
        self.frame
            .say(id)
            .text("tenant", slug)
            .text("who", who)
            .text("database", &self.database_url)
            .html()
    }
}
