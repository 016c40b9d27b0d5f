//! The browsers that are known as one's own, as their owner sees them.

use askama::Template;

use super::account::AccountNotice;
use super::frame::Frame;
use crate::model::{DeviceLabel, Millis};
use crate::text::Markup;

/// One of them.
#[derive(Debug, Clone)]
pub struct DeviceItem {
    pub id: String,
    /// The one that the page is looked at from.
    pub here: bool,
    pub label: Option<DeviceLabel>,
    /// The address it last signed in from.
    pub place: Option<String>,
    pub used: Millis,
}

/// `GET /t/{slug}/account/devices`
#[derive(Debug, Clone, Template)]
#[template(path = "pages/account_devices.html")]
pub struct DevicesPage {
    pub frame: Frame,
    pub notice: Option<AccountNotice>,
    pub devices: Vec<DeviceItem>,
}

impl DevicesPage {
    fn notice_words(&self) -> Option<String> {
        self.notice.map(|notice| notice.words(&self.frame))
    }

    fn has_here(&self) -> bool {
        self.devices.iter().any(|item| item.here)
    }

    fn has_several(&self) -> bool {
        self.devices.len() > 1
    }

    fn name(&self, item: &DeviceItem) -> String {
        let browser = item.label.and_then(|label| label.browser.name());
        let system = item.label.and_then(|label| label.system.name());
        match (browser, system) {
            (Some(browser), Some(system)) => self
                .frame
                .say("devices-browser-on")
                .text("browser", browser)
                .text("system", system)
                .to_string(),
            (Some(browser), None) => browser.to_owned(),
            (None, Some(system)) => {
                self.frame.say("devices-some-on").text("system", system).to_string()
            }
            (None, None) => self.frame.line("devices-some"),
        }
    }

    fn used(&self, item: &DeviceItem) -> Markup {
        let time = self.frame.time(&item.used);
        let said = match &item.place {
            Some(place) => self.frame.say("devices-used-from").text("place", place),
            None => self.frame.say("devices-used"),
        };
        said.markup("time", time).html()
    }
}
