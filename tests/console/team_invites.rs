//! Invitations from the console: by a link and by mail, up to the first page of whoever takes it; and
//! what becomes of one that is over.

use lockkeeper::model::Span;
use lockkeeper::store::team::Role;
use lockkeeper::tenant::INVITE_LIFE;
use serde_json::Value;

use super::team::PATH;
use super::{Office, PASSWORD, Worker, assert_page, assert_sent};
use crate::frontend_api::codes::mailed;
use crate::harness::client::block_on;

const BO: &str = "bo@lockkeeper.test";
const SUBJECT: &str = "Invitation to the team of acme Ltd";

fn office() -> (Office, Worker) {
    let office = Office::open();
    let ana = office.staff("ana", Some(&office.acme), Role::Owner);
    (office, ana)
}

async fn invite(ana: &Worker, role: &str, to: &str, locale: &str) {
    let form = [("role", role), ("address", to), ("locale", locale)];
    assert_sent(&ana.post(PATH, &form).await, PATH);
}

/// The path of the one link in a mail.
fn link_in(office: &Office, mail: &Value) -> String {
    let text = mail["text"].as_str().unwrap();
    let links: Vec<&str> = text.lines().filter(|line| line.starts_with("http")).collect();
    assert_eq!(links.len(), 1, "{text}");
    links[0].strip_prefix(&office.app.base()).unwrap().to_owned()
}

/// Where the newest open invitation is taken back.
async fn revoke_path(ana: &Worker) -> String {
    let page = ana.get(PATH).await.body;
    let begin = page.find("/console/acme/team/invites/").unwrap();
    page.get(begin..).unwrap().split('"').next().unwrap().to_owned()
}

async fn join(visitor: &Worker, link: &str) {
    let form = [("name", "Bo Li"), ("identifier", BO), ("password", PASSWORD)];
    let made = visitor.post_bare(link, &form).await;
    assert_sent(&made, "/t/console/sign-in?redirect_url=%2Fconsole");
}

#[test]
fn a_mail_leads_to_the_first_page_in_the_console() {
    let (office, ana) = office();
    block_on(async {
        invite(&ana, "support", BO, "en").await;
        let page = ana.get(PATH).await;
        assert_page(&page, 200, &["on its way to bo@lockkeeper.test", "Open invitations"]);
        let mail = mailed(&office.app.client(), BO, SUBJECT).await;
        let text = mail["text"].as_str().unwrap();
        for fact in ["ana has invited you", "Your role: support.", "Nobody at Lockkeeper will"] {
            assert!(text.contains(fact), "{fact}: {text}");
        }
        let link = link_in(&office, &mail);
        let bo = office.visitor();
        for _ in 0..3 {
            // Scanners look, too: nothing is used up.
            let facts = ["acme Ltd", "Your role: support.", "value=\"bo@lockkeeper.test\""];
            assert_page(&bo.get(&link).await, 200, &facts);
        }
        join(&bo, &link).await;
        assert_sent(&bo.sign_in(BO).await, "/console");
        assert_sent(&bo.get("/console").await, "/console/acme/inbox");
        assert_page(&bo.get("/console/acme/inbox").await, 200, &["Bo Li, support"]);
        let page = ana.get(PATH).await;
        assert_page(&page, 200, &["Bo Li", "by ana."]);
        assert!(!page.body.contains("Open invitations"), "it is used");
        let again = office.visitor().get(&link).await;
        assert_page(&again, 404, &["This link opens nothing"]);
    });
}

#[test]
fn a_link_is_shown_once_and_handed_over() {
    let (office, ana) = office();
    block_on(async {
        let made = ana.post(PATH, &[("role", "owner"), ("address", " "), ("locale", "en")]).await;
        assert_page(&made, 200, &["Your link", "never shown again"]);
        let link = made.body.split("id=\"secret\">").nth(1).unwrap().split('<').next().unwrap();
        let link = link.strip_prefix(&office.app.base()).unwrap().to_owned();
        let page = ana.get(PATH).await;
        assert_page(&page, 200, &["A link that is handed over", "owner, until"]);
        let secret = link.rsplit('/').next().unwrap();
        assert!(!page.body.contains(secret), "shown again");
        let audit = ana.get("/console/acme/audit").await;
        assert_page(&audit, 200, &["team.invited"]);
        assert!(!audit.body.contains(secret));
        let bo = office.visitor();
        join(&bo, &link).await;
        assert_sent(&bo.sign_in(BO).await, "/console");
        assert_page(&bo.get(PATH).await, 200, &["Bo Li, owner"]);
    });
}

#[test]
fn the_mail_is_in_the_language_that_was_chosen() {
    let (office, ana) = office();
    block_on(async {
        for (tag, subject) in [
            ("de", "Einladung in das Team von acme Ltd"),
            ("fr", "Invitation à rejoindre l’équipe de acme Ltd"),
            ("es", "Invitación al equipo de acme Ltd"),
            ("ja", "acme Ltd のチームへの招待"),
        ] {
            let to = format!("{tag}@lockkeeper.test");
            invite(&ana, "auditor", &to, tag).await;
            mailed(&office.app.client(), &to, subject).await;
        }
    });
}

#[test]
fn an_invitation_that_is_taken_back_or_over_opens_nothing() {
    let (office, ana) = office();
    let kim = office.staff("kim", Some(&office.globex), Role::Owner);
    block_on(async {
        invite(&ana, "admin", BO, "en").await;
        let mail = mailed(&office.app.client(), BO, SUBJECT).await;
        let link = link_in(&office, &mail);
        let path = revoke_path(&ana).await;
        let foreign = path.replace("acme", "globex");
        assert_eq!(kim.post(&foreign, &[]).await.status, 404);
        assert_eq!(office.visitor().get(&link).await.status, 200);
        assert_sent(&ana.post(&path, &[]).await, PATH);
        assert_page(&ana.get(PATH).await, 200, &["opens nothing any more"]);
        let over = office.visitor().get(&link).await;
        assert_page(&over, 404, &["This link opens nothing"]);
        let form = [("name", "Bo"), ("identifier", BO), ("password", PASSWORD)];
        assert_eq!(office.visitor().post_bare(&link, &form).await.status, 404);
        assert_eq!(ana.post(&path, &[]).await.status, 404, "taken back already");

        invite(&ana, "admin", "late@lockkeeper.test", "en").await;
        let mail = mailed(&office.app.client(), "late@lockkeeper.test", SUBJECT).await;
        let link = link_in(&office, &mail);
        office.app.advance(Span(INVITE_LIFE.0 - 1));
        assert_eq!(office.visitor().get(&link).await.status, 200);
        office.app.advance(Span(1));
        let late = office.visitor().get(&link).await;
        assert_eq!((late.status, &late.body), (404, &over.body), "told no more");
    });
}

#[test]
fn what_cannot_be_invited_is_told_and_an_admin_makes_no_owner() {
    let (office, ana) = office();
    let bo = office.staff("bo", Some(&office.acme), Role::Admin);
    block_on(async {
        let odd = [("role", "admin"), ("address", "<b>no address"), ("locale", "fr")];
        let page = ana.post(PATH, &odd).await;
        let facts = [
            "<title>Error: Team",
            "Enter an e-mail address such as alex@example.com, or none",
            "&#60;b&#62;no address",
            "value=\"admin\" selected",
            "value=\"fr\" selected",
        ];
        assert_page(&page, 422, &facts);
        assert!(!bo.get(PATH).await.body.contains("value=\"owner\""));
        let owner = [("role", "owner"), ("address", ""), ("locale", "en")];
        let refused = bo.post(PATH, &owner).await;
        assert_page(&refused, 422, &["only an owner makes somebody an owner"]);
        assert!(!refused.body.contains("Your link"));
        for form in [
            [("role", "king"), ("address", ""), ("locale", "en")],
            [("role", "admin"), ("address", ""), ("locale", "tlh")],
        ] {
            assert_eq!(ana.post(PATH, &form).await.status, 400);
        }
        for _ in 0..5 {
            invite(&bo, "support", "cy@lockkeeper.test", "en").await;
        }
        let form = [("role", "support"), ("address", "cy@lockkeeper.test"), ("locale", "en")];
        let full = bo.post(PATH, &form).await;
        assert_page(&full, 422, &["This address was invited 5 times within a day"]);
    });
}

#[test]
fn an_owner_is_told_that_an_invitation_makes_them_no_less() {
    let (office, ana) = office();
    let link = format!("/console/welcome/{}", office.link(Some(&office.acme), Role::Support));
    block_on(async {
        let page = ana.post(&link, &[]).await;
        assert_page(&page, 422, &["<title>Error: ", "You are an owner here already"]);
        assert_eq!(ana.get(PATH).await.status, 200);
    });
}
