//! One installation, killed several times, then left to finish.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use sync_core::ports::Entropy;
use sync_core::testing::SeededEntropy;
use sync_sandbox::{Effect, Fault, Sandbox, Service};
use sync_tests::{mark_of, standing};
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use crate::program::{install, run, start};

/// Installations side by side.
pub(crate) const LANES: u64 = 8;
/// Attempts to kill in each.
const KILLS: u64 = 5;
/// Records of the demo that can be written.
const RECORDS: usize = 15;
/// How long a request is held, so that a kill surely finds it on the wire.
const HELD_MS: u64 = 1_500;
/// A little more than the lease: only then can the next run begin.
const LEASE: Duration = Duration::from_millis(2_100);
/// When a moment has not come by then, it does not come.
const MOMENT_MAX: Duration = Duration::from_secs(5);

/// When to kill.
#[derive(Clone, Copy, Debug)]
enum Moment {
    /// After so long.
    After(Duration),
    /// When the n-th POST of the run has arrived; it is carried out late or never.
    PostArrived(usize),
    /// When the n-th POST of the run is carried out; its answer has not left.
    PostApplied(usize),
}

/// A kill that struck a running program.
#[derive(Debug)]
pub(crate) struct Kill {
    moment: Moment,
}

impl Kill {
    /// Whether a POST was surely on the wire.
    pub(crate) fn is_on_the_wire(&self) -> bool {
        matches!(self.moment, Moment::PostArrived(_) | Moment::PostApplied(_))
    }
}

/// One installation with its own stand-ins.
pub(crate) struct Lane {
    binary: PathBuf,
    folder: TempDir,
    sandbox: Sandbox,
    entropy: SeededEntropy,
}

impl Lane {
    /// Kills, finishes, checks. Gives the kills that struck.
    pub(crate) async fn run(binary: PathBuf, number: u64) -> Vec<Kill> {
        let sandbox = Sandbox::builder().rate_limits(false).start().await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        install(folder.path(), &sandbox).await;
        let lane = Self {
            binary,
            folder,
            sandbox,
            entropy: SeededEntropy::new(number),
        };
        let mut kills = Vec::new();
        for attempt in 0..KILLS {
            kills.extend(lane.kill(lane.moment(number + attempt)).await);
            sleep(LEASE).await;
        }
        lane.finish().await;
        lane.check(&format!("lane {number} after {kills:?}")).await;
        lane.sandbox.shutdown().await;
        kills
    }

    fn moment(&self, kind: u64) -> Moment {
        let draw = self.entropy.next_u64();
        let nth = usize::try_from(draw % 3).unwrap() + 1;
        match kind % 3 {
            0 => Moment::After(Duration::from_millis(draw % 700)),
            1 => Moment::PostArrived(nth),
            _ => Moment::PostApplied(nth),
        }
    }

    async fn kill(&self, moment: Moment) -> Option<Kill> {
        self.sandbox.clear_faults();
        let before = self.sandbox.posts().len();
        let hold = |nth: usize, effect| {
            let fault = Fault::on(Service::FreshBooks, effect)
                .method("POST")
                .path("/accounting");
            self.sandbox
                .add_fault(fault.nth(u64::try_from(nth).unwrap()));
        };
        match moment {
            Moment::After(_) => {}
            Moment::PostArrived(nth) => hold(nth, Effect::DelayBefore { ms: HELD_MS }),
            Moment::PostApplied(nth) => hold(nth, Effect::DelayAfter { ms: HELD_MS }),
        }
        let mut program = start(&self.binary, self.folder.path(), &["sync"]);
        let deadline = Instant::now() + MOMENT_MAX;
        let came = loop {
            let arrived = self.sandbox.posts().len() - before;
            match moment {
                Moment::After(span) => {
                    sleep(span).await;
                    break true;
                }
                Moment::PostArrived(nth) | Moment::PostApplied(nth) if arrived >= nth => {
                    break true;
                }
                Moment::PostArrived(_) | Moment::PostApplied(_) => {}
            }
            if Instant::now() > deadline || program.try_wait().unwrap().is_some() {
                break false;
            }
            sleep(Duration::from_millis(2)).await;
        };
        let running = program.try_wait().unwrap().is_none();
        // SIGKILL, and reaped: nothing of it is left when this returns.
        program.kill().await.unwrap();
        self.sandbox.clear_faults();
        (came && running).then_some(Kill { moment })
    }

    /// Runs `sync` until nothing is on its way any more.
    async fn finish(&self) {
        // What a killed program left with the stand-in lands before the quiet time runs.
        sleep(Duration::from_millis(HELD_MS)).await;
        let mut last = None;
        for _ in 0..12 {
            let sync = run(&self.binary, self.folder.path(), &["sync"]).await;
            let result = sync.result();
            let pass = &result["passes"][0];
            let settled = ["waiting", "unconfirmed"]
                .iter()
                .all(|count| pass[*count] == 0);
            if sync.code == Some(10) && settled {
                return;
            }
            last = Some(sync.told());
            sleep(Duration::from_millis(600)).await;
        }
        panic!("it does not settle: {last:?}");
    }

    async fn check(&self, context: &str) {
        let mut found: BTreeMap<String, usize> = BTreeMap::new();
        let records = self
            .sandbox
            .bills()
            .into_iter()
            .chain(self.sandbox.expenses());
        for mark in standing(records.collect()).iter().map(mark_of) {
            *found.entry(mark).or_default() += 1;
        }
        assert!(
            found.values().all(|count| *count == 1),
            "{context}: {found:?}"
        );
        let review = run(&self.binary, self.folder.path(), &["review", "list"]).await;
        assert_eq!(found.len(), RECORDS, "{context}: {}", review.told());
        for command in [["audit", "verify"].as_slice(), &["reconcile"]] {
            let proof = run(&self.binary, self.folder.path(), command).await;
            assert!(
                matches!(proof.code, Some(0 | 10)),
                "{context}: {command:?} {}",
                proof.told()
            );
        }
    }
}
