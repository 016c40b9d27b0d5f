//! The table of the tenants' mail servers, as in `schema.rs`. Knows nothing of what the columns mean.

use super::outbox;

diesel::table! {
    mail_settings (tenant_id) {
        tenant_id -> Text,
        sealed -> Nullable<Text>,
        sender -> Nullable<Text>,
        dkim_domain -> Nullable<Text>,
        dkim_selector -> Nullable<Text>,
        dkim_sealed -> Nullable<Text>,
        checked_at -> Nullable<BigInt>,
        check_error -> Nullable<Text>,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::allow_tables_to_appear_in_same_query!(outbox, mail_settings);
