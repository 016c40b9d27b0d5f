//! Attempts made inside the server's process: without HTTP, so that memory and rates are those of
//! tenants, actors and rows.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use lockkeeper::credential::Password;
use lockkeeper::model::{CampaignId, Identifier, Source};
use lockkeeper::store::tenants::TenantName;
use lockkeeper::tenant::{AttemptAnswer, Browser, ByHand, PasswordAttempt, Tenants, UndoneLocks};

use crate::generate::slug;

/// Attempts at once where rates are not what is measured.
const AT_ONCE: u32 = 64;

/// Subjects over all tenants of a rate, so that only the number of tenants differs.
const SUBJECTS: u32 = 10_000;

/// One wrong password, as a door would hand it in.
async fn attempt(tenants: &Tenants, slug: String, name: String, source: u32) -> AttemptAnswer {
    let named = TenantName::Slug(slug);
    let profile = match tenants.find_cached(&named) {
        Some(profile) => profile,
        None => tenants.find(named).await.unwrap().unwrap(),
    };
    let attempt = PasswordAttempt {
        profile,
        identifier: Identifier::parse(&name).unwrap(),
        password: Password::parse("wrong").unwrap(),
        source: Source::of(std::net::Ipv4Addr::from_bits(0x0a00_0000 + source).into()),
        browser: Browser::NONE,
        sign_in: None,
        client: None,
        locale: None,
    };
    tenants.attempt_password(attempt).await.unwrap()
}

/// Runs `count` jobs, some at once.
async fn all<F>(count: u32, job: impl Fn(u32) -> F + Send + Sync + 'static)
where
    F: Future<Output = ()> + Send + 'static,
{
    let (next, job) = (Arc::new(AtomicU32::new(0)), Arc::new(job));
    let workers: Vec<_> = (0..AT_ONCE)
        .map(|_| {
            let (next, job) = (Arc::clone(&next), Arc::clone(&job));
            tokio::spawn(async move {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= count {
                        return;
                    }
                    job(number).await;
                }
            })
        })
        .collect();
    for worker in workers {
        worker.await.unwrap();
    }
}

/// One attempt in each of `count` tenants from number `from` on.
pub(crate) async fn visit(tenants: &Tenants, from: u32, count: u32) -> String {
    let tenants = tenants.clone();
    all(count, move |number| {
        let tenants = tenants.clone();
        async move {
            let answer = attempt(&tenants, slug(from + number), "a@x.test".to_owned(), 1).await;
            assert!(matches!(answer, AttemptAnswer::Wrong { .. }), "{answer:?}");
        }
    })
    .await;
    "done".to_owned()
}

/// One attempt on each of `count` invented names of one tenant.
pub(crate) async fn try_names(tenants: &Tenants, slug: &str, from: u32, count: u32) -> String {
    let (tenants, slug) = (tenants.clone(), slug.to_owned());
    all(count, move |number| {
        let (tenants, slug) = (tenants.clone(), slug.clone());
        async move {
            let name = format!("invented{}@x.test", from + number);
            attempt(&tenants, slug, name, number).await;
        }
    })
    .await;
    "done".to_owned()
}

/// Undoes the locks of a campaign by one press that is in no hurry.
pub(crate) async fn undo(tenants: &Tenants, slug: &str, campaign: &str) -> String {
    let profile = tenants.find(TenantName::Slug(slug.to_owned())).await.unwrap().unwrap();
    let id = CampaignId::from_stored(campaign.to_owned());
    let by = ByHand { actor: "bench", reason: "bench" };
    let begun = Instant::now();
    let done = tenants.undo_campaign(&profile, &id, by, Duration::MAX).await.unwrap();
    let (took, UndoneLocks { unlocked, left, .. }) = (begun.elapsed().as_secs_f64(), done);
    let rate = f64::from(u32::try_from(unlocked).unwrap()) / took;
    format!("{unlocked} unlocked, {left} left as they were, in {took:.2} s: {rate:.0} a second")
}

/// Attempts a second that were durable before they were answered: `clients` of them at once, over
/// the same number of subjects spread over `spread` tenants.
pub(crate) async fn rate(tenants: &Tenants, spread: u32, clients: u32, ms: u32) -> String {
    let (started, done) = (Instant::now(), Arc::new(AtomicU64::new(0)));
    let (next, spell) = (Arc::new(AtomicU32::new(0)), Duration::from_millis(ms.into()));
    let workers: Vec<_> = (0..clients)
        .map(|client| {
            let (tenants, done, next) = (tenants.clone(), Arc::clone(&done), Arc::clone(&next));
            tokio::spawn(async move {
                while started.elapsed() < spell {
                    // A large odd step visits every subject once before any twice, in no order.
                    let subject =
                        next.fetch_add(1, Ordering::Relaxed).wrapping_mul(7_919) % SUBJECTS;
                    let name = format!("subject{subject}@x.test");
                    attempt(&tenants, slug(subject % spread), name, client).await;
                    done.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    for worker in workers {
        worker.await.unwrap();
    }
    (done.load(Ordering::Relaxed) as f64 / started.elapsed().as_secs_f64()).to_string()
}
