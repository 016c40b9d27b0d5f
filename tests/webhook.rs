//! Webhooks: from the transaction that caused one to a server that checks its signature.

mod api;
mod deliveries;
mod destinations;
mod events;
