//! The headers by which a delivery shows whose it is: Standard Webhooks 1.0 and, word for word the
//! same values, Svix's names for them, which Clerk's SDKs read. Knows no event.

use crate::model::{Millis, OutboxId};
use crate::token::WebhookSecrets;

/// The two families of names; each is followed by `id`, `timestamp` and `signature`.
pub const FAMILIES: [&str; 2] = ["webhook", "svix"];

/// Id, time and signatures of one try, as header names and values. `message` stays the same from try
/// to try; the time is the try's own, because receivers refuse old ones.
#[must_use]
pub fn headers(
    secrets: &WebhookSecrets,
    message: &OutboxId,
    body: &str,
    now: Millis,
) -> Vec<(String, String)> {
    let timestamp = now.as_seconds();
    let signatures: Vec<String> = secrets
        .signing(now)
        .map(|secret| format!("v1,{}", secret.sign(message.as_str(), timestamp, body)))
        .collect();
    let (timestamp, signatures) = (timestamp.to_string(), signatures.join(" "));
    let mut headers = Vec::with_capacity(6);
    for family in FAMILIES {
        headers.push((format!("{family}-id"), message.as_str().to_owned()));
        headers.push((format!("{family}-timestamp"), timestamp.clone()));
        headers.push((format!("{family}-signature"), signatures.clone()));
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Span;
    use crate::token::WebhookSecret;

    #[test]
    fn both_families_say_the_same_and_both_secrets_sign_after_a_rotation() {
        let known = WebhookSecret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let now = Millis(1_614_265_330_123);
        let secrets = WebhookSecrets::first(known).rotated(
            WebhookSecret::generate().unwrap(),
            now.after(Span::DAY),
            now,
        );
        let message = OutboxId::from_stored("msg_p5jXN8AQM9LWM0D4loKWxJek".to_owned());
        let found = headers(&secrets, &message, r#"{"test": 2432232314}"#, now);
        let of = |name: &str| &found.iter().find(|(header, _)| header == name).unwrap().1;
        for part in ["id", "timestamp", "signature"] {
            assert_eq!(of(&format!("svix-{part}")), of(&format!("webhook-{part}")));
        }
        assert_eq!(of("svix-timestamp"), "1614265330");
        let (newest, older) = of("svix-signature").split_once(' ').unwrap();
        assert!(newest.starts_with("v1,") && newest != older);
        assert_eq!(older, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
