//! Deliveries that fail, are tried again, and survive a kill.
