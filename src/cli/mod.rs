//! The command line. `args` says what may be typed; the commands themselves stand beside it.

pub mod args;
