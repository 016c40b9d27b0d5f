//! Webhook endpoints and their deliveries as the doors handle them.
