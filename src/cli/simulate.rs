//! `policy simulate`: what was recorded, under another policy, for people and for a pipeline that must
//! not let a policy through which keeps out more owners, or more of them than the live one, than
//! somebody is ready to bear. Decides nothing; the time machine does.

use std::process::ExitCode;

use anyhow::{Result, bail};
use serde_json::{Value, json};

use super::args::Policy as PolicyCommand;
use super::lockout_policy::{preset_of, read};
use super::opened::{tenant, told, with_core};
use super::output::{say, say_json};
use crate::config::Config;
use crate::lockout::time_machine::{Comparison, Estimate};
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
    /// Owners locked by the draft, less those by the live policy.
    false_locks: Option<i64>,
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
        max_false_locks: false_locks,
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
    let maxima = Maxima { owners_locked, guesses, false_locks, bound };
    with_core(config, async |core| {
        let profile = tenant(core, &slug).await?;
        let live = core.tenants.live_policy(&profile).await.map_err(told)?;
        let question = Question::new(&live.policy()?, &draft, span);
        let replayed = core.tenants.replay_to_the_end(&profile, &question).await.map_err(told)?;
        let exceeded = maxima.exceeded(&replayed.found);
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
    fn exceeded(&self, found: &Comparison) -> Vec<&'static str> {
        let draft = &found.draft.total;
        let above = |of: Estimate, most: Option<i64>| {
            let value = match self.bound {
                Bound::Low => of.low,
                Bound::High => of.high,
            };
            most.is_some_and(|most| value > most)
        };
        let owners = above(draft.owners_locked, self.owners_locked).then_some("owners_locked");
        let guesses = above(draft.guesses, self.guesses).then_some("guesses");
        let rise = match self.bound {
            Bound::Low => rise(found).likely,
            Bound::High => rise(found).high,
        };
        let risen = self.false_locks.is_some_and(|most| rise > most).then_some("false_locks");
        owners.into_iter().chain(guesses).chain(risen).collect()
    }
}

/// How many more owners the draft keeps out than the live policy. The bounds are wide: they take it
/// that what is open went one way under the one and another way under the other.
fn rise(found: &Comparison) -> Estimate {
    let (now, draft) = (found.now.total.owners_locked, found.draft.total.owners_locked);
    Estimate {
        low: draft.low.saturating_sub(now.high),
        likely: draft.likely.saturating_sub(now.likely),
        high: draft.high.saturating_sub(now.low),
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
        "false_locks_rise": estimate(rise(&replayed.found)),
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
    if name == "false_locks" {
        return "owners locked beside the live policy".to_owned();
    }
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
    use crate::lockout::time_machine::{Measures, Report};

    fn of(total: Measures) -> Report {
        Report { total, ..Report::default() }
    }

    #[test]
    fn a_maximum_is_held_against_the_lowest_value_unless_somebody_fears_the_highest() {
        let owners_locked = Estimate { low: 2, likely: 3, high: 9 };
        let guesses = Estimate { low: 40, likely: 40, high: 40 };
        let draft = of(Measures { owners_locked, guesses, ..Measures::default() });
        let found = Comparison { draft, ..Comparison::default() };
        let maxima = |owners: Option<i64>, guesses: Option<i64>, bound: Bound| {
            let maxima = Maxima { owners_locked: owners, guesses, false_locks: None, bound };
            maxima.exceeded(&found)
        };
        assert_eq!(maxima(None, None, Bound::High), Vec::<&str>::new());
        assert_eq!(maxima(Some(2), Some(40), Bound::Low), Vec::<&str>::new());
        assert_eq!(maxima(Some(2), Some(39), Bound::High), ["owners_locked", "guesses"]);
        assert_eq!(maxima(Some(1), None, Bound::Low), ["owners_locked"]);
    }

    #[test]
    fn a_rise_is_told_by_the_likely_values_unless_somebody_fears_the_highest() {
        let owners = |low, likely, high| {
            let owners_locked = Estimate { low, likely, high };
            of(Measures { owners_locked, ..Measures::default() })
        };
        let found =
            Comparison { now: owners(3, 5, 6), draft: owners(4, 7, 9), ..Comparison::default() };
        assert_eq!(rise(&found), Estimate { low: -2, likely: 2, high: 6 });
        let risen = |most: i64, bound: Bound| {
            let false_locks = Some(most);
            !Maxima { owners_locked: None, guesses: None, false_locks, bound }
                .exceeded(&found)
                .is_empty()
        };
        assert_eq!([1, 2].map(|most| risen(most, Bound::Low)), [true, false]);
        assert_eq!([5, 6].map(|most| risen(most, Bound::High)), [true, false]);
    }
}
