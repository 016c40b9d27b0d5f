//! Signing in with a token that the tenant's server gave away: once, for its user, never while
//! locked, and never counted.

use lockkeeper::model::{Span, UserId};
use lockkeeper::store::tenants::TenantChange;

use super::factors::{Scene, second};
use super::{ALEX, N, PASSWORD, World, text, try_password, v1};
use crate::harness::client::{Answer, Client, block_on};

const OPEN: &str = "client/sign_ins";

fn told(answer: &Answer) -> (u16, String) {
    let code = answer.json()["errors"][0]["code"].as_str().unwrap_or_default().to_owned();
    (answer.status, code)
}

fn refused(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

impl World {
    pub(super) async fn alex(&self) -> UserId {
        self.user_of(ALEX).await
    }

    async fn user_of(&self, name: &str) -> UserId {
        let key = lockkeeper::model::Identifier::parse(name).unwrap().key;
        let reader = self.app.store.reader();
        let found = reader.identified(self.acme.profile.id().clone(), key).await.unwrap();
        found.unwrap().user.id
    }

    /// A ticket for a day.
    pub(super) async fn ticket(&self, user: UserId) -> String {
        let (tenants, acme) = (&self.app.tenants, &self.acme.profile);
        tenants.create_sign_in_token(acme, user, Span::DAY).await.unwrap().token
    }
}

pub(super) async fn by_ticket(client: &Client, ticket: &str) -> Answer {
    client.post_form(&v1(OPEN), &[("strategy", "ticket"), ("ticket", ticket)]).await
}

#[test]
fn a_ticket_signs_its_user_in_once() {
    let world = World::new();
    block_on(async {
        let ticket = world.ticket(world.alex().await).await;
        let client = world.client();
        let done = by_ticket(&client, &ticket).await;
        assert_eq!(done.status, 200, "{}", done.body);
        let json = done.json();
        assert_eq!(text(&json, "/response/status"), "complete");
        assert_eq!(text(&json, "/response/identifier"), ALEX);
        let verified = &json["response"]["first_factor_verification"];
        assert_eq!(verified["object"], "verification_ticket", "{verified}");
        assert_eq!(json["client"]["last_authentication_strategy"], "ticket");
        let session = text(&json, "/response/created_session_id");
        assert_eq!(text(&json, "/client/sessions/0/id"), session);
        let again = by_ticket(&world.client(), &ticket).await;
        assert_eq!(told(&again), refused(400, "sign_in_token_already_used_code"));
    });
}

#[test]
fn of_two_who_come_with_one_ticket_one_is_let_in() {
    let world = World::new();
    block_on(async {
        let ticket = world.ticket(world.alex().await).await;
        let (one, other) = (world.client(), world.client());
        let both = tokio::join!(by_ticket(&one, &ticket), by_ticket(&other, &ticket));
        let mut statuses = [both.0.status, both.1.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 400], "{} {}", both.0.body, both.1.body);
    });
}

#[test]
fn the_parameter_alone_is_enough_and_a_password_beside_it_is_a_password() {
    let world = World::new();
    block_on(async {
        let ticket = world.ticket(world.alex().await).await;
        let form = [("identifier", ALEX), ("password", "wrong"), ("ticket", &*ticket)];
        let wrong = world.client().post_form(&v1(OPEN), &form).await;
        assert_eq!(told(&wrong), refused(422, "form_password_incorrect"));
        let done = world.client().post_form(&v1(OPEN), &[("ticket", &*ticket)]).await;
        assert_eq!(done.status, 200, "{}", done.body);
        let none = world.client().post_form(&v1(OPEN), &[("strategy", "ticket")]).await;
        assert_eq!(told(&none), refused(422, "form_param_missing"));
    });
}

#[test]
fn a_ticket_that_cannot_be_used_says_why() {
    let world = World::new();
    let zoe = world.app.user(&world.acme, "zoe@acme.test", PASSWORD).record.user.id;
    block_on(async {
        let (tenants, acme) = (&world.app.tenants, &world.acme.profile);
        let client = world.client();
        assert_eq!(
            told(&by_ticket(&client, "nonsense").await),
            refused(400, "ticket_invalid_code")
        );
        let short = tenants.create_sign_in_token(acme, zoe.clone(), Span::SECOND).await.unwrap();
        let taken_back = tenants.create_sign_in_token(acme, zoe.clone(), Span::DAY).await.unwrap();
        tenants.revoke_sign_in_token(acme, taken_back.row.id).await.unwrap();
        let orphan = world.ticket(zoe.clone()).await;
        world.app.advance(Span::SECOND);
        let over = refused(400, "ticket_expired_code");
        // In the seconds that clocks may differ by, and after them.
        assert_eq!(told(&by_ticket(&client, &short.token).await), over);
        world.app.advance(Span::MINUTE);
        assert_eq!(told(&by_ticket(&client, &short.token).await), over);
        let revoked = by_ticket(&client, &taken_back.token).await;
        assert_eq!(told(&revoked), refused(400, "sign_in_token_revoked_code"));
        tenants.delete_user(acme, zoe).await.unwrap();
        let gone = by_ticket(&client, &orphan).await;
        assert_eq!(told(&gone), refused(400, "sign_in_token_cannot_be_used_code"));
    });
}

#[test]
fn a_ticket_is_refused_while_locked_and_never_counted() {
    let world = World::new();
    block_on(async {
        let alex = world.alex().await;
        let ticket = world.ticket(alex.clone()).await;
        for _ in 0..=N {
            let nonsense = by_ticket(&world.client(), "nonsense").await;
            assert_eq!(told(&nonsense), refused(400, "ticket_invalid_code"));
        }
        let card = world.app.tenants.user(&world.acme.profile, alex.clone()).await.unwrap();
        assert_eq!(card.unwrap().remaining, Some(N));
        for _ in 0..N {
            try_password(&world.client(), ALEX, "wrong").await;
        }
        let locked = by_ticket(&world.client(), &ticket).await;
        assert_eq!(told(&locked), refused(403, "user_locked"));
        assert!(!locked.header("retry-after").is_empty());
        // It was not used up by that.
        world.app.advance(Span::MINUTE.times(2));
        let done = by_ticket(&world.client(), &ticket).await;
        assert_eq!(done.status, 200, "{}", done.body);
        let card = world.app.tenants.user(&world.acme.profile, alex).await.unwrap();
        assert_eq!(card.unwrap().remaining, Some(N), "a completed sign-in clears the count");
    });
}

#[test]
fn a_second_factor_is_asked_for_after_a_ticket_too() {
    let scene = Scene::new();
    block_on(async {
        let ticket = scene.world.ticket(scene.alex.clone()).await;
        let client = scene.world.client();
        let passed = by_ticket(&client, &ticket).await.json();
        assert_eq!(text(&passed, "/response/status"), "needs_second_factor");
        let path = v1(&format!("client/sign_ins/{}", text(&passed, "/response/id")));
        let done = second(&client, &path, "totp", &scene.totp()).await;
        assert_eq!(text(&done.json(), "/response/status"), "complete", "{}", done.body);
        // The first factor has used it up.
        let again = by_ticket(&scene.world.client(), &ticket).await;
        assert_eq!(told(&again), refused(400, "sign_in_token_already_used_code"));
    });
}

#[test]
fn a_ticket_carries_on_a_sign_in_of_its_own_user_alone() {
    let world = World::new();
    let zoe = world.app.user(&world.acme, "zoe@acme.test", PASSWORD).record.user.id;
    block_on(async {
        let (alexs, zoes) = (world.ticket(world.alex().await).await, world.ticket(zoe).await);
        let client = world.client();
        let opened = client.post_form(&v1(OPEN), &[("identifier", ALEX)]).await.json();
        let path = v1(&format!("client/sign_ins/{}", text(&opened, "/response/id")));
        let attempt = async |ticket: &str| {
            let form = [("strategy", "ticket"), ("ticket", ticket)];
            client.post_form(&format!("{path}/attempt_first_factor"), &form).await
        };
        let strange = attempt(&zoes).await;
        assert_eq!(told(&strange), refused(400, "sign_in_token_cannot_be_used_code"));
        let done = attempt(&alexs).await;
        assert_eq!(text(&done.json(), "/response/status"), "complete", "{}", done.body);
        // The other one is as good as before.
        assert_eq!(by_ticket(&world.client(), &zoes).await.status, 200);
    });
}

#[test]
fn live_sessions_stand_in_the_way_of_tickets_as_of_names() {
    let world = World::new();
    block_on(async {
        let alex = world.alex().await;
        let client = world.client();
        super::signed_in(&client).await;
        let ticket = world.ticket(alex).await;
        assert_eq!(told(&by_ticket(&client, &ticket).await), refused(400, "session_exists"));
        let many = TenantChange { single_session: Some(false), ..TenantChange::default() };
        world.app.tenants.update_tenant(&world.acme.profile, many, "test").await.unwrap();
        let already = refused(400, "identifier_already_signed_in");
        assert_eq!(told(&by_ticket(&client, &ticket).await), already);
        assert_eq!(by_ticket(&world.client(), &ticket).await.status, 200);
    });
}

#[test]
fn a_banned_user_is_told_so_and_keeps_the_ticket() {
    use lockkeeper::store::users::Standing;
    let world = World::new();
    block_on(async {
        let alex = world.alex().await;
        let ticket = world.ticket(alex.clone()).await;
        let (tenants, acme) = (&world.app.tenants, &world.acme.profile);
        tenants.set_standing(acme, alex.clone(), Standing::Banned).await.unwrap();
        assert_eq!(told(&by_ticket(&world.client(), &ticket).await), refused(403, "user_banned"));
        tenants.set_standing(acme, alex, Standing::Allowed).await.unwrap();
        assert_eq!(by_ticket(&world.client(), &ticket).await.status, 200);
    });
}

#[test]
fn the_address_of_a_ticket_leads_to_the_page_with_its_button() {
    let world = World::new();
    block_on(async {
        let ticket = world.ticket(world.alex().await).await;
        let pages = &world.acme.profile.pages_url;
        let client = world.client();
        let accept = async |query: &str| client.get(&v1(&format!("tickets/accept{query}"))).await;
        let led = accept(&format!("?ticket={ticket}")).await;
        let page = format!("{pages}/sign-in/ticket?ticket={ticket}");
        assert_eq!((led.status, led.header("location")), (303, &*page));
        assert_eq!(led.header("referrer-policy"), "no-referrer");
        assert_eq!(led.header("cache-control"), "no-store");
        assert!(led.set_cookies().is_empty());
        let back = accept(&format!("?ticket={ticket}&redirect_url=https://a.test/?b%26c=d")).await;
        let page = format!("{page}&redirect_url=https%3A%2F%2Fa.test%2F%3Fb%26c%3Dd");
        assert_eq!(back.header("location"), page);
        // It was only led on.
        assert_eq!(by_ticket(&world.client(), &ticket).await.status, 200);
        assert_eq!(told(&accept("").await), refused(422, "form_param_missing"));
        let long = accept(&format!("?ticket={}", "x".repeat(1_025))).await;
        assert_eq!(told(&long).0, 422, "{}", long.body);
    });
}
