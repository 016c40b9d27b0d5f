//! One attempt, from the gate to the answer: gate → verify off the actor → settle → publish →
//! answer (DESIGN §5). From the gate on it runs in a task of its own on the application's runtime
//! (rule 3): a client that hangs up cannot stop a settle. Knows no HTTP.

use std::sync::Arc;
use std::time::Duration;

use super::actor::{Asked, EnterGate, LearnSettled, gate_lane};
use super::attempt_answer::{AttemptAnswer, PassedFactor, SignedIn};
use super::gate::{Admission, Gate, GateFull, GateLane, Lesson, Permit, Taught, Turn, Unanswered};
use super::lanes::{Browser, choose, device_token};
use super::profile::TenantProfile;
use super::secret::{Attempt, Checked, Joins, Secret, Verification};
use super::{TenantFault, Tenants};
use crate::credential::{HashAge, Password};
use crate::lockout::{self, LockView};
use crate::model::{
    AttemptId, CanonicalKey, ClientId, Count, Identifier, Lane, LaneClaims, Millis, SessionId,
    SignInId, Source, Span,
};
use crate::store::SubjectKey;
use crate::store::gate::Standing;
use crate::store::one_time_codes::CodeFault;
use crate::store::settle::{Answer, SettleClient, SettleRequest, SettleSignIn, Settled};
use crate::token::OpaqueSecret;

/// How often an attempt goes back to the gate because identifier, credential or lane changed
/// between verify and settle; each needs a change by the owner, so more is trouble.
const ROUNDS: u32 = 4;

/// Memory of an attempt while it waits, beside its password: its task, its texts, its place in line.
/// A test holds it against the size of the task.
const WAITING_BYTES: usize = 8 * 1024;

/// A password to try.
pub struct PasswordAttempt {
    pub profile: Arc<TenantProfile>,
    pub identifier: Identifier,
    pub password: Password,
    pub source: Source,
    pub browser: Browser,
    /// A sign-in made before, or `None`: identifier and password came together.
    pub sign_in: Option<SignInId>,
    /// The client of the request's cookie; a completed sign-in makes one where there is none.
    pub client: Option<ClientId>,
    pub locale: Option<String>,
}

/// Where an attempt stands before its gate.
enum Arrival {
    Free(Box<Arrived>),
    Locked(LockView),
}

struct Arrived {
    standing: Standing,
    gate: Arc<Gate>,
    /// Before `standing` was read.
    since: Lesson,
}

/// Held while a secret is verified and settled.
struct Hold {
    lane: GateLane,
    permit: Permit,
}

/// What came of one round.
enum Round {
    Settled(Answer),
    Unusable(CodeFault),
}

/// What comes of asking to be let in.
enum Entry {
    /// `None`: a secret that the gate does not count.
    In(Box<Standing>, Option<Hold>),
    Locked(LockView),
}

impl Tenants {
    /// Tries a password. Everything that counts is committed before this returns.
    ///
    /// # Errors
    /// `Busy` when too many wait (nothing was counted), `Unavailable` when storage is (nothing is
    /// revealed; the attempt may or may not count, never twice).
    pub async fn attempt_password(
        &self,
        attempt: PasswordAttempt,
    ) -> Result<AttemptAnswer, TenantFault> {
        self.attempt(attempt.into()).await
    }

    /// Tries a secret of any kind.
    ///
    /// Rule 3 (a task of its own): whoever waits here may go away; the task goes on to its settle.
    pub(super) async fn attempt(&self, attempt: Attempt) -> Result<AttemptAnswer, TenantFault> {
        let this = self.clone();
        let guard = self.inner.running.enter();
        let task = self.inner.runtime.spawn(async move {
            let _running = guard;
            this.run_attempt(attempt).await
        });
        task.await.map_err(|_| TenantFault::Unavailable)?
    }

    async fn run_attempt(&self, attempt: Attempt) -> Result<AttemptAnswer, TenantFault> {
        let now = self.inner.clock.now();
        let attempt_id = AttemptId::generate(now);
        let client = attempt.client.clone().unwrap_or_else(|| ClientId::generate(now));
        let rotating = OpaqueSecret::generate()?;
        let sign_in = match &attempt.joins {
            Joins::SignIn(id) => SettleSignIn::Existing(id.clone()),
            Joins::AtOnce { identifier, locale } => SettleSignIn::AtOnce {
                id: SignInId::generate(now),
                identifier: identifier.clone(),
                locale: locale.clone(),
            },
            Joins::Check { aged } => SettleSignIn::Check { aged: aged.clone() },
        };
        let wait = self.inner.settings.attempt_wait.as_millis();
        let deadline = now.after(Span(i64::try_from(wait).unwrap_or(i64::MAX)));
        for _ in 0..ROUNDS {
            let round = self
                .one_round(&attempt, deadline, &attempt_id, &sign_in, &client, &rotating)
                .await?;
            let settled = match round {
                Round::Settled(answer) => answer,
                Round::Unusable(fault) => return Ok(AttemptAnswer::Unusable(fault)),
            };
            if let Some(answer) =
                told(&attempt.profile, &settled, &rotating, self.inner.clock.now())?
            {
                return Ok(answer);
            }
        }
        Err(TenantFault::Unavailable)
    }

    async fn one_round(
        &self,
        attempt: &Attempt,
        deadline: Millis,
        attempt_id: &AttemptId,
        sign_in: &SettleSignIn,
        client: &ClientId,
        rotating: &OpaqueSecret,
    ) -> Result<Round, TenantFault> {
        let profile = &attempt.profile;
        let key = &attempt.key;
        let (standing, hold) = match self.enter(attempt, deadline).await? {
            Entry::In(standing, hold) => (standing, hold),
            Entry::Locked(lock) => return Ok(Round::Settled(Answer::Locked(lock))),
        };
        let checked = self.before(deadline, self.verify(attempt, &standing)).await??;
        let Verification { verified, proof, age, tried } = match checked {
            Checked::Verified(verification) => verification,
            Checked::Unusable(fault) => return Ok(Round::Unusable(fault)),
        };
        let request = SettleRequest {
            tenant: profile.id().clone(),
            attempt: attempt_id.clone(),
            key: key.clone(),
            phantom: self.phantom(profile, key),
            subject: standing.subject.clone(),
            proof,
            verified,
            source: attempt.source.clone(),
            lane: standing.lane.clone(),
            device: attempt.browser.device,
            sign_in: sign_in.clone(),
            client: SettleClient { id: client.clone(), rotating_hash: rotating.digest() },
            session: SessionId::generate(self.inner.clock.now()),
            session_lifetime: self.inner.settings.session_lifetime,
        };
        let asked = self.inner.directory.asked();
        let settled = self.inner.settle.settle(request).await?;
        if let Some(tried) = tried {
            self.remember_wrong(&tried, settled.answer());
        }
        if let Some(hold) = hold {
            self.learn(attempt, &standing, hold, &settled, asked).await;
        }
        if age == HashAge::Outdated && knows_the_password(settled.answer()) {
            self.upgrade_hash(attempt, &standing);
        }
        Ok(Round::Settled(settled.answer().clone()))
    }

    /// Through the gate, or past it: a reset code is the way back and is taken while locked too, it
    /// costs no hash and has tries of its own.
    async fn enter(&self, attempt: &Attempt, deadline: Millis) -> Result<Entry, TenantFault> {
        let Attempt { profile, source, .. } = attempt;
        if let Secret::ResetCode(_) = attempt.secret {
            let standing = self.before(deadline, self.standing_of(attempt)).await??;
            return Ok(Entry::In(Box::new(standing), None));
        }
        let Arrived { standing, gate, since } =
            match self.before(deadline, self.arrive(attempt)).await?? {
                Arrival::Free(arrived) => *arrived,
                Arrival::Locked(lock) => return Ok(Entry::Locked(lock)),
            };
        let now = self.inner.clock.now();
        let look = lockout::look(&standing.policy, &standing.view, &standing.lane, now);
        let lane = gate_lane(&standing.policy, &standing.lane, source);
        let bytes = WAITING_BYTES.saturating_add(attempt.secret.bytes());
        let turn = gate.enter(&lane, source, look.permits, since, bytes);
        let turn = turn.map_err(|GateFull| self.too_busy())?;
        Ok(match self.admitted(deadline, turn).await? {
            Admission::Admitted(permit) => {
                Entry::In(Box::new(standing), Some(Hold { lane, permit }))
            }
            Admission::Locked(lock) => {
                self.sum_refused(profile, &attempt.key, source, now);
                Entry::Locked(lock)
            }
        })
    }

    /// Finds the gate of the attempt's subject, and how the subject stands by rows that are not
    /// older than the gate: what was taught before either is in the rows or in the gate.
    async fn arrive(&self, attempt: &Attempt) -> Result<Arrival, TenantFault> {
        let profile = &attempt.profile;
        let (key, source) = (&attempt.key, &attempt.source);
        // Held over the rounds, so that the second one meets the same gate.
        let mut held: Option<Arc<Gate>> = None;
        for _ in 0..ROUNDS {
            let asked = self.inner.directory.asked();
            let standing = self.standing_of(attempt).await?;
            let now = self.inner.clock.now();
            let lane = &standing.lane;
            if let Some(lock) = lockout::look(&standing.policy, &standing.view, lane, now).lock {
                // Nobody types the key of a user: the table would hold it for nobody.
                if lane.is_public() && key.as_user().is_none() {
                    self.publish(profile, key, &standing, source, lock, asked).await?;
                }
                self.sum_refused(profile, key, source, now);
                return Ok(Arrival::Locked(lock));
            }
            let message = || EnterGate { subject: standing.subject.clone() };
            let gate = self.inner.directory.send(profile.id(), message).await?;
            let since = asked.lesson;
            if gate.complements(since) {
                return Ok(Arrival::Free(Box::new(Arrived { standing, gate, since })));
            }
            held = Some(gate);
        }
        drop(held);
        Err(TenantFault::Busy { retry_after: Duration::from_secs(1) })
    }

    /// Waits at the gate; a server that stops lets nobody in any more.
    async fn admitted(&self, deadline: Millis, turn: Turn) -> Result<Admission, TenantFault> {
        let mut closing = self.inner.closing.subscribe();
        tokio::select! {
            biased;
            admission = self.before(deadline, turn) => {
                admission?.map_err(|Unanswered| TenantFault::Unavailable)
            }
            _ends = closing.wait_for(|closing| *closing) => Err(self.too_busy()),
        }
    }

    /// Waits for a read, for a turn at the gate or for a hashing thread, no longer than to the deadline. What
    /// is given up there was not counted: only a settle counts. The machine's time ends a wait too,
    /// or one would have no end while the clock is set back.
    async fn before<T>(
        &self,
        deadline: Millis,
        turn: impl Future<Output = T>,
    ) -> Result<T, TenantFault> {
        tokio::select! {
            biased;
            done = tokio::time::timeout(self.inner.settings.attempt_wait, turn) => {
                done.map_err(|_| self.too_busy())
            }
            () = self.inner.clock.wait_until(deadline) => Err(self.too_busy()),
        }
    }

    fn too_busy(&self) -> TenantFault {
        self.inner.meter.add(Count::AttemptsShed, 1);
        TenantFault::Busy { retry_after: Duration::from_secs(1) }
    }

    /// Hashes a right password again at the present cost, once it was settled as right: a hash of
    /// another cost or of another system answers in another time than the decoy. In the background;
    /// what fails here is met again at the next sign-in.
    fn upgrade_hash(&self, attempt: &Attempt, standing: &Standing) {
        let Secret::Password(password) = &attempt.secret else { return };
        let Some((user, old)) =
            standing.user.as_ref().and_then(|u| Some((u.id.clone(), u.password_hash.clone()?)))
        else {
            return;
        };
        let (this, guard) = (self.clone(), self.inner.running.enter());
        let (tenant, source) = (attempt.profile.id().clone(), attempt.source.clone());
        let password = password.clone();
        self.inner.runtime.spawn(async move {
            let _running = guard;
            if let Ok(new) = this.inner.pool.hash(&tenant, source, password).await
                && let Err(error) = this.inner.store.upgrade_hash(tenant, user, old, new).await
            {
                tracing::warn!(error = %error, "a password hash was not upgraded");
            }
        });
    }

    /// Tells the actor before anybody else hears: a lock is published before it is answered. An
    /// actor that cannot be reached costs hashes, not exactness, so the answer goes out all the same.
    async fn learn(
        &self,
        attempt: &Attempt,
        standing: &Standing,
        hold: Hold,
        settled: &Settled,
        asked: Asked,
    ) {
        let Hold { lane, permit } = hold;
        let message = || LearnSettled {
            subject: standing.subject.clone(),
            lane: lane.clone(),
            source: attempt.source.clone(),
            taught: Some(Taught { permits: settled.look().permits, order: settled.order() }),
            lock: settled.lock(),
            asked,
            keys: settled.keys().to_vec(),
        };
        if let Err(error) = self.inner.directory.send(attempt.profile.id(), message).await {
            tracing::warn!(error = %error, tenant.id = %attempt.profile.id(), "a settle could not be published");
        }
        drop(permit);
    }

    /// Publishes a lock that the row showed.
    pub(super) async fn publish(
        &self,
        profile: &TenantProfile,
        key: &CanonicalKey,
        standing: &Standing,
        source: &Source,
        lock: LockView,
        asked: Asked,
    ) -> Result<(), TenantFault> {
        let message = || LearnSettled {
            subject: standing.subject.clone(),
            lane: gate_lane(&standing.policy, &Lane::Public, source),
            source: source.clone(),
            taught: None,
            lock: Some(lock),
            asked,
            keys: vec![key.clone()],
        };
        Ok(self.inner.directory.send(profile.id(), message).await?)
    }

    pub(super) async fn standing(
        &self,
        profile: &TenantProfile,
        key: &CanonicalKey,
        source: &Source,
    ) -> Result<Standing, TenantFault> {
        let phantom = self.phantom(profile, key);
        let (tenant, key, source) = (profile.id().clone(), key.clone(), source.clone());
        let (reader, now) = (&self.inner.reader, self.inner.clock.now());
        Ok(reader.standing(tenant, key, phantom, source, LaneClaims::NONE, now).await?)
    }

    /// How the subject of an attempt stands, in the lane that is the best of its browser.
    async fn standing_of(&self, attempt: &Attempt) -> Result<Standing, TenantFault> {
        let Attempt { profile, key, source, browser, .. } = attempt;
        let phantom = self.phantom(profile, key);
        let (tenant, claims) = (profile.id().clone(), browser.claims.clone());
        let (key, source) = (key.clone(), source.clone());
        let reader = &self.inner.reader;
        let now = self.inner.clock.now();
        let mut standing = reader.standing(tenant, key, phantom, source, claims, now).await?;
        if standing.claimed.is_empty() {
            return Ok(standing);
        }
        // A factor that was passed is good in its own lane alone.
        let kept = match &attempt.joins {
            Joins::SignIn(id) => reader.sign_in(profile.id().clone(), id.clone()).await?,
            Joins::AtOnce { .. } | Joins::Check { .. } => None,
        };
        let kept = kept.and_then(|sign_in| sign_in.lane);
        choose(&mut standing, kept.as_deref(), self.inner.clock.now());
        Ok(standing)
    }

    /// The subject of an identifier that nobody has.
    pub(super) fn phantom(&self, profile: &TenantProfile, key: &CanonicalKey) -> SubjectKey {
        SubjectKey::phantom(&profile.phantoms.subject_digest(key))
    }
}

/// What may be told; `None`: once more from the gate. The client's new token is made of `rotating`.
pub(super) fn told(
    profile: &TenantProfile,
    answer: &Answer,
    rotating: &OpaqueSecret,
    now: Millis,
) -> Result<Option<AttemptAnswer>, TenantFault> {
    Ok(Some(match answer {
        Answer::Again => return Ok(None),
        Answer::Locked(lock) => AttemptAnswer::Locked(*lock),
        Answer::Wrong { remaining } => AttemptAnswer::Wrong { remaining: *remaining },
        Answer::WrongAndLocked(lock) => AttemptAnswer::WrongAndLocked(*lock),
        Answer::Verified { user } => AttemptAnswer::Verified(user.clone()),
        Answer::Banned => AttemptAnswer::Banned,
        Answer::Deleted => AttemptAnswer::Deleted,
        Answer::SignInVoid => AttemptAnswer::SignInVoid,
        Answer::FactorDied => AttemptAnswer::FactorDied,
        Answer::Passed { sign_in, client, user } => AttemptAnswer::Passed(PassedFactor {
            sign_in: sign_in.clone(),
            client: client.clone(),
            user: user.clone(),
            client_token: profile.client_tokens().mint(client, rotating)?,
        }),
        Answer::Complete { session, sign_in, client, user, device } => {
            AttemptAnswer::Complete(SignedIn {
                lane_token: match device {
                    Some(given) => Some(device_token(profile, user, given, now)?),
                    None => None,
                },
                session: session.clone(),
                sign_in: sign_in.clone(),
                client: client.clone(),
                user: user.clone(),
                client_token: profile.client_tokens().mint(client, rotating)?,
            })
        }
    }))
}

/// Whether the answer says that the password was right. Between two factors too: else an imported
/// hash of a user with a second one would never be made anew. The credential version stays.
const fn knows_the_password(answer: &Answer) -> bool {
    match answer {
        Answer::Complete { .. } | Answer::Passed { .. } | Answer::Verified { .. } => true,
        Answer::Locked(_)
        | Answer::Wrong { .. }
        | Answer::WrongAndLocked(_)
        | Answer::Banned
        | Answer::Deleted
        | Answer::SignInVoid
        | Answer::FactorDied
        | Answer::Again => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size_of_task<'a, F>(_: impl FnOnce(&'a Tenants, Attempt) -> F) -> usize {
        size_of::<F>()
    }

    /// The rest is for the texts and for what the runtime and the gate keep beside it.
    #[test]
    fn a_waiting_attempt_takes_no_more_memory_than_it_is_counted_with() {
        let task = size_of_task(Tenants::run_attempt);
        assert!(task + 1_024 <= WAITING_BYTES, "{task} bytes");
    }
}
