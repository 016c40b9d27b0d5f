//! E-mail addresses for the tenant's servers: adding, proving, making primary, removing.
