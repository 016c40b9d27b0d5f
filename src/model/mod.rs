//! Names the things that every other module talks about: ids, instants, identifiers, sources,
//! authenticators, lanes, the three traits (`Clock`, `Meter`, `Names`) through which the outside world
//! reaches the inside, and the one bounded map (`Recent`). Knows nothing of databases, HTTP, actors or policy.

pub mod arrived_mail;
pub mod authenticator;
pub mod avatar;
pub mod branding;
pub mod clock;
pub mod colour;
pub mod device_label;
pub mod id;
pub mod identifier;
pub mod lane;
pub mod mail_topic;
pub mod meter;
pub mod names;
pub mod picture;
pub mod reach;
pub mod recent;
pub mod source;
pub mod time;
pub mod webhook_url;

pub use arrived_mail::{ArrivedMail, BounceBlame, BounceReport, MailAuthor};
pub use authenticator::Authenticator;
pub use avatar::{Avatar, Avatars};
pub use clock::Clock;
pub use colour::{BrandColours, BrandShades, Colour};
pub use device_label::{BrowserFamily, DeviceLabel, SystemFamily};
pub use id::{
    AttemptId, AuditId, CampaignId, CannedReplyId, ClientId, ContactRequestId, IdentificationId,
    OneTimeCodeId, OutboxId, RequestMessageId, SessionId, SignInId, SignInTokenId, SignUpId,
    TenantId, UserId, UserImportId, WebhookEndpointId,
};
pub use identifier::{CanonicalKey, Identifier, IdentifierFault, IdentifierKind};
pub use lane::{Lane, LaneClaim, LaneClaims, LaneId};
pub use mail_topic::MailTopic;
pub use meter::{Count, Meter, Timing};
pub use names::{MachineNames, Names};
pub use reach::Reach;
pub use recent::{Recent, RecentShared};
pub use source::Source;
pub use time::{Millis, Span, Until};
pub use webhook_url::{WebhookUrl, WebhookUrlFault};
