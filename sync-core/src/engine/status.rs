//! How a connection stands.

use super::Engine;
use crate::error::Result;
use crate::model::{ConnectionId, RecordKind};
use crate::state::{ReportStatus, StateName, Watermark};

/// Entries of one kind in one state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateCount {
    /// Which kind.
    pub kind: RecordKind,
    /// Which state.
    pub state: StateName,
    /// How many.
    pub entries: u64,
}

/// How a connection stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionStatus {
    /// Which.
    pub connection: ConnectionId,
    /// How far Expensify has been read.
    pub watermark: Option<Watermark>,
    /// Reports known.
    pub reports: u64,
    /// Reports held for review.
    pub held_reports: u64,
    /// Open review items.
    pub open_items: u64,
    /// Entries, by kind and state; states without entries are left out.
    pub counts: Vec<StateCount>,
}

impl Engine {
    /// How a connection stands. Reads counts only, asks neither service, needs no lease.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn status(&self, connection: &ConnectionId) -> Result<ConnectionStatus> {
        let store = &self.ports.store;
        let counts = store.counts(connection).await?;
        let open = store.review_items(connection, true).await?;
        let held = counts
            .reports
            .iter()
            .filter(|(status, _)| *status == ReportStatus::Held)
            .map(|(_, n)| n)
            .sum();
        Ok(ConnectionStatus {
            connection: connection.clone(),
            watermark: store.watermark(connection).await?,
            reports: counts.reports.iter().map(|(_, n)| n).sum(),
            held_reports: held,
            open_items: u64::try_from(open.len()).unwrap_or(u64::MAX),
            counts: counts
                .entries
                .into_iter()
                .map(|(kind, state, entries)| StateCount {
                    kind,
                    state,
                    entries,
                })
                .collect(),
        })
    }
}
