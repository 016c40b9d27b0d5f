//! The tables as Diesel sees them: column for column what `migrations/` makes in both databases
//! (a test compares the two). Knows nothing of what the columns mean.

mod console;
mod desk;
mod mail;
mod webhooks;

pub use console::{
    alert_mutes, alerts, audit_heads, campaign_locks, campaigns, digests, invites, lock_stories,
    shadow_days, shadows, tallies, team, tenant_files, traffic, user_import_faults, user_imports,
};
pub use desk::{canned_replies, contact_requests, request_messages, request_words};
pub use mail::mail_settings;
pub use webhooks::{webhook_deliveries, webhook_endpoints};

diesel::table! {
    tenants (id) {
        id -> Text,
        slug -> Text,
        name -> Text,
        live -> Bool,
        own_host -> Nullable<Text>,
        support_email -> Nullable<Text>,
        revealing -> Bool,
        single_session -> Bool,
        redirect_urls -> Text,
        allowed_origins -> Text,
        brand_color -> Nullable<Text>,
        policy_version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
        sign_up -> Text,
        webhooks -> BigInt,
        mail_tag -> Nullable<Text>,
        overlay_version -> Nullable<BigInt>,
        overlay_until -> Nullable<BigInt>,
        time_zone -> Nullable<Text>,
        staff_second_factor -> Bool,
        test_locked_at -> Nullable<BigInt>,
        brand -> Text,
    }
}

diesel::table! {
    api_keys (tenant_id, key_hash) {
        tenant_id -> Text,
        key_hash -> Text,
        hint -> Text,
        created_at -> BigInt,
        revoked_at -> Nullable<BigInt>,
        name -> Text,
        created_by -> Text,
        last_used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    policies (tenant_id, version) {
        tenant_id -> Text,
        version -> BigInt,
        document -> Text,
        author -> Text,
        reason -> Text,
        created_at -> BigInt,
        kind -> Text,
        made_over -> Nullable<BigInt>,
        effect -> Nullable<Text>,
        ends_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    signing_keys (tenant_id, kid) {
        tenant_id -> Text,
        kid -> Text,
        sealed -> Text,
        created_at -> BigInt,
        retired_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    users (tenant_id, id) {
        tenant_id -> Text,
        id -> Text,
        password_hash -> Nullable<Text>,
        credential_version -> BigInt,
        banned -> Bool,
        first_name -> Nullable<Text>,
        last_name -> Nullable<Text>,
        external_id -> Nullable<Text>,
        primary_identification_id -> Nullable<Text>,
        public_metadata -> Text,
        private_metadata -> Text,
        unsafe_metadata -> Text,
        locale -> Nullable<Text>,
        time_zone -> Nullable<Text>,
        last_sign_in_at -> Nullable<BigInt>,
        last_active_at -> Nullable<BigInt>,
        password_changed_at -> Nullable<BigInt>,
        created_at -> BigInt,
        updated_at -> BigInt,
        primary_phone_id -> Nullable<Text>,
        image_url -> Nullable<Text>,
        password_compromised -> Bool,
        mfa_enabled_at -> Nullable<BigInt>,
        mfa_disabled_at -> Nullable<BigInt>,
        legal_accepted_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    identifications (tenant_id, id) {
        tenant_id -> Text,
        id -> Text,
        user_id -> Text,
        kind -> Text,
        value -> Text,
        canonical_key -> Text,
        verified -> Bool,
        created_at -> BigInt,
        updated_at -> BigInt,
        second_factor -> Bool,
        verified_by -> Nullable<Text>,
        undeliverable_since -> Nullable<BigInt>,
        undeliverable_why -> Nullable<Text>,
    }
}

diesel::table! {
    subjects (tenant_id, subject) {
        tenant_id -> Text,
        subject -> Text,
        phantom -> Bool,
        last_instant -> BigInt,
        count -> BigInt,
        deadline -> Nullable<BigInt>,
        ladder_base -> BigInt,
        ladder_last -> Nullable<BigInt>,
        lock_kind -> Nullable<Text>,
        lock_since -> Nullable<BigInt>,
        lock_until -> Nullable<BigInt>,
        lock_spent -> Bool,
        staff_since -> Nullable<BigInt>,
        staff_until -> Nullable<BigInt>,
        long_run -> BigInt,
        episode -> BigInt,
        episode_open -> Bool,
        episode_since -> Nullable<BigInt>,
        episode_mailed -> Nullable<BigInt>,
        episode_lock_end -> Nullable<BigInt>,
        hot_sources -> BigInt,
        presses -> BigInt,
        presses_since -> Nullable<BigInt>,
        last_press -> Nullable<BigInt>,
        public_serial -> BigInt,
        all_serial -> BigInt,
        era_count -> BigInt,
        era_step -> BigInt,
        era_lock -> BigInt,
        lanes_era -> BigInt,
        last_attempt -> Nullable<Text>,
    }
}

diesel::table! {
    sources (tenant_id, subject, source) {
        tenant_id -> Text,
        subject -> Text,
        source -> Text,
        count -> BigInt,
        ladder_base -> BigInt,
        ladder_last -> Nullable<BigInt>,
        lock_kind -> Nullable<Text>,
        lock_since -> Nullable<BigInt>,
        lock_until -> Nullable<BigInt>,
        lock_spent -> Bool,
        hot -> Bool,
        era_count -> BigInt,
        era_step -> BigInt,
        era_lock -> BigInt,
    }
}

diesel::table! {
    lanes (tenant_id, subject, lane) {
        tenant_id -> Text,
        subject -> Text,
        lane -> Text,
        count -> BigInt,
        deadline -> Nullable<BigInt>,
        ladder_base -> BigInt,
        ladder_last -> Nullable<BigInt>,
        lock_kind -> Nullable<Text>,
        lock_since -> Nullable<BigInt>,
        lock_until -> Nullable<BigInt>,
        lock_spent -> Bool,
        beyond_long_run -> BigInt,
        serial -> BigInt,
        dead -> Bool,
        expires -> Nullable<BigInt>,
        era -> BigInt,
        all_serial -> BigInt,
        created_at -> BigInt,
        label -> Nullable<Text>,
        source -> Nullable<Text>,
        used_at -> BigInt,
        credential_version -> BigInt,
    }
}

diesel::table! {
    attempts (tenant_id, id) {
        tenant_id -> Text,
        id -> Text,
        at -> BigInt,
        subject -> Text,
        user_id -> Nullable<Text>,
        source -> Text,
        authenticator -> Text,
        outcome -> Text,
        decision -> Text,
        repeated -> Bool,
        lane -> Text,
        device -> Nullable<Text>,
        policy_version -> BigInt,
        sign_in_id -> Nullable<Text>,
        session_id -> Nullable<Text>,
        node -> Text,
        count_after -> BigInt,
        remaining -> Nullable<BigInt>,
        lock_kind -> Nullable<Text>,
        lock_source_only -> Bool,
        lock_since -> Nullable<BigInt>,
        lock_until -> Nullable<BigInt>,
        previous -> Nullable<Text>,
    }
}

diesel::table! {
    refusals (tenant_id, subject, source, minute) {
        tenant_id -> Text,
        subject -> Text,
        source -> Text,
        minute -> BigInt,
        tries -> BigInt,
    }
}

diesel::table! {
    clients (tenant_id, id) {
        tenant_id -> Text,
        id -> Text,
        rotating_hash -> Text,
        sign_in_id -> Nullable<Text>,
        last_active_session_id -> Nullable<Text>,
        created_at -> BigInt,
        updated_at -> BigInt,
        sign_up_id -> Nullable<Text>,
    }
}

diesel::table! {
    sign_ins (tenant_id, id) {
        tenant_id -> Text,
        id -> Text,
        client_id -> Text,
        status -> Text,
        identifier -> Nullable<Text>,
        canonical_key -> Nullable<Text>,
        user_id -> Nullable<Text>,
        first_factor -> Nullable<Text>,
        first_factor_at -> Nullable<BigInt>,
        lane -> Nullable<Text>,
        lane_serial -> BigInt,
        all_serial -> BigInt,
        created_session_id -> Nullable<Text>,
        locale -> Nullable<Text>,
        created_at -> BigInt,
        updated_at -> BigInt,
        abandon_at -> BigInt,
        prepared -> Nullable<Text>,
        prepared_code -> Nullable<Text>,
        prepared_address -> Nullable<Text>,
        second_factor -> Nullable<Text>,
    }
}

diesel::table! {
    sessions (tenant_id, id) {
        tenant_id -> Text,
        id -> Text,
        client_id -> Text,
        user_id -> Text,
        status -> Text,
        first_factor_at -> Nullable<BigInt>,
        second_factor_at -> Nullable<BigInt>,
        last_active_at -> BigInt,
        expire_at -> BigInt,
        abandon_at -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
        strategy -> Nullable<Text>,
        pending_totp -> Nullable<Text>,
        pending_tries -> BigInt,
        asked_level -> Nullable<Text>,
        asked_at -> Nullable<BigInt>,
        prepared -> Nullable<Text>,
        prepared_code -> Nullable<Text>,
        prepared_address -> Nullable<Text>,
        first_again -> Nullable<Text>,
        second_again -> Nullable<Text>,
    }
}

diesel::table! {
    outbox (tenant_id, id) {
        tenant_id -> Text,
        id -> Text,
        kind -> Text,
        topic -> Text,
        status -> Text,
        subject -> Nullable<Text>,
        user_id -> Nullable<Text>,
        episode -> Nullable<BigInt>,
        payload -> Text,
        created_at -> BigInt,
        due_at -> BigInt,
        tries -> BigInt,
        claimed_until -> Nullable<BigInt>,
        last_error -> Nullable<Text>,
        finished_at -> Nullable<BigInt>,
        tried_at -> Nullable<BigInt>,
        opened_at -> Nullable<BigInt>,
        bounced_at -> Nullable<BigInt>,
        bounce -> Nullable<Text>,
    }
}

diesel::table! {
    mailbox (tenant_id, id) {
        tenant_id -> Text,
        id -> Text,
        sender -> Text,
        recipient -> Text,
        subject -> Text,
        headers -> Text,
        text -> Text,
        html -> Text,
        raw -> Text,
        received_at -> BigInt,
    }
}

diesel::table! {
    audit (tenant_id, id) {
        tenant_id -> Text,
        id -> Text,
        at -> BigInt,
        actor -> Text,
        action -> Text,
        subject -> Nullable<Text>,
        user_id -> Nullable<Text>,
        detail -> Text,
        seq -> Nullable<BigInt>,
        hash -> Nullable<Text>,
    }
}

diesel::table! {
    one_time_codes (tenant_id, id) {
        tenant_id -> Text,
        id -> Text,
        subject -> Text,
        purpose -> Text,
        tries -> BigInt,
        used_at -> Nullable<BigInt>,
        created_at -> BigInt,
        expires_at -> BigInt,
        episode -> Nullable<BigInt>,
    }
}

diesel::table! {
    totp_secrets (tenant_id, user_id) {
        tenant_id -> Text,
        user_id -> Text,
        sealed -> Text,
        last_step -> BigInt,
        created_at -> BigInt,
    }
}

diesel::table! {
    recovery_codes (tenant_id, user_id, digest) {
        tenant_id -> Text,
        user_id -> Text,
        digest -> Text,
        used_at -> Nullable<BigInt>,
        created_at -> BigInt,
    }
}

diesel::table! {
    pending_identifications (tenant_id, id) {
        tenant_id -> Text,
        id -> Text,
        user_id -> Nullable<Text>,
        sign_up_id -> Nullable<Text>,
        kind -> Text,
        value -> Text,
        canonical_key -> Text,
        prepared_code -> Nullable<Text>,
        verified_at -> Nullable<BigInt>,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    sign_ups (tenant_id, id) {
        tenant_id -> Text,
        id -> Text,
        client_id -> Text,
        status -> Text,
        username -> Nullable<Text>,
        username_key -> Nullable<Text>,
        first_name -> Nullable<Text>,
        last_name -> Nullable<Text>,
        password_hash -> Nullable<Text>,
        unsafe_metadata -> Text,
        locale -> Nullable<Text>,
        legal_accepted_at -> Nullable<BigInt>,
        created_user_id -> Nullable<Text>,
        created_session_id -> Nullable<Text>,
        created_at -> BigInt,
        updated_at -> BigInt,
        abandon_at -> BigInt,
    }
}

diesel::table! {
    sign_in_tokens (tenant_id, id) {
        tenant_id -> Text,
        id -> Text,
        user_id -> Text,
        status -> Text,
        created_at -> BigInt,
        updated_at -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    external_accounts (tenant_id, user_id, id) {
        tenant_id -> Text,
        user_id -> Text,
        id -> Text,
        document -> Text,
    }
}

diesel::table! {
    nodes (name) {
        name -> Text,
        seen_at -> BigInt,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    tenants,
    team,
    api_keys,
    policies,
    signing_keys,
    users,
    identifications,
    subjects,
    sources,
    lanes,
    attempts,
    refusals,
    clients,
    sign_ins,
    sessions,
);
