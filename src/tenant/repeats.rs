//! Wrong passwords that were counted lately, so that the same one from the same source need not
//! count again (`ignore_repeated_secret`: a phone that keeps sending an old password). Memory of one
//! node: keyed digests only, the last three of a subject and source, bounded in all, gone at a
//! restart. Whether a repeat counts is decided by the settle, under the policy it reads itself.

use std::collections::HashMap;
use std::time::Duration;

use parking_lot::Mutex;

use crate::credential::Password;
use crate::model::Source;
use crate::store::SubjectKey;
use crate::store::factor::Repetition;
use crate::token::DerivedKey;

/// Secrets remembered of one subject and source (DESIGN §4).
const REMEMBERED: usize = 3;
/// Repeats of one subject and source within a minute that may go uncounted. A repeat is hashed and
/// holds a permit like any guess, so one that never counted could hold a subject's queue for ever.
const UNCOUNTED_A_MINUTE: u32 = 10;
/// Places of one generation; two of them are about 6 MB.
const GENERATION: usize = 32_768;
/// A generation ends after this long even if it is not full, so that an idle node forgets.
const GENERATION_AGE: Duration = Duration::from_secs(12 * 3600);
/// Half a SHA-256: two secrets that meet by chance cost one uncounted guess in 2^128.
const DIGEST_BYTES: usize = 16;

type Digest = [u8; DIGEST_BYTES];

/// One secret tried at one subject from one source, as keyed digests.
#[derive(Clone, Copy)]
pub(super) struct TriedSecret {
    place: Digest,
    secret: Digest,
}

/// The credential version is part of the secret's digest: what was tried before a change says
/// nothing about after it, or a guess could be parked and asked for until the owner changes to it.
pub(super) fn tried_secret(
    key: &DerivedKey,
    subject: &SubjectKey,
    source: &Source,
    credential_version: i64,
    password: &Password,
) -> TriedSecret {
    // Neither name holds a zero byte, so no two lists of parts spell the same message; the first
    // byte keeps places and secrets apart.
    let mut message = vec![0];
    message.extend_from_slice(subject.as_str().as_bytes());
    message.push(0);
    message.extend_from_slice(source.as_str().as_bytes());
    let place = half(key.hmac(&message));
    let mut message = vec![1];
    message.extend_from_slice(&place);
    message.extend_from_slice(&credential_version.to_be_bytes());
    message.extend_from_slice(password.expose());
    let secret = half(key.hmac(&message));
    message.fill(0);
    TriedSecret { place, secret }
}

fn half(whole: [u8; 32]) -> Digest {
    let mut half = [0; DIGEST_BYTES];
    for (to, from) in half.iter_mut().zip(whole) {
        *to = from;
    }
    half
}

/// What is remembered of one subject and source.
#[derive(Clone, Copy, Default)]
struct Place {
    /// The newest first.
    secrets: [Option<Digest>; REMEMBERED],
    /// The minute whose allowance is being spent, and how much of it is.
    minute: u64,
    spent: u32,
}

/// Two generations: places in use move to the young one, and what nobody has used goes with the old.
#[derive(Default)]
struct Generations {
    young: HashMap<Digest, Place>,
    old: HashMap<Digest, Place>,
    born: Duration,
}

/// The memory of this node.
#[derive(Default)]
pub(super) struct Repeats {
    state: Mutex<Generations>,
}

impl Repeats {
    /// Whether this secret may go uncounted now; spends the minute's allowance if so.
    ///
    /// The same password, source and credential version, and only so often a minute: everything else
    /// counts.
    pub fn judge(&self, tried: &TriedSecret, monotonic: Duration) -> Repetition {
        let minute = monotonic.as_secs() / 60;
        let mut state = self.state.lock();
        let Some(mut place) = state.take(&tried.place, monotonic) else { return Repetition::New };
        let known = place.secrets.contains(&Some(tried.secret));
        if place.minute != minute {
            place.minute = minute;
            place.spent = 0;
        }
        let allowed = known && place.spent < UNCOUNTED_A_MINUTE;
        if allowed {
            place.spent = place.spent.saturating_add(1);
        }
        state.young.insert(tried.place, place);
        if allowed { Repetition::Repeated } else { Repetition::New }
    }

    /// A wrong secret was counted, and that is committed.
    pub fn remember(&self, tried: &TriedSecret, monotonic: Duration) {
        let mut state = self.state.lock();
        let mut place = state.take(&tried.place, monotonic).unwrap_or_default();
        let mut newest = Some(tried.secret);
        for slot in &mut place.secrets {
            std::mem::swap(slot, &mut newest);
            if newest == Some(tried.secret) {
                // It moved up from here; the older ones stay where they are.
                break;
            }
        }
        state.young.insert(tried.place, place);
    }

    /// Forgets what nobody has used; called by the upkeep task.
    pub fn sweep(&self, monotonic: Duration) {
        self.state.lock().turn(monotonic);
    }
}

impl Generations {
    fn turn(&mut self, monotonic: Duration) {
        let aged = monotonic.saturating_sub(self.born) >= GENERATION_AGE;
        if self.young.len() >= GENERATION || aged {
            self.old = std::mem::take(&mut self.young);
            self.born = monotonic;
        }
    }

    /// Takes a place out of whichever generation has it; room is made first.
    fn take(&mut self, place: &Digest, monotonic: Duration) -> Option<Place> {
        self.turn(monotonic);
        self.young.remove(place).or_else(|| self.old.remove(place))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::TenantId;
    use crate::token::{MasterKey, Purpose};

    fn tried(source: &str, version: i64, password: &str) -> TriedSecret {
        let tenant = TenantId::from_stored("ins_1".to_owned());
        let key = MasterKey::from_bytes([7; 32]).derive(Purpose::RepeatedSecret, &tenant);
        let subject = SubjectKey::from_stored("user_1".to_owned());
        let source = Source::from_stored(source.to_owned());
        tried_secret(&key, &subject, &source, version, &Password::parse(password).unwrap())
    }

    fn minutes(count: u64) -> Duration {
        Duration::from_secs(60 * count)
    }

    #[test]
    fn only_the_same_secret_source_and_credential_version_is_a_repeat() {
        let repeats = Repeats::default();
        assert_eq!(repeats.judge(&tried("a", 1, "x"), minutes(0)), Repetition::New);
        repeats.remember(&tried("a", 1, "x"), minutes(0));
        assert_eq!(repeats.judge(&tried("a", 1, "x"), minutes(0)), Repetition::Repeated);
        for other in [tried("b", 1, "x"), tried("a", 2, "x"), tried("a", 1, "y")] {
            assert_eq!(repeats.judge(&other, minutes(0)), Repetition::New);
        }
    }

    #[test]
    fn asking_remembers_nothing() {
        let repeats = Repeats::default();
        for _ in 0..3 {
            assert_eq!(repeats.judge(&tried("a", 1, "x"), minutes(0)), Repetition::New);
        }
    }

    #[test]
    fn three_secrets_are_remembered_and_the_oldest_makes_room() {
        let repeats = Repeats::default();
        for password in ["1", "2", "3", "2", "4"] {
            repeats.remember(&tried("a", 1, password), minutes(0));
        }
        let known =
            |password| repeats.judge(&tried("a", 1, password), minutes(0)) == Repetition::Repeated;
        assert!(known("2") && known("3") && known("4") && !known("1"));
    }

    #[test]
    fn only_so_many_go_uncounted_in_a_minute() {
        let repeats = Repeats::default();
        repeats.remember(&tried("a", 1, "x"), minutes(0));
        let uncounted = |now| {
            (0..50)
                .filter(|_| repeats.judge(&tried("a", 1, "x"), now) == Repetition::Repeated)
                .count()
        };
        assert_eq!(uncounted(minutes(0)), 10);
        assert_eq!(uncounted(minutes(0)), 0);
        assert_eq!(uncounted(minutes(1)), 10);
    }

    #[test]
    fn memory_is_bounded_and_what_is_used_stays() {
        let repeats = Repeats::default();
        let kept = tried("kept", 1, "x");
        repeats.remember(&kept, minutes(0));
        for number in 0..u64::try_from(3 * GENERATION).unwrap() {
            let mut place = [0; DIGEST_BYTES];
            place[..8].copy_from_slice(&number.to_be_bytes());
            repeats.remember(&TriedSecret { place, secret: place }, minutes(0));
            if number % 1_000 == 0 {
                repeats.judge(&kept, minutes(number));
            }
        }
        let state = repeats.state.lock();
        assert!(state.young.len() + state.old.len() <= 2 * GENERATION);
        drop(state);
        assert_eq!(repeats.judge(&kept, minutes(9_999_999)), Repetition::Repeated);
    }

    #[test]
    fn an_idle_node_forgets() {
        let repeats = Repeats::default();
        repeats.remember(&tried("a", 1, "x"), minutes(0));
        repeats.sweep(GENERATION_AGE);
        repeats.sweep(GENERATION_AGE * 2);
        assert_eq!(repeats.judge(&tried("a", 1, "x"), GENERATION_AGE * 2), Repetition::New);
    }
}
