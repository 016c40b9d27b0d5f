//! Sign-ups: proving an address, taking over a phantom, and silence about taken ones.
