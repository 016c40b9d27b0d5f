//! The hosted pages over a real server: every state of every page with its status, its headers and
//! its key facts; what GET may not do; what nobody may learn. Browsers walk the same pages in
//! `journey`.

mod account;
mod account_devices;
mod account_password;
mod account_second_factor;
mod account_sessions;
mod avatar;
mod forged_links;
mod language;
mod locked;
mod locked_state;
mod mailbox;
mod not_me;
mod opened_links;
mod password_reset;
mod second_factor;
mod sign_in;
mod sign_in_steps;
mod support;
mod support_status;
mod ticket;
mod unlock;
mod unlock_code;
mod unlock_mail;
mod unlock_request;

use lockkeeper::credential::{TotpSecret, TotpStep};
use lockkeeper::lockout::{Policy, Preset};
use lockkeeper::model::{Millis, OutboxId, Span, UserId};
use lockkeeper::tenant::UserChangeForm;
use lockkeeper::token::{CodeLength, MasterKey, MasterKeys, ShortCodes, UnlockLink, UnlockLinks};
use lockkeeper::web::assets;
use reqwest::Method;

use crate::harness::app::{TestApp, TestTenant};
use crate::harness::client::{Answer, Client, block_on};

pub(crate) const ALEX: &str = "alex@acme.test";
pub(crate) const PASSWORD: &str = "correct horse";

/// A server with tenant `acme` (Balanced, unless given) and the user Alex.
pub(crate) struct House {
    pub app: TestApp,
    pub acme: TestTenant,
    pub alex: UserId,
}

impl House {
    pub(crate) fn open() -> Self {
        Self::of(TestApp::start(), None)
    }

    pub(crate) fn with_policy(change: impl FnOnce(&mut Policy)) -> Self {
        let mut policy = Preset::Balanced.policy();
        change(&mut policy);
        Self::of(TestApp::start(), Some(policy))
    }

    pub(crate) fn of(app: TestApp, policy: Option<Policy>) -> Self {
        let acme = app.tenant("acme", policy);
        let alex = app.user(&acme, ALEX, PASSWORD).record.user.id;
        Self { app, acme, alex }
    }

    pub(crate) fn visitor(&self) -> Visitor {
        Visitor { client: self.app.client(), origin: self.app.base() }
    }

    /// Fails until the account is locked (Balanced: the eighth), and gives that last answer.
    pub(crate) async fn lock(&self, visitor: &Visitor, identifier: &str) -> Answer {
        for _ in 0..20 {
            let answer = visitor.sign_in(identifier, "wrong").await;
            if answer.status == 403 {
                return answer;
            }
            assert_eq!(answer.status, 422, "{}", answer.body);
        }
        panic!("{identifier} is never locked");
    }

    /// The link of Alex's episode, as a mail of now would carry it: the path.
    pub(crate) fn link(&self, episode: i64) -> String {
        self.link_of(&self.acme, &self.alex, episode, Span::DAY)
    }

    pub(crate) fn link_of(
        &self,
        tenant: &TestTenant,
        user: &UserId,
        episode: i64,
        life: Span,
    ) -> String {
        let now = self.now();
        let link = UnlockLink {
            user: user.clone(),
            episode,
            issued_at: now,
            expires_at: now.after(life),
            mail: OutboxId::generate(now),
        };
        let token = tenant.profile.unlock_links().seal(&link).unwrap();
        self.acme.path(&format!("/unlock/{token}"))
    }

    pub(crate) fn now(&self) -> Millis {
        lockkeeper::model::Clock::now(&self.app.clock)
    }
}

/// Alex's app and recovery codes.
pub(crate) struct Factors {
    pub secret: TotpSecret,
    pub codes: Vec<String>,
}

impl Factors {
    pub(crate) fn code(&self, house: &House) -> String {
        self.secret.code(TotpStep::at(house.now()))
    }
}

impl House {
    /// Gives Alex an app and recovery codes.
    pub(crate) fn enrol(&self) -> Factors {
        let (tenants, acme) = (&self.app.tenants, &self.acme.profile);
        let secret = TotpSecret::generate().unwrap();
        let codes: Vec<String> = tenants
            .new_recovery_codes(acme)
            .unwrap()
            .iter()
            .map(|code| code.expose().to_owned())
            .collect();
        let form = UserChangeForm {
            totp: Some(Some(TotpSecret::from_bytes(secret.expose().to_vec()).unwrap())),
            recovery_codes: Some(codes.iter().map(|code| code.as_str().into()).collect()),
            ..UserChangeForm::default()
        };
        block_on(tenants.change_user(acme, self.alex.clone(), form)).unwrap();
        Factors { secret, codes }
    }

    /// The code that the sign-in of this answer's new client was sent.
    pub(crate) async fn mailed_code(&self, answer: &Answer) -> String {
        let cookies = answer.set_cookies();
        let line = cookies.values().find(|line| line.starts_with("__client_")).unwrap();
        let value = line.split(['=', ';']).nth(1).unwrap();
        let client = self.acme.profile.client_tokens().open(value).unwrap().client;
        let (reader, tenant) = (self.app.store.reader(), self.acme.profile.id());
        let client = reader.client(tenant.clone(), client).await.unwrap().unwrap();
        let sign_in = reader.sign_in(tenant.clone(), client.sign_in_id.unwrap()).await;
        let code = sign_in.unwrap().unwrap().prepared_code.unwrap();
        ShortCodes::for_tenant(&self.app.keys, tenant).code(code.as_str(), CodeLength::Six)
    }
}

/// A browser: cookies, and the headers that tell where a form comes from.
#[derive(Clone)]
pub(crate) struct Visitor {
    pub client: Client,
    pub origin: String,
}

impl Visitor {
    pub(crate) async fn get(&self, path: &str) -> Answer {
        checked(self.client.get(path).await)
    }

    pub(crate) async fn head(&self, path: &str) -> Answer {
        Client::send(self.client.request(Method::HEAD, path)).await
    }

    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let request = self.client.request(Method::POST, path).form(fields);
        let request =
            request.header("origin", &self.origin).header("sec-fetch-site", "same-origin");
        checked(Client::send(request).await)
    }

    pub(crate) async fn sign_in(&self, identifier: &str, password: &str) -> Answer {
        self.post("/t/acme/sign-in", &[("identifier", identifier), ("password", password)]).await
    }
}

/// What holds for every page, whatever it says.
pub(crate) fn checked(answer: Answer) -> Answer {
    let policy = answer.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'"), "{}: {policy}", answer.status);
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert_eq!(answer.header("x-frame-options"), "DENY");
    assert!(matches!(answer.header("referrer-policy"), "same-origin" | "no-referrer"));
    assert_only_our_script(&answer.body, policy);
    if answer.status != 303 {
        assert!(answer.body.starts_with("<!doctype html>"), "{}: {}", answer.status, answer.body);
    }
    answer
}

/// One page turns by itself, by a file of ours; no other has a script or may run one.
fn assert_only_our_script(body: &str, policy: &str) {
    if body.contains("id=\"check-again\"") {
        let script = &assets::locked_script().path;
        assert!(body.contains(&format!("<script src=\"{script}\" defer></script>")), "{body}");
        assert_eq!(body.matches("<script").count(), 1, "{body}");
        assert!(policy.contains("script-src 'self'; connect-src 'self';"), "{policy}");
    } else {
        assert!(!body.contains("<script") && !policy.contains("script-src"), "{policy}: {body}");
    }
}

/// The body with every spelling of `who` replaced, to compare one person's page with another's.
pub(crate) fn masked(body: &str, who: &str) -> String {
    body.replace("<wbr>", "").replace(who, "~")
}

pub(crate) fn assert_page(answer: &Answer, status: u16, facts: &[&str]) {
    assert_eq!(answer.status, status, "{}", answer.body);
    for fact in facts {
        assert!(answer.body.contains(fact), "{fact:?} is not in {}", answer.body);
    }
}

pub(crate) fn assert_sent(answer: &Answer, to: &str) {
    assert_eq!((answer.status, answer.header("location")), (303, to), "{}", answer.body);
}
