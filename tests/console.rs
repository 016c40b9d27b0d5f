//! The console over a real server: how staff get in, what each of them may see and do, and what a page
//! does when it is asked by the wrong person, from the wrong place or with a form of another session.

mod api_keys;
mod attacks;
mod audit;
mod branding;
mod bulk;
mod campaign_trail;
mod door;
mod inbox;
mod journeys;
mod kept_out;
mod keys;
mod leaving;
mod live;
mod lock_stories;
mod locks;
mod locks_browser;
mod mail;
mod mailed_payloads;
mod matrix;
mod me;
mod menu;
mod narrow;
mod over_staff;
mod overlay;
mod overview;
mod policy;
mod policy_preview;
mod replay;
mod request;
mod settings;
mod shadow;
mod team;
mod team_invites;
mod team_owner;
mod test_lock;
mod user_import;
mod users;
mod users_edit;
mod versions;
mod way_back;
mod webhooks;
mod weight;

use lockkeeper::app::Plan;
use lockkeeper::model::Identifier;
use lockkeeper::store::team::Role;
use lockkeeper::tenant::{Accepted, Accepting, Password};
use reqwest::Method;

use crate::harness::app::{TestApp, TestPlan, TestTenant};
use crate::harness::client::{Answer, Client, block_on};
use crate::harness::home::Home;

pub(crate) const PASSWORD: &str = "steady lantern";

/// A server with the tenants acme and globex, and its database to look at.
pub(crate) struct Office {
    pub app: TestApp,
    pub acme: TestTenant,
    pub globex: TestTenant,
    pub home: Home,
}

impl Office {
    pub(crate) fn open() -> Self {
        Self::changed(|_| {})
    }

    /// With a changed plan.
    pub(crate) fn changed(change: impl FnOnce(&mut Plan) + Send + 'static) -> Self {
        let home = Home::fresh();
        let plan = TestPlan { database: Some(home.url()), change: Box::new(change) };
        let app = TestApp::with(plan);
        let (acme, globex) = (app.tenant("acme", None), app.tenant("globex", None));
        Self { app, acme, globex, home }
    }

    /// A link to join, as `team link` prints one: its secret.
    pub(crate) fn link(&self, tenant: Option<&TestTenant>, role: Role) -> String {
        let tenants = &self.app.tenants;
        block_on(async {
            let secret = match tenant {
                Some(tenant) => tenants.invite(&tenant.profile, role, "test").await,
                None => {
                    let home = tenants.console_home().await.unwrap();
                    tenants.invite(&home, role, "test").await
                }
            };
            secret.unwrap().expose().to_owned()
        })
    }

    /// Somebody of a tenant's team, signed in; without a tenant of all teams.
    pub(crate) fn staff(&self, name: &str, tenant: Option<&TestTenant>, role: Role) -> Worker {
        let link = self.link(tenant, role);
        let address = format!("{name}@lockkeeper.test");
        let who = Accepting::NewUser {
            identifier: Identifier::parse(&address).unwrap(),
            password: Password::parse(PASSWORD).unwrap(),
            name: name.to_owned(),
        };
        let accepted = block_on(self.app.tenants.accept_invite(&link, who)).unwrap();
        assert_eq!(accepted, Accepted::Joined);
        let mut worker = self.visitor();
        let signed_in = block_on(worker.sign_in(&address));
        assert_eq!((signed_in.status, signed_in.header("location")), (303, "/console"));
        worker.token = token_of(&block_on(worker.get("/console/me")).body);
        worker
    }

    /// A browser in which nobody is signed in.
    pub(crate) fn visitor(&self) -> Worker {
        let (client, origin) = (self.app.client(), self.app.base());
        Worker { client, origin, token: String::new() }
    }
}

/// The token that the page's forms carry.
pub(crate) fn token_of(html: &str) -> String {
    let field = html.split("name=\"form_token\" value=\"").nth(1).expect("a form with a token");
    field.split('"').next().unwrap().to_owned()
}

/// A browser of the staff.
pub(crate) struct Worker {
    pub client: Client,
    pub origin: String,
    pub token: String,
}

impl Worker {
    pub(crate) async fn get(&self, path: &str) -> Answer {
        let answer = self.client.get(path).await;
        // The mail in a frame has rules of its own, which its test looks at.
        if path.contains("/mail/preview/frame") && answer.status == 200 {
            return answer;
        }
        checked(answer)
    }

    /// A form of the console, with its token.
    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut fields = fields.to_vec();
        fields.push(("form_token", &self.token));
        self.post_bare(path, &fields).await
    }

    /// A form without token.
    pub(crate) async fn post_bare(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let request = self.client.request(Method::POST, path).form(fields);
        let request =
            request.header("origin", &self.origin).header("sec-fetch-site", "same-origin");
        checked(Client::send(request).await)
    }

    pub(crate) async fn sign_in(&self, address: &str) -> Answer {
        let form = [("identifier", address), ("password", PASSWORD), ("redirect_url", "/console")];
        let request = self.client.request(Method::POST, "/t/console/sign-in").form(&form);
        Client::send(request.header("origin", &self.origin)).await
    }
}

/// What holds for every page of the console, whatever it says.
fn checked(answer: Answer) -> Answer {
    let policy = answer.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'"), "{}: {policy}", answer.status);
    assert!(!policy.contains("unsafe") && policy.contains("frame-ancestors 'none'"), "{policy}");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    let file = answer.header("content-disposition").starts_with("attachment");
    if answer.status != 303 && !file {
        assert!(answer.body.starts_with("<!doctype html>"), "{}: {}", answer.status, answer.body);
    }
    answer
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
