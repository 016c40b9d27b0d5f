//! The worker that takes due webhook rows, sends them and writes down how it went.
