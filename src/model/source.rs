//! Where an attempt comes from: an IP address, IPv6 by /64 (one customer line usually owns a whole
//! /64, so counting by address would give an attacker 2^64 names). Knows nothing of HTTP headers;
//! `web::client_address` decides which address to believe.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

/// A counted source. Two addresses of one IPv6 /64 are the same source; IPv4-mapped IPv6 is IPv4.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Source(String);

impl Source {
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(v4) => Self(v4.to_string()),
            IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
                Some(v4) => Self(v4.to_string()),
                None => {
                    let [a, b, c, d, ..] = v6.segments();
                    Self(format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0)))
                }
            },
        }
    }

    /// Takes a source that the store wrote, or the name of a non-network origin such as `cli`.
    #[must_use]
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The network that it is in, as people are told of it: `203.0.113.*`, `2001:db8:1:*` (/24 and
    /// /48). `None` for what is no network.
    #[must_use]
    pub fn network(&self) -> Option<String> {
        let address = self.0.split('/').next().unwrap_or_default();
        Some(match address.parse().ok()? {
            IpAddr::V4(v4) => {
                let [a, b, c, _] = v4.octets();
                format!("{a}.{b}.{c}.*")
            }
            IpAddr::V6(v6) => {
                let [a, b, c, ..] = v6.segments();
                format!("{a:x}:{b:x}:{c:x}:*")
            }
        })
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_ipv6_line_is_one_source() {
        let of = |text: &str| Source::of(text.parse().unwrap());
        assert_eq!(of("2001:db8::5"), of("2001:db8::ffff:5"));
        assert_ne!(of("2001:db8::5"), of("2001:db8:0:1::5"));
        assert_eq!(of("::ffff:192.0.2.7"), of("192.0.2.7"));
    }

    #[test]
    fn people_are_told_of_networks_and_not_of_addresses() {
        let told = |text: &str| Source::of(text.parse().unwrap()).network();
        assert_eq!(told("203.0.113.77").as_deref(), Some("203.0.113.*"));
        assert_eq!(told("2001:db8:1:2::5").as_deref(), Some("2001:db8:1:*"));
        assert_eq!(Source::from_stored("cli".to_owned()).network(), None);
    }
}
