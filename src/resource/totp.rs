//! An authenticator app as its owner sees it while setting it up. Knows no door and reads nothing.

use serde_json::{Value, json};

use crate::model::Millis;

/// What an app is shown with.
pub struct NewApp<'a> {
    /// Base32.
    pub secret: &'a str,
    /// The tenant's name.
    pub issuer: &'a str,
    /// The user's, as they know it.
    pub account: &'a str,
}

/// The resource; `app` before it is confirmed, `codes` once with the first confirmation.
#[must_use]
pub fn totp(id: &str, app: Option<&NewApp<'_>>, codes: Option<&[String]>, at: Millis) -> Value {
    json!({
        "object": "totp",
        "id": id,
        "secret": app.map(|app| app.secret),
        "uri": app.map(NewApp::uri),
        "verified": app.is_none(),
        "backup_codes": codes,
        "created_at": at,
        "updated_at": at,
    })
}

impl NewApp<'_> {
    /// What the QR code says. Issuer and account are for the eye of the app's owner.
    #[must_use]
    pub fn uri(&self) -> String {
        let (issuer, account) = (escaped(self.issuer), escaped(self.account));
        let secret = self.secret;
        format!(
            "otpauth://totp/{issuer}:{account}?secret={secret}&issuer={issuer}&algorithm=SHA1&digits=6&period=30"
        )
    }
}

/// RFC 3986 §2.3: everything but unreserved characters.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_uri_is_one_whatever_the_names_hold() {
        let app = NewApp { secret: "ABC", issuer: "Ac & Me", account: "ä@x:y?z" };
        assert_eq!(
            app.uri(),
            "otpauth://totp/Ac%20%26%20Me:%C3%A4%40x%3Ay%3Fz?secret=ABC&issuer=Ac%20%26%20Me\
             &algorithm=SHA1&digits=6&period=30"
        );
    }
}
