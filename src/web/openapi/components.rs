//! The schemas that the documents refer to, one a resource.
