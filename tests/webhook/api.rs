//! Endpoints and deliveries over the Backend API.
