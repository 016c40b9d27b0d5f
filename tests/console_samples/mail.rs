//! Samples of the page about mail.

use lockkeeper::model::{MailTopic, Span};
use lockkeeper::store::mail_fates::DeliveryState;
use lockkeeper::store::outbox::OutboxTopic;
use lockkeeper::web::console::view::frame::Entry;
use lockkeeper::web::console::view::mail::{
    AddressLine, AddressLines, CheckShown, DeliveryLine, KeysShown, Listed, Look, MailPage,
    MailPreviewPage, RecordLine, ServerFields,
};
use lockkeeper::web::mail_frame::MailScheme;
use lockkeeper::web::page::Problem;

use super::{LONG, NOW, Sample, frame, sample};

fn empty() -> MailPage {
    MailPage {
        frame: frame(Entry::Mail),
        path: "/console/acme/mail".to_owned(),
        may_save: true,
        own: false,
        fields: ServerFields { security: "starttls".to_owned(), ..ServerFields::default() },
        password_set: false,
        check: None,
        keys: None,
        listed: Listed::All,
        deliveries: Vec::new(),
        next: None,
        later: false,
        addresses: AddressLines::default(),
        problems: Vec::new(),
        me: None,
    }
}

fn fields() -> ServerFields {
    ServerFields {
        host: "smtp.a-rather-long-name-of-a-mail-server.example.com".to_owned(),
        port: "587".to_owned(),
        security: "starttls".to_owned(),
        username: LONG.to_owned(),
        from_email: "no-reply@example.com".to_owned(),
    }
}

fn delivery(state: DeliveryState) -> DeliveryLine {
    DeliveryLine {
        topic: OutboxTopic::Unlock,
        state,
        written_at: NOW.before(Span::MINUTE.times(25)),
        opened_at: None,
        why: None,
    }
}

fn refused() -> DeliveryLine {
    let why = "permanent error (550): 5.1.1 <(address)> no such mailbox <script>alert(1)</script>";
    DeliveryLine {
        topic: OutboxTopic::Test,
        why: Some(why.to_owned()),
        ..delivery(DeliveryState::Undeliverable)
    }
}

fn full() -> MailPage {
    let record = |selector: &str| RecordLine {
        name: format!("{selector}._domainkey.example.com"),
        strings: vec![format!("v=DKIM1; k=rsa; p={}", "A".repeat(230)), "B".repeat(160)],
    };
    MailPage {
        own: true,
        fields: fields(),
        password_set: true,
        check: Some(CheckShown { at: NOW, error: None }),
        keys: Some(KeysShown {
            domain: "example.com".to_owned(),
            signs: true,
            active: record("lk1795266360"),
            next: Some(record("lk1795269999")),
        }),
        deliveries: vec![
            delivery(DeliveryState::Queued),
            DeliveryLine { opened_at: Some(NOW), ..delivery(DeliveryState::Accepted) },
            refused(),
            delivery(DeliveryState::Deferred),
            delivery(DeliveryState::Suppressed),
        ],
        next: Some("obx_1".to_owned()),
        me: Some(format!("{}@example.com", "a".repeat(60))),
        ..empty()
    }
}

fn undelivered() -> MailPage {
    MailPage {
        listed: Listed::Undelivered,
        deliveries: vec![refused(), delivery(DeliveryState::Bounced)],
        later: true,
        check: Some(CheckShown { at: NOW, error: Some("The mail server refused it".to_owned()) }),
        addresses: AddressLines {
            lines: vec![AddressLine {
                address: format!("{}@example.com", "b".repeat(60)),
                since: NOW,
                why: "5.1.1 nobody here".to_owned(),
            }],
            next: Some("5.idn_1".to_owned()),
            later: true,
        },
        ..full()
    }
}

fn waiting() -> MailPage {
    let put_off = DeliveryLine {
        why: Some("the mail server is away".to_owned()),
        ..delivery(DeliveryState::Deferred)
    };
    MailPage {
        listed: Listed::Waiting,
        deliveries: vec![delivery(DeliveryState::Queued), put_off],
        next: None,
        ..full()
    }
}

fn faults() -> MailPage {
    let problem = |field| Problem { field, words: format!("{field} must be mended.") };
    let all = ["host", "port", "security", "username", "password", "from_email"];
    MailPage { problems: all.map(problem).to_vec(), ..full() }
}

fn preview(look: Look) -> MailPreviewPage {
    MailPreviewPage {
        frame: frame(Entry::Mail),
        path: "/console/acme/mail/preview".to_owned(),
        mail_path: "/console/acme/mail".to_owned(),
        topic: MailTopic::Unlock,
        lang: "en",
        langs: vec!["en", "de", "ja"],
        look,
        subject: format!("Unlock your {LONG} account"),
        text: format!("Hello Alex,\n\n{}", "word ".repeat(60)),
    }
}

pub(super) fn all() -> Vec<Sample> {
    const PATH: &str = "/console/{slug}/mail";
    const PREVIEW: &str = "/console/{slug}/mail/preview";
    vec![
        sample(PATH, "none", &empty()),
        sample(PATH, "full", &full()),
        sample(PATH, "waiting", &waiting()),
        sample(PATH, "undelivered", &undelivered()),
        sample(PATH, "reader", &MailPage { may_save: false, ..full() }),
        sample(PATH, "faults", &faults()),
        sample(PREVIEW, "light", &preview(Look::Html(MailScheme::Light))),
        sample(PREVIEW, "plain", &preview(Look::Plain)),
    ]
}
