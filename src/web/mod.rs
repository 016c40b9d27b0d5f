//! Doors: what the outside reaches us by.

pub mod assets;
pub mod brand;
pub mod pages;
