//! Which addresses of the network are private: what a tenant names must not lead into the operator's own
//! network. Pure: asks nobody.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

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

/// How an address stands to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// In a network that the operator named.
    Allowed,
    Open,
    Private,
}

impl Reach {
    /// Judges an address; `allowed` are the networks that the operator named.
    #[must_use]
    pub fn of(ip: IpAddr, allowed: &[IpNet]) -> Self {
        let ip = ip.to_canonical();
        if allowed.iter().any(|network| network.contains(&ip)) {
            return Self::Allowed;
        }
        let open = match ip {
            IpAddr::V4(ip) => is_open_v4(ip),
            IpAddr::V6(ip) => is_open_v6(ip),
        };
        if open { Self::Open } else { Self::Private }
    }
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
        Reach::of(ip.parse().unwrap(), &allowed)
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
}
