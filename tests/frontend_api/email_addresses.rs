//! The signed-in user's own addresses over the Frontend API.
