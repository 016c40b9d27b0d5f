//! The links with which a tenant's server lets a user in.
