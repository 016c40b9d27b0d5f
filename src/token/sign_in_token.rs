//! Seals and opens a tenant's server's token that lets a user in. Knows no user.
