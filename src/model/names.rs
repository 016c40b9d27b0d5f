//! Finding the addresses of a name of the network. Whoever calls a server that a tenant has named asks
//! here once for each try, judges what is found (`Reach`), and calls one of the addresses that passed:
//! a name that answers otherwise a moment later (DNS rebinding) leads nowhere.

use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;

/// The addresses of a name, or why there are none.
pub type Resolved<'a> = Pin<Box<dyn Future<Output = std::io::Result<Vec<IpAddr>>> + Send + 'a>>;

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
