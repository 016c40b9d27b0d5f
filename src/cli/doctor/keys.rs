//! The master key: whether its file is there, for its owner only, and opens what the database has sealed.

use std::io::ErrorKind;

use super::super::output::with_causes;
use super::Findings;
use crate::config::Config;
use crate::store::checkup::{Checkup, SealedKind};
use crate::token::{MasterKeyFileFault, MasterKeys, Purpose};

/// Secrets of each kind that are opened.
const TRIED: i64 = 200;

/// Reads the file. Whether one that is missing is a fault depends on what the database holds, which
/// [`sealed`] looks at.
pub(super) fn file(config: &Config, findings: &mut Findings) -> Option<MasterKeys> {
    let path = config.master_key_file.display();
    match MasterKeys::load(&config.master_key_file) {
        Ok(keys) => {
            let count = keys.all().count();
            let held = if count == 1 { "one key".to_owned() } else { format!("{count} keys") };
            findings.ok("master_key", format!("{path} holds {held}; keep a copy elsewhere"));
            Some(keys)
        }
        Err(MasterKeyFileFault::Io { source, .. }) if source.kind() == ErrorKind::NotFound => {
            findings.warning(
                "master_key",
                format!("{path} is not there; the first command on an empty database makes it"),
            );
            None
        }
        Err(fault) => {
            findings.fault("master_key", with_causes(&fault.into()));
            None
        }
    }
}

/// Opens what the database has sealed.
pub(super) fn sealed(keys: Option<&MasterKeys>, checkup: &mut Checkup, findings: &mut Findings) {
    const CHECK: &str = "sealed";
    let restore = "restore the master key file from your backup, or name it with --master-key-file";
    let Some(keys) = keys else {
        match checkup.has_tenants() {
            Ok(false) => findings.ok(CHECK, "there is no tenant yet, so nothing is sealed"),
            Ok(true) => findings.fault(
                CHECK,
                format!(
                    "the database has data sealed with a master key that cannot be read: {restore}"
                ),
            ),
            Err(error) => findings.fault(CHECK, with_causes(&error.into())),
        }
        return;
    };
    let found = match checkup.sealed(TRIED) {
        Ok(found) => found,
        Err(error) => return findings.fault(CHECK, with_causes(&error.into())),
    };
    let shut = found
        .iter()
        .filter(|secret| keys.open(purpose(secret.kind), &secret.tenant, &secret.text).is_err());
    match (shut.count(), found.len()) {
        (0, 0) => findings.ok(CHECK, "nothing is sealed yet"),
        (0, all) => findings.ok(CHECK, format!("the master key opens all {all} secrets looked at")),
        (shut, all) => findings.fault(
            CHECK,
            format!("{shut} of {all} secrets in the database do not open with this key: {restore}"),
        ),
    }
}

const fn purpose(kind: SealedKind) -> Purpose {
    match kind {
        SealedKind::SigningKey => Purpose::SigningKeyAtRest,
        SealedKind::Webhook => Purpose::WebhookAtRest,
        SealedKind::MailServer => Purpose::MailAtRest,
        SealedKind::Dkim => Purpose::DkimAtRest,
        SealedKind::Totp => Purpose::TotpAtRest,
    }
}
