//! Tokens with which a tenant's server lets a user in: making, revoking, and their use in a sign-in.
