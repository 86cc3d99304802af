//! One pass, end to end: intake, plan, deliver, verify, acknowledge; and what people ask of the state besides.
//!
//! [`Engine`] does bounded work per call and never sleeps: the host owns the loop, the runtime and the schedule.

mod absence;
mod acknowledge;
mod audit;
mod brake;
mod correct;
mod custody;
mod deliver;
mod intake;
mod operator;
mod order;
mod pass;
mod planning;
mod preview;
mod probe;
mod reconcile;
mod recover;
mod retry;
mod saved_plan;
mod settings;
mod status;
mod summary;
mod sync;
mod verify;

use std::sync::Arc;

use crate::model::ConnectionId;
use crate::ports::{Clock, Entropy, ExpenseSource, Ledger, Observer, Store};

pub use audit::AuditVerdict;
pub use brake::{Brake, Braked};
pub use custody::{GrantKeeper, GrantPorts, GrantToken, Renewal};
pub use operator::{Decision, DecisionOutcome};
pub use order::{CorrectionKind, Differing};
pub use preview::{PlanPreview, PreviewedReport, PreviewedStep, StepStanding};
pub use saved_plan::{SavedPlan, SavedReport, SavedStep};
pub use settings::{Connection, Settings, UnprovenPolicy};
pub use status::{ConnectionStatus, StateCount};
pub use summary::{Interruption, PassSummary, RequestCounts};
pub use sync::{BrakePolicy, Selection, SyncRequest};

/// The ports a pass needs, as the host brings them.
#[derive(Clone, Debug)]
pub struct Ports {
    /// Where reports come from.
    pub source: Arc<dyn ExpenseSource>,
    /// Where records go.
    pub ledger: Arc<dyn Ledger>,
    /// Where everything durable is kept.
    pub store: Arc<dyn Store>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Jitter.
    pub entropy: Arc<dyn Entropy>,
    /// Who is told.
    pub observer: Arc<dyn Observer>,
}

/// Runs passes for one connection at a time. Cheap to clone; connections share nothing but the ports given.
#[derive(Clone, Debug)]
pub struct Engine {
    ports: Ports,
    holder: String,
    configured: Option<(String, String)>,
}

impl Engine {
    /// An engine over these ports. `holder` names this worker in leases and messages, for example `host:pid`.
    pub fn new(ports: Ports, holder: impl Into<String>) -> Self {
        Self {
            ports,
            holder: holder.into(),
            configured: None,
        }
    }

    /// Names who changed rules or settings last, and why: the first pass under them writes both into the audit trail.
    #[must_use]
    pub fn configured_by(mut self, by: impl Into<String>, reason: impl Into<String>) -> Self {
        self.configured = Some((by.into(), reason.into()));
        self
    }

    /// The ports.
    pub const fn ports(&self) -> &Ports {
        &self.ports
    }

    fn tell(&self, event: &crate::ports::Event) {
        self.ports.observer.on_event(event);
    }

    fn connection_event(&self, connection: &ConnectionId, started: bool) {
        let connection = connection.clone();
        self.tell(&if started {
            crate::ports::Event::PassStarted { connection }
        } else {
            crate::ports::Event::PassEnded { connection }
        });
    }
}
