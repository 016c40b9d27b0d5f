//! The course of every outage that the server outlives: people at work, harm, refusals, relief, and
//! everything served again within five seconds without a restart.

use std::time::Duration;

use crate::harness::client::Client;
use crate::harness::waiting::pause;
use crate::kill::ledger::{Findings, Ledger};
use crate::kill::load::Scene;
use crate::kill::world::World;

/// After the harm has ended, everybody is served again within this.
pub(super) const RECOVERY: Duration = Duration::from_secs(5);

/// The bound of a promise: itself on the program built for release, with nothing beside it, as `make
/// soak` has it. Beside all other tests what counts is that it ends.
pub(super) fn bound(promise: Duration) -> Duration {
    if std::env::var_os("LOCKKEEPER_TEST_PROGRAM").is_some() { promise } else { 12 * promise }
}

/// Whether those who come during the outage must be refused; a short one may be waited out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusals {
    Expected,
    Possible,
}

/// What an outage came to.
pub(super) struct Outage {
    pub(super) ledger: Ledger,
    /// Relief to the first answer, and to the last refusal.
    first_answer: Duration,
    last_refusal: Duration,
    slowest_refusal: Duration,
    refusals: usize,
}

impl Outage {
    /// `harm` is called once people are at work and returns when it has ended; those at work go on
    /// for a while after it.
    pub(super) fn course(
        world: &World,
        scene: &Scene,
        refusals: Refusals,
        harm: impl Future<Output = ()>,
    ) -> Self {
        let mut relief = Duration::ZERO;
        let ledger = world.load(scene, async {
            answered(scene, 40).await;
            harm.await;
            relief = scene.diary.now();
            // Long enough to see who is refused though all is well.
            answered(scene, 30).await;
            pause(Duration::from_millis(500)).await;
            scene.end();
        });
        let diary = &scene.diary;
        let count = scene.refusals.available_permits();
        assert!(count > 0 || refusals == Refusals::Possible, "nobody was refused");
        let first_answer = diary.first_answer(relief).expect("nobody was answered after the end");
        let last_refusal = diary.last_refusal(relief);
        assert!(first_answer <= bound(RECOVERY), "served again only after {first_answer:?}");
        assert!(last_refusal <= bound(RECOVERY), "refused {last_refusal:?} after the end");
        Self {
            ledger,
            first_answer,
            last_refusal,
            slowest_refusal: diary.slowest_refusal(),
            refusals: count,
        }
    }

    /// Refusals come within `promise`.
    pub(super) fn refuses_within(self, promise: Duration) -> Self {
        let slowest = self.slowest_refusal;
        assert!(slowest <= bound(promise), "refused only after {slowest:?}");
        self
    }

    /// Compares with what the server at `base` says now, mails included; the findings, and how the
    /// outage went in words for the report.
    pub(super) fn compared(self, mut world: World, base: &str) -> (Findings, String) {
        let mut findings = Findings::default();
        let Self { ledger, first_answer, last_refusal, slowest_refusal, refusals } = self;
        world.compare(ledger, base, &mut findings);
        world.compare_mails(&mut findings);
        let course = format!(
            "{refusals} refused, the slowest after {slowest_refusal:.1?}; served again \
             {first_answer:.1?} after the end, last refusal {last_refusal:.1?} after it"
        );
        (findings, course)
    }

    /// The same where nothing may be found.
    pub(super) fn settle(self, world: World, base: &str, what: &str) {
        let (findings, course) = self.compared(world, base);
        findings.settle(&format!("{what}: {course}"));
    }
}

/// Until so many more have been answered; a minute at most, and not beyond the end of the load.
pub(super) async fn answered(scene: &Scene, count: u32) {
    let now = u32::try_from(scene.answers.available_permits()).unwrap();
    let enough = scene.answers.acquire_many(now + count);
    let _met = tokio::time::timeout(Duration::from_secs(60), enough).await;
}

/// Until somebody has been refused, a minute at most.
pub(super) async fn refused(scene: &Scene) {
    let one = scene.refusals.acquire();
    let met = tokio::time::timeout(Duration::from_secs(60), one).await;
    assert!(met.is_ok(), "nobody was refused in a minute");
}

/// The process is alive, and `/readyz` says one of `ready` in good time.
pub(super) async fn health(client: &Client, ready: &[u16]) {
    // `/readyz` waits up to 2 s for a proof that something can be written.
    for (path, allowed) in [("/livez", &[200_u16][..]), ("/readyz", ready)] {
        let asked =
            client.request(reqwest::Method::GET, path).timeout(bound(Duration::from_secs(4)));
        let status = Client::send(asked).await.status;
        assert!(allowed.contains(&status), "{path}: {status}");
    }
}
