//! The signed-in user's sessions on every device.
