//! A store on a fresh database of either kind, with one tenant in it and a clock moved by hand.

use std::future::Future;
use std::sync::Arc;

use lockkeeper::lockout::{PolicyDocument, Preset};
use lockkeeper::model::meter::NoMeter;
use lockkeeper::model::*;
use lockkeeper::store::factor::Proof;
use lockkeeper::store::lanes::DeviceWish;
use lockkeeper::store::lockout_policy::{PolicyVersion, VersionKind};
use lockkeeper::store::settle::*;
use lockkeeper::store::sign_ins::Client;
use lockkeeper::store::tenants::{ApiKey, SignUpMode, Tenant};
use lockkeeper::store::users::{Identification, NewFactors, NewUser, User};
use lockkeeper::store::{DatabaseUrl, Reader, Store, StoreSettings, SubjectKey, migrations};

use crate::harness::clock::{FakeClock, NOON};
#[cfg(feature = "postgres")]
use crate::harness::postgres;

/// The cap on phantom rows that every bench runs under.
pub(super) const PHANTOM_CAP: i64 = 3;

/// Failures that lock.
pub(super) const TRIES: usize = 2;

/// Which database, and what keeps it alive.
pub(super) enum Home {
    Sqlite(tempfile::TempDir),
    #[cfg(feature = "postgres")]
    Postgres(postgres::TestDatabase),
}

impl Home {
    /// Without any table.
    pub(super) fn empty_sqlite() -> Self {
        Self::Sqlite(tempfile::tempdir().unwrap())
    }

    pub(super) fn sqlite() -> Self {
        let home = Self::empty_sqlite();
        migrations::migrate(&home.url()).unwrap();
        home
    }

    #[cfg(feature = "postgres")]
    pub(super) fn postgres() -> Self {
        Self::Postgres(postgres::migrated(|url| {
            migrations::migrate(&url.parse().unwrap()).unwrap();
        }))
    }

    pub(super) fn url(&self) -> DatabaseUrl {
        match self {
            Self::Sqlite(dir) => {
                format!("sqlite:{}/lockkeeper.db", dir.path().display()).parse().unwrap()
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(database) => database.url().parse().unwrap(),
        }
    }
}

/// Runs each law on both databases, as tests of their own.
macro_rules! on_both {
    ($($law:ident),* $(,)?) => {
        mod on_sqlite {
            $(#[test] fn $law() {
                crate::store::bench::run(crate::store::bench::Home::sqlite(), super::$law);
            })*
        }
        #[cfg(feature = "postgres")]
        mod on_postgres {
            $(#[test] fn $law() {
                crate::store::bench::run(crate::store::bench::Home::postgres(), super::$law);
            })*
        }
    };
}

pub(super) struct Bench {
    pub(super) store: Store,
    pub(super) reader: Reader,
    pub(super) clock: FakeClock,
    pub(super) tenant: TenantId,
    pub(super) url: DatabaseUrl,
}

pub(super) fn run<F: Future<Output = ()>>(home: Home, law: impl FnOnce(Bench) -> F) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let clock = FakeClock::at_noon();
        let settings = StoreSettings {
            url: home.url(),
            readers: 2,
            writers: 2,
            node: "test".to_owned(),
            phantom_cap: PHANTOM_CAP,
        };
        let handle = tokio::runtime::Handle::current();
        let store =
            Store::open(settings, handle, Arc::new(clock.clone()), Arc::new(NoMeter)).unwrap();
        let tenant = TenantId::generate(NOON);
        let url = home.url();
        let bench = Bench { reader: store.reader(), store, clock, tenant, url };
        bench.add_tenant(&bench.tenant, "acme").await;
        law(bench).await;
    });
}

impl Bench {
    pub(super) fn now(&self) -> Millis {
        self.clock.now()
    }

    pub(super) async fn add_tenant(&self, id: &TenantId, slug: &str) {
        let mut policy = Preset::Balanced.policy();
        policy.max_attempts = i64::try_from(TRIES).unwrap();
        let tenant = Tenant {
            id: id.clone(),
            slug: slug.to_owned(),
            name: slug.to_owned(),
            live: false,
            own_host: None,
            support_email: None,
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
            tenant_id: id.clone(),
            key_hash: format!("hash of {slug}"),
            hint: "sk_…".to_owned(),
            created_at: NOON,
            revoked_at: None,
        };
        let version = PolicyVersion {
            tenant_id: id.clone(),
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

    /// A user with these identifiers, the first of which is primary; all verified.
    pub(super) fn new_user(&self, names: &[&str]) -> NewUser {
        let now = self.now();
        let id = UserId::generate(now);
        let mut user = User::blank(self.tenant.clone(), id.clone(), now);
        let identifications: Vec<_> = names
            .iter()
            .map(|name| {
                let parsed = Identifier::parse(name).unwrap();
                Identification::vouched(
                    self.tenant.clone(),
                    IdentificationId::generate(now),
                    id.clone(),
                    &parsed,
                    now,
                )
            })
            .collect();
        user.primary_identification_id = identifications.first().map(|i| i.id.clone());
        let phantoms = names.iter().map(|name| (key(name), phantom(name))).collect();
        NewUser { user, identifications, phantoms, factors: NewFactors::default() }
    }

    pub(super) async fn add_user(&self, names: &[&str]) -> UserId {
        let new = self.new_user(names);
        let id = new.user.id.clone();
        self.store.create_user(new).await.unwrap();
        id
    }

    pub(super) fn client(&self) -> Client {
        Client::fresh(
            self.tenant.clone(),
            ClientId::generate(self.now()),
            "first".to_owned(),
            self.now(),
        )
    }

    /// An attempt that verified as said, with fresh ids.
    pub(super) async fn attempt(&self, name: &str, verified: Verified) -> Answer {
        self.settle(self.request(name, verified).await).await
    }

    pub(super) async fn settle(&self, request: SettleRequest) -> Answer {
        self.store.settle(request).await.unwrap().answer().clone()
    }

    pub(super) async fn request(&self, name: &str, verified: Verified) -> SettleRequest {
        let owner = self.reader.identified(self.tenant.clone(), key(name)).await.unwrap();
        let subject = owner.map_or_else(|| phantom(name), |found| SubjectKey::user(&found.user.id));
        let now = self.now();
        SettleRequest {
            tenant: self.tenant.clone(),
            attempt: AttemptId::generate(now),
            key: key(name),
            subject,
            phantom: phantom(name),
            proof: Proof::PASSWORD,
            verified,
            source: Source::from_stored("192.0.2.7".to_owned()),
            lane: Lane::Public,
            device: DeviceWish::None,
            sign_in: SettleSignIn::AtOnce {
                id: SignInId::generate(now),
                identifier: name.to_owned(),
                locale: None,
            },
            client: SettleClient {
                id: ClientId::generate(now),
                rotating_hash: "second".to_owned(),
            },
            session: SessionId::generate(now),
            session_lifetime: Span::DAY.times(7),
        }
    }

    /// Fails as often as it takes to be locked.
    pub(super) async fn lock(&self, name: &str, credential_version: i64) {
        for _ in 0..TRIES {
            self.attempt(name, Verified::Wrong { credential_version }).await;
        }
        let after = self.attempt(name, Verified::Wrong { credential_version }).await;
        assert!(matches!(after, Answer::Locked(_)), "{after:?}");
    }

    /// Signs in; the session and its client.
    pub(super) async fn sign_in(&self, name: &str) -> (SessionId, ClientId) {
        match self.attempt(name, Verified::Right { credential_version: 1 }).await {
            Answer::Complete { session, client, .. } => (session, client),
            other => panic!("{other:?}"),
        }
    }
}

pub(super) fn key(name: &str) -> CanonicalKey {
    Identifier::parse(name).unwrap().key
}

/// Stands in for the keyed digest.
pub(super) fn phantom(name: &str) -> SubjectKey {
    SubjectKey::phantom(&format!("digest of {}", key(name)))
}
