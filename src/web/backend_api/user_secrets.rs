//! A user's secrets for the tenant's servers: checking one, which counts, and taking them away.
