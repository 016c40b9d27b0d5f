//! Clients for the tenant's servers: listing, reading, and telling whose token one was shown.
