//! `keys rotate`: new keys in place of those that sign session tokens, or of the master key. What older
//! ones have signed or sealed stays good.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Result, bail};
use serde_json::{Value, json};

use super::args::Rotate;
use super::opened::{actor, tenant, told, with_core};
use super::output::{dated, due, say, say_json, warn};
use crate::app::{Core, in_system};
use crate::config::Config;
use crate::model::{Millis, Span};
use crate::store::tenants::TenantName;
use crate::tenant::{KeyRotation, SIGNER_BELIEVED, TenantProfile, verifies_until};
use crate::token::{MasterKeyFileFault, MasterKeys};

/// Tenants that are read at a time.
const PAGE: i64 = 100;

/// `keys rotate`
pub(super) fn rotate(config: &Config, rotate: &Rotate) -> Result<ExitCode> {
    match rotate.master {
        true => master(config, rotate),
        false => in_system(signing(config, rotate)),
    }
}

fn master(config: &Config, rotate: &Rotate) -> Result<ExitCode> {
    let path = &config.master_key_file;
    let shown = path.display();
    let keys = match MasterKeys::rotate(path) {
        Err(MasterKeyFileFault::Io { source, .. })
            if source.kind() == std::io::ErrorKind::NotFound =>
        {
            bail!(
                "the master key file {shown} is not there; restore it from your backup or name it with --master-key-file"
            )
        }
        rotated => rotated?,
    };
    if rotate.output.json {
        say_json(&json!({
            "file": shown.to_string(),
            "key": keys.newest().id(),
            "keys": keys.all().map(crate::token::MasterKey::id).collect::<Vec<_>>(),
        }));
        return Ok(ExitCode::SUCCESS);
    }
    let older = keys.all().count().saturating_sub(1);
    say(&format!(
        "{shown}: a new key `{}` before {older} older, which stay for opening\n\n\
         Now, before any other command here:\n  \
         1  back the file up, in place of the copy of before\n  \
         2  copy it to every node\n  \
         3  restart each node, one soon after the other: one that still runs with the old file opens\n     \
         nothing that another has sealed with the new key\n\n\
         Keep the older keys in the file: what they have sealed opens with nothing else.",
        keys.newest().id()
    ));
    Ok(ExitCode::SUCCESS)
}

/// What came of one tenant.
struct Outcome {
    json: Value,
    words: String,
    /// Whether there is a new key.
    rotated: bool,
    /// Whether there should be one and is none.
    refused: bool,
}

async fn signing(config: &Config, rotate: &Rotate) -> Result<ExitCode> {
    with_core(config, async |core| {
        let mut outcomes = Vec::new();
        match &rotate.tenant {
            Some(slug) => {
                let profile = tenant(core, slug).await?;
                outcomes.push(one(core, &profile, rotate.after).await?);
            }
            None => every(core, rotate.after, &mut outcomes).await,
        }
        if outcomes.is_empty() {
            bail!("there is no tenant in this database; name another with --database-url");
        }
        if rotate.output.json {
            say_json(
                &json!({ "tenants": outcomes.iter().map(|one| &one.json).collect::<Vec<_>>() }),
            );
        } else {
            outcomes.iter().filter(|one| !one.refused).for_each(|one| say(&one.words));
            if outcomes.iter().any(|one| one.rotated) {
                say(&afterwards(rotate.after));
            }
        }
        // Nothing to do is no refusal.
        let refused: Vec<_> = outcomes.iter().filter(|one| one.refused).collect();
        match (refused.as_slice(), &rotate.tenant) {
            ([], _) => return Ok(ExitCode::SUCCESS),
            ([only], Some(_)) if !rotate.output.json => bail!("{}", only.words),
            (refused, _) => refused.iter().for_each(|one| warn(&one.words)),
        }
        Ok(ExitCode::FAILURE)
    })
    .await
}

/// All tenants, the console's own among them. One that fails keeps none of the others from it.
async fn every(core: &Core, after: Span, outcomes: &mut Vec<Outcome>) {
    let mut last = None;
    loop {
        let page = match core.tenants.reader().some_tenants(last, PAGE).await {
            Ok(page) => page,
            // What was done until then is told all the same.
            Err(error) => return outcomes.push(failed("all others", &error.into())),
        };
        let Some((end, _)) = page.last() else { return };
        last = Some(end.clone());
        for (id, slug) in page {
            let done = match core.tenants.find(TenantName::Id(id)).await.map_err(told) {
                // Gone since the list was read.
                Ok(None) => continue,
                Ok(Some(profile)) => one(core, &profile, after).await,
                Err(error) => Err(error),
            };
            outcomes.push(done.unwrap_or_else(|error| failed(&slug, &error)));
        }
    }
}

fn failed(slug: &str, error: &anyhow::Error) -> Outcome {
    Outcome {
        json: json!({ "tenant": slug, "fault": error.to_string() }),
        words: format!("{slug}: {error}"),
        rotated: false,
        refused: true,
    }
}

async fn one(core: &Core, profile: &Arc<TenantProfile>, after: Span) -> Result<Outcome> {
    let rotated = core.tenants.rotate_signing_key(profile, after, &actor()).await.map_err(told)?;
    Ok(outcome(&profile.tenant.slug, rotated, core.clock.now()))
}

fn outcome(slug: &str, rotated: KeyRotation, now: Millis) -> Outcome {
    match rotated {
        KeyRotation::Done(new) => {
            let until = verifies_until(new.begins);
            let begins = if new.begins > now { due(new.begins, now) } else { "now on".to_owned() };
            Outcome {
                json: json!({
                    "tenant": slug, "kid": new.kid, "replaces": new.replaces,
                    "signs_from_ms": new.begins.0, "old_verifies_until_ms": until.0,
                }),
                words: format!(
                    "{slug}: {} signs from {begins}; {} verifies until {}",
                    new.kid,
                    new.replaces,
                    dated(until, now)
                ),
                rotated: true,
                refused: false,
            }
        }
        KeyRotation::Waiting { kid, begins } => {
            let when = due(begins, now);
            Outcome {
                json: json!({
                    "tenant": slug, "fault": "waiting", "waiting_kid": kid, "signs_from_ms": begins.0,
                }),
                words: format!(
                    "{slug}: a new key waits already: {kid} begins to sign {when}; rotate again after that"
                ),
                rotated: false,
                refused: true,
            }
        }
        KeyRotation::Overtaken => Outcome {
            json: json!({ "tenant": slug, "fault": "overtaken" }),
            words: format!(
                "{slug}: somebody else has just put a new key there; nothing was changed"
            ),
            rotated: false,
            refused: true,
        },
        KeyRotation::NoKey => Outcome {
            json: json!({ "tenant": slug, "kid": null }),
            words: format!("{slug}: has no key yet; the first is made at its first session"),
            rotated: false,
            refused: false,
        },
    }
}

fn afterwards(after: Span) -> String {
    let soon = if after < SIGNER_BELIEVED {
        format!(
            "\nA running server may sign with the old key for {} s still: it reads the keys that often.",
            SIGNER_BELIEVED.as_seconds_up()
        )
    } else {
        "\nRunning servers publish the new key at once; none has to be restarted.".to_owned()
    };
    format!(
        "{soon}\nWhoever keeps a public key by hand (CLERK_JWT_KEY) has to take the new one by then."
    )
}
