//! E-mail addresses over the Backend API.
