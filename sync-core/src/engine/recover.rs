//! What a worker that went away left behind.

use super::pass::Pass;
use crate::error::Result;
use crate::ports::Transition;
use crate::state::{EntryEvent, StateName};

impl Pass<'_> {
    /// Marks every send of an earlier lease as unknown. We hold the connection's lease, so whoever began them cannot
    /// record an outcome any more; whether their requests arrived, only a probe can tell.
    pub(super) async fn recover(&self) -> Result<()> {
        let sending = self
            .entries_in(&[StateName::Sending, StateName::Correcting])
            .await?;
        let abandoned = sending
            .into_iter()
            .filter(|entry| entry.state.begun_under().is_some())
            .map(|entry| Transition {
                key: entry.key,
                event: EntryEvent::Abandoned,
            })
            .collect();
        self.record(abandoned).await?;
        Ok(())
    }
}
