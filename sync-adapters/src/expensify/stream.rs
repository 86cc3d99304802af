//! The reports of one or more exports, one after the other.

use std::collections::VecDeque;

use async_trait::async_trait;
use expensify_client as wire;
use sync_core::Result;
use sync_core::model::ReportId;
use sync_core::ports::{ReportStream, SourceItem};

use super::{convert, failure};

const ACTION: &str = "read an export from Expensify";

/// Streams exports one after the other; the next is asked for when the one before it was read to its end mark.
pub(super) struct Exports {
    client: wire::Client,
    current: wire::ReportStream,
    waiting: VecDeque<wire::ExportQuery>,
    /// Reports that the current export has given.
    given: u64,
}

impl Exports {
    /// Asks for the first export and opens its download.
    pub(super) async fn open(
        client: wire::Client,
        first: &wire::ExportQuery,
        waiting: VecDeque<wire::ExportQuery>,
    ) -> Result<Self> {
        let current = client
            .reports(first)
            .await
            .map_err(|error| failure::read(ACTION, &error))?;
        Ok(Self {
            client,
            current,
            waiting,
            given: 0,
        })
    }
}

#[async_trait]
impl ReportStream for Exports {
    async fn next(&mut self) -> Result<Option<SourceItem>> {
        loop {
            let report = self
                .current
                .next_report()
                .await
                .map_err(|error| failure::export(ACTION, &error, self.given))?;
            if let Some(report) = report {
                self.given = self.given.saturating_add(1);
                return Ok(Some(item(&report)));
            }
            for warning in self.current.warnings() {
                tracing::debug!(%warning, "odd in the export, read all the same");
            }
            let Some(query) = self.waiting.front() else {
                return Ok(None);
            };
            self.current = self
                .client
                .reports(query)
                .await
                .map_err(|error| failure::read(ACTION, &error))?;
            // Only now is it begun: a call that is dropped or fails before asks for the same export again.
            self.waiting.pop_front();
            self.given = 0;
        }
    }
}

/// One report that cannot be understood must not hide the others.
fn item(raw: &wire::Report) -> SourceItem {
    match convert::report(raw) {
        Ok(report) => SourceItem::Report(Box::new(report)),
        Err(why) => SourceItem::Unreadable {
            report: ReportId::new(raw.id.as_str()),
            why,
        },
    }
}
