//! Where a delivery may not go.
