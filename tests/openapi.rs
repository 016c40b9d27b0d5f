//! The OpenAPI documents: whole, valid, and what the doors really do.
