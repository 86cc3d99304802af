//! `replay`: one record is probed for again, and sent if it is provably not there.

use sync_core::engine::Decision;
use sync_core::plan::StepKey;

use super::review::decide;
use crate::cli::{Global, ReplayArgs};
use crate::failure::Outcome;
use crate::output::Output;
use crate::wiring::App;

pub(super) async fn run(global: &Global, out: Output, args: ReplayArgs) -> Outcome {
    let app = App::open(global, out).await?;
    let decision = Decision::Replay {
        key: StepKey::from_stored(args.key),
        reason: args.reason,
    };
    decide(
        &app,
        "to be replayed",
        decision,
        "run `ml-connector sync`: it is looked for first",
    )
    .await
}
