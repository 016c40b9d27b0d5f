//! What a known device is called on its owner's list: a family of browsers and one of systems, as far
//! as a request says. A help to the eye, never a proof. Knows no header.

/// Families of browsers that people tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BrowserFamily {
    Firefox,
    Edge,
    Opera,
    Chrome,
    Safari,
    /// Some other one, or none that says.
    Browser,
}

/// Families of systems.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SystemFamily {
    Android,
    Ios,
    Windows,
    MacOs,
    Linux,
    System,
}

/// See the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeviceLabel {
    pub browser: BrowserFamily,
    pub system: SystemFamily,
}

impl BrowserFamily {
    const ALL: [Self; 6] =
        [Self::Firefox, Self::Edge, Self::Opera, Self::Chrome, Self::Safari, Self::Browser];

    /// As it calls itself, in every language; `None` where that is not known.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        match self {
            Self::Firefox => Some("Firefox"),
            Self::Edge => Some("Edge"),
            Self::Opera => Some("Opera"),
            Self::Chrome => Some("Chrome"),
            Self::Safari => Some("Safari"),
            Self::Browser => None,
        }
    }
}

impl SystemFamily {
    const ALL: [Self; 6] =
        [Self::Android, Self::Ios, Self::Windows, Self::MacOs, Self::Linux, Self::System];

    /// As it calls itself, in every language; `None` where that is not known.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        match self {
            Self::Android => Some("Android"),
            Self::Ios => Some("iOS"),
            Self::Windows => Some("Windows"),
            Self::MacOs => Some("macOS"),
            Self::Linux => Some("Linux"),
            Self::System => None,
        }
    }

    #[must_use]
    pub const fn is_mobile(self) -> bool {
        match self {
            Self::Android | Self::Ios => true,
            Self::Windows | Self::MacOs | Self::Linux | Self::System => false,
        }
    }
}

impl DeviceLabel {
    /// The text under which the store keeps it: `Firefox/Linux`, `/` where nothing is known.
    #[must_use]
    pub fn stored(self) -> String {
        let (browser, system) = (self.browser.name(), self.system.name());
        format!("{}/{}", browser.unwrap_or_default(), system.unwrap_or_default())
    }

    /// What [`DeviceLabel::stored`] wrote.
    #[must_use]
    pub fn from_stored(text: &str) -> Option<Self> {
        let (browser, system) = text.split_once('/')?;
        let is = |name: Option<&str>, part: &str| name.unwrap_or_default() == part;
        Some(Self {
            browser: BrowserFamily::ALL.into_iter().find(|known| is(known.name(), browser))?,
            system: SystemFamily::ALL.into_iter().find(|known| is(known.name(), system))?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_label_is_read_back_as_it_was_written() {
        for browser in BrowserFamily::ALL {
            for system in SystemFamily::ALL {
                let label = DeviceLabel { browser, system };
                assert_eq!(DeviceLabel::from_stored(&label.stored()), Some(label));
            }
        }
        assert_eq!(DeviceLabel::from_stored("Firefox"), None);
        assert_eq!(DeviceLabel::from_stored("Lynx/Linux"), None);
    }
}
