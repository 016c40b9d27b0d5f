//! The last test of a world, once everything has come to rest: after an unlock by staff every user
//! gets in at every node, with a right password and, where one is wanted, a right second factor.

use std::collections::BTreeMap;

use lockkeeper::credential::TotpStep;
use lockkeeper::lockout::Event;
use lockkeeper::model::{SignInId, Span, UserId};
use lockkeeper::store::factor::FactorStep;
use lockkeeper::store::settle::SettleSignIn;
use lockkeeper::store::sign_ins::{SignIn, SignInStatus};

use super::factors::{Tried, shown};
use super::names::{KEYS, NAMES};
use super::office::{self, Deed, Office};
use super::plain::Plain;
use super::report::Check;
use super::requests::Asking;
use super::world::{Kind, World};

impl World {
    pub(crate) fn everybody_gets_in(&mut self) {
        let users: Vec<_> = self.image.users.keys().cloned().collect();
        for user in &users {
            let unban = Plain::Ban { user: user.clone(), banned: false };
            let unlock = Deed::Change { user: user.clone(), event: Event::StaffUnlock };
            for deed in [Deed::Plain(unban), unlock] {
                self.finish(deed);
            }
        }
        self.advance(1_000);
        for node in 0..self.nodes.len() {
            for key in 0..KEYS {
                if self.image.keys.contains_key(&NAMES.keys[key]) {
                    let right = Tried::Password(self.right_password(key));
                    let (sign_in, client) = self.at_once();
                    let lane = office::lane(0);
                    self.must_serve(right, Asking { key, source: 0, lane, sign_in, client }, node);
                }
            }
        }
        self.settle_down();
        if !self.tasks.is_empty() && self.found.is_none() {
            self.flag(Check::Hang, || "right passwords wait at rest".to_owned());
        }
        self.everybody_gets_in_by_both();
    }

    /// Every user with a second factor, at some node. Clocks are set right, or a code would be over
    /// before it was sent; the codes of the last day do not stand in the way of new ones.
    fn everybody_gets_in_by_both(&mut self) {
        for node in &mut self.nodes {
            if self.postgres {
                node.skew = self.db_skew;
            }
        }
        self.advance(3 * Span::DAY.0);
        let keys = self.image.keys.iter().map(|(key, user)| (user.clone(), key.clone()));
        for (user, key) in keys.collect::<BTreeMap<_, _>>() {
            let node = self.any_node();
            self.gets_in_by_both(NAMES.number_of(&key), &user, node);
        }
    }

    fn finish(&mut self, deed: Deed) {
        self.begin_task(0, Kind::Office(Box::new(Office::Begin(deed))));
        self.settle_down();
    }

    fn must_serve(&mut self, tried: Tried, asking: Asking, node: usize) {
        let mut attempt = self.attempt(tried, asking, node);
        attempt.must_serve = true;
        self.begin_task(node, Kind::Attempt(Box::new(attempt)));
    }

    /// Password and second factor, one after the other. The app is a new one: the old one's steps
    /// may be used up for hours by a clock that ran ahead.
    fn gets_in_by_both(&mut self, key: usize, user: &UserId, node: usize) {
        let factors = self.image.users[user].factors.clone();
        if factors.app.is_some() {
            let secret = self.number();
            self.finish(Deed::Plain(Plain::App { user: user.clone(), app: Some((secret, 0)) }));
            let step = TotpStep::at(self.wall(node)).0;
            self.sign_in_by_both(key, node, |_, _| Some(Tried::Totp(shown(secret, step))));
        }
        if factors.phone {
            self.sign_in_by_both(key, node, |world, id| {
                let row = world.image.sign_ins.get(id)?.clone();
                world.spawn_code(&row);
                world.settle_down();
                let code = world.image.sign_ins.get(id)?.prepared_code.clone()?;
                Some(Tried::Code { typed: code.clone(), code, step: FactorStep::Second })
            });
        }
        let codes = self.image.users[user].factors.recovery.clone();
        if let Some((code, _)) = codes.into_iter().find(|(_, used)| !used)
            && factors.wanted()
        {
            self.sign_in_by_both(key, node, |_, _| Some(Tried::Recovery(code)));
        }
    }

    fn sign_in_by_both(
        &mut self,
        key: usize,
        node: usize,
        second: impl FnOnce(&mut Self, &SignInId) -> Option<Tried>,
    ) {
        let (id, client) = self.open_sign_in(key);
        let asking = || {
            let sign_in = SettleSignIn::Existing(id.clone());
            Asking { key, source: 0, lane: office::lane(0), sign_in, client: client.clone() }
        };
        self.must_serve(Tried::Password(self.right_password(key)), asking(), node);
        self.settle_down();
        let Some(tried) = second(self, &id).filter(|_| self.found.is_none()) else {
            return self.flag(Check::Served, || format!("{id} was sent no code at rest"));
        };
        self.must_serve(tried, asking(), node);
        self.settle_down();
        let status = self.image.sign_ins.get(&id).map(|row: &SignIn| row.status);
        if status != Some(SignInStatus::Complete) {
            self.flag(Check::Served, || format!("{id} of key {key} is {status:?} at rest"));
        }
        self.trace.event("both", key as u64, node as u64);
    }
}
