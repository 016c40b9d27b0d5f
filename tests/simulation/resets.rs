//! New passwords after a reset code, as `tenant::password_reset` runs them: the real
//! `store::settle::reset` in one transaction, then the actor is told, then the answer.

use lockkeeper::model::{AttemptId, Span};
use lockkeeper::store::lanes::DeviceWish;
use lockkeeper::store::settle::reset::reset;
use lockkeeper::store::settle::{Answer, OtherDevices, ResetRequest, SettleClient, Settled};
use lockkeeper::store::sign_ins::{SignIn, SignInStatus};
use lockkeeper::store::{StoreError, SubjectKey};

use super::commit::{Round, around};
use super::crooked::{Asked as OnBehalf, Crook, through};
use super::facts::{Around, Fact};
use super::ledger::Txn;
use super::names::{NAMES, SOURCES};
use super::node::Reply;
use super::office::Deed;
use super::report::Check;
use super::told::Told;
use super::world::World;

impl World {
    /// Somebody who has proved the mailbox sends the new password, now and then twice.
    pub(crate) fn spawn_reset(&mut self) -> bool {
        let wait = |row: &&SignIn| row.status == SignInStatus::NeedsNewPassword;
        let waiting: Vec<&SignIn> = self.image.sign_ins.values().filter(wait).collect();
        if waiting.is_empty() {
            return false;
        }
        let row = waiting[self.dice.below(waiting.len())].clone();
        let Some(user) = row.user_id.clone() else { return false };
        for _ in 0..*self.dice.pick(&[1, 1, 1, 2]) {
            let password = self.number();
            let source = self.dice.below(SOURCES);
            let request = ResetRequest {
                tenant: NAMES.tenant.clone(),
                attempt: self.attempt_id(),
                user: user.clone(),
                sign_in: row.id.clone(),
                client: SettleClient { id: row.client_id.clone(), rotating_hash: String::new() },
                source: NAMES.sources[source].clone(),
                device: DeviceWish::None,
                password_hash: password.to_string(),
                others: OtherDevices::Kept,
                session: self.session_id(),
                session_lifetime: Span::DAY,
            };
            self.spawn_office(Deed::Reset(Box::new(request)));
        }
        true
    }

    /// The answer of a reset: it is durable, and this node refuses nobody for what it lifted.
    pub(crate) fn reset_answered(&mut self, node: usize, id: &AttemptId, settled: &Settled) {
        let told = Told::of(settled.answer());
        let kind = if told == Told::Complete { "complete" } else { "else" };
        *self.tally.entry(("new password", kind)).or_default() += 1;
        let lifted = matches!(settled.answer(), Answer::Complete { .. } | Answer::Passed { .. });
        let stays = matches!(settled.answer(), Answer::Locked(_));
        let stored = self.oracle.answers.get(id).cloned();
        if (lifted || stays) && stored.as_ref() != Some(&told) {
            self.flag(Check::Durable, || format!("{id} was answered {told:?}, not {stored:?}"));
        }
        if lifted {
            for key in settled.keys() {
                self.nodes[node].unlocked.insert(NAMES.number_of(key), self.step);
            }
        }
    }
}

pub(super) fn run(
    txn: &mut Txn<'_>,
    request: &ResetRequest,
    round: &Round<'_>,
) -> Result<(Reply, Fact), StoreError> {
    let crook = round.crook.map(|crook| Crook { asked: OnBehalf::Other, ..crook.clone() });
    let subject = SubjectKey::user(&request.user);
    let (before, named) = (txn.state(&subject).unwrap_or_default(), txn.names);
    // Other writes of the batch may have come before, also a policy.
    let version = txn.over.stands.unwrap_or(txn.image.stands).version_at(txn.now);
    let settled = through(txn, crook, |ledger| reset(ledger, request))?;
    let around = Around { version, ..around(txn, &subject, before, named, round) };
    let reply = Reply::Settled(Ok(Box::new(settled.clone())));
    let (request, settled) = (Box::new(request.clone()), Box::new(settled));
    Ok((reply, Fact::Reset { around, request, settled }))
}
