//! The handshake of server-rendered pages.
