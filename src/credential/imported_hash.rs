//! Hashes of other systems: which scheme one is of, what checking it costs, whether it is right.
