//! What tenants' servers are told of, written in the transaction that caused it. Knows no endpoint's
//! address and sends nothing.
