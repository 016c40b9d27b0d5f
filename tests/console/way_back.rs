//! What the console tells of people who came back from a lock: each step is walked for real (locked,
//! mailed, the link visited, its button pressed, signed in), and the pages are read after it.

use lockkeeper::model::{Source, Span, UserId};
use lockkeeper::store::team::Role;
use lockkeeper::tenant::{ContactForm, ContactReceipt};
use reqwest::Method;

use super::attacks::{guess, initech, page_with};
use super::{Office, Worker, assert_page, assert_sent};
use crate::frontend_api::codes::{code_in, mailed};
use crate::harness::app::TestTenant;
use crate::harness::client::{Answer, Client, block_on};

const ATTACKS: &str = "/console/initech/attacks";
const BY_MAIL: &str = "Unlocked by the mail";
const BY_RESET: &str = "Unlocked by a new password";

fn address(number: usize) -> String {
    format!("user{number}@initech.test")
}

/// Three of the six are locked, one by one.
struct Siege {
    office: Office,
    initech: TestTenant,
    ana: Worker,
    users: Vec<UserId>,
}

impl Siege {
    fn begin() -> Self {
        let office = Office::open();
        let (initech, users) = initech(&office);
        let ana = office.staff("ana", Some(&initech), Role::Owner);
        for number in 0..3 {
            for _ in 0..8 {
                block_on(guess(&office, [127, 5, 0, 1], &address(number)));
                office.app.advance(Span::SECOND);
            }
        }
        // Younger tries may still be waiting for their commit, and are not summed up yet.
        office.app.advance(Span::MINUTE.times(4));
        Self { office, initech, ana, users }
    }

    /// Waits until the step has come so far; gives all steps as they stand then.
    fn came(&self, step: &str, so_far: u32) -> Vec<(String, String)> {
        let words = format!("<span>{step}</span><b>{so_far}</b>");
        let page = page_with(&self.office, &self.ana, ATTACKS, &words).body;
        let list = page.split("class=\"rows funnel\">").nth(1).expect("a funnel");
        let steps = list.split("</ol>").next().unwrap().split("<li><span>").skip(1);
        let read = |step: &str| {
            let (words, rest) = step.split_once("</span><b>").unwrap();
            (words.to_owned(), rest.split("</b>").next().unwrap().to_owned())
        };
        steps.map(read).collect()
    }

    fn story(&self, number: usize) -> String {
        let user = &self.users[number];
        let page = block_on(self.ana.get(&format!("/console/initech/locks/{user}")));
        assert_page(&page, 200, &["Its locks and how they ended"]);
        page.body.split("Its locks and how they ended").nth(1).unwrap().to_owned()
    }

    /// The link of the mail that the lock caused, as a path.
    async fn link(&self, number: usize) -> String {
        let client = self.office.app.client();
        let mail = mailed(&client, &address(number), "Unlock your initech Ltd account").await;
        let text = mail["text"].as_str().unwrap();
        let link = text.lines().find(|line| line.contains("/t/initech/unlock/")).unwrap();
        link.trim().strip_prefix(&self.office.app.base()).unwrap().to_owned()
    }

    /// Somebody of the locked writes to support.
    fn asks(&self, number: usize) {
        let form = ContactForm {
            identifier: address(number),
            name: String::new(),
            subject: "Locked".to_owned(),
            message: "please".to_owned(),
            source: Source::from_stored(format!("src-{number}")),
            locale: None,
            lock: None,
        };
        let filed = self.office.app.tenants.file_contact_request(&self.initech.profile, form);
        assert!(matches!(block_on(filed).unwrap(), ContactReceipt::Filed { .. }));
    }

    async fn post(&self, who: &Worker, path: &str, form: &[(&str, &str)]) -> Answer {
        let request = who.client.request(Method::POST, path).form(form);
        let request = request.header("origin", &who.origin);
        Client::send(request.header("sec-fetch-site", "same-origin")).await
    }
}

fn assert_steps(found: &[(String, String)], counts: [u32; 6]) {
    let words = [
        "Locked",
        "Unlock mail written",
        "Taken by their mail server",
        "Link opened",
        "Unlocked by it",
        "Signed in again",
    ];
    let steps = words.into_iter().zip(counts);
    let expected: Vec<_> = steps.map(|(words, n)| (words.to_owned(), n.to_string())).collect();
    assert_eq!(found, expected);
}

#[test]
fn the_funnel_counts_each_step_of_the_way_back_and_stories_say_how_locks_ended() {
    let siege = Siege::begin();
    let office = &siege.office;
    assert_steps(&siege.came("Taken by their mail server", 3), [3, 3, 3, 0, 0, 0]);

    // By the link of the mail.
    let alex = office.visitor();
    let link = block_on(siege.link(0));
    assert_eq!(block_on(alex.client.get(&link)).status, 200);
    assert_steps(&siege.came("Link opened", 1), [3, 3, 3, 1, 0, 0]);
    office.app.advance(Span::SECOND);
    let pressed = block_on(siege.post(&alex, &link, &[]));
    assert!(matches!(pressed.status, 200 | 303), "{}: {}", pressed.status, pressed.body);
    assert_steps(&siege.came("Unlocked by it", 1), [3, 3, 3, 1, 1, 0]);
    // Each step ends with its median: the mail is written with the lock, the button was pressed a second
    // after the page was opened.
    let page = block_on(siege.ana.get(ATTACKS));
    assert_page(&page, 200, &[">at once</span>", "median 1 second after the step before</span>"]);
    office.app.advance(Span::SECOND);
    let (name, right) = (address(0), "correct horse");
    let form = [("identifier", name.as_str()), ("password", right)];
    assert_eq!(block_on(siege.post(&alex, "/t/initech/sign-in", &form)).status, 303);
    assert_steps(&siege.came("Signed in again", 1), [3, 3, 3, 1, 1, 1]);

    // By a new password: its link was never opened.
    office.app.advance(Span::SECOND);
    let (bea, name) = (office.visitor(), address(1));
    let forgot = "/t/initech/sign-in/forgot";
    let asked = block_on(siege.post(&bea, forgot, &[("identifier", &name)]));
    assert_sent(&asked, forgot);
    let subject = "Your code to set a new password at initech Ltd";
    let code = code_in(&block_on(mailed(&office.app.client(), &name, subject)));
    let new = "/t/initech/sign-in/new-password";
    assert_sent(&block_on(siege.post(&bea, forgot, &[("code", &code)])), new);
    let form = [("new-password", "another horse entirely")];
    assert_eq!(block_on(siege.post(&bea, new, &form)).status, 303);
    assert_steps(&siege.came("Signed in again", 2), [3, 3, 3, 1, 2, 2]);

    let [by_mail, by_reset, none] = [0, 1, 2].map(|number| siege.story(number));
    assert!(by_mail.contains(BY_MAIL) && !by_mail.contains(BY_RESET), "{by_mail}");
    assert!(by_reset.contains(BY_RESET) && !by_reset.contains(BY_MAIL), "{by_reset}");
    assert!(!none.contains("Unlocked by"), "{none}");
}

#[test]
fn who_wrote_to_support_has_a_lane_with_what_came_of_it() {
    let siege = Siege::begin();
    let (office, ana) = (&siege.office, &siege.ana);
    siege.asks(0);
    office.app.advance(Span::MINUTE);
    siege.asks(1);
    office.app.advance(Span::MINUTE.times(2));
    // One of the two, and the one who did not write.
    for number in [1, 2] {
        let path = format!("/console/initech/locks/{}", siege.users[number]);
        let unlock = format!("{path}/unlock");
        let unlocked = ana.post(&unlock, &[("reason", "they called")]);
        assert_sent(&block_on(unlocked), &path);
    }
    let asked = "<span>Wrote to support</span><b>2</b>";
    let helped = "<span>Unlocked by staff after it</span><b>1</b>";
    page_with(office, ana, ATTACKS, helped);
    let page = block_on(ana.get(ATTACKS));
    assert_page(&page, 200, &[asked, helped, "median 2 minutes after the message</span>"]);
    // Staff's doing is no step of their own.
    assert_page(&page, 200, &["<span>Unlocked by it</span><b>0</b>"]);
}
