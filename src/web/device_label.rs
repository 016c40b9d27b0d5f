//! The families of browser and system that a `User-Agent` names. A guess, shown to the owner of a
//! known device; nothing depends on it.

use actix_web::http::header::{HeaderMap, USER_AGENT};

use crate::model::{BrowserFamily, DeviceLabel, SystemFamily};

/// As many characters of the header are looked at.
const LOOKED_AT: usize = 512;

/// The first word that is found decides: every browser also claims to be those after it.
const BROWSERS: [(&str, BrowserFamily); 8] = [
    ("Edg", BrowserFamily::Edge),
    ("OPR/", BrowserFamily::Opera),
    ("Firefox/", BrowserFamily::Firefox),
    ("FxiOS/", BrowserFamily::Firefox),
    ("CriOS/", BrowserFamily::Chrome),
    ("Chrome/", BrowserFamily::Chrome),
    ("Chromium/", BrowserFamily::Chrome),
    ("Safari/", BrowserFamily::Safari),
];

const SYSTEMS: [(&str, SystemFamily); 7] = [
    ("Android", SystemFamily::Android),
    ("iPhone", SystemFamily::Ios),
    ("iPad", SystemFamily::Ios),
    ("Windows", SystemFamily::Windows),
    ("Mac OS X", SystemFamily::MacOs),
    ("Macintosh", SystemFamily::MacOs),
    ("Linux", SystemFamily::Linux),
];

/// What the request says of itself.
#[must_use]
pub fn device_label(headers: &HeaderMap) -> DeviceLabel {
    let said = headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or("");
    let said: String = said.chars().take(LOOKED_AT).collect();
    let browser = BROWSERS.into_iter().find(|(word, _)| said.contains(word));
    let system = SYSTEMS.into_iter().find(|(word, _)| said.contains(word));
    DeviceLabel {
        browser: browser.map_or(BrowserFamily::Browser, |(_, family)| family),
        system: system.map_or(SystemFamily::System, |(_, family)| family),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(said: &str) -> String {
        let mut headers = HeaderMap::new();
        headers.insert(USER_AGENT, said.parse().unwrap());
        device_label(&headers).stored()
    }

    #[test]
    fn browsers_that_claim_to_be_others_are_told_apart() {
        let mac = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)";
        assert_eq!(label(&format!("{mac} Version/17.4 Safari/605.1.15")), "Safari/macOS");
        let windows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36";
        assert_eq!(label(windows), "Chrome/Windows");
        assert_eq!(label(&format!("{windows} Edg/124.0.0.0")), "Edge/Windows");
        let fox = "Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0";
        assert_eq!(label(fox), "Firefox/Linux");
        let phone = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36";
        assert_eq!(label(phone), "Chrome/Android");
        assert_eq!(label("curl/8.7.1"), "/");
        assert_eq!(device_label(&HeaderMap::new()).stored(), "/");
    }
}
