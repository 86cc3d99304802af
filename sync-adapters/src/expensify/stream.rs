//! The reports of one or more exports, one after the other.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use async_trait::async_trait;
use expensify_client as wire;
use sync_core::Result;
use sync_core::model::{ReportId, WorkspaceId};
use sync_core::ports::{Clock, ReportStream, SourceItem};

use super::shared::Joint;
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

impl Exports {
    /// The next report, with the workspace it names: the empty one when it names none.
    async fn next_of_any(&mut self) -> Result<Option<(WorkspaceId, SourceItem)>> {
        loop {
            let report = self
                .current
                .next_report()
                .await
                .map_err(|error| failure::export(ACTION, &error, self.given))?;
            if let Some(report) = report {
                self.given = self.given.saturating_add(1);
                let workspace = report.policy_id.as_ref().map_or("", |id| id.as_str());
                return Ok(Some((WorkspaceId::new(workspace), item(&report))));
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

#[async_trait]
impl ReportStream for Exports {
    async fn next(&mut self) -> Result<Option<SourceItem>> {
        Ok(self.next_of_any().await?.map(|(_, item)| item))
    }
}

/// Exports that serve others too: what is theirs is kept for them on the way.
pub(super) struct Served {
    pub(super) exports: Exports,
    /// The workspaces of the one who reads.
    pub(super) own: BTreeSet<WorkspaceId>,
    /// Gone once they were read to their end.
    pub(super) joint: Option<Joint>,
    pub(super) clock: Arc<dyn Clock>,
}

#[async_trait]
impl ReportStream for Served {
    async fn next(&mut self) -> Result<Option<SourceItem>> {
        loop {
            let Some((workspace, item)) = self.exports.next_of_any().await? else {
                if let Some(joint) = self.joint.take() {
                    joint.complete(self.clock.now());
                }
                return Ok(None);
            };
            if let Some(joint) = &mut self.joint {
                joint.keep(&workspace, &item);
            }
            // One that names no workspace may be anybody's, ours too.
            if workspace.as_str().is_empty() || self.own.contains(&workspace) {
                return Ok(Some(item));
            }
        }
    }
}

/// Reports that another connection's export has brought, read to its end mark.
pub(super) struct Brought(pub(super) std::vec::IntoIter<SourceItem>);

#[async_trait]
impl ReportStream for Brought {
    async fn next(&mut self) -> Result<Option<SourceItem>> {
        Ok(self.0.next())
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
