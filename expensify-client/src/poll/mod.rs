//! Polling for reports, without a clock, a network or a store: give it the time and what came back, and it says what to
//! ask next and what is new.
//!
//! Expensify tells nobody when a report was approved; it can only be asked, by day. [`ReportPoll`] keeps a watermark,
//! asks with overlap, sweeps now and then for what the day of approval cannot find, keeps to the limit of a year, and
//! tells new from known by id and content.
//!
//! ```
//! use std::time::Duration;
//!
//! use chrono::{DateTime, Utc};
//! use expensify_client::Report;
//! use expensify_client::poll::{Novelty, PollSettings, PollState, ReportPoll};
//!
//! # fn export(_: &expensify_client::ExportQuery) -> Vec<Report> { Vec::new() }
//! # fn store(_: &Report) {}
//! # fn store_state(_: &PollState) {}
//! let start = "2026-07-01".parse()?;
//! let mut poll = ReportPoll::new(PollSettings::new(), PollState::starting(start));
//!
//! let now: DateTime<Utc> = "2026-07-10T12:00:00Z".parse()?;
//! poll.begin(now)?;
//! while let Some(mut export) = poll.next_export() {
//!     for report in export_with_any_client(export.query()) {
//!         match export.see(&report) {
//!             Novelty::New | Novelty::Changed => store(&report),
//!             Novelty::Same => {}
//!         }
//!     }
//!     // Only once the file was read to its end record, and what was new is safe.
//!     export.complete();
//! }
//! store_state(poll.state());
//! # fn export_with_any_client(query: &expensify_client::ExportQuery) -> Vec<Report> { export(query) }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod fingerprint;
mod report_poll;
mod state;
mod windows;

pub use fingerprint::ContentHash;
pub use report_poll::{Novelty, PendingExport, ReportPoll};
pub use state::{KnownReport, PollSettings, PollState};
pub use windows::{approved_after, submitted_between};
