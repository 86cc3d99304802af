//! One pass.

use chrono::NaiveDate;

use super::pass::Pass;
use super::{Connection, Engine, PassSummary, SavedPlan};
use crate::error::{Error, Result};
use crate::model::ReportId;

/// Which reports a pass is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// What was approved since the last pass, with overlap; and a wide sweep now and then.
    SinceLastPass,
    /// These reports.
    Reports(Vec<ReportId>),
    /// Submitted or created on these days, both included; the start date does not apply.
    Backfill {
        /// First day.
        from: NaiveDate,
        /// Last day.
        to: NaiveDate,
    },
}

/// Whether the brake applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BrakePolicy {
    /// It does.
    Enforced,
    /// A person has confirmed.
    Confirmed,
}

/// What a pass is asked to do.
#[derive(Clone, Debug)]
pub struct SyncRequest {
    /// About which reports.
    pub selection: Selection,
    /// Only if it comes to exactly this plan.
    pub exactly: Option<SavedPlan>,
    /// Whether the brake applies.
    pub brake: BrakePolicy,
}

impl SyncRequest {
    /// An ordinary pass.
    pub const fn ordinary() -> Self {
        Self {
            selection: Selection::SinceLastPass,
            exactly: None,
            brake: BrakePolicy::Enforced,
        }
    }
}

impl Engine {
    /// Runs one pass: takes in, plans, delivers, verifies, acknowledges.
    ///
    /// Whatever interrupts it (a crash, a lost answer, a spent token), the next pass goes on from what is durable: nothing
    /// is written twice and nothing is lost.
    ///
    /// # Errors
    /// `LeaseLost` when another worker is at this connection; `Invalid` for a saved plan that has run or gone stale;
    /// `Unauthorized` when credentials are refused before anything could be done; else what the ports report. Refusals
    /// of single records are no errors: they become review items.
    ///
    /// # Cancel safety
    /// May be dropped at any await; what was on the wire is then probed for by the next pass.
    pub async fn sync(&self, connection: &Connection, request: SyncRequest) -> Result<PassSummary> {
        if let Some(saved) = &request.exactly {
            if saved.connection == connection.id
                && let Some(already) = self.already_run(saved).await?
            {
                return Err(Error::invalid(format!("run the saved plan: {already}")));
            }
            let preview = self
                .preview(connection, &request.selection)
                .await?
                .to_saved();
            if let Some(because) = saved.stale_because(&preview) {
                return Err(Error::invalid(format!(
                    "run the saved plan: {because}; make a new plan and look at it"
                )));
            }
        }
        self.connection_event(&connection.id, true);
        let mut pass = Pass::begin(self, connection).await?;
        let outcome = pass.run(&request).await;
        // The lease is given back whatever happened; if that fails too, it runs out by itself.
        let released = pass.end().await;
        self.connection_event(&connection.id, false);
        let summary = outcome?;
        released?;
        Ok(summary)
    }
}
