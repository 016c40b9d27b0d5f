//! Names the things that every other module talks about: ids, instants, identifiers, sources,
//! authenticators, lanes, the two traits (`Clock`, `Meter`) through which the outside world
//! reaches the inside, and the one bounded map (`Recent`). Knows nothing of databases, HTTP, actors or policy.

pub mod authenticator;
pub mod clock;
pub mod colour;
pub mod id;
pub mod identifier;
pub mod lane;
pub mod meter;
pub mod recent;
pub mod source;
pub mod time;
pub mod webhook_url;

pub use authenticator::Authenticator;
pub use clock::Clock;
pub use colour::{BrandColours, BrandShades, Colour};
pub use id::{
    AttemptId, AuditId, ClientId, ContactRequestId, IdentificationId, OneTimeCodeId, OutboxId,
    SessionId, SignInId, SignInTokenId, SignUpId, TenantId, UserId, WebhookEndpointId,
};
pub use identifier::{CanonicalKey, Identifier, IdentifierFault, IdentifierKind};
pub use lane::{Lane, LaneId};
pub use meter::{Count, Meter, Timing};
pub use recent::{Recent, RecentShared};
pub use source::Source;
pub use time::{Millis, Span, Until};
pub use webhook_url::{WebhookUrl, WebhookUrlFault};
