//! Tells the tenants' own servers what happened: takes due outbox rows, renders, signs and sends
//! them, reschedules what failed. Knows outbox rows and resources, and nothing of what caused them.

pub mod compose;
pub mod courier;
pub mod destination;
mod post;
mod retry;
mod signature;
mod tls;

pub use crate::model::{MachineNames, Names};
pub use courier::Courier;

use std::sync::Arc;

use ipnet::IpNet;
use tokio_rustls::rustls::pki_types::CertificateDer;

/// What the operator says about deliveries.
#[derive(Clone)]
pub struct WebhookSettings {
    /// Private networks into which deliveries may go; none by itself.
    pub allow_private: Vec<IpNet>,
    pub names: Arc<dyn Names>,
    pub roots: Roots,
}

/// Whose certificates are believed.
#[derive(Clone)]
pub enum Roots {
    /// Those that the machine believes.
    Machine,
    /// These alone.
    Only(Vec<CertificateDer<'static>>),
}

impl Default for WebhookSettings {
    fn default() -> Self {
        Self { allow_private: Vec::new(), names: Arc::new(MachineNames), roots: Roots::Machine }
    }
}
