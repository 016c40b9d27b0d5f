//! One row per try of a delivery: what was sent, what came back. Kept for a while, then purged.
