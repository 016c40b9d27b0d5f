//! `openapi`: prints the document of an interface.
