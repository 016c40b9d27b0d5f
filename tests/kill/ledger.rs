//! What the client was told, and what became of it. Knows no request.

use std::collections::HashMap;
use std::fmt;

use serde_json::Value;

use super::world::N;

/// What was found so far.
#[derive(Debug, Default)]
pub(super) struct Findings {
    /// Facts that an answer had told, looked for after the restart.
    pub(super) compared: usize,
    /// Requests that were under way when the server died.
    pub(super) cut_off: usize,
    /// `lost …` and `doubled …`.
    pub(super) faults: Vec<String>,
}

impl fmt::Display for Findings {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let starting = |word: &str| self.faults.iter().filter(|f| f.starts_with(word)).count();
        let (lost, doubled) = (starting("lost"), starting("doubled"));
        write!(
            out,
            "{} facts compared, {} requests cut off, {lost} lost, {doubled} doubled",
            self.compared, self.cut_off
        )
    }
}

impl Findings {
    fn fact(&mut self, holds: bool, fault: impl FnOnce() -> String) {
        self.compared += 1;
        if !holds {
            self.faults.push(fault());
        }
    }
}

/// A request whose answer was never read whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cut {
    Guess,
    Press,
}

/// A user under attack, who unlocks by mail.
#[derive(Debug, Clone)]
pub(super) struct Attacked {
    pub(super) id: String,
    pub(super) name: String,
    /// Answered as wrong since the last unlock.
    pub(super) wrong: i64,
    pub(super) locked: bool,
    /// Locks that were answered, each of an episode of its own.
    pub(super) episodes: usize,
    pub(super) cut: Option<Cut>,
}

/// One who signs in, again and again.
#[derive(Debug, Clone, Default)]
pub(super) struct SignedIn {
    pub(super) id: String,
    pub(super) sessions: Vec<String>,
    pub(super) cut: bool,
}

/// One whom staff locks and unlocks in turn.
#[derive(Debug, Clone, Default)]
pub(super) struct Handled {
    pub(super) id: String,
    pub(super) locked: bool,
    pub(super) cut: bool,
}

/// Contact requests: message and the reference it was answered with.
#[derive(Debug, Clone, Default)]
pub(super) struct Written {
    pub(super) filed: Vec<(String, String)>,
    pub(super) cut: Option<String>,
}

/// All of one round.
#[derive(Debug, Clone, Default)]
pub(super) struct Ledger {
    pub(super) attacked: Vec<Attacked>,
    pub(super) signed_in: SignedIn,
    pub(super) handled: Handled,
    pub(super) written: Written,
}

/// What the server says after the restart.
pub(super) struct Now {
    /// By id, as the Backend API shows them.
    pub(super) users: HashMap<String, Value>,
    /// Sessions of the one who signs in.
    pub(super) sessions: Vec<Value>,
    pub(super) requests: Vec<Value>,
}

impl Ledger {
    pub(super) fn compare(&self, now: &Now, findings: &mut Findings) {
        for attacked in &self.attacked {
            compare_attacked(attacked, &now.users[&attacked.id], findings);
        }
        let locked = now.users[&self.handled.id]["locked"] == true;
        findings.cut_off += usize::from(self.handled.cut);
        findings.fact(self.handled.cut || locked == self.handled.locked, || {
            format!("lost: what staff did last to {:?}: locked is {locked}", self.handled)
        });
        let cut = self.signed_in.cut;
        findings.cut_off += usize::from(cut);
        for id in &self.signed_in.sessions {
            let kept =
                now.sessions.iter().filter(|s| s["id"] == **id && s["status"] == "active").count();
            findings.fact(kept >= 1, || format!("lost: session {id}"));
        }
        let most = self.signed_in.sessions.len() + usize::from(cut);
        findings.fact(now.sessions.len() <= most, || {
            format!("doubled: {} sessions of at most {most}", now.sessions.len())
        });
        self.compare_requests(now, findings);
    }

    fn compare_requests(&self, now: &Now, findings: &mut Findings) {
        findings.cut_off += usize::from(self.written.cut.is_some());
        let kept = |message: &str| now.requests.iter().filter(|r| r["message"] == *message).count();
        for (message, reference) in &self.written.filed {
            let same = now.requests.iter().any(|r| r["reference"] == **reference);
            findings.fact(same && kept(message) >= 1, || format!("lost: request {reference}"));
            findings.fact(kept(message) <= 1, || format!("doubled: request {reference}"));
        }
        if let Some(message) = &self.written.cut {
            findings.fact(kept(message) <= 1, || format!("doubled: unanswered request {message}"));
        }
    }

    /// `sent` gives the unlock mails to a name. All that were due have been sent by now.
    pub(super) fn compare_mails(&self, sent: impl Fn(&str) -> usize, findings: &mut Findings) {
        for attacked in &self.attacked {
            let sent = sent(&attacked.name);
            let least = attacked.episodes;
            let perhaps = attacked.cut == Some(Cut::Guess) && attacked.wrong == N - 1;
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
    findings.cut_off += usize::from(attacked.cut.is_some());
    let said = || format!("{attacked:?}: locked is {locked}, {remaining} tries remain");
    if attacked.locked {
        let unlocked = attacked.cut == Some(Cut::Press) && remaining == N;
        findings.fact(locked || unlocked, || format!("lost: the lock of {}", said()));
        return;
    }
    let counted = if locked { N } else { N - remaining };
    let most = attacked.wrong + i64::from(attacked.cut == Some(Cut::Guess));
    findings.fact(counted >= attacked.wrong, || format!("lost: a count of {}", said()));
    findings.fact(counted <= most, || format!("doubled: a count of {}", said()));
}
