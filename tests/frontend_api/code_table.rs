//! Every code of the catalogue has a test that reaches it, or a reason why none can.
