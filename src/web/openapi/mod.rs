//! The OpenAPI documents of the two interfaces, made from the same tables as their routes. Knows the
//! shape of a document; what the operations are is said by their tables.

pub mod about;
pub mod components;
pub mod document;
pub mod member;
pub mod responses;
pub mod shape;

pub use document::Document;
