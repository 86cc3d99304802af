//! Small worlds and the table of effects.

use std::time::Duration;

use sync_sandbox::{Effect, Scenario};
use sync_tests::{Rig, RigOptions};

/// Records of [`few`]: two bills and three expenses.
pub(crate) const RECORDS: usize = 5;

/// The demo's first two reports.
pub(crate) fn few() -> Scenario {
    let mut scenario = Scenario::demo();
    scenario
        .expensify
        .reports
        .retain(|report| ["R00DemoAmara1", "R00DemoBen001"].contains(&report.id.as_str()));
    scenario
}

/// An installation over [`few`].
pub(crate) async fn small() -> Rig {
    Rig::of(few()).await
}

/// An installation over [`few`] that does not wait long for anything.
pub(crate) async fn impatient() -> Rig {
    let patience = Duration::from_millis(600);
    Rig::with(RigOptions {
        scenario: few(),
        patience,
        file_patience: patience,
        ..RigOptions::default()
    })
    .await
}

/// The request had no effect.
pub(crate) fn before() -> Vec<Effect> {
    vec![
        Effect::DropBefore,
        Effect::ResetBefore,
        Effect::StatusBefore { status: 500 },
        Effect::StatusBefore { status: 502 },
        Effect::StatusBefore { status: 503 },
        Effect::HtmlBefore,
        Effect::Throttle { retry_after: None },
        Effect::Throttle {
            retry_after: Some(1),
        },
        Effect::ExpireToken,
    ]
}

/// The request was carried out, and its answer does not say so.
pub(crate) fn after() -> Vec<Effect> {
    vec![
        Effect::DropAfter,
        Effect::ResetAfter,
        Effect::StatusAfter { status: 500 },
        Effect::StatusAfter { status: 502 },
        Effect::StatusAfter { status: 503 },
        Effect::Truncate { bytes: 0 },
        Effect::Truncate { bytes: 40 },
        Effect::CutBody { bytes: 40 },
        Effect::HtmlAfter,
        Effect::EmptyAfter,
    ]
}
