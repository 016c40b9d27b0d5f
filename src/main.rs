//! The program: parses the command line and calls the library. Knows nothing else.

fn main() {}
