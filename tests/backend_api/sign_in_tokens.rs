//! Tokens that let a user in, over the Backend API.
