//! The page of a contact request: its link opens it and nothing else does; it tells no more about an
//! account than the one who filed it knew.

use lockkeeper::store::contact_requests::ContactRequest;
use lockkeeper::tenant::{Filing, NotMeReport};
use lockkeeper::token::Via;

use super::*;
use crate::harness::client::block_on;

async fn send(house: &House, message: &str) -> (Answer, String) {
    let fields = [
        ("name", "Alex"),
        ("identifier", ALEX),
        ("subject", "Something else"),
        ("message", message),
    ];
    let answer = house.visitor().post("/t/acme/support", &fields).await;
    assert_page(&answer, 200, &["See your request"]);
    let path = answer.body.split("class=\"button full\" href=\"").nth(1).unwrap();
    (answer.clone(), path.split('"').next().unwrap().to_owned())
}

async fn requests(house: &House) -> Vec<ContactRequest> {
    let mut found = Vec::new();
    for status in lockkeeper::support::ContactRequestStatus::ALL {
        let tenant = house.acme.profile.id().clone();
        found.extend(
            house.app.tenants.reader().contact_requests(tenant, status, 100).await.unwrap(),
        );
    }
    found
}

fn mail_path(house: &House, request: &ContactRequest) -> String {
    let links = house.acme.profile.request_links();
    let secret = links.secret(&request.id, Via::Mail).unwrap();
    format!("/t/acme/support/{}", secret.expose())
}

#[test]
fn the_status_page_opens_by_its_secret_only() {
    let house = House::open();
    let globex = house.app.tenant("globex", None);
    block_on(async {
        let (_, path) = send(&house, "one <b>two</b>").await;
        let visitor = house.visitor();
        let page = visitor.get(&path).await;
        assert_page(&page, 200, &["We have your message", "one &lt;b&gt;two", "LK-"]);
        assert_eq!(page.header("referrer-policy"), "no-referrer");
        let request = requests(&house).await.remove(0);
        assert_page(&visitor.get(&mail_path(&house, &request)).await, 200, &["one &lt;b&gt;two"]);
        let elsewhere = path.replace("/acme/", &format!("/{}/", globex.profile.tenant.slug));
        let stored = request.page_secret.clone().unwrap();
        for wrong in [
            elsewhere,
            format!("/t/acme/support/{}", "x".repeat(32)),
            format!("/t/acme/support/{}", request.reference),
            format!("/t/acme/support/{stored}"),
            format!("{path}x"),
            path.get(..path.len() - 1).unwrap().to_owned(),
        ] {
            let (get, post) =
                (visitor.get(&wrong).await, visitor.post(&wrong, &[("message", "hello")]).await);
            assert_eq!((get.status, post.status), (404, 404), "{wrong}");
        }
        assert_eq!(requests(&house).await[0].version, 1);
    });
}

#[test]
fn what_is_added_stands_on_the_page_and_opens_the_request_again() {
    let house = House::open();
    block_on(async {
        let (_, path) = send(&house, "first").await;
        let visitor = house.visitor();
        for (message, words) in [("", "Write a message"), ("a\0b", "special characters")] {
            let answer = visitor.post(&path, &[("message", message)]).await;
            let summary = "class=\"summary\" role=\"alert\" tabindex=\"-1\" autofocus";
            let facts = ["<title>Error: ", summary, "<a href=\"#message\">", words];
            assert_page(&answer, 422, &facts);
        }
        let answer = visitor.post(&path, &[("message", "second, password: hunter2")]).await;
        assert_eq!((answer.status, answer.header("location")), (303, path.as_str()));
        let page = visitor.get(&path).await;
        assert_page(&page, 200, &["first", "second, password: <em>[removed"]);
        assert!(!page.body.contains("hunter2"));
        let request = requests(&house).await.remove(0);
        assert_eq!((request.version, request.mailbox_proved_at), (2, None));
        let answer = visitor.post(&mail_path(&house, &request), &[("message", "by mail")]).await;
        assert_eq!(answer.status, 303);
        assert!(requests(&house).await[0].mailbox_proved_at.is_some());
        for number in 0..18 {
            assert_eq!(visitor.post(&path, &[("message", "more")]).await.status, 303, "{number}");
        }
        let answer = visitor.post(&path, &[("message", "more")]).await;
        assert_page(&answer, 429, &["Too many requests"]);
        house.app.advance(Span::DAY);
        assert_eq!(visitor.post(&path, &[("message", "more")]).await.status, 303);
    });
}

#[test]
fn not_me_is_one_request_an_episode() {
    let house = House::open();
    block_on(async {
        let visitor = house.visitor();
        house.lock(&visitor, ALEX).await;
        let report = |episode| NotMeReport {
            user: house.alex.clone(),
            episode,
            subject: "It was not me".to_owned(),
            message: "Keep it locked.".to_owned(),
            source: lockkeeper::model::Source::from_stored("192.0.2.1".to_owned()),
        };
        let file = async |episode| {
            house.app.tenants.file_not_me(&house.acme.profile, report(episode)).await.unwrap()
        };
        let (reference, filing) = file(1).await;
        assert_eq!(filing, Filing::First);
        assert_eq!(file(1).await, (reference, Filing::Again));
        assert_eq!(file(2).await.1, Filing::First);
        let found = requests(&house).await;
        assert_eq!(found.len(), 2);
        assert!(found[0].mailbox_proved_at.is_some() && found[0].identifier == ALEX);
    });
}
