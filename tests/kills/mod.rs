//! `kill -9` and power loss of the real program, many times over.
//!
//! Installations run side by side, each with its own stand-ins. Each is killed while it makes its database, then again and
//! again over the same database while reports come in, so that recoveries follow recoveries; then it is left to finish and
//! judged: every record once, every report to the cent, the trail whole. After each kill a copy of the database must be
//! sound and hold an intent for every POST that has arrived.
//!
//! The same seed draws the same lots; where a kill strikes within a few milliseconds is the machine's to say.

mod draw;
mod evidence;
mod lane;
mod moment;
mod power;
mod program;
mod strike;
mod tally;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

pub use evidence::{OLDER, make_older};
pub use power::{Library, Power};
pub use program::{Run, authorize, binary, configure, ended, run, start};
pub use tally::{Kind, Tally};

use lane::{Lane, Shared};

/// Kills of each installation's first start, and rounds after it.
const FIRST_STARTS: u64 = 3;
const ROUNDS: u64 = 17;

/// What a run of kills is.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The program.
    pub binary: PathBuf,
    /// The first installation's seed; each further one has the next.
    pub seed: u64,
    /// Kills that must strike, or power losses where there is a disk for them.
    pub wanted: u64,
    /// Installations side by side.
    pub lanes: usize,
    /// The disk, where the power goes at each kill.
    pub power: Option<Power>,
    /// Whether a renewal of tokens that was killed is waited for until it counts as abandoned, which takes minutes; else a
    /// person authorizes again at once.
    pub patient: bool,
    /// Whether to stop at the first violation.
    pub stop_at_violation: bool,
}

/// Kills until enough have struck; `progress` hears of each installation.
///
/// # Panics
/// When the stand-ins or a folder cannot be made.
pub async fn kill(plan: Plan, mut progress: impl FnMut(&Tally) + Send) -> Tally {
    let shared = Arc::new(Shared {
        binary: plan.binary.clone(),
        power: plan.power.clone(),
        patient: plan.patient,
        pass_ms: AtomicU64::new(400),
        start_ms: AtomicU64::new(60),
    });
    let stop = Arc::new(AtomicBool::new(false));
    let mut seed = plan.seed;
    let mut lanes = tokio::task::JoinSet::new();
    let mut tally = Tally::default();
    loop {
        while lanes.len() < plan.lanes && !stop.load(Ordering::Relaxed) {
            lanes.spawn(installation(Arc::clone(&shared), Arc::clone(&stop), seed));
            seed += 1;
        }
        let Some(done) = lanes.join_next().await else {
            return tally;
        };
        match done {
            Ok(of_lane) => tally.add(of_lane),
            Err(panicked) => tally
                .violations
                .push(format!("the test itself failed: {panicked}")),
        }
        progress(&tally);
        let have = if plan.power.is_some() {
            tally.losses
        } else {
            tally.kills()
        };
        if have >= plan.wanted || (plan.stop_at_violation && !tally.violations.is_empty()) {
            stop.store(true, Ordering::Relaxed);
        }
    }
}

/// One installation from its first start to its judgement. What is under way when enough have struck still finishes.
async fn installation(shared: Arc<Shared>, stop: Arc<AtomicBool>, seed: u64) -> Tally {
    let mut lane = Lane::new(shared, seed).await;
    let mut round = 0;
    let course = async {
        lane.first_start(FIRST_STARTS).await?;
        while round < ROUNDS && !stop.load(Ordering::Relaxed) {
            round += 1;
            lane.any_round().await?;
        }
        lane.finish().await?;
        lane.judge().await
    };
    let result = tokio::time::timeout(Duration::from_hours(1), course).await;
    let result = result.unwrap_or_else(|_| Err("it takes longer than an hour".to_owned()));
    if let Err(what) = result {
        // What is left of the installation can be looked into.
        let what = match std::env::var_os("KILLS_KEEP") {
            Some(_) => {
                lane.folder.disable_cleanup(true);
                format!("{what}; kept in {}", lane.folder.path().display())
            }
            None => what,
        };
        lane.tally
            .violations
            .push(format!("seed {seed}, round {round}: {what}"));
    }
    let tally = std::mem::take(&mut lane.tally);
    lane.sandbox.shutdown().await;
    tally
}
