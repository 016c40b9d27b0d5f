//! Webhook endpoints and what they were told.

use super::super::member::{Is, Member, has, may};
use super::Component;

const TEXT_OR_NULL: Is = Is::OrNull(&Is::Text);
const INSTANT_OR_NULL: Is = Is::OrNull(&Is::Instant);
/// `store::events` names them.
const EVENTS: Is = Is::List(&Is::Text);

macro_rules! endpoint {
    ($($more:expr)?) => {
        &[
            has("object", Is::Word(&["webhook_endpoint"])),
            has("id", Is::Text),
            has("url", Is::Text),
            has("events", EVENTS),
            has("enabled", Is::Flag),
            has("disabled_reason", TEXT_OR_NULL),
            has("failing_since", INSTANT_OR_NULL),
            has("paused_until", INSTANT_OR_NULL),
            has("created_at", Is::Instant),
            has("updated_at", Is::Instant),
            $($more,)?
        ]
    };
}

pub(super) const COMPONENTS: &[Component] = &[
    Component {
        name: "WebhookEndpoint",
        about: "A server of yours that is told of events; without a list of them, of all.",
        members: endpoint!(),
    },
    Component {
        name: "WebhookEndpointWithSecret",
        about: "The same with the secret that signs, which is shown this once.",
        members: endpoint!(has("secret", Is::Text)),
    },
    Component {
        name: "WebhookDelivery",
        about: "One message for one endpoint, and how each try went.",
        members: &[
            has("object", Is::Word(&["webhook_delivery"])),
            has("message_id", Is::Text),
            has("endpoint_id", Is::Text),
            has("type", Is::Text),
            has("status", Is::Word(&["due", "sending", "delivered", "failed", "dropped"])),
            has("next_attempt_at", INSTANT_OR_NULL),
            has("attempts", Is::List(&Is::Object(ATTEMPT))),
            has("created_at", Is::Instant),
            has("finished_at", INSTANT_OR_NULL),
            // Where one message is asked for.
            may("payload", Is::OrNull(&Is::Map)),
        ],
    },
];

const ATTEMPT: &[Member] = &[
    has("at", Is::Instant),
    has("status_code", Is::OrNull(&Is::Number)),
    has("error", TEXT_OR_NULL),
    has("duration_ms", Is::Number),
];
