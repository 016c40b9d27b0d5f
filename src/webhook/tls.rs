//! TLS for deliveries: the protocol library of the rest of the program, certificates checked against
//! the machine's roots, names against the URL's host. Knows no delivery.

use std::sync::Arc;

use tokio::net::TcpStream;
use tokio::sync::OnceCell;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use url::Host;

use super::Roots;

/// Makes encrypted connections. The roots are read at the first of them: who tells nobody needs none.
pub(super) struct Tls {
    roots: Roots,
    connector: OnceCell<TlsConnector>,
}

impl Tls {
    pub(super) fn new(roots: Roots) -> Self {
        Self { roots, connector: OnceCell::new() }
    }

    /// # Errors
    /// A sentence without any text of the other side.
    pub(super) async fn connect(
        &self,
        host: &Host<&str>,
        stream: TcpStream,
    ) -> Result<TlsStream<TcpStream>, String> {
        let name = match host {
            Host::Domain(name) => ServerName::try_from((*name).to_owned())
                .map_err(|_| "the host is no name that a certificate can have".to_owned())?,
            Host::Ipv4(ip) => ServerName::IpAddress((*ip).into()),
            Host::Ipv6(ip) => ServerName::IpAddress((*ip).into()),
        };
        let connector = self.connector.get_or_try_init(|| connector(self.roots.clone())).await?;
        let encrypted = connector.connect(name, stream).await;
        encrypted.map_err(|error| format!("no encrypted connection: {error}"))
    }
}

async fn connector(roots: Roots) -> Result<TlsConnector, String> {
    let found = match roots {
        Roots::Only(certificates) => certificates,
        Roots::Machine => {
            // Reads a folder of files.
            let read = tokio::task::spawn_blocking(rustls_native_certs::load_native_certs).await;
            read.map(|read| read.certs).unwrap_or_default()
        }
    };
    let mut believed = RootCertStore::empty();
    let (taken, _odd) = believed.add_parsable_certificates(found);
    if taken == 0 {
        return Err("this machine has no root certificates (package ca-certificates)".to_owned());
    }
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| format!("TLS cannot be set up: {error}"))?
        .with_root_certificates(believed)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}
