//! Where a mail server that a tenant has named may stand: not in the operator's own network, unless that
//! is allowed by name. Asked when it is set and again before each connection, which then goes to one of
//! the addresses that were judged. Knows no message.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;

use crate::model::{MachineNames, Names, Reach};

/// Addresses of one name that are tried, at most.
const MOST_ADDRESSES: usize = 4;
/// Longest wait for the addresses of a name.
const LOOK_UP: Duration = Duration::from_secs(10);

/// What the operator says about tenants' own mail servers.
#[derive(Clone)]
pub struct Destinations {
    /// Private networks in which they may stand; none by itself.
    pub allow_private: Vec<IpNet>,
    pub names: Arc<dyn Names>,
}

impl Default for Destinations {
    fn default() -> Self {
        Self { allow_private: Vec::new(), names: Arc::new(MachineNames) }
    }
}

impl std::fmt::Debug for Destinations {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Destinations")
            .field("allow_private", &self.allow_private)
            .finish_non_exhaustive()
    }
}

/// Why a server is not called. Words for whoever has named it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DestinationFault {
    #[error("the mail server's name was not found")]
    UnknownName,
    #[error("the mail server's address is in a private network, which is not allowed here")]
    Private,
}

impl Destinations {
    /// The addresses of a host that may be called, in the resolver's order.
    ///
    /// # Errors
    /// [`DestinationFault`]; a name of several addresses is refused only where all of them are.
    pub async fn addresses(&self, host: &str) -> Result<Vec<IpAddr>, DestinationFault> {
        let found = match host.parse::<IpAddr>() {
            Ok(ip) => vec![ip],
            Err(_) => {
                let asked = tokio::time::timeout(LOOK_UP, self.names.addresses(host)).await;
                asked.ok().and_then(Result::ok).ok_or(DestinationFault::UnknownName)?
            }
        };
        if found.is_empty() {
            return Err(DestinationFault::UnknownName);
        }
        let fine = |ip: &IpAddr| match Reach::of(*ip, &self.allow_private) {
            Reach::Allowed | Reach::Open => true,
            Reach::Private => false,
        };
        let callable: Vec<_> = found.into_iter().filter(fine).take(MOST_ADDRESSES).collect();
        if callable.is_empty() { Err(DestinationFault::Private) } else { Ok(callable) }
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

    fn found(host: &str, ips: &[&str]) -> Result<Vec<IpAddr>, DestinationFault> {
        let names = Arc::new(Fixed(ips.iter().map(|ip| ip.parse().unwrap()).collect()));
        let allow_private = vec!["10.9.0.0/16".parse().unwrap()];
        let destinations = Destinations { allow_private, names };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(destinations.addresses(host))
    }

    #[test]
    fn only_open_and_allowed_addresses_are_called() {
        let open: IpAddr = "8.8.8.8".parse().unwrap();
        assert_eq!(found("mail.test", &["127.0.0.1", "8.8.8.8", "::1"]), Ok(vec![open]));
        assert_eq!(found("mail.test", &["10.9.1.1"]), Ok(vec!["10.9.1.1".parse().unwrap()]));
        assert_eq!(found("mail.test", &["10.8.1.1", "fd00::1"]), Err(DestinationFault::Private));
        assert_eq!(found("mail.test", &[]), Err(DestinationFault::UnknownName));
        assert_eq!(found("8.8.8.8", &[]), Ok(vec![open]));
        for ip in ["127.0.0.1", "::1", "169.254.169.254", "::ffff:10.0.0.1"] {
            assert_eq!(found(ip, &["8.8.8.8"]), Err(DestinationFault::Private), "{ip}");
        }
    }
}
