//! What the client was told, and what became of it. Knows no request.
//!
//! A request whose answer never came, or that was answered 503, may or may not have taken effect:
//! it is *unclear* and widens what may be found afterwards, once.

use std::collections::HashMap;
use std::fmt;

use serde_json::Value;

use super::world::N;

/// What was found so far.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    /// Facts that an answer had told, looked for afterwards.
    pub(crate) compared: usize,
    /// Requests without a known outcome.
    pub(crate) unclear: usize,
    /// `lost …`, `doubled …` and `beyond …`.
    pub(crate) faults: Vec<String>,
}

impl fmt::Display for Findings {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let starting = |word: &str| self.faults.iter().filter(|f| f.starts_with(word)).count();
        let (lost, doubled, beyond) = (starting("lost"), starting("doubled"), starting("beyond"));
        write!(
            out,
            "{} facts compared, {} requests unclear, {lost} lost, {doubled} doubled, \
             {beyond} answers beyond N",
            self.compared, self.unclear
        )
    }
}

impl Findings {
    pub(crate) fn fact(&mut self, holds: bool, fault: impl FnOnce() -> String) {
        self.compared += 1;
        if !holds {
            self.faults.push(fault());
        }
    }

    /// Says the line that `make soak` gathers for the report and fails where anything was found.
    pub(crate) fn settle(&self, what: &str) {
        println!("\nresult: {what}: {self}");
        assert!(self.faults.is_empty(), "{what}: {self:#?}");
        assert!(self.compared > 0, "{what}: nothing was compared");
    }
}

/// A user under attack, who unlocks by mail.
#[derive(Debug, Clone, Default)]
pub(crate) struct Attacked {
    pub(crate) id: String,
    pub(crate) name: String,
    /// Answered as wrong since the last unlock.
    pub(crate) wrong: i64,
    /// Guesses without a known outcome. Never forgotten: one that nobody waits for any more may be
    /// settled late, after an unlock.
    pub(crate) unclear: i64,
    pub(crate) locked: bool,
    /// Whether a press since the lock is unclear.
    pub(crate) unclear_press: bool,
    /// Locks that were answered, each of an episode of its own.
    pub(crate) episodes: usize,
    /// Wrong passwords answered as such though N were counted.
    pub(crate) beyond: Vec<String>,
}

/// One who signs in, again and again.
#[derive(Debug, Clone, Default)]
pub(crate) struct SignedIn {
    pub(crate) id: String,
    pub(crate) sessions: Vec<String>,
    pub(crate) unclear: usize,
}

/// One whom staff locks and unlocks in turn, up to the first unclear request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Handled {
    pub(crate) id: String,
    pub(crate) locked: bool,
    pub(crate) unclear: bool,
}

/// Contact requests: message and the reference it was answered with.
#[derive(Debug, Clone, Default)]
pub(crate) struct Written {
    pub(crate) filed: Vec<(String, String)>,
    pub(crate) unclear: Vec<String>,
}

/// A number in the policy that only rises, up to the first unclear edit.
#[derive(Debug, Clone, Default)]
pub(crate) struct Edited {
    pub(crate) value: i64,
    pub(crate) unclear: bool,
}

/// All of one round.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ledger {
    pub(crate) attacked: Vec<Attacked>,
    pub(crate) signed_in: SignedIn,
    pub(crate) handled: Handled,
    pub(crate) written: Written,
    pub(crate) edited: Edited,
}

/// What the server says afterwards.
pub(crate) struct Now {
    /// By id, as the Backend API shows them.
    pub(crate) users: HashMap<String, Value>,
    /// Sessions of the one who signs in.
    pub(crate) sessions: Vec<Value>,
    pub(crate) requests: Vec<Value>,
    /// The number in the policy.
    pub(crate) edited: i64,
}

impl Ledger {
    pub(crate) fn compare(&self, now: &Now, findings: &mut Findings) {
        for attacked in &self.attacked {
            compare_attacked(attacked, &now.users[&attacked.id], findings);
        }
        let handled = &self.handled;
        let locked = now.users[&handled.id]["locked"] == true;
        findings.unclear += usize::from(handled.unclear);
        findings.fact(handled.unclear || locked == handled.locked, || {
            format!("lost: what staff did last to {handled:?}: locked is {locked}")
        });
        self.compare_sessions(now, findings);
        self.compare_requests(now, findings);
        let edited = &self.edited;
        findings.unclear += usize::from(edited.unclear);
        findings.fact(now.edited >= edited.value, || {
            format!("lost: a policy edit: {edited:?}, now {}", now.edited)
        });
        findings.fact(now.edited <= edited.value + i64::from(edited.unclear), || {
            format!("doubled: a policy edit: {edited:?}, now {}", now.edited)
        });
    }

    fn compare_sessions(&self, now: &Now, findings: &mut Findings) {
        findings.unclear += self.signed_in.unclear;
        for id in &self.signed_in.sessions {
            let kept =
                now.sessions.iter().filter(|s| s["id"] == **id && s["status"] == "active").count();
            findings.fact(kept >= 1, || format!("lost: session {id}"));
        }
        let most = self.signed_in.sessions.len() + self.signed_in.unclear;
        findings.fact(now.sessions.len() <= most, || {
            format!("doubled: {} sessions of at most {most}", now.sessions.len())
        });
    }

    fn compare_requests(&self, now: &Now, findings: &mut Findings) {
        findings.unclear += self.written.unclear.len();
        let kept = |message: &str| now.requests.iter().filter(|r| r["message"] == *message).count();
        for (message, reference) in &self.written.filed {
            let same = now.requests.iter().any(|r| r["reference"] == **reference);
            findings.fact(same && kept(message) >= 1, || format!("lost: request {reference}"));
            findings.fact(kept(message) <= 1, || format!("doubled: request {reference}"));
        }
        for message in &self.written.unclear {
            findings.fact(kept(message) <= 1, || format!("doubled: unanswered request {message}"));
        }
    }

    /// `sent` gives the unlock mails to a name. All that were due have been sent by now.
    pub(crate) fn compare_mails(&self, sent: impl Fn(&str) -> usize, findings: &mut Findings) {
        for attacked in &self.attacked {
            let sent = sent(&attacked.name);
            let least = attacked.episodes;
            let perhaps = !attacked.locked && attacked.wrong + attacked.unclear >= N;
            findings.fact(sent >= least, || format!("lost: a mail ({sent} sent) of {attacked:?}"));
            findings.fact(sent <= least + usize::from(perhaps), || {
                format!("doubled: a mail ({sent} sent) of {attacked:?}")
            });
        }
    }
}

fn compare_attacked(attacked: &Attacked, now: &Value, findings: &mut Findings) {
    let locked = now["locked"] == true;
    let remaining = now["verification_attempts_remaining"].as_i64().unwrap_or(-1);
    let unclear = usize::try_from(attacked.unclear).unwrap();
    findings.unclear += unclear + usize::from(attacked.unclear_press);
    findings.faults.extend(attacked.beyond.iter().cloned());
    let said = || format!("{attacked:?}: locked is {locked}, {remaining} tries remain");
    if attacked.locked {
        let unlocked = attacked.unclear_press && N - remaining <= attacked.unclear;
        findings.fact(locked || unlocked, || format!("lost: the lock of {}", said()));
        return;
    }
    let counted = if locked { N } else { N - remaining };
    let most = attacked.wrong + attacked.unclear;
    findings.fact(counted >= attacked.wrong, || format!("lost: a count of {}", said()));
    findings.fact(counted <= most, || format!("doubled: a count of {}", said()));
}
