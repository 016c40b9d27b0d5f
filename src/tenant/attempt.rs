//! One attempt, from the gate to the answer: gate → verify off the actor → settle → publish →
//! answer (DESIGN §5). From the gate on it runs in a task of its own on the application's runtime
//! (rule 3): a client that hangs up cannot stop a settle. Knows no HTTP.

use std::sync::Arc;
use std::time::Duration;

use super::actor::{EnterGate, LearnSettled, gate_lane};
use super::gate::{Admission, Gate, GateLane, Lesson, Permit, Taught};
use super::locked_table::Published;
use super::profile::TenantProfile;
use super::{TenantFault, Tenants};
use crate::credential::{HashAge, Password, StoredHash, Verdict, VerifyJob};
use crate::lockout::{self, LockView};
use crate::model::{
    AttemptId, Authenticator, CanonicalKey, ClientId, Count, Identifier, Lane, SessionId, SignInId,
    Source, UserId,
};
use crate::store::SubjectKey;
use crate::store::gate::Standing;
use crate::store::settle::{Answer, SettleClient, SettleRequest, SettleSignIn, Settled, Verified};
use crate::token::OpaqueSecret;

/// How often an attempt goes back to the gate because identifier, credential or lane changed
/// between verify and settle; each needs a change by the owner, so more is trouble.
const ROUNDS: u32 = 4;

/// A password to try.
pub struct PasswordAttempt {
    pub profile: Arc<TenantProfile>,
    pub identifier: Identifier,
    pub password: Password,
    pub source: Source,
    pub lane: Lane,
    /// A sign-in made before, or `None`: identifier and password came together.
    pub sign_in: Option<SignInId>,
    /// The client of the request's cookie; a completed sign-in makes one where there is none.
    pub client: Option<ClientId>,
    pub locale: Option<String>,
}

/// What may be told about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttemptAnswer {
    /// Locked; whether the password was right is not known to anybody.
    Locked(LockView),
    /// Wrong; tries left before the lock, where failures count.
    Wrong {
        remaining: Option<i64>,
    },
    /// Wrong, and this one locked.
    WrongAndLocked(LockView),
    Complete(SignedIn),
    Banned,
    /// The sign-in cannot take a password any more.
    SignInVoid,
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

/// A completed sign-in.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedIn {
    pub session: SessionId,
    pub sign_in: SignInId,
    pub client: ClientId,
    pub user: UserId,
    /// New value of the client cookie: it rotates with every sign-in.
    pub client_token: String,
}

/// Without the cookie.
impl std::fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignedIn")
            .field("session", &self.session)
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

impl Tenants {
    /// Whether this identifier is published as locked: no wait, no message, no hash, no write.
    /// Ask it only for a request without a device or pass cookie. `None`: go on to the attempt.
    ///
    /// An entry older than a second is read again from the row before it is believed.
    ///
    /// # Errors
    /// [`TenantFault`] when that read fails: fail closed.
    pub async fn locked_already(
        &self,
        profile: &Arc<TenantProfile>,
        key: &CanonicalKey,
        source: &Source,
    ) -> Result<Option<LockView>, TenantFault> {
        let inner = &self.inner;
        let (now, monotonic) = (inner.clock.now(), inner.clock.monotonic());
        let lock = match inner.locked.look(profile.id(), key, source, now, monotonic) {
            Published::Free => return Ok(None),
            Published::Locked(lock) => lock,
            Published::LookAgain(_) => {
                let since = inner.directory.lessons_so_far();
                let standing = self.standing(profile, key, source, &Lane::Public).await?;
                let view = &standing.view;
                match lockout::look(&standing.policy, view, &Lane::Public, inner.clock.now()).lock {
                    Some(lock) => {
                        self.publish(profile, key, &standing, source, lock, since).await?;
                        lock
                    }
                    None => {
                        inner.locked.withdraw(
                            profile.id(),
                            std::slice::from_ref(key),
                            Some(source),
                        );
                        return Ok(None);
                    }
                }
            }
        };
        inner.meter.add(Count::LockedRejections, 1);
        inner.refusals.add(profile, key, source, now);
        Ok(Some(lock))
    }

    /// Tries a password. Everything that counts is committed before this returns.
    ///
    /// # Errors
    /// `Busy` when too many wait (nothing was counted), `Unavailable` when storage is (nothing is
    /// revealed; the attempt may or may not count, never twice).
    pub async fn attempt_password(
        &self,
        attempt: PasswordAttempt,
    ) -> Result<AttemptAnswer, TenantFault> {
        let this = self.clone();
        let guard = self.inner.running.enter();
        let task = self.inner.runtime.spawn(async move {
            let _running = guard;
            this.run_attempt(attempt).await
        });
        task.await.map_err(|_| TenantFault::Unavailable)?
    }

    async fn run_attempt(&self, attempt: PasswordAttempt) -> Result<AttemptAnswer, TenantFault> {
        let now = self.inner.clock.now();
        let attempt_id = AttemptId::generate(now);
        let client = attempt.client.clone().unwrap_or_else(|| ClientId::generate(now));
        let rotating = OpaqueSecret::generate()?;
        let sign_in = match &attempt.sign_in {
            Some(id) => SettleSignIn::Existing(id.clone()),
            None => SettleSignIn::AtOnce {
                id: SignInId::generate(now),
                identifier: attempt.identifier.display.clone(),
                locale: attempt.locale.clone(),
            },
        };
        for _ in 0..ROUNDS {
            let round = self.one_round(&attempt, &attempt_id, &sign_in, &client, &rotating).await?;
            let answer = match round {
                Answer::Again => continue,
                Answer::Locked(lock) => AttemptAnswer::Locked(lock),
                Answer::Wrong { remaining } => AttemptAnswer::Wrong { remaining },
                Answer::WrongAndLocked(lock) => AttemptAnswer::WrongAndLocked(lock),
                Answer::Banned => AttemptAnswer::Banned,
                Answer::SignInVoid => AttemptAnswer::SignInVoid,
                Answer::Complete { session, sign_in, client, user } => {
                    let client_token = attempt.profile.client_tokens().mint(&client, &rotating)?;
                    AttemptAnswer::Complete(SignedIn {
                        session,
                        sign_in,
                        client,
                        user,
                        client_token,
                    })
                }
            };
            return Ok(answer);
        }
        Err(TenantFault::Unavailable)
    }

    async fn one_round(
        &self,
        attempt: &PasswordAttempt,
        attempt_id: &AttemptId,
        sign_in: &SettleSignIn,
        client: &ClientId,
        rotating: &OpaqueSecret,
    ) -> Result<Answer, TenantFault> {
        let profile = &attempt.profile;
        let key = &attempt.identifier.key;
        let arrival = self.arrive(attempt).await?;
        let Arrived { standing, gate, since } = match arrival {
            Arrival::Free(arrived) => *arrived,
            Arrival::Locked(lock) => return Ok(Answer::Locked(lock)),
        };
        let now = self.inner.clock.now();
        let look = lockout::look(&standing.policy, &standing.view, &attempt.lane, now);
        let lane = gate_lane(&standing.policy, &attempt.lane, &attempt.source);
        let permit = match self.admitted(&gate, &lane, &attempt.source, look.permits, since).await?
        {
            Admission::Admitted(permit) => permit,
            Admission::Locked(lock) => {
                self.inner.refusals.add(profile, key, &attempt.source, now);
                return Ok(Answer::Locked(lock));
            }
        };
        let (verified, age) = self.verify(attempt, &standing).await?;
        let request = SettleRequest {
            tenant: profile.id().clone(),
            attempt: attempt_id.clone(),
            key: key.clone(),
            phantom: self.phantom(profile, key),
            subject: standing.subject.clone(),
            authenticator: Authenticator::Password,
            verified,
            source: attempt.source.clone(),
            lane: attempt.lane.clone(),
            sign_in: sign_in.clone(),
            client: SettleClient { id: client.clone(), rotating_hash: rotating.digest() },
            session: SessionId::generate(now),
            session_lifetime: self.inner.settings.session_lifetime,
        };
        let settled = self.inner.settle.settle(request).await?;
        self.learn(attempt, &standing, lane, permit, since, &settled).await;
        if age == HashAge::Outdated && matches!(settled.answer(), Answer::Complete { .. }) {
            self.upgrade_hash(attempt, &standing);
        }
        Ok(settled.answer().clone())
    }

    /// Finds the gate of the attempt's subject, and how the subject stands by rows that are not
    /// older than the gate: what was taught before either is in the rows or in the gate.
    async fn arrive(&self, attempt: &PasswordAttempt) -> Result<Arrival, TenantFault> {
        let profile = &attempt.profile;
        let (key, source, lane) = (&attempt.identifier.key, &attempt.source, &attempt.lane);
        // Held over the rounds, so that the second one meets the same gate.
        let mut held: Option<Arc<Gate>> = None;
        for _ in 0..ROUNDS {
            let since = self.inner.directory.lessons_so_far();
            let standing = self.standing(profile, key, source, lane).await?;
            let now = self.inner.clock.now();
            if let Some(lock) = lockout::look(&standing.policy, &standing.view, lane, now).lock {
                if lane.is_public() {
                    self.publish(profile, key, &standing, source, lock, since).await?;
                }
                self.inner.refusals.add(profile, key, source, now);
                return Ok(Arrival::Locked(lock));
            }
            let message = || EnterGate { subject: standing.subject.clone() };
            let gate = self.inner.directory.send(profile.id(), message).await?;
            if gate.complements(since) {
                return Ok(Arrival::Free(Box::new(Arrived { standing, gate, since })));
            }
            held = Some(gate);
        }
        drop(held);
        Err(TenantFault::Busy { retry_after: Duration::from_secs(1) })
    }

    /// Waits at the subject's gate, up to the deadline.
    async fn admitted(
        &self,
        gate: &Arc<Gate>,
        lane: &GateLane,
        source: &Source,
        permits: i64,
        since: Lesson,
    ) -> Result<Admission, TenantFault> {
        let busy = || {
            self.inner.meter.add(Count::AttemptsShed, 1);
            TenantFault::Busy { retry_after: Duration::from_secs(1) }
        };
        let turn = gate.enter(lane, source, permits, since).map_err(|_| busy())?;
        let mut closing = self.inner.closing.subscribe();
        tokio::select! {
            biased;
            waited = tokio::time::timeout(self.inner.settings.attempt_wait, turn) => match waited {
                Ok(Ok(admission)) => Ok(admission),
                Ok(Err(_)) => Err(TenantFault::Unavailable),
                Err(_) => Err(busy()),
            },
            _ends = closing.wait_for(|closing| *closing) => Err(busy()),
        }
    }

    /// Unknown identifiers and users without a password cost the same work on a decoy.
    async fn verify(
        &self,
        attempt: &PasswordAttempt,
        standing: &Standing,
    ) -> Result<(Verified, HashAge), TenantFault> {
        let user = standing.user.as_ref();
        let credential_version = user.map_or(0, |u| u.credential_version);
        let stored = match user.and_then(|u| u.password_hash.as_deref()) {
            Some(phc) => StoredHash::parse(phc)?,
            None => StoredHash::Decoy,
        };
        let job = VerifyJob {
            tenant: attempt.profile.id().clone(),
            source: attempt.source.clone(),
            password: attempt.password.clone(),
            stored,
        };
        Ok(match self.inner.pool.verify(job).await? {
            Verdict::Right(age) => (Verified::Right { credential_version }, age),
            Verdict::Wrong => (Verified::Wrong { credential_version }, HashAge::Current),
        })
    }

    /// Hashes a right password again at the present cost, after its sign-in is complete: a hash of
    /// another cost answers in another time than the decoy. In the background; what fails here is
    /// met again at the next sign-in.
    fn upgrade_hash(&self, attempt: &PasswordAttempt, standing: &Standing) {
        let Some((user, old)) =
            standing.user.as_ref().and_then(|u| Some((u.id.clone(), u.password_hash.clone()?)))
        else {
            return;
        };
        let (this, guard) = (self.clone(), self.inner.running.enter());
        let (tenant, source) = (attempt.profile.id().clone(), attempt.source.clone());
        let password = attempt.password.clone();
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
        attempt: &PasswordAttempt,
        standing: &Standing,
        lane: GateLane,
        permit: Permit,
        since: Lesson,
        settled: &Settled,
    ) {
        let lock = match settled.answer() {
            Answer::Locked(lock) | Answer::WrongAndLocked(lock) => Some(*lock),
            Answer::Wrong { .. }
            | Answer::Complete { .. }
            | Answer::Banned
            | Answer::SignInVoid
            | Answer::Again => None,
        };
        let message = || LearnSettled {
            subject: standing.subject.clone(),
            lane: lane.clone(),
            source: attempt.source.clone(),
            taught: Some(Taught { permits: settled.look().permits, order: settled.order() }),
            lock,
            since,
            keys: settled.keys().to_vec(),
        };
        if let Err(error) = self.inner.directory.send(attempt.profile.id(), message).await {
            tracing::warn!(error = %error, tenant.id = %attempt.profile.id(), "a settle could not be published");
        }
        drop(permit);
    }

    /// Publishes a lock that the row showed.
    async fn publish(
        &self,
        profile: &TenantProfile,
        key: &CanonicalKey,
        standing: &Standing,
        source: &Source,
        lock: LockView,
        since: Lesson,
    ) -> Result<(), TenantFault> {
        let message = || LearnSettled {
            subject: standing.subject.clone(),
            lane: gate_lane(&standing.policy, &Lane::Public, source),
            source: source.clone(),
            taught: None,
            lock: Some(lock),
            since,
            keys: vec![key.clone()],
        };
        Ok(self.inner.directory.send(profile.id(), message).await?)
    }

    pub(super) async fn standing(
        &self,
        profile: &TenantProfile,
        key: &CanonicalKey,
        source: &Source,
        lane: &Lane,
    ) -> Result<Standing, TenantFault> {
        let phantom = self.phantom(profile, key);
        let reader = &self.inner.reader;
        Ok(reader
            .standing(profile.id().clone(), key.clone(), phantom, source.clone(), lane.clone())
            .await?)
    }

    /// The subject of an identifier that nobody has.
    pub(super) fn phantom(&self, profile: &TenantProfile, key: &CanonicalKey) -> SubjectKey {
        SubjectKey::phantom(&profile.phantoms.subject_digest(key))
    }
}
