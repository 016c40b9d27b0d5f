//! Phone numbers over the Backend API.
