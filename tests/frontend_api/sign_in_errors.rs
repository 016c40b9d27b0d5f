//! The twelve errors of a sign-in, each reached as a client library would.
