//! When a delivery that failed is tried again, and when an endpoint is given up. Pure.
