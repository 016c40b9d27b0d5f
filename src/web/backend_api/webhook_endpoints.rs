//! Webhook endpoints for the tenant's servers (ours): where events go, what was delivered, once more.
