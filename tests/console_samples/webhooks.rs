//! Webhooks in their states.

use lockkeeper::model::Span;
use lockkeeper::store::team::Role;
use lockkeeper::store::webhook_deliveries::{DeliveryStatus, Tried};
use lockkeeper::web::console::view::frame::{Entry, Frame};
use lockkeeper::web::console::view::webhook::{
    DeleteWebhookPage, DeliveryLine, WebhookNotice, WebhookPage,
};
use lockkeeper::web::console::view::webhook_delivery::DeliveryPage;
use lockkeeper::web::console::view::webhooks::{
    EndpointForm, EndpointLine, EndpointStanding, MadeSecret, WebhookProblem, WebhooksPage,
};

use super::{NOW, Sample, frame, sample};

const LIST: &str = "/console/{slug}/webhooks";
const ONE: &str = "/console/{slug}/webhooks/{endpoint}";
const SECRET: &str = "/console/{slug}/webhooks/{endpoint}/secret";
const DELIVERY: &str = "/console/{slug}/webhooks/{endpoint}/sent/{message}";
const DELETE: &str = "/console/{slug}/webhooks/{endpoint}/delete";

const URL: &str = "https://hooks.donaudampfschifffahrtsgesellschaft.example.com/lockkeeper/0123456789abcdef0123456789abcdef";
const PATH: &str = "/console/acme/webhooks/ep_1";

fn auditor() -> Frame {
    Frame { role: Some(Role::Auditor), ..frame(Entry::Webhooks) }
}

fn failing() -> EndpointStanding {
    let until = Some(NOW.after(Span::MINUTE.times(12)));
    EndpointStanding::Failing { since: NOW.before(Span::HOUR.times(5)), until }
}

fn given_up() -> EndpointStanding {
    EndpointStanding::GivenUp { why: "every delivery has failed for five days".to_owned() }
}

fn made() -> MadeSecret {
    let secret = format!("whsec_{}=", "aB3dE5gH/+".repeat(4));
    MadeSecret { secret, url: URL.to_owned(), path: PATH.to_owned() }
}

fn list() -> WebhooksPage {
    let line = |url: &str, events: &[&str], standing| EndpointLine {
        path: PATH.to_owned(),
        url: url.to_owned(),
        events: events.iter().map(|&name| name.to_owned()).collect(),
        standing,
    };
    WebhooksPage {
        frame: frame(Entry::Webhooks),
        path: "/console/acme/webhooks".to_owned(),
        may_change: true,
        endpoints: vec![
            line("https://example.com/hooks", &[], EndpointStanding::On),
            line(URL, &["user.locked", "user.unlocked"], failing()),
            line("https://old.example.com/", &["user.deleted"], given_up()),
            line("https://rest.example.com/", &[], EndpointStanding::Off),
        ],
        form: EndpointForm::default(),
        problem: None,
        made: None,
    }
}

fn tried(status: Option<u16>, error: Option<&str>) -> Tried {
    let at = NOW.before(Span::MINUTE.times(4));
    Tried { at, status, error: error.map(str::to_owned), took_ms: 312 }
}

fn delivery(event: &'static str, status: DeliveryStatus, last: Option<Tried>) -> DeliveryLine {
    DeliveryLine {
        path: format!("{PATH}/sent/out_1"),
        event,
        status,
        made_at: NOW.before(Span::MINUTE.times(5)),
        tries: usize::from(last.is_some()) * 3,
        last,
    }
}

fn one(standing: EndpointStanding) -> WebhookPage {
    let refused = tried(Some(500), Some("the server did not take it"));
    WebhookPage {
        frame: frame(Entry::Webhooks),
        path: PATH.to_owned(),
        list_path: "/console/acme/webhooks".to_owned(),
        may_change: true,
        url: URL.to_owned(),
        standing,
        deliveries: vec![
            delivery("user.locked", DeliveryStatus::Due, None),
            delivery("user.unlocked", DeliveryStatus::Delivered, Some(tried(Some(204), None))),
            delivery("user.updated", DeliveryStatus::Failed, Some(refused)),
            delivery("user.deleted", DeliveryStatus::Dropped, None),
        ],
        status: None,
        next: Some("out_1".to_owned()),
        later: true,
        form: EndpointForm { url: URL.to_owned(), events: vec!["user.locked".to_owned()] },
        problem: None,
        made: None,
        notice: None,
    }
}

fn sent(status: DeliveryStatus, tries: Vec<Tried>) -> DeliveryPage {
    DeliveryPage {
        frame: frame(Entry::Webhooks),
        path: format!("{PATH}/sent/out_1"),
        back: PATH.to_owned(),
        may_repeat: true,
        url: URL.to_owned(),
        event: "user.locked",
        message: "out_2abcdefghijklmnopqrstuvwxyz".to_owned(),
        status,
        due_at: NOW.after(Span::MINUTE),
        made_at: NOW.before(Span::MINUTE.times(5)),
        tries,
        body: "{\n  \"type\": \"user.locked\",\n  \"data\": { \"first_name\": \"<b>Alex\" }\n}"
            .to_owned(),
    }
}

pub(super) fn all() -> Vec<Sample> {
    let typed = EndpointForm { url: "<b>\"ana".to_owned(), events: Vec::new() };
    let problem = Some(WebhookProblem::NoUrl);
    let faults = WebhooksPage { form: typed.clone(), problem, ..list() };
    let one_fault = WebhookPage { form: typed, problem, ..one(EndpointStanding::On) };
    let nothing = WebhookPage {
        deliveries: Vec::new(),
        next: None,
        later: false,
        ..one(EndpointStanding::On)
    };
    let off = WebhookPage { notice: Some(WebhookNotice::Off), ..one(given_up()) };
    let reader = WebhookPage { frame: auditor(), may_change: false, ..one(EndpointStanding::Off) };
    let gone = tried(None, Some("nobody answered within 10 seconds"));
    let wrong = tried(Some(503), Some("the server did not take it"));
    let delete = DeleteWebhookPage {
        frame: frame(Entry::Webhooks),
        url: URL.to_owned(),
        path: format!("{PATH}/delete"),
        back: PATH.to_owned(),
    };
    vec![
        sample(LIST, "none", &WebhooksPage { endpoints: Vec::new(), ..list() }),
        sample(LIST, "full", &list()),
        sample(LIST, "reader", &WebhooksPage { frame: auditor(), may_change: false, ..list() }),
        sample(LIST, "created", &WebhooksPage { made: Some(made()), ..list() }),
        sample(LIST, "faults", &faults),
        sample(ONE, "on", &one(EndpointStanding::On)),
        sample(ONE, "failing", &one(failing())),
        sample(ONE, "off", &off),
        sample(ONE, "nothing-sent", &nothing),
        sample(ONE, "reader", &reader),
        sample(ONE, "faults", &one_fault),
        sample(
            SECRET,
            "replaced",
            &WebhookPage { made: Some(made()), ..one(EndpointStanding::On) },
        ),
        sample(
            DELIVERY,
            "delivered",
            &sent(DeliveryStatus::Delivered, vec![tried(Some(204), None)]),
        ),
        sample(DELIVERY, "failed", &sent(DeliveryStatus::Failed, vec![gone, wrong])),
        sample(DELIVERY, "waiting", &sent(DeliveryStatus::Due, Vec::new())),
        sample(DELETE, "delete", &delete),
    ]
}
