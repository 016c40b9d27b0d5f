//! Where a delivery may go: which addresses are private, and that the one that was judged is the one
//! that is called. Names are resolved here, once for each try, and never again on the way: a name that
//! answers otherwise a moment later (DNS rebinding) leads nowhere. Knows no event.

use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;

use ipnet::IpNet;
use url::Host;

use crate::model::WebhookUrl;

/// Addresses of one name that are tried, at most.
const MOST_ADDRESSES: usize = 4;

/// Networks that answer to nobody outside, or to everybody: special-purpose addresses of the IANA
/// registries for IPv4 (RFC 6890 and its successors), multicast and the reserved rest.
const SPECIAL_V4: [(Ipv4Addr, u8); 15] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// All that is handed out of IPv6 to be reached from anywhere.
const GLOBAL_V6: (Ipv6Addr, u8) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// What within it is not: protocol assignments with Teredo among them (2001::/23), documentation
/// (two networks), and segment routing.
const SPECIAL_V6: [(Ipv6Addr, u8); 4] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
    (Ipv6Addr::new(0x5f00, 0, 0, 0, 0, 0, 0, 0), 16),
];

type Resolved<'a> = Pin<Box<dyn Future<Output = std::io::Result<Vec<IpAddr>>> + Send + 'a>>;

/// Finds the addresses of a name. The machine's own way is the one that ships.
pub trait Names: Send + Sync + 'static {
    fn addresses<'a>(&'a self, name: &'a str) -> Resolved<'a>;
}

/// As the machine resolves names for everybody (files, DNS).
pub struct MachineNames;

impl Names for MachineNames {
    fn addresses<'a>(&'a self, name: &'a str) -> Resolved<'a> {
        Box::pin(async move {
            // The port is of no use to the look-up, which wants one.
            let found = tokio::net::lookup_host((name, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// Whether unencrypted deliveries may leave for the open network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlainText {
    /// Development tenants.
    Anywhere,
    /// Only into networks that are allowed by name.
    PrivateOnly,
}

/// Why nothing was called.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DestinationFault {
    #[error("the name was not found")]
    UnknownName,
    #[error("the address is in a private network, which is not allowed")]
    Private,
    #[error("http:// is not allowed here: use https://")]
    Unencrypted,
}

impl DestinationFault {
    /// Whether it may be otherwise at the next try.
    #[must_use]
    pub const fn is_a_refusal(&self) -> bool {
        match self {
            Self::Private | Self::Unencrypted => true,
            Self::UnknownName => false,
        }
    }
}

/// The addresses that may be called for `url`, in the resolver's order.
///
/// # Errors
/// [`DestinationFault`]; a name of several addresses is refused only where all of them are.
pub async fn addresses(
    url: &WebhookUrl,
    allowed: &[IpNet],
    plain: PlainText,
    names: &dyn Names,
) -> Result<Vec<SocketAddr>, DestinationFault> {
    let port = url.url().port_or_known_default().unwrap_or(443);
    let found = match url.url().host() {
        Some(Host::Ipv4(ip)) => vec![IpAddr::V4(ip)],
        Some(Host::Ipv6(ip)) => vec![IpAddr::V6(ip)],
        Some(Host::Domain(name)) => {
            let found = names.addresses(name).await;
            found.map_err(|_| DestinationFault::UnknownName)?
        }
        None => Vec::new(),
    };
    if found.is_empty() {
        return Err(DestinationFault::UnknownName);
    }
    let judged: Vec<(IpAddr, Reach)> = found.iter().map(|ip| (*ip, reach(*ip, allowed))).collect();
    let encrypted = url.is_encrypted() || plain == PlainText::Anywhere;
    let fine = |reach: Reach| match reach {
        Reach::Allowed => true,
        Reach::Open => encrypted,
        Reach::Private => false,
    };
    let callable: Vec<SocketAddr> = judged
        .iter()
        .filter(|(_, reach)| fine(*reach))
        .map(|(ip, _)| SocketAddr::new(*ip, port))
        .take(MOST_ADDRESSES)
        .collect();
    match callable.is_empty() {
        false => Ok(callable),
        true if judged.iter().any(|(_, reach)| *reach == Reach::Open) => {
            Err(DestinationFault::Unencrypted)
        }
        true => Err(DestinationFault::Private),
    }
}

/// How an address stands to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// In a network that the operator named.
    Allowed,
    Open,
    Private,
}

fn reach(ip: IpAddr, allowed: &[IpNet]) -> Reach {
    let ip = ip.to_canonical();
    if allowed.iter().any(|network| network.contains(&ip)) {
        return Reach::Allowed;
    }
    let open = match ip {
        IpAddr::V4(ip) => is_open_v4(ip),
        IpAddr::V6(ip) => is_open_v6(ip),
    };
    if open { Reach::Open } else { Reach::Private }
}

fn is_open_v4(ip: Ipv4Addr) -> bool {
    !SPECIAL_V4.iter().any(|(network, length)| shares(ip.to_bits(), network.to_bits(), *length, 32))
}

/// An address that stands for one of IPv4 is judged as that one: it leads there.
fn is_open_v6(ip: Ipv6Addr) -> bool {
    let [a, b, c, d, e, f, high, low] = ip.segments();
    let v4 = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match [a, b, c, d, e, f] {
        // NAT64 (RFC 6052).
        [0x64, 0xff9b, 0, 0, 0, 0] => is_open_v4(v4(high, low)),
        // 6to4 (RFC 3056).
        [0x2002, high, low, ..] => is_open_v4(v4(high, low)),
        _ => {
            let within = |(network, length): (Ipv6Addr, u8)| {
                shares(ip.to_bits(), network.to_bits(), length, 128)
            };
            within(GLOBAL_V6) && !SPECIAL_V6.into_iter().any(within)
        }
    }
}

/// Whether two addresses of `bits` bits agree in the first `length`.
fn shares<T>(one: T, other: T, length: u8, bits: u8) -> bool
where
    T: std::ops::BitXor<Output = T> + std::ops::Shr<u32, Output = T> + Default + PartialEq,
{
    // No network of ours has length 0, which would shift by all bits.
    (one ^ other) >> u32::from(bits.saturating_sub(length)) == T::default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(ip: &str, allowed: &[&str]) -> Reach {
        let allowed: Vec<IpNet> = allowed.iter().map(|net| net.parse().unwrap()).collect();
        reach(ip.parse().unwrap(), &allowed)
    }

    #[test]
    fn private_and_special_addresses_are_refused_however_they_are_written() {
        for ip in [
            "127.0.0.1",
            "127.9.9.9",
            "0.0.0.0",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "100.127.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "198.18.0.1",
            "198.19.255.255",
            "203.0.113.9",
            "224.0.0.1",
            "239.1.1.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "fe80::1",
            "fc00::1",
            "fdff::1",
            "ff02::1",
            "fec0::1",
            "2001:db8::1",
            "2001::1",
            "100::1",
            "3fff::1",
            // The same in IPv6's clothes.
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "::127.0.0.1",
            "64:ff9b::10.0.0.1",
            "64:ff9b::169.254.169.254",
            "64:ff9b:1::8.8.8.8",
            "2002:7f00:1::",
            "2002:a00:1::1",
            "2002:c0a8:101::",
        ] {
            assert_eq!(judged(ip, &[]), Reach::Private, "{ip}");
        }
    }

    #[test]
    fn open_addresses_are_open() {
        for ip in [
            "8.8.8.8",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.167.255.255",
            "192.169.0.0",
            "223.255.255.255",
            "2606:4700:4700::1111",
            "2a00:1450::1",
            "64:ff9b::8.8.8.8",
            "2002:808:808::1",
            "::ffff:8.8.8.8",
        ] {
            assert_eq!(judged(ip, &[]), Reach::Open, "{ip}");
        }
    }

    #[test]
    fn what_is_allowed_by_name_is_allowed() {
        assert_eq!(judged("10.1.2.3", &["10.1.0.0/16"]), Reach::Allowed);
        assert_eq!(judged("::ffff:10.1.2.3", &["10.1.0.0/16"]), Reach::Allowed);
        assert_eq!(judged("10.2.2.3", &["10.1.0.0/16"]), Reach::Private);
        assert_eq!(judged("fd00::5", &["fd00::/64"]), Reach::Allowed);
    }

    struct Fixed(Vec<IpAddr>);

    impl Names for Fixed {
        fn addresses<'a>(&'a self, _name: &'a str) -> Resolved<'a> {
            Box::pin(async move { Ok(self.0.clone()) })
        }
    }

    fn found(
        url: &str,
        plain: PlainText,
        ips: &[&str],
    ) -> Result<Vec<SocketAddr>, DestinationFault> {
        let names = Fixed(ips.iter().map(|ip| ip.parse().unwrap()).collect());
        let url = WebhookUrl::parse(url).unwrap();
        let allowed = ["10.9.0.0/16".parse().unwrap()];
        let asked = addresses(&url, &allowed, plain, &names);
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(asked)
    }

    #[test]
    fn of_several_addresses_only_open_ones_are_called() {
        let url = "https://hooks.test:8443/x";
        let mixed = found(url, PlainText::PrivateOnly, &["127.0.0.1", "8.8.8.8", "::1"]);
        assert_eq!(mixed, Ok(vec!["8.8.8.8:8443".parse().unwrap()]));
        let inside = found(url, PlainText::Anywhere, &["127.0.0.1", "fd00::1"]);
        assert_eq!(inside, Err(DestinationFault::Private));
        assert_eq!(found(url, PlainText::Anywhere, &[]), Err(DestinationFault::UnknownName));
    }

    #[test]
    fn unencrypted_deliveries_stay_in_allowed_networks_or_with_development_tenants() {
        let url = "http://hooks.test/x";
        let open = ["8.8.8.8"];
        assert_eq!(found(url, PlainText::PrivateOnly, &open), Err(DestinationFault::Unencrypted));
        assert!(found(url, PlainText::Anywhere, &open).is_ok());
        assert!(found(url, PlainText::PrivateOnly, &["10.9.1.1"]).is_ok());
        assert_eq!(found(url, PlainText::Anywhere, &["10.8.1.1"]), Err(DestinationFault::Private));
    }

    #[test]
    fn numbers_in_odd_spellings_are_the_address_they_mean() {
        for url in ["https://2130706433/", "https://0x7f.1/", "https://[::ffff:7f00:1]/"] {
            let asked = found(url, PlainText::Anywhere, &["8.8.8.8"]);
            assert_eq!(asked, Err(DestinationFault::Private), "{url}");
        }
    }
}
