//! Who is asking: the one function that decides which IP address a request comes from. The socket's
//! peer is believed, and nobody else, unless the peer is a proxy that the operator has named; then
//! the right-most hop that is not such a proxy. Everything further left was written by the client.

use std::net::{IpAddr, SocketAddr};

use actix_web::http::header::{HeaderMap, HeaderName};
use ipnet::IpNet;

use crate::model::Source;

/// Most hops walked from the right; more proxies than this in a row are a mistake or an attack.
const MAX_HOPS: usize = 32;

/// Where a request comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientAddress {
    /// IPv4 addresses mapped into IPv6 are shown as IPv4.
    pub ip: IpAddr,
    /// What is counted.
    pub source: Source,
}

/// The proxies that are believed, and the one header that they write.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedProxies {
    pub networks: Vec<IpNet>,
    pub header: ForwardedHeader,
}

/// The header that the proxies write. Only one is read: a proxy passes the other on as the client
/// sent it, so whoever read both would believe the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ForwardedHeader {
    #[default]
    XForwardedFor,
    /// RFC 7239.
    Forwarded,
}

impl ForwardedHeader {
    pub const ALL: [Self; 2] = [Self::XForwardedFor, Self::Forwarded];

    /// The header's name in lower case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::XForwardedFor => "x-forwarded-for",
            Self::Forwarded => "forwarded",
        }
    }

    const fn header_name(self) -> HeaderName {
        match self {
            Self::XForwardedFor => HeaderName::from_static("x-forwarded-for"),
            Self::Forwarded => HeaderName::from_static("forwarded"),
        }
    }

    fn hop(self, element: &str) -> Option<IpAddr> {
        match self {
            Self::XForwardedFor => parse_address(element),
            Self::Forwarded => forwarded_for(element),
        }
    }
}

impl TrustedProxies {
    fn trusts(&self, address: IpAddr) -> bool {
        self.networks.iter().any(|network| network.contains(&address))
    }
}

/// The address that a request comes from. A header that cannot be read makes it the address of the
/// proxy that passed it on, never a guess. `peer` is `None` only for sockets without addresses; they
/// share the unspecified address.
#[must_use]
pub fn client_address(
    peer: Option<SocketAddr>,
    headers: &HeaderMap,
    proxies: &TrustedProxies,
) -> ClientAddress {
    let peer = peer.map_or(IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED), |p| p.ip().to_canonical());
    let ip = if proxies.trusts(peer) { first_untrusted(peer, headers, proxies) } else { peer };
    ClientAddress { ip, source: Source::of(ip) }
}

fn first_untrusted(peer: IpAddr, headers: &HeaderMap, proxies: &TrustedProxies) -> IpAddr {
    let mut nearest = peer;
    let lines: Vec<_> = headers.get_all(proxies.header.header_name()).collect();
    let mut walked = 0;
    for line in lines.into_iter().rev() {
        let Ok(line) = line.to_str() else { return nearest };
        for element in line.rsplit(',') {
            walked += 1;
            let Some(hop) = proxies.header.hop(element.trim()).filter(|_| walked <= MAX_HOPS)
            else {
                return nearest;
            };
            nearest = hop;
            if !proxies.trusts(hop) {
                return hop;
            }
        }
    }
    nearest
}

/// `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:80`; nothing else.
fn parse_address(text: &str) -> Option<IpAddr> {
    if let Ok(ip) = text.parse::<IpAddr>() {
        return Some(ip.to_canonical());
    }
    if let Ok(socket) = text.parse::<SocketAddr>() {
        return Some(socket.ip().to_canonical());
    }
    let bare = text.strip_prefix('[')?.strip_suffix(']')?;
    bare.parse::<std::net::Ipv6Addr>().ok().map(|ip| IpAddr::V6(ip).to_canonical())
}

/// The `for` of one element of RFC 7239; `unknown` and obfuscated names are no addresses.
fn forwarded_for(element: &str) -> Option<IpAddr> {
    let mut found = None;
    for pair in element.split(';') {
        let (name, value) = pair.split_once('=')?;
        if !name.trim().eq_ignore_ascii_case("for") {
            continue;
        }
        if found.is_some() {
            return None;
        }
        let value = value.trim();
        let plain = value.strip_prefix('"').and_then(|v| v.strip_suffix('"')).unwrap_or(value);
        found = Some(parse_address(plain)?);
    }
    found
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    /// Names under which clients claim an address.
    const SPOOFS: [&str; 12] = [
        "x-forwarded-for",
        "forwarded",
        "x-real-ip",
        "x-client-ip",
        "client-ip",
        "true-client-ip",
        "cf-connecting-ip",
        "x-originating-ip",
        "x-remote-ip",
        "x-remote-addr",
        "x-cluster-client-ip",
        "x-original-forwarded-for",
    ];

    fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in pairs {
            map.append(
                HeaderName::from_bytes(name.as_bytes()).unwrap(),
                HeaderValue::from_bytes(value.as_bytes()).unwrap(),
            );
        }
        map
    }

    fn proxies(header: ForwardedHeader) -> TrustedProxies {
        let networks = vec!["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
        TrustedProxies { networks, header }
    }

    fn found(peer: &str, pairs: &[(&str, &str)], header: ForwardedHeader) -> String {
        let peer = SocketAddr::new(peer.parse().unwrap(), 4711);
        client_address(Some(peer), &headers(pairs), &proxies(header)).ip.to_string()
    }

    #[test]
    fn a_stranger_is_believed_under_none_of_twelve_names() {
        for name in SPOOFS {
            for value in ["192.0.2.66", "for=192.0.2.66", "10.0.0.1", "", "global", "::1"] {
                for header in ForwardedHeader::ALL {
                    assert_eq!(found("198.51.100.9", &[(name, value)], header), "198.51.100.9");
                }
            }
        }
    }

    #[test]
    fn behind_a_trusted_proxy_only_the_agreed_header_speaks() {
        for name in SPOOFS {
            for header in ForwardedHeader::ALL {
                if name == header.as_str() {
                    continue;
                }
                let seen = found("10.0.0.1", &[(name, "192.0.2.66")], header);
                assert_eq!(seen, "10.0.0.1", "{name}");
            }
        }
    }

    #[test]
    fn the_right_most_untrusted_hop_counts() {
        let xff = |value| {
            found("10.0.0.1", &[("x-forwarded-for", value)], ForwardedHeader::XForwardedFor)
        };
        assert_eq!(xff("192.0.2.66, 198.51.100.9"), "198.51.100.9");
        assert_eq!(xff("192.0.2.66, 198.51.100.9, 10.0.0.2"), "198.51.100.9");
        assert_eq!(xff("198.51.100.9:5000"), "198.51.100.9");
        assert_eq!(xff("[2001:db8::7]:5000"), "2001:db8::7");
        assert_eq!(xff("::ffff:198.51.100.9"), "198.51.100.9");
        assert_eq!(xff("10.0.0.3, 10.0.0.2"), "10.0.0.3");
        let lines = [("x-forwarded-for", "192.0.2.66"), ("x-forwarded-for", "198.51.100.9")];
        assert_eq!(found("10.0.0.1", &lines, ForwardedHeader::XForwardedFor), "198.51.100.9");
    }

    #[test]
    fn what_cannot_be_read_is_the_proxys_own_address() {
        for odd in [
            "",
            "unknown",
            "global",
            "192.0.2.66,",
            "192.0.2.66, x",
            "192.0.2.066",
            "1",
            "0x7f.1",
            "192.0.2.1.5",
            "localhost",
            "192.0.2.66, \u{e9}",
        ] {
            let seen =
                found("10.0.0.1", &[("x-forwarded-for", odd)], ForwardedHeader::XForwardedFor);
            assert_eq!(seen, "10.0.0.1", "{odd}");
        }
        let seen = found(
            "10.0.0.1",
            &[("x-forwarded-for", "x, 10.0.0.2")],
            ForwardedHeader::XForwardedFor,
        );
        assert_eq!(seen, "10.0.0.2");
    }

    #[test]
    fn rfc_7239_is_read_from_the_right_too() {
        let seen = |value| found("fd00::1", &[("forwarded", value)], ForwardedHeader::Forwarded);
        assert_eq!(seen("for=192.0.2.66, for=198.51.100.9;proto=https"), "198.51.100.9");
        assert_eq!(seen("For=\"[2001:db8::7]:4711\";by=10.0.0.1"), "2001:db8::7");
        for odd in
            ["for=unknown", "for=_hidden", "proto=https", "for=1.2.3.4;for=5.6.7.8", "198.51.100.9"]
        {
            assert_eq!(seen(odd), "fd00::1", "{odd}");
        }
    }

    proptest! {
        #[test]
        fn whatever_a_client_puts_on_the_left_changes_nothing(junk in "[ -~]{0,80}") {
            let value = format!("{junk}, 198.51.100.9");
            let seen = found("10.0.0.1", &[("x-forwarded-for", &value)], ForwardedHeader::XForwardedFor);
            prop_assert_eq!(seen, "198.51.100.9");
        }
    }
}
