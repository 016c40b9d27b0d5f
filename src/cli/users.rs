//! `user create`, `user lock`, `user unlock`. A password comes by standard input, never as an
//! argument: arguments are seen by everybody on the machine and stay in the shell's history.

use std::io::{BufRead, IsTerminal, Read};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Result, anyhow, bail};
use serde_json::json;

use super::args::{Output, User, Whom};
use super::opened::{actor, tenant, told, with_core};
use super::output::{due, say, say_json, warn};
use crate::app::Core;
use crate::config::Config;
use crate::credential::Password;
use crate::credential::password::{MAX_PASSWORD_BYTES, MIN_PASSWORD_CHARS, is_long_enough};
use crate::model::{Identifier, IdentifierKind, Until, UserId};
use crate::store::users::UserChange;
use crate::tenant::{NewUserForm, TenantFault, TenantProfile, UserCard};
use crate::text::{Zone, is_language_tag};

/// Longest first or last name, in characters.
const MAX_NAME_CHARS: usize = 100;

/// `user create`
pub(super) async fn create(config: &Config, create: User) -> Result<ExitCode> {
    let User::Create {
        tenant: slug,
        email,
        phone,
        username,
        first_name,
        last_name,
        locale,
        time_zone,
        no_password,
        output,
    } = create
    else {
        bail!("not a command to create a user");
    };
    let identifiers = [
        identifier("--email", email, IdentifierKind::EmailAddress)?,
        identifier("--phone", phone, IdentifierKind::PhoneNumber)?,
        identifier("--username", username, IdentifierKind::Username)?,
    ];
    let identifiers: Vec<Identifier> = identifiers.into_iter().flatten().collect();
    if identifiers.is_empty() {
        bail!("a user needs a name to sign in with: give --email, --phone or --username");
    }
    let change = UserChange {
        first_name: name("--first-name", first_name)?.map(Some),
        last_name: name("--last-name", last_name)?.map(Some),
        locale: checked("--locale", locale, is_language_tag)?.map(Some),
        time_zone: checked("--time-zone", time_zone, |text| Zone::known(text).is_some())?.map(Some),
        ..UserChange::default()
    };
    let password = if no_password { None } else { Some(typed_password()?) };
    let shown: Vec<String> = identifiers.iter().map(|i| i.display.clone()).collect();
    let form = NewUserForm { identifiers, password, change, ..NewUserForm::default() };
    let card = with_core(config, async |core| {
        let profile = tenant(core, &slug).await?;
        match core.tenants.create_user(&profile, form, &actor()).await {
            Err(TenantFault::Conflict { .. }) => {
                bail!("a user of `{slug}` has {} already", shown.join(" or "))
            }
            made => made.map_err(told),
        }
    });
    let card = card.await?;
    print(&card, output, || format!("created {}", named(&card)));
    Ok(ExitCode::SUCCESS)
}

/// `user lock`
pub(super) async fn lock(config: &Config, whom: Whom) -> Result<ExitCode> {
    with_core(config, async |core| {
        let (profile, user) = found(core, &whom).await?;
        let card = core.tenants.lock_user(&profile, user, &actor(), None).await.map_err(told)?;
        print(&card, whom.output, || format!("{} is locked {}", named(&card), until(core, &card)));
        Ok(ExitCode::SUCCESS)
    })
    .await
}

/// `user unlock`
pub(super) async fn unlock(config: &Config, whom: Whom) -> Result<ExitCode> {
    with_core(config, async |core| {
        let (profile, user) = found(core, &whom).await?;
        let before = core.tenants.user(&profile, user.clone()).await.map_err(told)?;
        let card = core.tenants.unlock_user(&profile, user, &actor(), None).await.map_err(told)?;
        let was = before.is_some_and(|card| card.lock.is_some());
        print(&card, whom.output, || {
            let done = if was { "is unlocked" } else { "was not locked; its count starts over" };
            format!("{} {done}", named(&card))
        });
        Ok(ExitCode::SUCCESS)
    })
    .await
}

async fn found(core: &Core, whom: &Whom) -> Result<(Arc<TenantProfile>, UserId)> {
    let profile = tenant(core, &whom.tenant).await?;
    let nobody = || anyhow!("`{}` has no user `{}`", whom.tenant, whom.user);
    let reader = core.tenants.reader();
    if let Some(id) = UserId::parse(&whom.user) {
        let record = reader.user(profile.id().clone(), id).await?;
        if let Some(record) = record {
            return Ok((profile, record.user.id));
        }
    }
    let identifier = Identifier::parse(&whom.user).map_err(|_| nobody())?;
    let record =
        reader.identified(profile.id().clone(), identifier.key).await?.ok_or_else(nobody)?;
    Ok((profile, record.user.id))
}

fn identifier(
    flag: &str,
    text: Option<String>,
    kind: IdentifierKind,
) -> Result<Option<Identifier>> {
    let Some(text) = text else { return Ok(None) };
    let identifier =
        Identifier::parse(&text).map_err(|fault| anyhow!("{flag}: `{text}`: {fault}"))?;
    if identifier.kind != kind {
        bail!("{flag}: `{text}` is no {}", kind.as_str().replace('_', " "));
    }
    Ok(Some(identifier))
}

fn name(flag: &str, text: Option<String>) -> Result<Option<String>> {
    let fits = |text: &String| {
        text.chars().count() <= MAX_NAME_CHARS && !text.chars().any(char::is_control)
    };
    match text {
        Some(text) if !fits(&text) => {
            bail!("{flag}: must be at most {MAX_NAME_CHARS} characters on one line")
        }
        text => Ok(text),
    }
}

/// A text that `fits`.
fn checked(flag: &str, text: Option<String>, fits: fn(&str) -> bool) -> Result<Option<String>> {
    match text {
        Some(text) if !fits(&text) => bail!("{flag}: `{text}` is not known"),
        text => Ok(text),
    }
}

/// The first line of standard input, without its end. No message repeats it.
fn typed_password() -> Result<Password> {
    if std::io::stdin().is_terminal() {
        warn("the password will be seen as you type it; type it and press Enter");
    }
    let most = u64::try_from(MAX_PASSWORD_BYTES).unwrap_or(u64::MAX).saturating_add(2);
    let mut line = Vec::new();
    std::io::stdin().lock().take(most).read_until(b'\n', &mut line)?;
    if line.last() == Some(&b'\n') {
        line.pop();
        if line.last() == Some(&b'\r') {
            line.pop();
        }
    }
    if line.is_empty() {
        bail!(
            "no password came by standard input; for example: printf %s \"$PASSWORD\" | lockkeeper user create …, or --no-password"
        );
    }
    if !is_long_enough(&String::from_utf8_lossy(&line)) {
        bail!("the password is shorter than {MIN_PASSWORD_CHARS} characters");
    }
    Ok(Password::parse(line)?)
}

/// `alex@acme.test (user_…)`.
fn named(card: &UserCard) -> String {
    let first = card.record.identifications.first().map(|i| i.value.as_str());
    format!("{} ({})", first.unwrap_or("user"), card.record.user.id)
}

fn until(core: &Core, card: &UserCard) -> String {
    match card.lock.map(|lock| lock.until) {
        Some(Until::At(end)) => format!("until {}", due(end, core.clock.now())),
        Some(Until::Unlocked) => "until somebody unlocks".to_owned(),
        None => "no longer".to_owned(),
    }
}

fn print(card: &UserCard, output: Output, words: impl FnOnce() -> String) {
    if !output.json {
        say(&words());
        return;
    }
    let identifiers: Vec<&str> =
        card.record.identifications.iter().map(|i| i.value.as_str()).collect();
    say_json(&json!({
        "id": card.record.user.id.as_str(),
        "identifiers": identifiers,
        "locked": card.lock.is_some(),
        "locked_until_ms": card.lock.and_then(|lock| lock.until.instant()).map(|end| end.0),
        "attempts_remaining": card.remaining,
    }));
}
