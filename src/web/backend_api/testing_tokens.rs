//! Testing tokens: a name that test suites of client libraries ask for; it opens nothing.
