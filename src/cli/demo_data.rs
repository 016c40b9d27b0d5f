//! What has happened in the demo before it opens: two tenants, a dozen users, two days of sign-ins,
//! one attack, two requests for help. Nothing is written by hand: every attempt went through the
//! gate and the settle at its own time.

use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::task::JoinSet;

use super::tenants::fields;
use crate::app::DemoClock;
use crate::credential::Password;
use crate::lockout::Preset;
use crate::model::{Clock, Identifier, Source, Span};
use crate::store::team::Role;
use crate::store::tenants::{SignUpMode, TenantChange};
use crate::store::users::{Standing, UserChange};
use crate::tenant::{
    Accepting, Browser, CONSOLE_SLUG, ContactForm, NewTenant, NewUserForm, PasswordAttempt,
    TenantFault, TenantProfile, Tenants,
};
use crate::web::doors::MovableClock;

/// How long ago the demo's history begins.
pub(super) const HISTORY: Span = Span::DAY.times(2);

/// How long a step waits for its mails before it goes on without: longer than a disk stalls.
const PATIENCE: Duration = Duration::from_secs(60);

/// An account that visitors are told of.
pub(super) struct Account {
    pub tenant: &'static str,
    pub identifier: &'static str,
    pub password: &'static str,
    pub note: &'static str,
}

pub(super) const STAR: Account = account("acme", "alex@acme.test", "correct horse", "start here");
pub(super) const STRICT: Account =
    account("globex", "kim@globex.test", "quiet harbour", "locks after 5 wrong passwords");

/// Who opens the console; the others' accounts are their tenants' users.
pub(super) const OWNER: Account =
    account(CONSOLE_SLUG, "ana@lockkeeper.test", "steady lantern", "owner of Acme and Globex");
const AGENT: Account =
    account(CONSOLE_SLUG, "bo@lockkeeper.test", "patient harbour", "support of Acme");

pub(super) const ACCOUNTS: [Account; 8] = [
    STAR,
    account("acme", "bea@acme.test", "seven lanterns", "signs in every day"),
    account("acme", "frank@acme.test", "violet ladder", "locked by an attack"),
    account("acme", "grace@acme.test", "amber window", "locked by staff"),
    STRICT,
    account("globex", "omar@globex.test", "copper garden", "locked out by himself"),
    OWNER,
    AGENT,
];

const fn account(
    tenant: &'static str,
    identifier: &'static str,
    password: &'static str,
    note: &'static str,
) -> Account {
    Account { tenant, identifier, password, note }
}

/// Users of whom nobody has to know the password: name, address.
const OTHERS: [(&str, &str, &str); 6] = [
    ("acme", "Carlos Diaz", "carlos@acme.test"),
    ("acme", "Dana Elster", "dana@acme.test"),
    ("acme", "Eva Fischer", "eva@acme.test"),
    ("acme", "Sam Tiller", "sam@acme.test"),
    ("globex", "Lena Vogt", "lena@globex.test"),
    ("globex", "Tom Yards", "tom@globex.test"),
];

const OFFICE: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 24);
const HOME: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 7);
/// Whom the attack tries first; the last three are nobody.
const SPRAYED: [&str; 5] = [
    "carlos@acme.test",
    "dana@acme.test",
    "admin@acme.test",
    "info@acme.test",
    "support@acme.test",
];

/// Where the attack comes from; documentation addresses all (RFC 5737).
const FIRST_ATTACKER: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 5);
const ATTACKERS: [Ipv4Addr; 3] =
    [FIRST_ATTACKER, Ipv4Addr::new(203, 0, 113, 66), Ipv4Addr::new(203, 0, 113, 140)];

type Told<T> = Result<T, TenantFault>;

/// Lets the history happen.
pub(super) struct Seeding {
    tenants: Tenants,
    clock: Arc<DemoClock>,
    mails: usize,
}

impl Seeding {
    pub(super) const fn new(tenants: Tenants, clock: Arc<DemoClock>) -> Self {
        Self { tenants, clock, mails: 0 }
    }

    /// All of it; `written` gets the tenants' keys last and says that the data is whole.
    pub(super) async fn run(mut self, written: &Path) -> Told<()> {
        let (acme, acme_keys) = self.tenant("acme", "Acme", "#5B3FD6", Preset::Balanced).await?;
        let (globex, globex_keys) =
            self.tenant("globex", "Globex", "#0B7A5C", Preset::Strict).await?;
        self.users(&acme, &globex).await?;
        self.staff(&acme, &globex).await?;
        self.two_days_ago(&acme, &globex).await?;
        self.last_night(&acme).await?;
        self.the_last_hour(&acme, &globex).await?;
        self.clock.catch_up();
        write_keys(written, &json!([acme_keys, globex_keys]))
    }

    async fn tenant(
        &self,
        slug: &str,
        name: &str,
        colour: &str,
        preset: Preset,
    ) -> Told<(Arc<TenantProfile>, serde_json::Value)> {
        let new = NewTenant {
            slug: slug.to_owned(),
            name: name.to_owned(),
            live: false,
            own_host: None,
            policy: Some(preset.policy()),
            support_email: Some(format!("help@{slug}.test")),
            redirect_urls: Vec::new(),
            brand_color: Some(colour.to_owned()),
            author: "demo".to_owned(),
        };
        let created = self.tenants.create_tenant(new).await?;
        let open = TenantChange { sign_up: Some(SignUpMode::Public), ..TenantChange::default() };
        self.tenants.update_tenant(&created.profile, open, "demo").await?;
        let keys = fields(&created).into_iter().map(|(key, value)| (key.to_owned(), json!(value)));
        Ok((Arc::clone(&created.profile), serde_json::Value::Object(keys.collect())))
    }

    /// Everybody at once: each password is hashed at the cost in force.
    async fn users(&self, acme: &Arc<TenantProfile>, globex: &Arc<TenantProfile>) -> Told<()> {
        let mut making = JoinSet::new();
        let users = ACCOUNTS.iter().filter(|account| account.tenant != CONSOLE_SLUG);
        let told = users.map(|a| (a.tenant, name_of(a.identifier), a.identifier, a.password));
        let others = OTHERS
            .iter()
            .map(|(tenant, name, address)| (*tenant, (*name).to_owned(), *address, *address));
        for (slug, name, address, password) in told.chain(others) {
            let profile = Arc::clone(if slug == acme.tenant.slug { acme } else { globex });
            let tenants = self.tenants.clone();
            let (first, last) =
                name.split_once(' ').map_or((name.as_str(), None), |(f, l)| (f, Some(l)));
            let change = UserChange {
                first_name: Some(Some(first.to_owned())),
                last_name: last.map(|last| Some(last.to_owned())),
                // Mails tell instants in it.
                time_zone: Some(Some("Europe/Vienna".to_owned())),
                ..UserChange::default()
            };
            let form = NewUserForm {
                identifiers: Identifier::parse(address).into_iter().collect(),
                password: Password::parse(password).ok(),
                change,
                ..NewUserForm::default()
            };
            making
                .spawn(async move { tenants.create_user(&profile, form, "demo").await.map(drop) });
        }
        all(making).await
    }

    /// Those who work in the console, each by the link that invited them.
    async fn staff(&self, acme: &TenantProfile, globex: &TenantProfile) -> Told<()> {
        self.welcome(acme, Role::Owner, "Ana Ruiz", &OWNER).await?;
        self.welcome(acme, Role::Support, "Bo Lind", &AGENT).await?;
        let home = self.tenants.console_home().await?;
        if let Some(ana) = self.user(&home, OWNER.identifier).await? {
            let link = self.tenants.invite(globex, Role::Owner, "demo").await?;
            self.tenants.accept_invite(link.expose(), Accepting::Staff(ana)).await?;
        }
        Ok(())
    }

    async fn welcome(
        &self,
        profile: &TenantProfile,
        role: Role,
        name: &str,
        account: &Account,
    ) -> Told<()> {
        let link = self.tenants.invite(profile, role, "demo").await?;
        let parsed = (Identifier::parse(account.identifier), Password::parse(account.password));
        if let (Ok(identifier), Ok(password)) = parsed {
            let who = Accepting::NewUser { identifier, password, name: name.to_owned() };
            self.tenants.accept_invite(link.expose(), who).await?;
        }
        Ok(())
    }

    /// Ana invites somebody, who has not come yet.
    async fn invite(&self, acme: &TenantProfile) -> Told<()> {
        let Some(ana) = self.ana().await? else { return Ok(()) };
        self.tenants.invite(acme, Role::Auditor, &ana).await.map(drop)
    }

    /// Ana, as the audit log has her.
    async fn ana(&self) -> Told<Option<String>> {
        let home = self.tenants.console_home().await?;
        let ana = self.user(&home, OWNER.identifier).await?;
        Ok(ana.map(|id| format!("staff:{id}")))
    }

    async fn two_days_ago(
        &self,
        acme: &Arc<TenantProfile>,
        globex: &Arc<TenantProfile>,
    ) -> Told<()> {
        self.go_on(Span::HOUR.times(2));
        self.tries(
            acme,
            OFFICE,
            &[("bea@acme.test", "seven lanterns"), ("alex@acme.test", "correct horse")],
        )
        .await?;
        self.tries(globex, OFFICE, &[("kim@globex.test", "quiet harbour")]).await?;
        self.go_on(Span::HOUR.times(22));
        // Two slips of the finger, then the right one.
        self.tries(
            acme,
            HOME,
            &[("eva@acme.test", "eva@acme"), ("eva@acme.test", "Eva@acme.test")],
        )
        .await?;
        self.tries(
            acme,
            HOME,
            &[("eva@acme.test", "eva@acme.test"), ("bea@acme.test", "seven lanterns")],
        )
        .await?;
        self.ban(acme, "sam@acme.test").await
    }

    /// Somebody sprays a common password over many names, some of which do not exist.
    async fn last_night(&self, acme: &Arc<TenantProfile>) -> Told<()> {
        self.go_on(Span::HOUR.times(13));
        for (attacker, guess) in ATTACKERS.into_iter().zip(["password1", "Acme2026", "letmein!"]) {
            let round: Vec<_> = SPRAYED.iter().map(|name| (*name, guess)).collect();
            self.tries(acme, attacker, &round).await?;
            self.go_on(Span::MINUTE.times(7));
        }
        Ok(())
    }

    /// The same people now want frank's account; omar locks himself out; staff lock grace.
    async fn the_last_hour(
        &mut self,
        acme: &Arc<TenantProfile>,
        globex: &Arc<TenantProfile>,
    ) -> Told<()> {
        let (omar, frank) = ("omar@globex.test", "frank@acme.test");
        self.until_before_now(26);
        self.tries(globex, HOME, &[(omar, "copper gardens"); 5]).await?;
        self.mail(1).await?;
        self.until_before_now(24);
        self.tries(acme, FIRST_ATTACKER, &[(frank, "frank123"); 8]).await?;
        let others: Vec<_> = SPRAYED.iter().map(|name| (*name, "frank123")).collect();
        self.tries(acme, FIRST_ATTACKER, &others).await?;
        self.mail(1).await?;
        // One more failure after each lock makes the next one twice as long.
        for (minutes, name) in
            [(22, frank), (20, omar), (19, frank), (14, frank), (9, omar), (5, frank)]
        {
            self.until_before_now(minutes);
            let (profile, from) =
                if name == omar { (globex, HOME) } else { (acme, FIRST_ATTACKER) };
            self.tries(profile, from, &[(name, "summer2026")]).await?;
        }
        self.until_before_now(4);
        self.lock_by_staff(acme, "grace@acme.test").await?;
        self.invite(acme).await?;
        self.until_before_now(3);
        self.ask(acme, frank, "Frank Gruber", "I cannot sign in", FRANK).await?;
        self.ask(globex, omar, "Omar Haddad", "Locked out of my account", OMAR).await?;
        self.mail(2).await
    }

    fn go_on(&self, by: Span) {
        self.clock.advance(by);
    }

    /// Moves to so many minutes before the machine's present time.
    fn until_before_now(&self, minutes: i64) {
        let target = self.clock.behind().0.saturating_sub(Span::MINUTE.times(minutes).0);
        self.clock.advance(Span(target.max(0)));
    }

    /// Attempts of one source at the same moment.
    async fn tries(
        &self,
        profile: &Arc<TenantProfile>,
        from: Ipv4Addr,
        list: &[(&str, &str)],
    ) -> Told<()> {
        let mut trying = JoinSet::new();
        for (name, password) in list {
            let (Ok(identifier), Ok(password)) =
                (Identifier::parse(name), Password::parse(*password))
            else {
                continue;
            };
            let attempt = PasswordAttempt {
                profile: Arc::clone(profile),
                identifier,
                password,
                source: Source::of(from.into()),
                browser: Browser::NONE,
                sign_in: None,
                client: None,
                locale: None,
            };
            let tenants = self.tenants.clone();
            trying.spawn(async move { tenants.attempt_password(attempt).await.map(drop) });
        }
        all(trying).await
    }

    async fn ask(
        &self,
        profile: &Arc<TenantProfile>,
        identifier: &str,
        name: &str,
        subject: &str,
        message: &str,
    ) -> Told<()> {
        let form = ContactForm {
            identifier: identifier.to_owned(),
            name: name.to_owned(),
            subject: subject.to_owned(),
            message: message.to_owned(),
            source: Source::of(HOME.into()),
            locale: None,
            lock: None,
        };
        self.tenants.file_contact_request(profile, form).await.map(drop)
    }

    async fn lock_by_staff(&self, profile: &Arc<TenantProfile>, name: &str) -> Told<()> {
        let Some(user) = self.user(profile, name).await? else { return Ok(()) };
        let Some(ana) = self.ana().await? else { return Ok(()) };
        let reason = Some("reported a stolen laptop by phone".to_owned());
        self.tenants.lock_user(profile, user, &ana, reason).await.map(drop)
    }

    async fn ban(&self, profile: &Arc<TenantProfile>, name: &str) -> Told<()> {
        let Some(user) = self.user(profile, name).await? else { return Ok(()) };
        self.tenants.set_standing(profile, user, Standing::Banned).await.map(drop)
    }

    async fn user(
        &self,
        profile: &Arc<TenantProfile>,
        name: &str,
    ) -> Told<Option<crate::model::UserId>> {
        let Ok(identifier) = Identifier::parse(name) else { return Ok(None) };
        let found = self.tenants.reader().identified(profile.id().clone(), identifier.key).await?;
        Ok(found.map(|record| record.user.id))
    }

    /// Waits until the courier has delivered `more` mails, so that each bears the time of its cause.
    async fn mail(&mut self, more: usize) -> Told<()> {
        self.mails += more;
        let end = self.clock.monotonic().saturating_add(PATIENCE);
        while self.clock.monotonic() < end {
            if self.tenants.reader().mailbox(100).await?.len() >= self.mails {
                break;
            }
            self.clock.wait_until(self.clock.now().after(Span(5))).await;
        }
        Ok(())
    }
}

const FRANK: &str = "Hello,\n\nsince this morning it says that sign-in is locked, but I did not try anything. \
     Is somebody trying to get into my account? I have the mail with the button; is it safe to press it?\n\nFrank";
const OMAR: &str =
    "I mistyped my new password a few times and now I am locked out. Can you let me in again?";

/// `alex@acme.test` is Alex.
fn name_of(address: &str) -> String {
    let mut letters = address.split('@').next().unwrap_or_default().chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

async fn all(mut tasks: JoinSet<Told<()>>) -> Told<()> {
    while let Some(done) = tasks.join_next().await {
        done.map_err(|_| TenantFault::Unavailable)??;
    }
    Ok(())
}

/// The keys are readable by their owner only, as the master key is.
fn write_keys(path: &Path, keys: &serde_json::Value) -> Told<()> {
    use std::io::Write;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let text = serde_json::to_string_pretty(keys).unwrap_or_default();
    let written = options.open(path).and_then(|mut file| writeln!(file, "{text}"));
    written.map_err(|error| {
        tracing::error!(error = %error, "the demo's keys cannot be written");
        TenantFault::Unavailable
    })
}
