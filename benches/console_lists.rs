//! The console's lists over 1,000,000 users, 100,000 locks and 10,000,000 attempts, against the same
//! lists over 10,000 of each: nobody's page may wait for how many others there are. The 99th
//! percentile of each list is compared, both databases side by side in one run, with both databases'
//! files in memory; `--cold` leaves them where they are, and `--only=trail` looks at lists with that word
//! in their names.
//!
//! SQLite makes its files in the working directory; PostgreSQL is started as the tests start it.

use std::sync::Arc;
use std::time::Instant;

use lockkeeper::model::meter::NoMeter;
use lockkeeper::model::{
    AttemptId, CampaignId, IdentificationId, Millis, OutboxId, Span, TenantId, UserId,
    WebhookEndpointId,
};
use lockkeeper::store::audit_lists::{AuditFilter, Doers};
use lockkeeper::store::campaigns::After;
use lockkeeper::store::locks::{Ends, LockFilter, LockPlace, LockQuery, LockSort};
use lockkeeper::store::mail_fates::{DeliveryPage, UndeliverablePage};
use lockkeeper::store::stretch::Stretch;
use lockkeeper::store::traffic;
use lockkeeper::store::user_search::{UserPlace, UserQuery, UserView};
use lockkeeper::store::webhook_deliveries::DeliveryStatus;
use lockkeeper::store::{DatabaseUrl, Reader, Store, StoreSettings, SubjectKey};
use lockkeeper::tenant::TRAIL_ROWS;
use tokio::runtime::Runtime;

use crate::generate::{self, Crowd, TENANT};
use crate::stats::percentile;
use crate::warm::Files;

const SMALL: Crowd = Crowd { users: 10_000, locks: 10_000, attempts: 10_000 };
const LARGE: Crowd = Crowd { users: 1_000_000, locks: 100_000, attempts: 10_000_000 };
/// Looks at each list; in turns, so that a neighbour on the machine meets both sizes alike.
const LOOKS: u32 = 2_000;
/// The argument that leaves it to the machine what of the files it keeps in memory.
const COLD: &str = "--cold";
/// Before a part of the names of the lists that are looked at.
const ONLY: &str = "--only=";
/// The bound.
const BOUND: f64 = 2.0;

/// A clock that stands still.
#[derive(Debug)]
pub(crate) struct Still(pub(crate) Millis);

impl lockkeeper::model::Clock for Still {
    fn at(&self, _db_now: Option<Millis>) -> Millis {
        self.0
    }

    fn monotonic(&self) -> std::time::Duration {
        std::time::Duration::ZERO
    }

    fn wait_until<'a>(
        &'a self,
        _due: Millis,
    ) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(std::future::pending())
    }
}

struct Side {
    reader: Reader,
    crowd: Crowd,
    files: Files,
    _store: Store,
}

impl Side {
    fn open(url: &str, crowd: Crowd, runtime: &Runtime) -> Self {
        let url: DatabaseUrl = url.parse().unwrap();
        let begin = Instant::now();
        let mut db = generate::open(&url);
        generate::crowd(&mut db, crowd);
        println!("  {} users were made in {:.0} s", crowd.users, begin.elapsed().as_secs_f64());
        let files = Files::of(&mut db);
        drop(db);
        let settings =
            StoreSettings { url, readers: 2, writers: 1, node: "bench".to_owned(), phantom_cap: 1 };
        let clock = Arc::new(Still(generate::NOW));
        let store =
            Store::open(settings, runtime.handle().clone(), clock, Arc::new(NoMeter)).unwrap();
        Self { reader: store.reader(), crowd, files, _store: store }
    }

    /// A user spread over the whole table, another one for each look.
    fn user(&self, look: u32) -> u32 {
        (look.wrapping_mul(2_654_435_761)) % self.crowd.users
    }
}

/// A list: how it is asked at the look of that number.
type List = (&'static str, fn(&Side, u32) -> Asked);

/// What is asked.
enum Asked {
    Locks(LockQuery),
    Users(UserQuery),
    Story(UserId),
    Audit(AuditFilter),
    /// What the filter of the audit log offers.
    Names,
    Mails(Mails),
    /// Addresses that are no mailbox.
    Addresses(Option<(Millis, IdentificationId)>),
    Webhooks(Option<DeliveryStatus>, Option<OutboxId>),
    Campaigns(Option<After>),
    Versions(Option<i64>),
    /// So many days of the picture of attacks, in bars of so many slots.
    Picture(i64, i64),
    /// What became of those who were locked in the last days.
    Funnel(i64),
    NewestTries,
    Campaign(CampaignId),
    /// Tries and refused ones among which a campaign's are looked for, up to that number.
    Trail(u32),
    Overview,
}

#[derive(Debug, Clone, Copy)]
enum Mails {
    All,
    Waiting,
    Undelivered,
}

fn tenant() -> TenantId {
    TenantId::from_stored(TENANT.to_owned())
}

fn locks(
    sort: Option<LockSort>,
    ends: Ends,
    prefix: Option<String>,
    after: Option<LockPlace>,
) -> Asked {
    let filter = LockFilter { sort, ends, prefix };
    Asked::Locks(LockQuery { tenant: tenant(), filter, after, now: generate::NOW })
}

fn users(view: UserView, prefix: Option<String>, after: Option<UserPlace>) -> Asked {
    Asked::Users(UserQuery { tenant: tenant(), view, prefix, after, now: generate::NOW })
}

/// A place somewhere in the list of locks.
fn lock_place(side: &Side, look: u32) -> LockPlace {
    let lock = side.user(look) % side.crowd.locks;
    LockPlace::At { end: generate::lock_end(lock), subject: String::new(), source: String::new() }
}

fn user_place(side: &Side, look: u32) -> UserPlace {
    let number = side.user(look);
    UserPlace::At { created_at: generate::made_at(number), id: generate::user_id(number) }
}

/// As much of a name as leaves ten.
fn prefix(side: &Side, look: u32) -> String {
    format!("{:07}", side.user(look)).get(..6).unwrap().to_owned()
}

fn audit(doers: Doers, action: Option<&str>, user: Option<u32>) -> Asked {
    let user = user.map(|number| UserId::from_stored(generate::user_id(number)));
    let action = action.map(str::to_owned);
    Asked::Audit(AuditFilter { doers, action, user, from: None, to: None })
}

fn address(side: &Side, look: u32) -> Asked {
    let number = side.user(look);
    let id = IdentificationId::from_stored(format!("idn_{number:07}"));
    Asked::Addresses(Some((generate::made_at(number), id)))
}

fn message(side: &Side, look: u32) -> Option<OutboxId> {
    Some(OutboxId::from_stored(format!("out_{:07}", side.user(look))))
}

fn campaign(side: &Side, look: u32) -> Asked {
    let number = side.user(look) % side.crowd.locks;
    let id = campaign_id(number);
    Asked::Campaigns(Some(After { last_at: generate::campaign_end(number), id }))
}

fn campaign_id(number: u32) -> CampaignId {
    CampaignId::from_stored(generate::campaign_id(number))
}

const LISTS: [List; 39] = [
    ("locks, first page", |_, _| locks(None, Ends::Whenever, None, None)),
    ("locks, some page", |side, look| {
        locks(None, Ends::Whenever, None, Some(lock_place(side, look)))
    }),
    ("locks by staff", |_, _| locks(Some(LockSort::Staff), Ends::Whenever, None, None)),
    ("long-run locks", |_, _| locks(Some(LockSort::LongRun), Ends::Never, None, None)),
    ("locks that end within an hour", |_, _| locks(None, Ends::Within(Span::HOUR), None, None)),
    ("locks by name", |side, look| locks(None, Ends::Whenever, Some(prefix(side, look)), None)),
    ("users, first page", |_, _| users(UserView::All, None, None)),
    ("users, some page", |side, look| users(UserView::All, None, Some(user_place(side, look)))),
    ("banned users, first page", |_, _| users(UserView::Banned, None, None)),
    ("banned users, some page", |side, look| {
        users(UserView::Banned, None, Some(user_place(side, look)))
    }),
    ("users by name", |side, look| users(UserView::All, Some(prefix(side, look)), None)),
    ("one account's story", |side, look| {
        let tried = side.user(look) % (side.crowd.attempts / generate::EACH);
        Asked::Story(UserId::from_stored(generate::user_id(tried)))
    }),
    ("audit, what people did", |_, _| audit(Doers::People, None, None)),
    ("audit, one action", |_, _| audit(Doers::People, Some("user.unlocked"), None)),
    ("audit, locks by attempts", |_, _| audit(Doers::Attempts, None, None)),
    ("audit, about one account", |side, look| {
        audit(Doers::People, None, Some(side.user(look) % side.crowd.locks))
    }),
    ("audit, what one of staff did", |_, look| {
        let one = format!("staff:user_agent{}", look % generate::STAFF);
        audit(Doers::One(one), None, None)
    }),
    ("audit, the names of its filter", |_, _| Asked::Names),
    ("mails", |_, _| Asked::Mails(Mails::All)),
    ("mails that wait", |_, _| Asked::Mails(Mails::Waiting)),
    ("mails that did not arrive", |_, _| Asked::Mails(Mails::Undelivered)),
    ("addresses that are none", |_, _| Asked::Addresses(None)),
    ("addresses that are none, some page", address),
    ("webhook deliveries", |_, _| Asked::Webhooks(None, None)),
    ("webhook deliveries, some page", |side, look| Asked::Webhooks(None, message(side, look))),
    ("webhook deliveries that failed", |_, _| Asked::Webhooks(Some(DeliveryStatus::Failed), None)),
    ("campaigns", |_, _| Asked::Campaigns(None)),
    ("campaigns, some page", campaign),
    ("versions of the policy", |side, look| {
        let some = i64::from(side.user(look) % side.crowd.locks);
        Asked::Versions((look % 2 == 0).then_some(some))
    }),
    ("attacks, the picture of a day", |_, _| Asked::Picture(1, 1)),
    ("attacks, the picture of a week", |_, _| Asked::Picture(7, 6)),
    ("attacks, the picture of a month", |_, _| Asked::Picture(30, 36)),
    ("attacks, the funnel of a day", |_, _| Asked::Funnel(1)),
    ("attacks, the funnel of a month", |_, _| Asked::Funnel(30)),
    ("attacks, the newest tries", |_, _| Asked::NewestTries),
    ("one campaign", |side, look| {
        Asked::Campaign(campaign_id(side.user(look) % (side.crowd.locks - 1)))
    }),
    ("the largest campaign", |side, _| Asked::Campaign(campaign_id(side.crowd.locks - 1))),
    ("the trail of a campaign", |side, look| {
        Asked::Trail(side.user(look) * (side.crowd.attempts / side.crowd.users))
    }),
    ("the overview", |_, _| Asked::Overview),
];

/// Milliseconds until the page is read.
async fn look(side: &Side, list: &List, number: u32) -> f64 {
    let asked = (list.1)(side, number);
    let begin = Instant::now();
    match asked {
        Asked::Locks(query) => drop(side.reader.locks(query).await.unwrap()),
        Asked::Users(query) => drop(side.reader.user_page(query).await.unwrap()),
        Asked::Story(user) => {
            let subject = SubjectKey::user(&user);
            let reader = &side.reader;
            let rows = reader.attempts_of(tenant(), subject.clone(), 200).await.unwrap();
            let after = rows.get(50).map(|row| row.at);
            let stretch = Stretch { after, until: None };
            if let Some(oldest) = rows.last().map(|row| AttemptId::clone(&row.id)) {
                reader.attempts_from(tenant(), subject.clone(), oldest, 51).await.unwrap();
            }
            reader.refusals_within(tenant(), subject.clone(), stretch, 2_001).await.unwrap();
            reader.mails_within(tenant(), subject, stretch, 101).await.unwrap();
            reader.facts_within(tenant(), user, Stretch::default(), 101).await.unwrap();
        }
        Asked::Audit(filter) => {
            drop(side.reader.audit_page(tenant(), filter, None, 50).await.unwrap());
        }
        Asked::Mails(which) => {
            let (reader, page) = (&side.reader, DeliveryPage { before: None, limit: 50 });
            drop(match which {
                Mails::All => reader.deliveries(tenant(), None, page).await.unwrap(),
                Mails::Waiting => reader.waiting(tenant(), page).await.unwrap(),
                Mails::Undelivered => reader.undelivered(tenant(), page).await.unwrap(),
            });
        }
        Asked::Names => drop(side.reader.audit_names(tenant()).await.unwrap()),
        Asked::Addresses(before) => {
            let page = UndeliverablePage { before, limit: 51 };
            drop(side.reader.undeliverable_of_tenant(tenant(), page).await.unwrap());
        }
        Asked::Webhooks(status, before) => {
            let endpoint = WebhookEndpointId::from_stored(generate::ENDPOINT.to_owned());
            let page = (before, 51);
            let rows =
                side.reader.webhook_deliveries_before(tenant(), endpoint, status, page).await;
            drop(rows.unwrap());
        }
        Asked::Campaigns(after) => {
            drop(side.reader.campaigns(tenant(), after).await.unwrap());
        }
        Asked::Versions(before) => {
            drop(side.reader.policy_versions(tenant(), before).await.unwrap());
        }
        Asked::Picture(days, step) => {
            let until = traffic::slot_of(generate::NOW) + 1;
            let of = traffic::Stretch { from: until - days * 144, until, step };
            drop(side.reader.traffic(tenant(), of).await.unwrap());
        }
        Asked::Funnel(days) => {
            let since = generate::NOW.before(Span::DAY.times(days));
            side.reader.funnel(tenant(), since).await.unwrap();
        }
        Asked::NewestTries => tries(side, side.crowd.attempts, 50).await,
        Asked::Campaign(id) => {
            drop(side.reader.campaign(tenant(), id).await.unwrap().unwrap());
        }
        Asked::Trail(last) => {
            tries(side, last, TRAIL_ROWS).await;
            let tries_a_sum = side.crowd.attempts / side.crowd.refused();
            let minute = generate::refused_minute(last / tries_a_sum);
            drop(side.reader.newest_sums(tenant(), 0, minute, TRAIL_ROWS).await.unwrap());
        }
        Asked::Overview => {
            let (reader, now) = (&side.reader, generate::NOW);
            drop(reader.overview(tenant(), now).await.unwrap());
            let [week, month] = [7, 30].map(|days| now.before(Span::DAY.times(days)));
            drop(reader.kept_out(tenant(), week, month).await.unwrap());
            let newest = generate::campaign_end(side.crowd.locks - 1);
            drop(reader.campaign_underway(tenant(), newest.before(Span::HOUR)).await.unwrap());
        }
    }
    begin.elapsed().as_secs_f64() * 1_000.0
}

/// Ids tell the time from here on, 2014-05-13; a time before it would be one far ahead.
const FIRST_ID: Millis = Millis(1_400_000_000_000);

/// So many tries before that of this number.
async fn tries(side: &Side, last: u32, most: i64) {
    let before = AttemptId::from_stored(format!("att_{last:08}"));
    drop(side.reader.newest_tries(tenant(), FIRST_ID, before, most).await.unwrap());
}

fn compare(what: &str, small: &Side, large: &Side, runtime: &Runtime) {
    let args: Vec<String> = std::env::args().collect();
    let only = args.iter().find_map(|arg| arg.strip_prefix(ONLY)).unwrap_or_default();
    for list in LISTS.iter().filter(|list| list.0.contains(only)) {
        let (mut few, mut many) = (Vec::new(), Vec::new());
        if !args.iter().any(|arg| arg == COLD) {
            small.files.read();
            large.files.read();
        }
        runtime.block_on(async {
            // The first looks fill caches that a console has filled.
            for number in 0..LOOKS + LOOKS / 10 {
                let (a, b) = (look(small, list, number).await, look(large, list, number).await);
                if number >= LOOKS / 10 {
                    few.push(a);
                    many.push(b);
                }
            }
        });
        let (few, many) = (percentile(few, 0.99), percentile(many, 0.99));
        println!(
            "{what}, {}: p99 {few:.2} ms and {many:.2} ms, ratio {:.2} (bound {BOUND})",
            list.0,
            many / few
        );
    }
}

pub(crate) fn run() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let dir = tempfile::tempdir_in(".").unwrap();
    let file = |name: &str| format!("sqlite:{}", dir.path().join(name).display());
    let small = Side::open(&file("small.db"), SMALL, &runtime);
    let large = Side::open(&file("large.db"), LARGE, &runtime);
    compare("SQLite", &small, &large, &runtime);
    drop((small, large));
    #[cfg(feature = "postgres")]
    {
        let (few, many) = (crate::postgres::empty(), crate::postgres::empty());
        let small = Side::open(few.url(), SMALL, &runtime);
        let large = Side::open(many.url(), LARGE, &runtime);
        compare("PostgreSQL", &small, &large, &runtime);
    }
}
