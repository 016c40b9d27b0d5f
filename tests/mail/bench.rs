//! A database with one tenant, a hand-moved clock, and couriers on it. Users are locked through the
//! same settle that the server uses.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;

use lockkeeper::lockout::{PolicyDocument, Preset};
use lockkeeper::mail::{Courier, Destinations, MailSettings, SmtpSecurity, SmtpSettings};
use lockkeeper::model::*;
use lockkeeper::store::audit::Deed;
use lockkeeper::store::factor::Proof;
use lockkeeper::store::lanes::DeviceWish;
use lockkeeper::store::lockout_policy::{PolicyVersion, VersionKind};
use lockkeeper::store::mail_settings::MailServer;
use lockkeeper::store::outbox::{OutboxRow, OutboxTopic};
use lockkeeper::store::settle::*;
use lockkeeper::store::tenants::{ApiKey, SignUpMode, Tenant};
use lockkeeper::store::users::{Identification, NewFactors, NewUser, User};
use lockkeeper::store::{DatabaseUrl, Store, StoreSettings, SubjectKey, migrations};
use lockkeeper::token::{MasterKey, MasterKeys};
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::harness::clock::{FakeClock, NOON};
#[cfg(feature = "postgres")]
use crate::harness::postgres;

const TRIES: i64 = 2;

/// Past the first wait of a mail that was put off, jitter included.
pub(super) const FIRST_WAIT: Span = Span::SECOND.times(36);

pub(super) enum Home {
    Sqlite(tempfile::TempDir),
    #[cfg(feature = "postgres")]
    Postgres(postgres::TestDatabase),
}

impl Home {
    pub(super) fn sqlite() -> Self {
        let home = Self::Sqlite(tempfile::tempdir().unwrap());
        migrations::migrate(&home.url()).unwrap();
        home
    }

    #[cfg(feature = "postgres")]
    pub(super) fn postgres() -> Self {
        Self::Postgres(postgres::migrated(|url| {
            migrations::migrate(&url.parse().unwrap()).unwrap();
        }))
    }

    fn url(&self) -> DatabaseUrl {
        match self {
            Self::Sqlite(dir) => {
                format!("sqlite:{}/lockkeeper.db", dir.path().display()).parse().unwrap()
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(database) => database.url().parse().unwrap(),
        }
    }
}

/// Counts, and lets a test wait for a count.
pub(super) struct Counts(watch::Sender<HashMap<Count, u64>>);

impl Meter for Counts {
    fn add(&self, what: Count, amount: u64) {
        self.0.send_modify(|counts| *counts.entry(what).or_default() += amount);
    }

    fn observe(&self, _what: Timing, _seconds: f64) {}
}

impl Counts {
    pub(super) fn of(&self, what: Count) -> u64 {
        self.0.borrow().get(&what).copied().unwrap_or_default()
    }

    pub(super) async fn until(&self, what: Count, least: u64) {
        let enough = |counts: &HashMap<Count, u64>| counts.get(&what).is_some_and(|n| *n >= least);
        self.0.subscribe().wait_for(enough).await.unwrap();
    }
}

pub(super) struct Bench {
    pub(super) store: Store,
    pub(super) clock: FakeClock,
    pub(super) counts: Arc<Counts>,
    pub(super) keys: Arc<MasterKeys>,
    pub(super) tenant: TenantId,
    url: DatabaseUrl,
}

pub(super) fn run<F: Future<Output = ()>>(home: Home, law: impl FnOnce(Bench) -> F) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.unwrap().block_on(async {
        let (clock, counts) = (FakeClock::at_noon(), Arc::new(Counts(watch::Sender::default())));
        let store = open(&home.url(), &clock, &counts);
        let tenant = TenantId::generate(NOON);
        let keys = Arc::new(MasterKeys::new(MasterKey::from_bytes([7; 32]), Vec::new()));
        let bench = Bench { store, clock, counts, keys, tenant, url: home.url() };
        bench.add_tenant("acme").await;
        law(bench).await;
    });
}

fn open(url: &DatabaseUrl, clock: &FakeClock, counts: &Arc<Counts>) -> Store {
    let settings = StoreSettings {
        url: url.clone(),
        readers: 2,
        writers: 2,
        node: "test".to_owned(),
        phantom_cap: 100,
    };
    Store::open(settings, Handle::current(), Arc::new(clock.clone()), counts.clone()).unwrap()
}

/// A server on this machine, unencrypted.
pub(super) fn plain(port: u16) -> SmtpSettings {
    let security = SmtpSecurity::None;
    SmtpSettings { host: "127.0.0.1".to_owned(), port, security, credentials: None }
}

pub(super) fn by_smtp(server: SmtpSettings) -> MailSettings {
    let from = "Lockkeeper <no-reply@mail.example>".to_owned();
    let settings = MailSettings::smtp(server, from, "https://login.example/".parse().unwrap());
    // Tenants' own servers stand here, too.
    let allow_private = vec!["127.0.0.0/8".parse().unwrap()];
    MailSettings {
        destinations: Destinations { allow_private, ..Destinations::default() },
        ..settings
    }
}

pub(super) fn to_mailbox() -> MailSettings {
    let from = "Lockkeeper <no-reply@mail.example>".to_owned();
    MailSettings::mailbox(from, "https://login.example".parse().unwrap())
}

impl Bench {
    /// The same database and clock, for another tenant.
    pub(super) async fn beside(&self, slug: &str) -> Self {
        let other = Self {
            store: self.store.clone(),
            clock: self.clock.clone(),
            counts: Arc::clone(&self.counts),
            keys: Arc::clone(&self.keys),
            tenant: TenantId::generate(NOON),
            url: self.url.clone(),
        };
        other.add_tenant(slug).await;
        other
    }

    /// Its mail leaves by this server from now on.
    pub(super) async fn brings(&self, server: SmtpSettings) {
        let sealed = server.seal(&self.keys, &self.tenant).unwrap();
        let server = MailServer { sealed, sender: "hello@own.example".to_owned() };
        let deed = Deed {
            actor: "test".to_owned(),
            action: "mail.changed",
            detail: serde_json::json!({}),
        };
        self.store.set_mail_server(self.tenant.clone(), Some(server), deed).await.unwrap();
    }

    async fn add_tenant(&self, slug: &str) {
        let mut policy = Preset::Balanced.policy();
        policy.max_attempts = TRIES;
        let tenant = Tenant {
            id: self.tenant.clone(),
            slug: slug.to_owned(),
            name: "Acme\r\nBcc: eve@evil.test".to_owned(),
            live: false,
            own_host: None,
            support_email: Some("help@acme.test".to_owned()),
            revealing: false,
            single_session: true,
            redirect_urls: "[]".to_owned(),
            allowed_origins: "[]".to_owned(),
            brand_color: None,
            policy_version: 1,
            created_at: NOON,
            updated_at: NOON,
            sign_up: SignUpMode::Restricted,
            brand: "{}".to_owned(),
            overlay_version: None,
            overlay_until: None,
            time_zone: None,
            staff_second_factor: false,
            test_locked_at: None,
        };
        let key = ApiKey {
            tenant_id: self.tenant.clone(),
            key_hash: format!("hash {slug}"),
            hint: "sk_…".to_owned(),
            created_at: NOON,
            revoked_at: None,
        };
        let version = PolicyVersion {
            tenant_id: self.tenant.clone(),
            version: 1,
            document: PolicyDocument::of(&policy).to_json(),
            author: "test".to_owned(),
            reason: "test".to_owned(),
            created_at: NOON,
            kind: VersionKind::Live,
            made_over: None,
            effect: None,
            ends_at: None,
        };
        self.store.create_tenant(tenant, key, version).await.unwrap();
    }

    /// Another node on the same database.
    pub(super) fn other_store(&self) -> Store {
        open(&self.url, &self.clock, &self.counts)
    }

    pub(super) fn courier(&self, settings: MailSettings) -> Courier {
        self.courier_on(&self.store, settings)
    }

    pub(super) fn courier_on(&self, store: &Store, settings: MailSettings) -> Courier {
        let (keys, clock) = (Arc::clone(&self.keys), Arc::new(self.clock.clone()));
        let meter = Arc::clone(&self.counts);
        Courier::new(settings, store.clone(), keys, clock, meter, Handle::current()).unwrap()
    }

    /// A fresh courier delivers what is due now, and ends.
    pub(super) async fn round(&self, settings: MailSettings) {
        let courier = self.courier(settings);
        courier.stop().await;
        courier.run().await;
    }

    pub(super) fn start(&self, settings: MailSettings) -> (Courier, JoinHandle<()>) {
        let courier = self.courier(settings);
        let running = courier.clone();
        (courier, tokio::spawn(async move { running.run().await }))
    }

    pub(super) async fn add_user(&self, address: &str) -> UserId {
        let (now, parsed) = (self.clock.now(), Identifier::parse(address).unwrap());
        let mut user = User::blank(self.tenant.clone(), UserId::generate(now), now);
        user.first_name = Some("Ana".to_owned());
        user.time_zone = Some("Europe/Vienna".to_owned());
        let identification = Identification::vouched(
            self.tenant.clone(),
            IdentificationId::generate(now),
            user.id.clone(),
            &parsed,
            now,
        );
        user.primary_identification_id = Some(identification.id.clone());
        let id = user.id.clone();
        let phantoms = vec![(parsed.key, phantom(address))];
        let new = NewUser {
            user,
            identifications: vec![identification],
            phantoms,
            factors: NewFactors::default(),
        };
        self.store.create_user(new).await.unwrap();
        id
    }

    /// Fails until the user is locked.
    pub(super) async fn lock(&self, user: &UserId, address: &str) {
        for _ in 1..TRIES {
            assert!(matches!(self.fail(user, address).await, Answer::Wrong { .. }));
        }
        assert!(matches!(self.fail(user, address).await, Answer::WrongAndLocked(_)));
    }

    /// A user who has just been locked.
    pub(super) async fn locked_user(&self, address: &str) -> UserId {
        let user = self.add_user(address).await;
        self.lock(&user, address).await;
        user
    }

    async fn fail(&self, user: &UserId, address: &str) -> Answer {
        let now = self.clock.now();
        let request = SettleRequest {
            tenant: self.tenant.clone(),
            attempt: AttemptId::generate(now),
            key: Identifier::parse(address).unwrap().key,
            subject: SubjectKey::user(user),
            phantom: phantom(address),
            proof: Proof::PASSWORD,
            verified: Verified::Wrong { credential_version: 1 },
            source: Source::from_stored("192.0.2.7".to_owned()),
            lane: Lane::Public,
            device: DeviceWish::None,
            sign_in: SettleSignIn::AtOnce {
                id: SignInId::generate(now),
                identifier: address.to_owned(),
                locale: None,
            },
            client: SettleClient { id: ClientId::generate(now), rotating_hash: "hash".to_owned() },
            session: SessionId::generate(now),
            session_lifetime: Span::DAY,
        };
        self.store.settle(request).await.unwrap().answer().clone()
    }

    /// The user's only mail of a lock.
    pub(super) async fn mail_of(&self, user: &UserId) -> OutboxRow {
        let subject = SubjectKey::user(user);
        let reader = self.store.reader();
        let mut rows = reader.mails_of_subject(self.tenant.clone(), subject, NOON).await.unwrap();
        rows.retain(|row| row.topic == OutboxTopic::Unlock);
        assert_eq!(rows.len(), 1, "{rows:?}");
        rows.into_iter().next().unwrap()
    }
}

fn phantom(address: &str) -> SubjectKey {
    SubjectKey::phantom(&format!("digest of {address}"))
}
