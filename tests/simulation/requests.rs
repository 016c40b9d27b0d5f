//! What clients send: first factors with and without a sign-in made before, second factors, the
//! same code several times at once, codes that were accepted already.

use lockkeeper::credential::TotpStep;
use lockkeeper::model::{ClientId, Lane, Millis, OneTimeCodeId, SignInId};
use lockkeeper::store::factor::FactorStep;
use lockkeeper::store::one_time_codes::CodePurpose;
use lockkeeper::store::settle::SettleSignIn;
use lockkeeper::store::sign_ins::{SignIn, SignInStatus};

use super::attempt::{Attempt, Phase};
use super::codes::CodeOrder;
use super::factors::{Tried, shown};
use super::names::{KEYS, NAMES, SOURCES};
use super::office::{self, Deed, Office};
use super::plain::Plain;
use super::world::{Kind, World};

/// Who asks, and for which sign-in.
pub(crate) struct Asking {
    pub(crate) key: usize,
    pub(crate) source: usize,
    pub(crate) lane: Lane,
    pub(crate) sign_in: SettleSignIn,
    pub(crate) client: ClientId,
}

impl World {
    /// One request of somebody, or several at once.
    pub(crate) fn spawn_requests(&mut self) {
        if self.dice.permille(300) && self.spawn_second_factors() {
            return;
        }
        if self.dice.permille(60) && (self.spawn_reset() || self.spawn_first_codes()) {
            return;
        }
        if self.dice.permille(60) && self.spawn_first_codes() {
            return;
        }
        let burst = if self.dice.permille(100) { 2 + self.dice.below(6) } else { 1 };
        let key = self.dice.below(KEYS);
        // Somebody's browsers and apps, all at once.
        let owner = burst > 1 && self.dice.permille(400);
        for _ in 0..burst {
            self.spawn_first_factor(key, owner);
        }
    }

    fn spawn_first_factor(&mut self, key: usize, owner: bool) {
        let lane = office::lane(self.dice.below(12));
        let source = self.dice.below(SOURCES);
        let (sign_in, client) = self.sign_in(key);
        let sent = self.sent_to(&sign_in, SignInStatus::NeedsFirstFactor);
        let tried = match sent {
            Some(code) if self.dice.permille(500) => self.typed_first_code(code),
            Some(_) | None if owner => Tried::Password(self.right_password(key)),
            Some(_) | None => self.typed_password(key),
        };
        self.send_request(tried, Asking { key, source, lane, sign_in, client });
    }

    /// A code that a sign-in was sent for its first factor, in one or several tabs.
    fn spawn_first_codes(&mut self) -> bool {
        let sent = |row: &&SignIn| {
            row.status == SignInStatus::NeedsFirstFactor && row.prepared_code.is_some()
        };
        let waiting: Vec<&SignIn> = self.image.sign_ins.values().filter(sent).collect();
        if waiting.is_empty() {
            return false;
        }
        let row = waiting[self.dice.below(waiting.len())].clone();
        let (Some(code), Some(key)) = (row.prepared_code, row.canonical_key) else { return false };
        let (key, lane) = (NAMES.number_of(&key), office::lane(self.dice.below(12)));
        for _ in 0..*self.dice.pick(&[1, 1, 2, 3]) {
            let tried = self.typed_first_code(code.clone());
            let (source, lane) = (self.dice.below(SOURCES), lane.clone());
            let sign_in = SettleSignIn::Existing(row.id.clone());
            let client = row.client_id.clone();
            self.send_request(tried, Asking { key, source, lane, sign_in, client });
        }
        true
    }

    fn typed_password(&mut self, key: usize) -> Tried {
        let right = self.right_password(key);
        Tried::Password(match self.dice.below(10) {
            0..3 => right,
            // Right once, perhaps, or right soon.
            3 => right.saturating_sub(self.dice.below(40) as u64),
            _ => 0,
        })
    }

    /// Somebody who has passed the first factor, in one or several sign-ins at once, each at any
    /// node.
    fn spawn_second_factors(&mut self) -> bool {
        let wait = |row: &&SignIn| row.status == SignInStatus::NeedsSecondFactor;
        let waiting: Vec<&SignIn> = self.image.sign_ins.values().filter(wait).collect();
        if waiting.is_empty() {
            return false;
        }
        let chosen = waiting[self.dice.below(waiting.len())].clone();
        let same = waiting.iter().filter(|row| row.user_id == chosen.user_id);
        let same: Vec<SignInId> = same.map(|row| row.id.clone()).collect();
        let Some(tried) = self.typed_second(&chosen) else {
            self.spawn_code(&chosen);
            return true;
        };
        let own = matches!(tried, Tried::Code { .. });
        let first = self.dice.below(same.len());
        for number in 0..*self.dice.pick(&[1, 1, 1, 2, 2, 3, 4]) {
            let id = if own { &chosen.id } else { &same[(first + number) % same.len()] };
            let row = self.image.sign_ins[id].clone();
            self.spawn_second_factor(tried.clone(), &row);
        }
        true
    }

    fn spawn_second_factor(&mut self, tried: Tried, row: &SignIn) {
        let Some(key) = &row.canonical_key else { return };
        let stored = row.lane.as_deref().unwrap_or_default();
        let lane = if self.dice.permille(950) {
            Lane::from_stored(stored)
        } else {
            office::lane(self.dice.below(12))
        };
        let (key, source) = (NAMES.number_of(key), self.dice.below(SOURCES));
        let (sign_in, client) = (SettleSignIn::Existing(row.id.clone()), row.client_id.clone());
        self.send_request(tried, Asking { key, source, lane, sign_in, client });
    }

    /// What is typed as the second factor; `None`: a code has to be sent first.
    fn typed_second(&mut self, row: &SignIn) -> Option<Tried> {
        let person = row.user_id.as_ref().and_then(|user| self.image.users.get(user));
        let factors = person.map(|person| person.factors.clone()).unwrap_or_default();
        let roll = self.dice.below(100);
        if factors.phone && (roll < 35 || factors.app.is_none() && roll < 80) {
            let code = row.prepared_code.clone()?;
            return Some(self.typed_code(code, FactorStep::Second));
        }
        if roll < 60 && !factors.recovery.is_empty() {
            let codes: Vec<u64> = factors.recovery.keys().copied().collect();
            let known = *self.dice.pick(&codes);
            return Some(Tried::Recovery(if self.dice.permille(700) { known } else { 0 }));
        }
        let Some(app) = factors.app else { return Some(Tried::Totp("guessed".to_owned())) };
        let present = TotpStep::at(Millis(self.now)).0;
        Some(Tried::Totp(match self.dice.below(100) {
            0..50 => shown(app.secret, present),
            50..62 => shown(app.secret, present - 1),
            // Seen by somebody who looked on.
            62..75 => shown(app.secret, app.last_step),
            _ => "guessed".to_owned(),
        }))
    }

    /// For what it was sent.
    fn typed_first_code(&mut self, code: OneTimeCodeId) -> Tried {
        let purpose = self.image.codes.get(&code).map(|code| code.purpose);
        match (self.typed_code(code, FactorStep::First), purpose) {
            (Tried::Code { code, typed, .. }, Some(CodePurpose::Reset)) => {
                Tried::Reset { code, typed }
            }
            (tried, _) => tried,
        }
    }

    fn typed_code(&mut self, code: OneTimeCodeId, step: FactorStep) -> Tried {
        let guessed = || OneTimeCodeId::from_stored("guessed".to_owned());
        let typed = if self.dice.permille(550) { code.clone() } else { guessed() };
        Tried::Code { code, typed, step }
    }

    /// The code that a sign-in in this state was sent last.
    fn sent_to(&self, sign_in: &SettleSignIn, status: SignInStatus) -> Option<OneTimeCodeId> {
        let SettleSignIn::Existing(id) = sign_in else { return None };
        let row = self.image.sign_ins.get(id).filter(|row| row.status == status)?;
        row.prepared_code.clone()
    }

    /// A code is asked for, for the step that the sign-in waits for.
    pub(crate) fn spawn_code(&mut self, row: &SignIn) {
        let Some(key) = &row.canonical_key else { return };
        let purpose = match row.status {
            SignInStatus::NeedsSecondFactor => CodePurpose::SecondFactor,
            _ if self.dice.permille(400) => CodePurpose::Reset,
            _ => CodePurpose::SignIn,
        };
        let (subject, node) = (self.key_subject(NAMES.number_of(key)), self.any_node());
        let order = CodeOrder { subject, sign_in: row.id.clone(), purpose, id: self.code_id() };
        let deed = Deed::Plain(Plain::SendCode(Box::new(order)));
        let id = self.begin_task(node, Kind::Office(Box::new(Office::Begin(deed))));
        self.trace.event("code", id, node as u64);
    }

    pub(crate) fn any_node(&mut self) -> usize {
        self.dice.below(self.nodes.len())
    }

    fn send_request(&mut self, tried: Tried, asking: Asking) {
        let node = self.any_node();
        let (key, words) = (asking.key, format!("{tried:?}"));
        let attempt = self.attempt(tried, asking, node);
        let id = self.begin_task(node, Kind::Attempt(Box::new(attempt)));
        let sum = words
            .bytes()
            .fold(0, |sum: u64, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
        self.trace.event("request", id, sum);
        self.trace.say(|| format!("request {id} at node {node}: key {key}, {words}"));
    }

    pub(crate) fn attempt(&mut self, tried: Tried, asking: Asking, node: usize) -> Attempt {
        let Asking { key, source, lane, sign_in, client } = asking;
        Attempt {
            id: self.attempt_id(),
            key,
            source,
            lane,
            tried,
            sign_in,
            client,
            born: self.now,
            low: self.wall(node).min(self.db_now(node)),
            hung_up: false,
            must_serve: false,
            phase: Phase::Look,
            rounds: 0,
            arrivals: 0,
            held: None,
            permit: None,
        }
    }

    pub(crate) fn right_password(&self, key: usize) -> u64 {
        let user = self.image.keys.get(&NAMES.keys[key]);
        user.map_or(0, |user| self.image.users[user].password)
    }

    /// Mostly identifier and password come together; else a sign-in was made before, which two
    /// tabs of its client may finish at once.
    fn sign_in(&mut self, key: usize) -> (SettleSignIn, ClientId) {
        if self.dice.permille(750) {
            return self.at_once();
        }
        let wanted = |row: &&SignIn| row.canonical_key.as_ref() == Some(&NAMES.keys[key]);
        let known = self.image.sign_ins.values().filter(wanted);
        let known: Vec<_> = known.map(|row| (row.id.clone(), row.client_id.clone())).collect();
        if !known.is_empty() && self.dice.permille(700) {
            let (id, client) = self.dice.pick(&known).clone();
            return (SettleSignIn::Existing(id), client);
        }
        let (id, client) = self.open_sign_in(key);
        (SettleSignIn::Existing(id), client)
    }

    pub(crate) fn at_once(&mut self) -> (SettleSignIn, ClientId) {
        let (id, client) = (self.sign_in_id(), self.client_id());
        (SettleSignIn::AtOnce { id, identifier: String::new(), locale: None }, client)
    }

    pub(crate) fn open_sign_in(&mut self, key: usize) -> (SignInId, ClientId) {
        let (id, client) = (self.sign_in_id(), self.client_id());
        let named = Some((String::new(), NAMES.keys[key].clone()));
        let (tenant, status) = (NAMES.tenant.clone(), SignInStatus::NeedsFirstFactor);
        let now = Millis(self.now);
        let mut row = SignIn::fresh(tenant, id.clone(), client.clone(), status, named, None, now);
        row.abandon_at = Millis(i64::MAX);
        self.image.sign_ins.insert(id.clone(), row);
        (id, client)
    }
}
