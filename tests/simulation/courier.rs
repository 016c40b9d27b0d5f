//! The delivery of mail, as `mail::courier` runs it for one row: claim, hand to the mail server,
//! note what came of it. The server may be away, and may take a mail whose note is then lost.

use lockkeeper::mail::retry;
use lockkeeper::model::Span;
use lockkeeper::store::outbox::{OutboxRow, OutboxStatus};

use super::node::{Job, Reply, Work};
use super::plain::{Done, Plain};
use super::report::Check;
use super::world::{Task, World};

/// For how long a claimed row belongs to its worker.
const LEASE: Span = Span(120_000);

pub(crate) enum Courier {
    Begin,
    Claiming,
    Sending { rows: Vec<OutboxRow> },
    Noting { rows: Vec<OutboxRow> },
}

impl World {
    /// One step; `None` when the courier has nothing more to do.
    pub(crate) fn courier_step(
        &mut self,
        id: u64,
        task: &mut Task,
        courier: &mut Courier,
    ) -> Option<bool> {
        match std::mem::replace(courier, Courier::Begin) {
            Courier::Begin => {
                self.ask(id, task.node, Plain::Claim { limit: 3, lease: LEASE });
                *courier = Courier::Claiming;
            }
            Courier::Claiming => match task.reply.take() {
                None => {
                    *courier = Courier::Claiming;
                    return Some(false);
                }
                Some(Reply::Done(Ok(Done::Claimed(rows)))) if !rows.is_empty() => {
                    *courier = Courier::Sending { rows };
                }
                Some(_) => return None,
            },
            Courier::Sending { mut rows } => {
                let row = rows.pop()?;
                let taken = self.calm || !self.dice.permille(150);
                let plain = if taken {
                    self.hand_over(&row);
                    Plain::Finish {
                        id: row.id.clone(),
                        tries: row.tries,
                        status: OutboxStatus::Sent,
                    }
                } else {
                    let until = self.db_now(task.node).after(retry::wait_after(row.tries, &row.id));
                    Plain::PutOff { id: row.id.clone(), tries: row.tries, until }
                };
                self.ask(id, task.node, plain);
                *courier = Courier::Noting { rows };
            }
            Courier::Noting { rows } => match task.reply.take() {
                None => {
                    *courier = Courier::Noting { rows };
                    return Some(false);
                }
                Some(_) => *courier = Courier::Sending { rows },
            },
        }
        Some(true)
    }

    /// The mail server takes a mail. Twice only where a note was lost or a lease ran out.
    fn hand_over(&mut self, row: &OutboxRow) {
        let stored = self.image.outbox.get(&row.id).map(|stored| (stored.status, stored.tries));
        let lease_over = row.claimed_until.is_none_or(|end| self.db_now(0) >= end);
        let overdue = lease_over || self.jumped;
        if stored.is_some_and(|(status, _)| status == OutboxStatus::Sent)
            && row.tries == 1
            && !overdue
        {
            self.flag(Check::Mail, || format!("{} is sent again after it was sent", row.id));
        }
        if stored.is_some_and(|(_, tries)| tries != row.tries) && !overdue {
            self.flag(Check::Mail, || format!("{} is in two hands", row.id));
        }
        *self.delivered.entry(row.id.as_str().to_owned()).or_default() += 1;
        self.trace.event("mail", row.tries as u64, 0);
    }

    pub(crate) fn ask(&mut self, task: u64, node: usize, plain: Plain) {
        let bad = !self.calm && self.dice.permille(4);
        let job = Job { task, work: Work::Plain(plain), bad };
        self.nodes[node].committer.queue.push_back(job);
    }

    /// At rest: every mail that was to go has gone.
    pub(crate) fn mails_at_rest(&mut self) {
        let mut wrong = None;
        for row in self.image.outbox.values() {
            let taken = self.delivered.get(row.id.as_str()).copied().unwrap_or(0);
            let fine = match row.status {
                OutboxStatus::Due | OutboxStatus::Sending => false,
                OutboxStatus::Sent => taken >= 1,
                OutboxStatus::Void | OutboxStatus::Suppressed => taken == 0,
                OutboxStatus::Dropped | OutboxStatus::Dead => true,
            };
            if !fine {
                wrong = Some(format!("{} is {:?}, taken {taken} times", row.id, row.status));
            }
        }
        if let Some(text) = wrong {
            self.flag(Check::Mail, || text);
        }
    }
}
