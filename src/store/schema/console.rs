//! The tables of the console, as in `schema.rs`. Knows nothing of what the columns mean.

diesel::table! {
    team (tenant_id, staff_id) {
        tenant_id -> Text,
        staff_id -> Text,
        role -> Text,
        added_by -> Text,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    invites (tenant_id, secret_hash) {
        tenant_id -> Text,
        secret_hash -> Text,
        role -> Text,
        made_by -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
        used_at -> Nullable<BigInt>,
        used_by -> Nullable<Text>,
    }
}
