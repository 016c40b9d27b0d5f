//! Mail that comes in: an answer joins its request, a bounce marks its mail, whatever else is sent
//! changes nothing. Through the real command, as a mail server's pipe runs it.

use std::io::Write;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

use lockkeeper::mail::inbound;
use lockkeeper::model::{Clock as _, OutboxId, Span, UserId};
use lockkeeper::store::contact_requests::ContactRequest;
use lockkeeper::store::mail_fates::{DeliveryPage, DeliveryState};
use lockkeeper::store::request_messages::{MessageKind, MessageVia, RequestStep};
use lockkeeper::store::tenants::TenantName;
use lockkeeper::support::ContactRequestStatus;
use lockkeeper::support::life::Happening;
use lockkeeper::tenant::{ContactForm, ContactReceipt, Taken};
use lockkeeper::token::{MailAddress, MailAddresses, MasterKeys};
use tempfile::TempDir;

use crate::attempt::try_password;
use crate::harness::app::{TestApp, TestPlan, TestTenant};
use crate::harness::children;
use crate::harness::client::block_on;
use crate::harness::home::Home;
use crate::harness::nodes::until;
use crate::harness::process::lockkeeper;

const ANN: &str = "ann@acme.test";
/// The courier needs milliseconds; a busy machine needs longer.
const SOON: Duration = Duration::from_secs(60);

/// A server with the tenants acme and globex, Ann's request, and the files that a command needs
/// beside it.
pub(crate) struct PostRoom {
    pub(crate) app: TestApp,
    pub(crate) acme: TestTenant,
    globex: TestTenant,
    pub(crate) ann: UserId,
    keys: Arc<MasterKeys>,
    dir: TempDir,
    home: Home,
}

impl PostRoom {
    pub(crate) fn open() -> Self {
        let (dir, home) = (tempfile::tempdir().unwrap(), Home::fresh());
        let keys = MasterKeys::load_or_create(&dir.path().join("lockkeeper.key")).unwrap();
        let keys = Arc::new(keys);
        let given = Arc::clone(&keys);
        let app = TestApp::with(TestPlan {
            database: Some(home.url()),
            change: Box::new(move |plan| plan.keys = given),
        });
        let (acme, globex) = (app.tenant("acme", None), app.tenant("globex", None));
        let ann = app.user(&acme, ANN, "correct horse").record.user.id;
        let room = Self { app, acme, globex, ann, keys, dir, home };
        for tenant in [&room.acme, &room.globex] {
            // As the first mail that leaves does.
            let id = tenant.profile.id().clone();
            block_on(room.app.store.set_mail_tag(id.clone(), MailAddresses::tag(&id))).unwrap();
        }
        room
    }

    /// Somebody of a tenant writes to support.
    pub(crate) fn request(&self, tenant: &TestTenant, who: &str) -> ContactRequest {
        let form = ContactForm {
            identifier: who.to_owned(),
            name: String::new(),
            subject: "Something else".to_owned(),
            message: "I am locked out".to_owned(),
            source: lockkeeper::model::Source::from_stored(format!("src-{who}")),
            locale: None,
            lock: None,
        };
        block_on(async {
            let filed = self.app.tenants.file_contact_request(&tenant.profile, form).await.unwrap();
            let ContactReceipt::Filed { reference, .. } = filed else { panic!("too many") };
            let reader = self.app.tenants.reader();
            let id = tenant.profile.id().clone();
            reader.contact_request_by_reference(id, reference).await.unwrap().unwrap()
        })
    }

    fn address(&self, tenant: &TestTenant, of: &MailAddress) -> String {
        let addresses = MailAddresses::for_tenant(&self.keys, tenant.profile.id());
        format!("desk+{}@in.example", addresses.signed(of).unwrap())
    }

    pub(crate) fn reply_to(&self, request: &ContactRequest) -> String {
        self.address(&self.acme, &MailAddress::Reply(request.id.clone()))
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = lockkeeper(self.dir.path(), args);
        command.env("LOCKKEEPER_MASTER_KEY_FILE", "lockkeeper.key");
        let url = match &self.home {
            Home::Sqlite(dir) => format!("sqlite:{}", dir.path().join("test.db").display()),
            #[cfg(feature = "postgres")]
            Home::Postgres(database) => database.url().to_owned(),
        };
        command.env("LOCKKEEPER_DATABASE_URL", url);
        command.env("LOCKKEEPER_INBOUND_ADDRESS", "desk@in.example");
        command
    }

    /// Exit code and the line that the command says.
    fn ingest(&self, recipient: Option<&str>, message: &str) -> (i32, String) {
        let named = recipient.map(|address| format!("--recipient={address}"));
        let mut args = vec!["support", "ingest"];
        args.extend(named.as_deref());
        said(self.command(&args), message)
    }

    /// The same in this process.
    fn take(&self, recipient: &str, message: &str) -> Taken {
        let mail = inbound::read(message.as_bytes()).unwrap();
        block_on(self.app.tenants.take_mail(Some(recipient), &mail)).unwrap()
    }

    fn now(&self, request: &ContactRequest) -> ContactRequest {
        let reader = self.app.tenants.reader();
        let found = reader.conversation_of(request.tenant_id.clone(), request.id.clone());
        block_on(found).unwrap().unwrap().request
    }

    /// What was said after it was filed: kind and words.
    pub(crate) fn talk(&self, request: &ContactRequest) -> Vec<(MessageKind, String)> {
        let reader = self.app.tenants.reader();
        let found = reader.conversation_of(request.tenant_id.clone(), request.id.clone());
        let messages = block_on(found).unwrap().unwrap().messages;
        assert!(messages.iter().all(|message| message.via == MessageVia::Mail));
        messages.into_iter().map(|message| (message.kind, message.body)).collect()
    }

    fn close(&self, request: &ContactRequest) {
        let step = RequestStep {
            happening: Some(Happening::StaffClosed),
            ..RequestStep::of(request.tenant_id.clone(), request.id.clone(), None)
        };
        block_on(self.app.store.step_request(step)).unwrap();
        assert_eq!(self.now(request).status, ContactRequestStatus::Closed);
    }
}

/// Runs a command with something on its input: exit code, and what it says on standard error.
fn said(mut command: Command, input: &str) -> (i32, String) {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = children::spawn(command);
    // It may have ended without reading.
    let _written = child.stdin.take().unwrap().write_all(input.as_bytes());
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(stdout).unwrap(), "");
    (status.code().unwrap(), String::from_utf8(stderr).unwrap())
}

fn mail(head: &str, body: &str) -> String {
    format!("From: Eve <eve@evil.test>\r\n{head}\r\n\r\n{body}\r\n")
}

#[test]
fn a_reply_by_mail_joins_its_request_once_and_opens_it_again() {
    let room = PostRoom::open();
    let request = room.request(&room.acme, ANN);
    room.close(&request);
    let answer = mail(
        "Message-ID: <1@mua>",
        "It still fails, my password is hunter22\r\n\r\n> We think it is solved",
    );
    let (code, line) = room.ingest(Some(&room.reply_to(&request)), &answer);
    assert_eq!(
        (code, line),
        (0, format!("lockkeeper: taken: an answer to {}\n", request.reference))
    );
    let stands = room.now(&request);
    assert_eq!(stands.status, ContactRequestStatus::Open);
    assert!(stands.mailbox_proved_at.is_some() && stands.version > request.version);
    let talk = room.talk(&request);
    let words = "It still fails, my password is [removed by Lockkeeper]".to_owned();
    assert_eq!(talk, [(MessageKind::Theirs, words)]);
    // Folded to lower case or not, by option or by header: it is the same mail.
    let upper = room.reply_to(&request).to_uppercase();
    let delivered = format!("Delivered-To: {upper}\r\n{answer}");
    assert_eq!(room.ingest(None, &delivered), (0, "lockkeeper: taken before\n".to_owned()));
    assert_eq!(room.talk(&request).len(), 1);
    assert!(matches!(
        room.take(&upper, &mail("Message-ID: <2@mua>", "And")),
        Taken::Message { .. }
    ));
}

#[test]
fn one_mail_to_two_requests_joins_both() {
    let room = PostRoom::open();
    let (one, two) = (room.request(&room.acme, ANN), room.request(&room.acme, "bo@acme.test"));
    let answer = mail("Message-ID: <1@mua>", "Both of you");
    for request in [&one, &two] {
        assert!(matches!(room.take(&room.reply_to(request), &answer), Taken::Message { .. }));
        assert_eq!(room.take(&room.reply_to(request), &answer), Taken::Again);
    }
}

#[test]
fn an_absence_note_starts_no_loop_and_opens_nothing() {
    let room = PostRoom::open();
    let request = room.request(&room.acme, ANN);
    room.close(&request);
    let note = mail("Auto-Submitted: auto-replied\r\nMessage-ID: <n@mua>", "I am away");
    let (code, line) = room.ingest(Some(&room.reply_to(&request)), &note);
    assert_eq!((code, line.contains("changes nothing")), (0, true), "{line}");
    let stands = room.now(&request);
    assert_eq!((stands.status, stands.mailbox_proved_at), (ContactRequestStatus::Closed, None));
    assert_eq!(room.talk(&request), [(MessageKind::Event, "auto_reply".to_owned())]);
    // To where bounces go it says nothing at all.
    let bounces =
        room.address(&room.acme, &MailAddress::Bounce(OutboxId::generate(request.created_at)));
    assert_eq!(room.take(&bounces, &note), Taken::Dropped);
}

#[test]
fn addresses_that_we_never_made_take_nothing() {
    let room = PostRoom::open();
    let request = room.request(&room.acme, ANN);
    let good = room.reply_to(&request);
    let foreign = room.address(&room.globex, &MailAddress::Reply(request.id.clone()));
    let acme = MailAddresses::tag(room.acme.profile.id());
    let globex = MailAddresses::tag(room.globex.profile.id());
    let mut cut = good.split('@').next().unwrap().to_owned();
    cut.pop();
    let answer = mail("X: y", "hello");
    for address in [
        foreign.clone(),
        foreign.replace(&globex, &acme),
        good.replace(&acme, &globex),
        good.replace("+r", "+b"),
        format!("{cut}a@in.example"),
        format!("{cut}@in.example"),
        "desk@in.example".to_owned(),
        "@".to_owned(),
        "é".repeat(27),
        String::new(),
    ] {
        if address == good {
            continue;
        }
        assert_eq!(room.take(&address, &answer), Taken::NotOurs, "{address}");
    }
    let (code, line) = room.ingest(Some("desk@in.example"), &answer);
    assert_eq!((code, line.as_str()), (67, "lockkeeper: there is no such address\n"));
    // What the header says counts for nothing where the mail server has said whom it is for.
    let both = format!("Delivered-To: {good}\r\n{answer}");
    assert_eq!(room.ingest(Some("desk@in.example"), &both).0, 67);
    assert_eq!(room.talk(&request), []);
}

#[test]
fn a_bounce_marks_its_mail_and_the_address_that_is_none() {
    let room = PostRoom::open();
    let tenant = room.acme.profile.id().clone();
    let reader = room.app.tenants.reader();
    block_on(async {
        for _ in 0..8 {
            let _refused = try_password(&room.app, &room.acme, ANN, "wrong").await;
        }
    });
    let mails = || {
        let page = DeliveryPage { before: None, limit: 10 };
        block_on(reader.deliveries(tenant.clone(), None, page)).unwrap()
    };
    // The server's own courier delivers it meanwhile.
    until(SOON, || mails().first().is_some_and(|mail| mail.state == DeliveryState::Accepted));
    let first = || mails().remove(0);
    let to = room.address(&room.acme, &MailAddress::Bounce(first().id));
    let report = |action: &str| {
        let status = format!(
            "Final-Recipient: rfc822; {ANN}\r\nAction: {action}\r\nStatus: 5.1.1\r\n\
             Diagnostic-Code: smtp; 550 5.1.1 <{ANN}> unknown"
        );
        mail(
            "Content-Type: multipart/report; report-type=delivery-status; boundary=b",
            &format!(
                "--b\r\n\r\nsorry\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n{status}\r\n--b--"
            ),
        )
    };
    assert_eq!(room.take(&to, &report("delayed")), Taken::Dropped);
    assert_eq!(first().state, DeliveryState::Accepted);
    let (code, line) = room.ingest(Some(&to), &report("failed"));
    assert_eq!((code, line.as_str()), (0, "lockkeeper: taken: a mail of ours came back\n"));
    let back = first();
    assert_eq!(back.state, DeliveryState::Bounced);
    assert_eq!(back.why.as_deref(), Some("smtp; 550 5.1.1 <(address)> unknown"));
    let marks = block_on(reader.undeliverable(tenant.clone(), room.ann.clone())).unwrap();
    assert_eq!((marks.len(), marks[0].address.as_str()), (1, ANN));
    assert_eq!(room.take(&to, &report("failed")), Taken::Again);
}

#[test]
fn a_request_takes_so_many_mails_a_day() {
    let room = PostRoom::open();
    let request = room.request(&room.acme, ANN);
    let to = room.reply_to(&request);
    let answer = |number: usize| mail(&format!("Message-ID: <{number}@mua>"), "again");
    for number in 0..20 {
        assert!(matches!(room.take(&to, &answer(number)), Taken::Message { .. }), "{number}");
    }
    let over = room.take(&to, &answer(20));
    assert_eq!(over, Taken::TooMany { retry_after: Span::DAY });
    assert_eq!(room.take(&to, &mail("Precedence: bulk", "x")), Taken::Dropped);
    room.app.advance(Span::DAY);
    assert!(matches!(room.take(&to, &answer(20)), Taken::Message { .. }));
    assert!(room.app.clock.now() > request.created_at);
}

#[test]
fn a_mail_server_is_told_what_to_do() {
    let room = PostRoom::open();
    assert_eq!(room.ingest(None, "").0, 65);
    let (code, line) = room.ingest(None, "no header here\n");
    assert_eq!((code, line.lines().count()), (67, 1), "{line}");
    let answer = mail("X: y", "hello");
    // The database is away, or the settings are not right: the mail must stay where it is.
    for (name, value) in [
        ("LOCKKEEPER_DATABASE_URL", "sqlite:no/where/x.db"),
        ("LOCKKEEPER_DATABASE_URL", "mysql://x"),
        ("LOCKKEEPER_MASTER_KEY_FILE", "missing.key"),
        ("LOCKKEEPER_LISTEN", "nonsense"),
    ] {
        let mut command = room.command(&["support", "ingest"]);
        command.env(name, value);
        let (code, line) = said(command, &answer);
        assert!(code == 75 && line.starts_with("lockkeeper: "), "{name}={value}: {code} {line}");
    }
}

#[test]
fn without_an_inbound_address_it_is_said_what_to_set() {
    let room = PostRoom::open();
    let request = room.request(&room.acme, ANN);
    let ingest = |recipient: &str| {
        let named = format!("--recipient={recipient}");
        let mut command = room.command(&["support", "ingest", &named]);
        command.env_remove("LOCKKEEPER_INBOUND_ADDRESS");
        said(command, &mail("X: y", "hello"))
    };
    let (code, line) = ingest("desk@in.example");
    assert_eq!((code, line.lines().count()), (75, 1), "the mail stays where it is: {line}");
    let said =
        ["there is no such address: inbound_address", "LOCKKEEPER_INBOUND_ADDRESS", "Set it"];
    assert!(said.iter().all(|words| line.contains(words)), "{line}");
    // An address that we have made is one, whatever is set now.
    assert_eq!(ingest(&room.reply_to(&request)).0, 0);
    assert_eq!(room.talk(&request).len(), 1);
}

/// The tenant is found by its tag in any case.
#[test]
fn a_tenant_is_found_however_the_address_was_folded() {
    let room = PostRoom::open();
    let found = block_on(room.app.tenants.find(TenantName::Slug("globex".to_owned()))).unwrap();
    let request = room.request(&room.globex, "kim@globex.test");
    let to = room.address(&room.globex, &MailAddress::Reply(request.id.clone())).to_uppercase();
    assert!(matches!(room.take(&to, &mail("X: y", "hello")), Taken::Message { .. }));
    assert_eq!(found.unwrap().id(), &request.tenant_id);
}
