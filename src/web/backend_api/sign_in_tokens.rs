//! Tokens that let a user in, for the tenant's servers: making and revoking.
