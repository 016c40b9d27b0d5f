//! `policy simulate`: what was recorded, under another policy, for people and for a pipeline that must
//! not let a policy through which keeps out more owners than somebody is ready to bear. Decides
//! nothing; the time machine does.

use std::process::ExitCode;

use anyhow::{Result, bail};
use serde_json::{Value, json};

use super::args::Policy as PolicyCommand;
use super::lockout_policy::{preset_of, read};
use super::opened::{tenant, told, with_core};
use super::output::{say, say_json};
use crate::config::Config;
use crate::lockout::time_machine::{Comparison, Estimate, Measures};
use crate::lockout::{parse_span, span_text};
use crate::model::Span;
use crate::tenant::{Question, Replayed};

/// Attempts are kept for no longer.
const LONGEST: Span = Span(30 * Span::DAY.0);
/// A maximum was exceeded.
const EXCEEDED: u8 = 3;

/// The most that somebody is ready to bear.
#[derive(Debug, Clone, Copy)]
struct Maxima {
    owners_locked: Option<i64>,
    guesses: Option<i64>,
    bound: Bound,
}

#[derive(Debug, Clone, Copy)]
enum Bound {
    Low,
    High,
}

/// `policy simulate`
pub(super) async fn simulate(config: &Config, command: PolicyCommand) -> Result<ExitCode> {
    let PolicyCommand::Simulate {
        tenant: slug,
        file,
        preset,
        last,
        max_owners_locked: owners_locked,
        max_guesses: guesses,
        pessimistic,
        output,
    } = command
    else {
        bail!("not a command to simulate a policy");
    };
    let draft = match (file, preset) {
        (Some(path), _) => read(&path)?,
        (None, Some(preset)) => preset_of(preset).policy(),
        (None, None) => bail!("name the draft with --file or --preset"),
    };
    let span = parse_span(&last).filter(|span| *span >= Span::MINUTE && *span <= LONGEST);
    let Some(span) = span else {
        bail!("--last: must be a length from 1m to 30d, such as 12h or 7d");
    };
    let bound = if pessimistic { Bound::High } else { Bound::Low };
    let maxima = Maxima { owners_locked, guesses, bound };
    with_core(config, async |core| {
        let profile = tenant(core, &slug).await?;
        let live = core.tenants.live_policy(&profile).await.map_err(told)?;
        let question = Question::new(&live.policy()?, &draft, span);
        let replayed = core.tenants.replay_to_the_end(&profile, &question).await.map_err(told)?;
        let exceeded = maxima.exceeded(&replayed.found.draft.total);
        if output.json {
            say_json(&report(&replayed, &exceeded));
        } else {
            tell(&slug, span, &replayed, &exceeded);
        }
        Ok(if exceeded.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(EXCEEDED) })
    })
    .await
}

impl Maxima {
    /// What is above its maximum, by the name of its figure.
    fn exceeded(&self, draft: &Measures) -> Vec<&'static str> {
        let above = |of: Estimate, most: Option<i64>| {
            let value = match self.bound {
                Bound::Low => of.low,
                Bound::High => of.high,
            };
            most.is_some_and(|most| value > most)
        };
        let owners = above(draft.owners_locked, self.owners_locked).then_some("owners_locked");
        let guesses = above(draft.guesses, self.guesses).then_some("guesses");
        owners.into_iter().chain(guesses).collect()
    }
}

/// The figures with their names, in the order in which they are told.
fn figures(found: &Comparison) -> [(&'static str, Estimate, Estimate); 6] {
    let (now, draft) = (&found.now.total, &found.draft.total);
    [
        ("owners_locked", now.owners_locked, draft.owners_locked),
        ("owner_wait_ms", now.owner_wait_ms, draft.owner_wait_ms),
        ("guesses", now.guesses, draft.guesses),
        ("accounts_locked", now.locked, draft.locked),
        ("locks", now.locks, draft.locks),
        ("mails", now.mails, draft.mails),
    ]
}

fn report(replayed: &Replayed, exceeded: &[&str]) -> Value {
    let estimate = |of: Estimate| json!({"low": of.low, "likely": of.likely, "high": of.high});
    let mut figures_json = serde_json::Map::new();
    for (name, now, draft) in figures(&replayed.found) {
        let pair = json!({"now": estimate(now), "draft": estimate(draft)});
        figures_json.insert(name.to_owned(), pair);
    }
    json!({
        "from_ms": replayed.window.from.0,
        "to_ms": replayed.window.to.0,
        "shortened": replayed.shortened,
        "tries": replayed.found.tries,
        "unknown": replayed.found.unknown,
        "figures": figures_json,
        "exceeded": exceeded,
    })
}

fn tell(slug: &str, span: Span, replayed: &Replayed, exceeded: &[&str]) {
    let Replayed { found, shortened, .. } = replayed;
    say(&format!(
        "{slug}: {} recorded tries of the last {}, {} of them never checked",
        found.tries,
        span_text(span),
        found.unknown
    ));
    if *shortened {
        say("There is more on record than one replay reads, so it begins later.");
    }
    say(&format!("{:<18}{:>14}{:>14}   could be", "", "now", "draft"));
    for (name, now, draft) in figures(found) {
        let range = if draft.is_certain() {
            "certain".to_owned()
        } else {
            format!("{} to {}", shown(name, draft.low), shown(name, draft.high))
        };
        let (now, draft) = (shown(name, now.likely), shown(name, draft.likely));
        say(&format!("{:<18}{now:>14}{draft:>14}   {range}", label(name)));
    }
    for name in exceeded {
        say(&format!("The maximum is exceeded: {}", label(name)));
    }
}

fn label(name: &str) -> String {
    name.trim_end_matches("_ms").replace('_', " ")
}

/// Waits in whole minutes: nobody reads milliseconds.
fn shown(name: &str, value: i64) -> String {
    if name.ends_with("_ms") {
        return format!("{} min", value.div_euclid(Span::MINUTE.0));
    }
    value.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_maximum_is_held_against_the_lowest_value_unless_somebody_fears_the_highest() {
        let owners_locked = Estimate { low: 2, likely: 3, high: 9 };
        let guesses = Estimate { low: 40, likely: 40, high: 40 };
        let draft = Measures { owners_locked, guesses, ..Measures::default() };
        let maxima = |owners: Option<i64>, guesses: Option<i64>, bound: Bound| {
            Maxima { owners_locked: owners, guesses, bound }.exceeded(&draft)
        };
        assert_eq!(maxima(None, None, Bound::High), Vec::<&str>::new());
        assert_eq!(maxima(Some(2), Some(40), Bound::Low), Vec::<&str>::new());
        assert_eq!(maxima(Some(2), Some(39), Bound::High), ["owners_locked", "guesses"]);
        assert_eq!(maxima(Some(1), None, Bound::Low), ["owners_locked"]);
    }
}
