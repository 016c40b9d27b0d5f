//! The OpenAPI documents of the two interfaces, made from the same tables as their routes.

pub mod components;
pub mod document;
pub mod shape;
