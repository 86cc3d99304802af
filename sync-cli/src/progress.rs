//! Progress of a pass, drawn on standard error while a person watches.

use std::time::Duration;

use indicatif::ProgressBar;
use sync_adapters::TraceObserver;
use sync_core::ports::{Event, Observer};
use sync_core::state::StateName;

/// Draws what a pass is doing, and logs it.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Draws only where `visible`; logging happens either way.
    pub(crate) fn new(visible: bool) -> Self {
        let bar = if visible {
            ProgressBar::new_spinner()
        } else {
            ProgressBar::hidden()
        };
        if visible {
            bar.enable_steady_tick(Duration::from_millis(120));
        }
        Self { bar }
    }
}

impl Observer for Progress {
    fn on_event(&self, event: &Event) {
        TraceObserver.on_event(event);
        match event {
            Event::PassStarted { connection } => self
                .bar
                .set_message(format!("{connection}: reading reports")),
            Event::ReportSeen { count, .. } => {
                self.bar.set_message(format!("{count} reports read"));
            }
            Event::DeliveryStarted { records } => {
                self.bar.set_length(*records);
                self.bar.set_position(0);
                self.bar.set_message(format!("writing {records} records"));
            }
            Event::EntryMoved {
                state: StateName::Posted,
                ..
            } => self.bar.inc(1),
            Event::Listed { records, .. } => {
                self.bar.set_message(format!("{records} records compared"));
            }
            Event::PassEnded { .. } => self.bar.finish_and_clear(),
            // Nothing to draw: planning is fast, and a newer core may tell more.
            Event::ReportPlanned { .. } | Event::EntryMoved { .. } | _ => {}
        }
    }
}
