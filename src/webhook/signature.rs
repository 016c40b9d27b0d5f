//! The signature of a delivery, as Standard Webhooks has it, and the secrets it is made with.
