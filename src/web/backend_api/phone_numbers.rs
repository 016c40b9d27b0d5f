//! Phone numbers for the tenant's servers: adding, making a second factor of, removing.
