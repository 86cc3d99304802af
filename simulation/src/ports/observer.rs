//! Who is told what happens, and looks for secrets in it.

use sync_core::ports::{Event, Observer};

use crate::canary;
use crate::state::Shared;
use crate::violation::Invariant;

/// Looks for secrets in what a host may show.
#[derive(Debug)]
pub(crate) struct SimObserver(Shared);

impl SimObserver {
    pub(crate) const fn new(shared: Shared) -> Self {
        Self(shared)
    }
}

impl Observer for SimObserver {
    fn on_event(&self, event: &Event) {
        let shown = format!("{event:?}");
        if canary::is_in(&shown) {
            self.0.lock().require(false, Invariant::I8, || {
                "an event of the observer holds a secret".to_owned()
            });
        }
    }
}
