//! What a host may show while work goes on.

use std::fmt::Debug;

use crate::model::{ConnectionId, RecordKind, ReportId};
use crate::plan::StepKey;
use crate::state::StateName;

/// Something that happened. Holds ids and counts, never a secret and never a body.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A pass began.
    PassStarted {
        /// Of which connection.
        connection: ConnectionId,
    },
    /// A report was taken in.
    ReportSeen {
        /// Which.
        report: ReportId,
        /// Reports so far in this pass.
        count: u64,
    },
    /// A report was planned.
    ReportPlanned {
        /// Which.
        report: ReportId,
        /// Whether findings hold it.
        held: bool,
    },
    /// So many records are about to be sent.
    DeliveryStarted {
        /// How many.
        records: u64,
    },
    /// An entry changed its state.
    EntryMoved {
        /// Which.
        key: StepKey,
        /// What kind of record it is.
        kind: RecordKind,
        /// Where it is now.
        state: StateName,
    },
    /// A listing was read to its end.
    Listed {
        /// Of which kind.
        kind: RecordKind,
        /// Rows in it.
        records: u64,
    },
    /// A pass ended.
    PassEnded {
        /// Of which connection.
        connection: ConnectionId,
    },
}

/// Is told what happens. Synchronous and infallible: it must not block.
pub trait Observer: Send + Sync + Debug {
    /// Something happened.
    fn on_event(&self, event: &Event);
}

/// Shows nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoObserver;

impl Observer for NoObserver {
    fn on_event(&self, _event: &Event) {}
}
