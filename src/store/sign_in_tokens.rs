//! Tokens with which a tenant's server lets a user in: only their use is kept, never the token.
