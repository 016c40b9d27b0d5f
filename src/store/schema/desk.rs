//! The tables of the support desk, as in `schema.rs`. Knows nothing of what the columns mean.

diesel::table! {
    contact_requests (tenant_id, id) {
        tenant_id -> Text,
        id -> Text,
        reference -> Text,
        status -> Text,
        identifier -> Text,
        canonical_key -> Nullable<Text>,
        user_id -> Nullable<Text>,
        name -> Text,
        subject -> Text,
        message -> Text,
        source -> Text,
        locale -> Nullable<Text>,
        created_at -> BigInt,
        updated_at -> BigInt,
        queue -> Text,
        due_at -> BigInt,
        version -> BigInt,
        origin -> Text,
        assignee -> Nullable<Text>,
        episode -> Nullable<BigInt>,
        lock_until -> Nullable<BigInt>,
        page_secret -> Nullable<Text>,
        mail_secret -> Nullable<Text>,
        mailbox_proved_at -> Nullable<BigInt>,
        first_reply_at -> Nullable<BigInt>,
        closed_at -> Nullable<BigInt>,
        closed_because -> Nullable<Text>,
    }
}

diesel::table! {
    request_messages (tenant_id, request_id, id) {
        tenant_id -> Text,
        request_id -> Text,
        id -> Text,
        kind -> Text,
        author -> Text,
        via -> Text,
        body -> Text,
        outbox_id -> Nullable<Text>,
        message_id -> Nullable<Text>,
        created_at -> BigInt,
        undone_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    request_words (tenant_id, word, request_id) {
        tenant_id -> Text,
        word -> Text,
        request_id -> Text,
    }
}

diesel::table! {
    canned_replies (tenant_id, id, locale) {
        tenant_id -> Text,
        id -> Text,
        locale -> Text,
        title -> Text,
        body -> Text,
        updated_at -> BigInt,
    }
}
