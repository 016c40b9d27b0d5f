//! The tables of webhooks, as in `schema.rs`. Knows nothing of what the columns mean.

diesel::table! {
    webhook_endpoints (tenant_id, id) {
        tenant_id -> Text,
        id -> Text,
        url -> Text,
        sealed -> Text,
        events -> Text,
        enabled -> Bool,
        failures -> BigInt,
        failing_since -> Nullable<BigInt>,
        spared_until -> Nullable<BigInt>,
        off_because -> Nullable<Text>,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    webhook_deliveries (tenant_id, endpoint_id, message) {
        tenant_id -> Text,
        endpoint_id -> Text,
        message -> Text,
        event -> Text,
        body -> Text,
        status -> Text,
        due_at -> BigInt,
        tries -> BigInt,
        claimed_until -> Nullable<BigInt>,
        tried -> Text,
        created_at -> BigInt,
        finished_at -> Nullable<BigInt>,
    }
}
