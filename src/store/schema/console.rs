//! The tables of the console, as in `schema.rs`. Knows nothing of what the columns mean.

diesel::table! {
    team (tenant_id, staff_id) {
        tenant_id -> Text,
        staff_id -> Text,
        role -> Text,
        added_by -> Text,
        created_at -> BigInt,
        updated_at -> BigInt,
        alerts -> Bool,
        digest -> Bool,
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
        mailed_to -> Nullable<Text>,
        mail_id -> Nullable<Text>,
        revoked_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    shadows (tenant_id) {
        tenant_id -> Text,
        version -> BigInt,
        since -> BigInt,
        due_at -> BigInt,
    }
}

diesel::table! {
    shadow_days (tenant_id, version, day) {
        tenant_id -> Text,
        version -> BigInt,
        day -> BigInt,
        measures -> Text,
    }
}

diesel::table! {
    traffic (tenant_id, slot, network) {
        tenant_id -> Text,
        slot -> BigInt,
        network -> Text,
        rights -> BigInt,
        wrongs -> BigInt,
        refused -> BigInt,
        locks -> BigInt,
    }
}

diesel::table! {
    tallies (tenant_id) {
        tenant_id -> Text,
        attempt -> Text,
        minute -> BigInt,
        folded -> BigInt,
        looked_at -> BigInt,
        hours -> BigInt,
        quarters -> BigInt,
    }
}

diesel::table! {
    campaigns (tenant_id, id) {
        tenant_id -> Text,
        id -> Text,
        kind -> Text,
        target -> Text,
        began_at -> BigInt,
        last_at -> BigInt,
        tries -> BigInt,
        tail_slot -> BigInt,
        tail_tries -> BigInt,
        accounts -> BigInt,
        nobodies -> BigInt,
        sources -> BigInt,
        networks -> BigInt,
        largest -> Text,
        signed_in -> Text,
    }
}

diesel::table! {
    campaign_locks (tenant_id, campaign_id, user_id, since) {
        tenant_id -> Text,
        campaign_id -> Text,
        user_id -> Text,
        since -> BigInt,
        undone -> Nullable<Text>,
    }
}

diesel::table! {
    lock_stories (tenant_id, user_id, locked_at) {
        tenant_id -> Text,
        user_id -> Text,
        locked_at -> BigInt,
        mailed_at -> Nullable<BigInt>,
        accepted_at -> Nullable<BigInt>,
        opened_at -> Nullable<BigInt>,
        unlocked_at -> Nullable<BigInt>,
        signed_in_at -> Nullable<BigInt>,
        looked_at -> BigInt,
        done -> Bool,
        asked_at -> Nullable<BigInt>,
        helped_at -> Nullable<BigInt>,
        kept_out -> Bool,
        judge_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    audit_heads (tenant_id) {
        tenant_id -> Text,
        seq -> BigInt,
        hash -> Text,
        sealed_at -> BigInt,
    }
}

diesel::table! {
    alerts (tenant_id, number) {
        tenant_id -> Text,
        number -> BigInt,
        opened_at -> BigInt,
        hot_at -> BigInt,
        closed_at -> Nullable<BigInt>,
        locks -> BigInt,
        failures -> BigInt,
        sources -> BigInt,
        campaign_id -> Nullable<Text>,
    }
}

diesel::table! {
    alert_mutes (tenant_id, staff_id) {
        tenant_id -> Text,
        staff_id -> Text,
        until -> BigInt,
    }
}

diesel::table! {
    digests (tenant_id, day) {
        tenant_id -> Text,
        day -> BigInt,
    }
}

diesel::table! {
    tenant_files (tenant_id, name) {
        tenant_id -> Text,
        name -> Text,
        body -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    user_imports (tenant_id) {
        tenant_id -> Text,
        id -> Text,
        state -> Text,
        file_bytes -> BigInt,
        sealed -> Nullable<Text>,
        staged_at -> BigInt,
        staged_by -> Text,
        run_by -> Nullable<Text>,
        turn -> BigInt,
        due_at -> BigInt,
        total -> Nullable<BigInt>,
        rows -> BigInt,
        made -> BigInt,
        there -> BigInt,
        refused -> BigInt,
        unknown -> Text,
        why -> Nullable<Text>,
        changed_at -> BigInt,
    }
}

diesel::table! {
    user_import_faults (tenant_id, row) {
        tenant_id -> Text,
        row -> BigInt,
        id -> Nullable<Text>,
        faults -> Text,
    }
}
