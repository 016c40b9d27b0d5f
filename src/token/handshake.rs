//! The signed token in which cookies travel from our host to a tenant's application.
