//! What a pass tells, as `tracing` events.

use sync_core::ports::{Event, Observer};

/// Writes every event of a pass to `tracing`: ids and counts, never a body.
///
/// Passes and deliveries are `info`, listings and state changes `debug`, single reports `trace`.
#[derive(Clone, Copy, Debug, Default)]
pub struct TraceObserver;

impl Observer for TraceObserver {
    fn on_event(&self, event: &Event) {
        match event {
            Event::PassStarted { connection } => tracing::info!(%connection, "pass started"),
            Event::ReportSeen { report, count } => tracing::trace!(%report, count, "report seen"),
            Event::ReportPlanned { report, held } => {
                tracing::trace!(%report, held, "report planned");
            }
            Event::DeliveryStarted { records } => tracing::info!(records, "delivery started"),
            Event::EntryMoved { key, kind, state } => {
                tracing::debug!(%key, kind = kind.as_str(), state = state.as_str(), "entry moved");
            }
            Event::Listed { kind, records } => {
                tracing::debug!(kind = kind.as_str(), records, "listed");
            }
            Event::PassEnded { connection } => tracing::info!(%connection, "pass ended"),
            // The core may grow events; an old adapter has nothing to say about them.
            _ => {}
        }
    }
}
