//! What goes wrong in a simulated world: processes die, clocks jump, the database goes away.

use super::defects::Defect;
use super::node::{Node, Refused};
use super::world::World;

impl World {
    pub(crate) fn fault_step(&mut self) -> bool {
        let node = self.dice.below(self.nodes.len());
        match self.dice.below(100) {
            0..30 => self.crash(node),
            30..45 => {
                self.trace.event("actor dies", node as u64, 0);
                self.nodes[node].new_actor();
            }
            45..75 => self.jump(node),
            75..85 if self.postgres => self.database_goes_away(),
            _ => self.disconnect(),
        }
        true
    }

    /// The process is gone, with all that it knew; another one starts in its place.
    pub(crate) fn crash(&mut self, node: usize) {
        self.trace.event("crash", node as u64, 0);
        self.trace.say(|| format!("node {node}: crash"));
        self.tear(node);
        if let Some(synced) = self.before_sync.take() {
            self.image = synced;
        }
        self.tasks.retain(|_, task| task.node != node);
        let (life, skew) = (self.nodes[node].life + 1, self.nodes[node].skew);
        let version = self.image.stands.live;
        self.nodes[node] = Node::start(format!("node{node}"), life, skew, self.now, version);
        let told = self.oracle.compare_all(&self.image, Some(self.db_now(node)));
        self.judge(told);
    }

    /// A clock is set: mostly a little, sometimes by hours, either way.
    fn jump(&mut self, node: usize) {
        let by = if self.dice.permille(900) {
            self.dice.between(-3_000, 3_000)
        } else {
            self.dice.between(-7_200_000, 7_200_000)
        };
        self.jumped = true;
        self.trace.event("jump", node as u64, by as u64);
        self.trace.say(|| format!("a clock jumps by {by} ms (node {node} or the database)"));
        if self.postgres && self.dice.permille(500) {
            self.db_skew += by;
        } else {
            self.nodes[node].skew += by;
            self.nodes[node].tick(self.now);
        }
        self.note_clocks();
    }

    /// PostgreSQL restarts: open transactions are rolled back or, if their commit was on its way,
    /// either; their nodes do not learn which.
    fn database_goes_away(&mut self) {
        self.trace.event("database gone", 0, 0);
        self.trace.say(|| "the database goes away".to_owned());
        self.db_down_until = self.now + self.dice.between(0, 3_000);
        for node in 0..self.nodes.len() {
            let Some(open) = self.nodes[node].committer.open.take() else { continue };
            let sent = open.sent;
            if sent && self.dice.permille(500) {
                self.apply(open.written, &open.facts);
            }
            for job in open.jobs.into_iter().rev() {
                if sent {
                    self.unclear(node, job, open.mode);
                } else {
                    let reply = job.work.refused(Refused::Unavailable);
                    self.fail_task(job.task, reply);
                }
            }
        }
    }

    /// Somebody's connection is gone; the attempt goes on.
    fn disconnect(&mut self) {
        self.trace.event("disconnect", 0, 0);
        let count = self.tasks.len();
        if count == 0 {
            return;
        }
        let chosen = self.dice.below(count);
        if let Some((_, task)) = self.tasks.iter_mut().nth(chosen) {
            task.hang_up();
        }
    }

    /// Mail that a defect writes after the commit, unless the process dies before.
    pub(crate) fn late_mail(&mut self, node: usize) -> bool {
        if !self.has(Defect::MailAfterCommit) || self.nodes[node].late.is_empty() {
            return false;
        }
        let row = self.nodes[node].late.remove(0);
        self.image.outbox.insert(row.id.clone(), row);
        true
    }
}
