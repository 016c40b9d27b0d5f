//! Clients over the Backend API.
