//! Where a delivery may go: that the address that was judged is the one that is called (`model::Names`),
//! and what may go there unencrypted. Knows no event.

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;
use url::Host;

use crate::model::{Names, Reach, WebhookUrl};

/// Addresses of one name that are tried, at most.
const MOST_ADDRESSES: usize = 4;

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
    let judged: Vec<(IpAddr, Reach)> =
        found.iter().map(|ip| (*ip, Reach::of(*ip, allowed))).collect();
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::names::Resolved;

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
