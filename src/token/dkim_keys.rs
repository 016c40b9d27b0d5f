//! The keys that sign a tenant's mails (DKIM, RFC 6376): the one that signs now, and the one that is to
//! take its place once its record stands in the DNS. Sealed together in the database. Knows no message.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use secrecy::{ExposeSecret, SecretSlice};
use serde::{Deserialize, Serialize};

use super::{KeyFault, MasterKeys, Purpose};
use crate::model::{Millis, TenantId};

/// Longest string of a TXT record, in bytes (RFC 1035 §3.3).
const TXT_BYTES: usize = 255;

/// The text of the DNS record by which others check what `key` signs.
///
/// # Errors
/// [`KeyFault::Rsa`].
pub fn dkim_record(key: &KeyPair) -> Result<String, KeyFault> {
    let public: PublicKeyX509Der<'_> = key.public_key().as_der().map_err(|_| KeyFault::Rsa)?;
    Ok(format!("v=DKIM1; k=rsa; p={}", BASE64_STANDARD.encode(public.as_ref())))
}

/// One key and the name under which its record stands. Prints nothing of itself.
#[derive(Clone)]
pub struct DkimKey {
    selector: String,
    pkcs8: SecretSlice<u8>,
}

impl std::fmt::Debug for DkimKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DkimKey").field("selector", &self.selector).finish_non_exhaustive()
    }
}

/// A record for the DNS of the sender's domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DkimRecord {
    pub selector: String,
    /// `{selector}._domainkey.{domain}`.
    pub name: String,
    /// The whole text.
    pub value: String,
}

impl DkimRecord {
    /// The text in pieces, as a TXT record holds it.
    #[must_use]
    pub fn strings(&self) -> Vec<&str> {
        let mut rest = self.value.as_str();
        let mut pieces = Vec::new();
        // It is ASCII: each piece is whole.
        while let Some((piece, after)) = rest.split_at_checked(TXT_BYTES) {
            pieces.push(piece);
            rest = after;
        }
        if !rest.is_empty() {
            pieces.push(rest);
        }
        pieces
    }
}

/// The keys of one domain.
#[derive(Debug, Clone)]
pub struct DkimKeys {
    /// That of the sender's address, ASCII.
    pub domain: String,
    pub active: DkimKey,
    /// Signs nothing yet.
    pub next: Option<DkimKey>,
}

#[derive(Serialize, Deserialize)]
struct KeptKey {
    selector: String,
    /// Base64 of PKCS#8.
    key: String,
}

/// As sealed.
#[derive(Serialize, Deserialize)]
struct Kept {
    domain: String,
    active: KeptKey,
    next: Option<KeptKey>,
}

impl DkimKey {
    /// A new key: RSA-2048, which every mail server checks. The instant, in seconds, makes the
    /// selector, so that no key takes over another one's record.
    ///
    /// # Errors
    /// [`KeyFault::Rsa`].
    pub fn generate(now: Millis) -> Result<Self, KeyFault> {
        let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| KeyFault::Rsa)?;
        let der: Pkcs8V1Der<'static> = pair.as_der().map_err(|_| KeyFault::Rsa)?;
        let selector = format!("lk{}", now.as_seconds());
        Ok(Self { selector, pkcs8: der.as_ref().to_vec().into() })
    }

    #[must_use]
    pub fn selector(&self) -> &str {
        &self.selector
    }

    /// # Errors
    /// [`KeyFault::Rsa`].
    pub fn pair(&self) -> Result<KeyPair, KeyFault> {
        KeyPair::from_pkcs8(self.pkcs8.expose_secret()).map_err(|_| KeyFault::Rsa)
    }

    /// # Errors
    /// [`KeyFault::Rsa`].
    pub fn record(&self, domain: &str) -> Result<DkimRecord, KeyFault> {
        Ok(DkimRecord {
            selector: self.selector.clone(),
            name: format!("{}._domainkey.{domain}", self.selector),
            value: dkim_record(&self.pair()?)?,
        })
    }

    fn kept(&self) -> KeptKey {
        let key = BASE64_STANDARD.encode(self.pkcs8.expose_secret());
        KeptKey { selector: self.selector.clone(), key }
    }

    fn of_kept(kept: KeptKey) -> Result<Self, KeyFault> {
        let der = BASE64_STANDARD.decode(kept.key).map_err(|_| KeyFault::Open)?;
        Ok(Self { selector: kept.selector, pkcs8: der.into() })
    }
}

impl DkimKeys {
    /// # Errors
    /// [`KeyFault::Seal`].
    pub fn seal(&self, keys: &MasterKeys, tenant: &TenantId) -> Result<String, KeyFault> {
        let kept = Kept {
            domain: self.domain.clone(),
            active: self.active.kept(),
            next: self.next.as_ref().map(DkimKey::kept),
        };
        let json = serde_json::to_vec(&kept).map_err(|_| KeyFault::Seal)?;
        keys.seal(Purpose::DkimAtRest, tenant, &json)
    }

    /// Opens what [`DkimKeys::seal`] made.
    ///
    /// # Errors
    /// [`KeyFault::Open`].
    pub fn open(keys: &MasterKeys, tenant: &TenantId, sealed: &str) -> Result<Self, KeyFault> {
        let json = keys.open(Purpose::DkimAtRest, tenant, sealed)?;
        let kept: Kept =
            serde_json::from_slice(json.expose_secret()).map_err(|_| KeyFault::Open)?;
        Ok(Self {
            domain: kept.domain,
            active: DkimKey::of_kept(kept.active)?,
            next: kept.next.map(DkimKey::of_kept).transpose()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::MasterKey;

    #[test]
    fn keys_come_back_from_their_seal_and_their_record_fits_the_dns() {
        let keys = MasterKeys::new(MasterKey::from_bytes([7; 32]), Vec::new());
        let tenant = TenantId::from_stored("ins_1".to_owned());
        let made = DkimKeys {
            domain: "acme.test".to_owned(),
            active: DkimKey::generate(Millis(1_700_000_000_000)).unwrap(),
            next: Some(DkimKey::generate(Millis(1_700_000_001_000)).unwrap()),
        };
        let opened = DkimKeys::open(&keys, &tenant, &made.seal(&keys, &tenant).unwrap()).unwrap();
        let record = opened.active.record(&opened.domain).unwrap();
        assert_eq!(record, made.active.record("acme.test").unwrap());
        assert_eq!(record.name, "lk1700000000._domainkey.acme.test");
        assert!(record.value.starts_with("v=DKIM1; k=rsa; p=MIIBIj"), "{}", record.value);
        assert!(record.strings().iter().all(|piece| piece.len() <= 255));
        assert_eq!((record.strings().len(), record.strings().concat()), (2, record.value.clone()));
        assert_eq!(opened.next.unwrap().selector(), "lk1700000001");
        let other = TenantId::from_stored("ins_2".to_owned());
        assert!(DkimKeys::open(&keys, &other, &made.seal(&keys, &tenant).unwrap()).is_err());
    }
}
