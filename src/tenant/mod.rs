//! Serialises: one actix actor per tenant owns the gates and publishes the locks of its subjects;
//! the directory finds and starts them. [`Tenants`] is the facade: every write of a door goes
//! through one of its functions, each defined in the file of its noun.
//!
//! It knows no HTTP, no template and no mail server; it decides nothing that `lockout` and the
//! settle decide.

/// Open for the simulation of the tests, as `gate` and `locked_table` are.
pub mod actor;
mod acts;
mod address_codes;
mod alerts;
mod api_keys;
mod attack_watch;
mod attempt;
mod attempt_answer;
mod audit_seal;
mod branding;
mod campaign_trail;
mod codes;
mod desk_work;
mod devices;
mod directory;
mod enrolment;
pub mod gate;
mod handshake;
mod identifications;
mod kept_out;
mod key_rotation;
mod keys;
mod lanes;
mod live_feed;
mod lock_ends;
mod lock_facts;
mod lock_story;
mod locked_entry;
mod locked_state;
pub mod locked_table;
mod lockout_policy;
mod locks;
mod mail_in;
mod mail_requests;
mod mail_server;
mod mailbox;
mod not_me;
mod notices;
mod opened_links;
mod password_reset;
mod person;
mod policy_effect;
mod profile;
mod refusals;
mod repeats;
mod replay_account;
mod replays;
mod rereads;
mod reverification;
mod running;
mod seal_soon;
mod secret;
mod secret_check;
mod sessions;
mod shadow;
mod sign_in_links;
mod sign_in_tokens;
mod sign_ins;
mod sign_ups;
mod spared;
mod support;
mod support_requests;
mod tally;
mod team;
mod team_deeds;
mod tenants;
mod test_lock;
mod test_mails;
mod time_machine;
mod unlock;
mod unlock_code;
mod upkeep;
mod user_deeds;
mod user_export;
pub mod user_import;
pub mod user_lines;
mod user_secrets;
mod users;
pub mod waiting_room;
pub mod webhooks;

use std::sync::Arc;
use std::time::Duration;

use actix::ArbiterHandle;
use tokio::runtime::Handle;
use tokio::sync::watch;
use url::Url;

pub use address_codes::{AddressOrder, Unproved};
pub use alerts::Mute;
pub use attack_watch::UndoneLocks;
pub use attempt::PasswordAttempt;
pub use attempt_answer::{AttemptAnswer, PassedFactor, SignedIn};
pub use audit_seal::{BreakKind, ChainBreak, GLANCE, KeptLink, Verified};
pub use campaign_trail::{CampaignTrail, TRAIL_ROWS, Tally};
pub use codes::{CodeOrder, Ordered, SessionCodeOrder};
pub use desk_work::{Handover, Looked, MoveTo, TakenBack, UnlockMailed};
pub use devices::Devices;
pub use directory::ActorSilent;
pub use enrolment::Enrolment;
pub use identifications::{NewName, Standing as NameStanding};
pub use key_rotation::{KeyRotation, NewKey};
pub use keys::{SIGNER_BELIEVED, verifies_until};
pub use lanes::Browser;
pub use live_feed::{FeedPart, FeedTry};
pub use lock_ends::{LockEnd, LockReach, LockStretch};
pub use lock_facts::LockFacts;
pub use lock_story::{LockStory, STORY_LOCKS, STORY_PAGE};
pub use locks::{ByHand, OnlyIf, Skip, StaffMail, UnlockedMany};
pub use mail_in::Taken;
pub use mail_server::{DkimChange, DkimFacts, MailServerFacts, OwnMailServer, Signs};
pub use not_me::{NotMe, NotMeAnswer, NotMePage};
pub use notices::Hearing;
pub use password_reset::NewPassword;
pub use person::Person;
pub use policy_effect::{PolicyEffect, Predicted, is_awaited};
pub use profile::TenantProfile;
pub use refusals::LoggedRefusals;
pub use replay_account::{AccountLine, AccountReplay, Happened, LockSpan};
pub use replays::{AskedBy, Progress, Replay};
pub use reverification::passed_lately;
pub use seal_soon::SealOnDrop;
pub use secret::{CodeAttempt, TypedCode};
pub use secret_check::{CheckedSecret, SecretCheck};
pub use sessions::PlacedSession;
pub use shadow::{DayEffect, Watched};
pub use sign_in_links::LinkAttempt;
pub use sign_in_tokens::{IssuedTicket, Ticket, TicketAttempt, TicketFault, TicketJoins};
pub use sign_ins::{ClientCard, ClientHandle, OpenedSignIn};
pub use sign_ups::{Legal, OpenedSignUp, SignUpForm, SignUpTry, SignUpVisitor};
pub use spared::{Spared, SparedCount};
pub use support::{ContactForm, ContactReceipt, Filing, NotMeReport};
pub use support_requests::{Added, OwnRequest};
pub use team::{
    Accepted, Accepting, CONSOLE_SLUG, INVITE_LIFE, STAFF_IDLE, Staff, Welcome, staff_name,
};
pub use team_deeds::{Invitation, InviteOrder};
pub use tenants::{CreatedTenant, HostOwner, NewTenant};
pub use test_lock::{MOST_TRIES as MOST_TEST_TRIES, NoTest, TestLock};
pub use time_machine::{MOST_TRIES, Question, Replayed};
pub use unlock::{LinkPage, MAIL_SPACING, PassToken, PressAnswer, ReadyLink};
pub use unlock_code::CodePress;
pub use user_deeds::{StaffDeed, ToUser};
pub use user_secrets::{ChangedAccount, NewNames, UserChangeForm};
pub use users::NewUserForm;

pub use crate::store::devices::{Device, OwnBrowser, Which};
pub use crate::store::factor::{FactorStep, Sent};
pub use crate::store::lanes::DeviceWish;
pub use crate::store::settle::OtherDevices;
pub use crate::store::team_deeds::{MOST_INVITES, MOST_TO_ONE, TeamAnswer};
pub use crate::store::team_lists::{Member, OpenInvite};
pub use crate::store::user_cards::UserCard;
pub use crate::store::user_changes::OpenSessions;

// What the doors hand in: `web` knows `tenant`, not `credential`.
pub use crate::credential::{
    HASHERS, ImportFault, ImportedHash, MAX_DIGEST_BYTES, MAX_PASSWORD_BYTES, MIN_PASSWORD_CHARS,
    Password, PasswordFault, TotpSecret, is_long_enough,
};

use crate::credential::{CredentialPool, PoolFault};
use crate::model::{Clock, Meter, Span};
use crate::store::settle::SettlePort;
use crate::store::{Reader, Store, StoreError};
use crate::token::{KeyFault, MasterKeys};
use actor::Surroundings;
use directory::Directory;
use locked_table::LockedTable;
use rereads::Rereads;
use running::Running;

/// Settings of this module.
#[derive(Debug, Clone)]
pub struct TenantsSettings {
    pub public_url: Url,
    /// Longest wait for a turn, at the gate and for a hashing thread together; then 503, never `user_locked`.
    pub attempt_wait: Duration,
    /// Bytes of all attempts that wait at gates.
    pub waiting_memory: usize,
    /// A tenant's actor without work for this long stops.
    pub idle_stop: Duration,
    /// A session ends this long after its sign-in.
    pub session_lifetime: Span,
}

/// What the doors can be told when something is not possible now.
#[derive(Debug, thiserror::Error)]
pub enum TenantFault {
    /// Too many wait. Nothing was counted; try again.
    #[error("too many attempts are waiting")]
    Busy { retry_after: Duration },
    /// Storage, an actor or a key is not available. Nothing is revealed.
    #[error("the service is not available")]
    Unavailable,
    /// A name is taken: `slug`, `identifier`, `external_id`.
    #[error("{what} is already taken")]
    Conflict { what: &'static str },
    #[error("not found")]
    NotFound,
}

impl From<StoreError> for TenantFault {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict { what } => Self::Conflict { what },
            StoreError::NotFound => Self::NotFound,
            StoreError::Unavailable(_)
            | StoreError::Unclear
            | StoreError::Corrupt(_)
            | StoreError::Query(_) => {
                tracing::error!(error = %error, "storage failed");
                Self::Unavailable
            }
        }
    }
}

impl From<PoolFault> for TenantFault {
    fn from(fault: PoolFault) -> Self {
        match fault {
            PoolFault::Full { retry_after } => Self::Busy { retry_after },
            PoolFault::Hash(_) | PoolFault::Panicked | PoolFault::ShutDown => {
                tracing::error!(error = %fault, "a secret could not be checked");
                Self::Unavailable
            }
        }
    }
}

impl From<ActorSilent> for TenantFault {
    fn from(_: ActorSilent) -> Self {
        Self::Busy { retry_after: Duration::from_secs(1) }
    }
}

impl From<KeyFault> for TenantFault {
    fn from(fault: KeyFault) -> Self {
        tracing::error!(error = %fault, "a key failed");
        Self::Unavailable
    }
}

impl From<crate::credential::stored_hash::PhcFault> for TenantFault {
    fn from(fault: crate::credential::stored_hash::PhcFault) -> Self {
        tracing::error!(error = %fault, "a stored password hash cannot be read");
        Self::Unavailable
    }
}

/// The facade of the tenants. Cheap to clone.
#[derive(Clone)]
pub struct Tenants {
    inner: Arc<Inner>,
}

struct Inner {
    settings: TenantsSettings,
    store: Store,
    reader: Reader,
    settle: Arc<dyn SettlePort>,
    pool: Arc<CredentialPool>,
    keys: Arc<MasterKeys>,
    clock: Arc<dyn Clock>,
    meter: Arc<dyn Meter>,
    runtime: Handle,
    directory: Directory,
    locked: Arc<LockedTable>,
    rereads: Rereads,
    profiles: profile::Profiles,
    signing_keys: keys::SigningKeys,
    refusals: refusals::RefusalSums,
    repeats: repeats::Repeats,
    mail_requests: mail_requests::MailRequests,
    opened_links: opened_links::OpenedLinks,
    code_tries: mail_requests::MailRequests,
    replays: replays::Replays,
    test_mails: test_mails::TestMails,
    watch: attack_watch::Watch,
    imports: user_import::Places,
    seal_soon: seal_soon::SealSoon,
    feeds: live_feed::Feeds,
    running: Running,
    ears: notices::Ears,
    /// Nobody may wait any longer.
    closing: watch::Sender<bool>,
    key_uses: api_keys::KeyUses,
    rounds: upkeep::Rounds,
}

/// What the application gives.
pub struct TenantsParts {
    pub settings: TenantsSettings,
    pub store: Store,
    /// The store itself, except in tests that prove a wrong one is noticed.
    pub settle: Arc<dyn SettlePort>,
    pub pool: Arc<CredentialPool>,
    pub keys: Arc<MasterKeys>,
    pub clock: Arc<dyn Clock>,
    pub meter: Arc<dyn Meter>,
    /// The application's multi-thread runtime: attempts run here, not on web workers.
    pub runtime: Handle,
    /// Where actors live; never empty.
    pub arbiters: Vec<ArbiterHandle>,
}

impl Tenants {
    #[must_use]
    pub fn new(parts: TenantsParts) -> Self {
        let TenantsParts { settings, store, settle, pool, keys, clock, meter, runtime, arbiters } =
            parts;
        let locked = Arc::new(LockedTable::default());
        let around = Arc::new(Surroundings {
            clock: Arc::clone(&clock),
            meter: Arc::clone(&meter),
            locked: Arc::clone(&locked),
            lessons: gate::Lessons::default(),
            idle_stop: settings.idle_stop,
            waiting_room: waiting_room::WaitingRoom::new(settings.waiting_memory),
        });
        let profiles = profile::Profiles::new(Arc::clone(&keys), settings.public_url.clone());
        let reader = store.reader();
        let inner = Inner {
            settings,
            store,
            reader,
            settle,
            pool,
            keys,
            clock,
            meter,
            runtime,
            directory: Directory::new(arbiters, around),
            locked,
            rereads: Rereads::default(),
            profiles,
            signing_keys: keys::SigningKeys::default(),
            refusals: refusals::RefusalSums::default(),
            repeats: repeats::Repeats::default(),
            mail_requests: mail_requests::MailRequests::default(),
            opened_links: opened_links::OpenedLinks::default(),
            code_tries: mail_requests::MailRequests::default(),
            replays: replays::Replays::default(),
            test_mails: test_mails::TestMails::default(),
            watch: attack_watch::Watch::default(),
            imports: user_import::Places::default(),
            seal_soon: seal_soon::SealSoon::default(),
            feeds: live_feed::Feeds::default(),
            running: Running::default(),
            ears: notices::Ears::default(),
            closing: watch::Sender::new(false),
            key_uses: api_keys::KeyUses::default(),
            rounds: upkeep::Rounds::default(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Query-only access, for the doors.
    #[must_use]
    pub fn reader(&self) -> &Reader {
        &self.inner.reader
    }

    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.inner.clock
    }

    /// Tenant actors that are alive.
    #[must_use]
    pub fn actors_alive(&self) -> usize {
        self.inner.directory.alive()
    }

    /// Answers everybody who waits at a gate that the service is busy, now and from now on: the
    /// process ends, and another node can be asked.
    pub fn refuse_waiting(&self) {
        self.inner.closing.send_replace(true);
    }

    /// Waits until every attempt that has passed the gate is settled, for a graceful stop.
    pub async fn drain(&self) {
        self.inner.running.empty().await;
        if let Err(error) = self.write_refusals().await {
            tracing::warn!(error = %error, "sums of refused tries were not written");
        }
    }
}
