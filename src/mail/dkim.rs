//! Signs messages (DKIM, RFC 6376) with the RSA key of the house or of a tenant, by the crypto library that is in the
//! binary anyway. The signature of a message that is built again is the same, byte for byte. Knows
//! neither rows nor servers.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject;

use crate::model::Millis;
use crate::token::{DkimKey, dkim_record};

/// The header fields that are signed, if the message has them. `From` stands twice: a second one
/// that somebody adds breaks the signature (RFC 6376 §5.4.2).
const SIGNED: [&str; 10] = [
    "From",
    "From",
    "To",
    "Reply-To",
    "Subject",
    "Date",
    "Message-ID",
    "MIME-Version",
    "Content-Type",
    "Auto-Submitted",
];

/// Base64 of the signature on one line; a header line has at most 78 characters (RFC 5322 §2.1.1).
const LINE: usize = 72;

/// Signs for one domain.
pub struct DkimSigner {
    domain: String,
    selector: String,
    key: KeyPair,
}

/// Why there can be no signatures.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DkimFault {
    #[error("the file holds no private key in PEM form")]
    NoPem,
    #[error("the key is no RSA key of 2048 to 8192 bits; `openssl genrsa 2048` makes one")]
    NotRsa,
    #[error("the crypto library refused to sign")]
    Refused,
}

impl fmt::Debug for DkimSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DkimSigner")
            .field("domain", &self.domain)
            .field("selector", &self.selector)
            .finish_non_exhaustive()
    }
}

impl DkimSigner {
    /// `pem`: PKCS#8 or PKCS#1. `domain` is that of the sender's address, ASCII.
    ///
    /// # Errors
    /// [`DkimFault::NoPem`], [`DkimFault::NotRsa`].
    pub fn new(pem: &[u8], domain: String, selector: String) -> Result<Self, DkimFault> {
        let key = match PrivateKeyDer::from_pem_slice(pem).map_err(|_| DkimFault::NoPem)? {
            PrivateKeyDer::Pkcs8(der) => KeyPair::from_pkcs8(der.secret_pkcs8_der()),
            PrivateKeyDer::Pkcs1(der) => KeyPair::from_der(der.secret_pkcs1_der()),
            // Elliptic curves, and whatever the library may add.
            _ => return Err(DkimFault::NotRsa),
        };
        Ok(Self { domain, selector, key: key.map_err(|_| DkimFault::NotRsa)? })
    }

    /// With a tenant's key.
    ///
    /// # Errors
    /// [`DkimFault::NotRsa`].
    pub fn of_key(key: &DkimKey, domain: String) -> Result<Self, DkimFault> {
        let selector = key.selector().to_owned();
        Ok(Self { domain, selector, key: key.pair().map_err(|_| DkimFault::NotRsa)? })
    }

    #[must_use]
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// Name and text of the DNS record by which others check the signatures.
    ///
    /// # Errors
    /// [`DkimFault::Refused`].
    pub fn record(&self) -> Result<(String, String), DkimFault> {
        let name = format!("{}._domainkey.{}", self.selector, self.domain);
        Ok((name, dkim_record(&self.key).map_err(|_| DkimFault::Refused)?))
    }

    /// The message with its signature in front, dated `at` (whole seconds).
    ///
    /// # Errors
    /// [`DkimFault::Refused`].
    pub fn sign(&self, message: &[u8], at: Millis) -> Result<Vec<u8>, DkimFault> {
        let (head, body) = parts(message);
        let fields = fields(head);
        let body_hash = BASE64_STANDARD.encode(digest(&SHA256, &relaxed_body(body)));
        let mut names = Vec::new();
        let mut text = Vec::new();
        let mut left = fields.clone();
        for name in SIGNED {
            // The last one counts first (RFC 6376 §5.4.2).
            let found = left.iter().rposition(|field| field.is(name));
            match found.map(|place| left.remove(place)) {
                Some(field) => text.extend(field.relaxed()),
                None if !names.contains(&name) => continue,
                // Listed once more than it is there.
                None => {}
            }
            names.push(name);
        }
        let unsigned = format!(
            "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d={};\r\n\ts={}; t={};\r\n\th={};\r\n\tbh={body_hash};\r\n\tb=",
            self.domain,
            self.selector,
            at.as_seconds(),
            names.join(":\r\n\t "),
        );
        let mut own = fields_of_one(unsigned.as_bytes()).relaxed();
        // Without the end of its line (RFC 6376 §3.7).
        own.truncate(own.len().saturating_sub(2));
        text.extend(own);
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), &text, &mut signature)
            .map_err(|_| DkimFault::Refused)?;
        let mut signed = unsigned.into_bytes();
        for line in BASE64_STANDARD.encode(signature).as_bytes().chunks(LINE) {
            signed.extend(b"\r\n\t");
            signed.extend(line);
        }
        signed.extend(b"\r\n");
        signed.extend(message);
        Ok(signed)
    }
}

/// Head (with the end of its last line) and body.
fn parts(message: &[u8]) -> (&[u8], &[u8]) {
    let end = message.windows(4).position(|four| four == b"\r\n\r\n");
    match end.and_then(|end| message.split_at_checked(end.saturating_add(2))) {
        Some((head, rest)) => (head, rest.get(2..).unwrap_or_default()),
        None => (message, &[]),
    }
}

/// One header field, folded lines and all.
#[derive(Clone, Copy)]
struct Field<'a> {
    name: &'a [u8],
    value: &'a [u8],
}

impl Field<'_> {
    fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name.as_bytes())
    }

    /// RFC 6376 §3.4.2: name in lower case, on one line, runs of white space as one space.
    fn relaxed(&self) -> Vec<u8> {
        let mut text = self.name.to_ascii_lowercase();
        text.push(b':');
        let words = self.value.split(|byte| is_space(*byte) || matches!(byte, b'\r' | b'\n'));
        text.extend(words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(&b' '));
        text.extend(b"\r\n");
        text
    }
}

fn fields_of_one(line: &[u8]) -> Field<'_> {
    let colon = line.iter().position(|byte| *byte == b':').unwrap_or(line.len());
    let (name, value) = line.split_at_checked(colon).unwrap_or((line, &[]));
    Field { name: name.trim_ascii_end(), value: value.get(1..).unwrap_or_default() }
}

fn fields(head: &[u8]) -> Vec<Field<'_>> {
    let mut found = Vec::new();
    let mut rest = head;
    while !rest.is_empty() {
        // A line that begins with white space belongs to the one before.
        let end = (0..rest.len())
            .find(|at| {
                let ends = rest.get(*at..at.saturating_add(2)) == Some(b"\r\n");
                ends && !rest.get(at.saturating_add(2)).is_some_and(|next| is_space(*next))
            })
            .map_or(rest.len(), |at| at.saturating_add(2));
        let (field, after) = rest.split_at_checked(end).unwrap_or((rest, &[]));
        found.push(fields_of_one(field));
        rest = after;
    }
    found
}

/// RFC 6376 §3.4.4: no white space at a line's end, runs of it as one space, no empty lines at the
/// end.
fn relaxed_body(body: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(body.len());
    let mut empty: usize = 0;
    for line in body.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let words: Vec<&[u8]> =
            line.split(|byte| is_space(*byte)).filter(|word| !word.is_empty()).collect();
        if words.is_empty() {
            empty = empty.saturating_add(1);
            continue;
        }
        for _ in 0..empty {
            text.extend(b"\r\n");
        }
        empty = 0;
        if line.first().is_some_and(|first| is_space(*first)) {
            text.push(b' ');
        }
        text.extend(words.join(&b' '));
        text.extend(b"\r\n");
    }
    text
}

const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of RFC 6376 §3.4.5.
    #[test]
    fn relaxed_forms_are_those_of_the_standard() {
        let head = b"A: X\r\nB : Y\t\r\n\tZ  \r\n";
        let relaxed: Vec<u8> = fields(head).iter().flat_map(Field::relaxed).collect();
        assert_eq!(String::from_utf8(relaxed).unwrap(), "a:X\r\nb:Y Z\r\n");
        let body = relaxed_body(b" C \r\nD \t E\r\n\r\n\r\n");
        assert_eq!(String::from_utf8(body).unwrap(), " C\r\nD E\r\n");
        assert!(relaxed_body(b"").is_empty() && relaxed_body(b"\r\n \r\n").is_empty());
    }

    #[test]
    fn a_file_that_is_no_rsa_key_is_told_apart() {
        let made = |pem: &[u8]| {
            DkimSigner::new(pem, "a.test".to_owned(), "s".to_owned()).map(|_| ()).unwrap_err()
        };
        assert_eq!(made(b"hello"), DkimFault::NoPem);
        let curve = b"-----BEGIN EC PRIVATE KEY-----\nMAA=\n-----END EC PRIVATE KEY-----\n";
        assert_eq!(made(curve), DkimFault::NotRsa);
        let cut = b"-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n";
        assert_eq!(made(cut), DkimFault::NotRsa);
    }
}
