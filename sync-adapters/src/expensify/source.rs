//! The source itself: credentials, queries, and the two ways to change something.

use std::collections::{BTreeSet, VecDeque};
use std::num::NonZeroUsize;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::Days;
use expensify_client as wire;
use sync_core::model::{
    ConnectionId, Currency, ExpensifyKey, Fingerprint, FingerprintWriter, Provider, ReportId,
    WorkspaceId,
};
use sync_core::ports::{
    Clock, Credential, CredentialStore, ExpenseSource, ExportAnchor, ExportQuery,
    ReimbursementReply, ReportStream, SourceUsage, SourceWorkspace, Versioned,
};
use sync_core::{Error, Result};
use tokio::sync::Mutex;

use super::meter::{Meter, Metered};
use super::shared::{SharedExpensify, Wanted, Way};
use super::{failure, stream};

/// The states that belong in the books: approved, paid, and closed where a workspace has no approval.
const STATES: [wire::ReportState; 3] = [
    wire::ReportState::Approved,
    wire::ReportState::Reimbursed,
    wire::ReportState::Archived,
];

/// How long reports are taken to wait for approval, where only the day of submission can be asked for.
const APPROVAL_LAG: Days = Days::new(90);

/// What can be set about an [`ExpensifySource`].
#[derive(Clone, Debug)]
pub struct ExpensifySettings {
    /// Whose credentials are used.
    pub connection: ConnectionId,
    /// Base URL, request budget, timeouts and limits of the client.
    pub client: wire::Settings,
    /// Most report ids in one request to read or to reimburse them; Expensify's own limit is UNVERIFIED. Default 50.
    pub reports_per_request: NonZeroUsize,
    /// Where reimbursements are said to be paid from: 1 to 100 characters. Default: not said.
    pub payment_source: Option<String>,
}

impl ExpensifySettings {
    /// The defaults for a connection, for Expensify itself or a stand-in at `base_url`
    /// ([`expensify_client::PRODUCTION_URL`]).
    ///
    /// # Errors
    /// `Invalid` when `base_url` is no https URL, nor an http URL of this machine.
    pub fn new(connection: ConnectionId, base_url: &str) -> Result<Self> {
        let client = wire::Settings::new(base_url).map_err(|_| {
            Error::invalid(
                "read the Expensify base URL: write an https URL, or an http URL of this machine",
            )
        })?;
        Ok(Self::with_client(connection, client))
    }

    /// The defaults for a connection, with these settings of the client.
    pub const fn with_client(connection: ConnectionId, client: wire::Settings) -> Self {
        Self {
            connection,
            client,
            reports_per_request: NonZeroUsize::MIN.saturating_add(49),
            payment_source: None,
        }
    }
}

/// Expensify as an [`ExpenseSource`]. Cheap to clone; clones share one request budget.
///
/// The key pair is read from the [`CredentialStore`] when it is first needed, and again when a newer one was stored.
/// Call it within a tokio runtime.
#[derive(Clone, Debug)]
pub struct ExpensifySource {
    shared: Arc<Shared>,
    with: SharedExpensify,
}

#[derive(Debug)]
struct Shared {
    settings: ExpensifySettings,
    credentials: Arc<dyn CredentialStore>,
    clock: Arc<dyn Clock>,
    transport: Option<Arc<dyn wire::Transport>>,
    meter: Arc<Meter>,
    /// The client and the version of the key pair it was made with.
    client: Mutex<Option<(u64, wire::Client)>>,
}

impl ExpensifySource {
    /// A source over HTTP. Nothing is read or sent yet.
    pub fn new(
        settings: ExpensifySettings,
        credentials: Arc<dyn CredentialStore>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self::build(settings, credentials, clock, None)
    }

    /// A source that sends through another transport.
    pub fn with_transport(
        settings: ExpensifySettings,
        credentials: Arc<dyn CredentialStore>,
        clock: Arc<dyn Clock>,
        transport: Arc<dyn wire::Transport>,
    ) -> Self {
        Self::build(settings, credentials, clock, Some(transport))
    }

    fn build(
        settings: ExpensifySettings,
        credentials: Arc<dyn CredentialStore>,
        clock: Arc<dyn Clock>,
        transport: Option<Arc<dyn wire::Transport>>,
    ) -> Self {
        let (meter, client) = (Arc::default(), Mutex::new(None));
        Self {
            shared: Arc::new(Shared {
                settings,
                credentials,
                clock,
                transport,
                meter,
                client,
            }),
            with: SharedExpensify::default(),
        }
    }

    /// Lets this source share with others of the process. Without it, it shares with its own clones alone.
    #[must_use]
    pub fn sharing(mut self, with: &SharedExpensify) -> Self {
        self.with = with.clone();
        self
    }

    /// Whether somebody else's export serves this query too, or ours somebody else's.
    async fn way(&self, query: &ExportQuery) -> Result<Way> {
        let shared = &self.shared;
        let connection = &shared.settings.connection;
        let others = self.with.others(connection);
        if others.is_empty() || matches!(query.anchor, ExportAnchor::Reports(_)) {
            return Ok(Way::Alone);
        }
        let own = self
            .key(connection)
            .await?
            .ok_or_else(failure::not_connected)?
            .1;
        let pair = fingerprint(&own);
        let mut alike = Vec::new();
        for member in others {
            let key = self.key(&member.connection).await;
            // Somebody else's trouble with a key pair is told when they ask for themselves.
            if let Ok(Some((_, key))) = key
                && fingerprint(&key) == pair
            {
                alike.push(member);
            }
        }
        let wanted = Wanted {
            pair,
            anchor: query.anchor.clone(),
        };
        let patience = shared.settings.client.download.deadline;
        let now = shared.clock.now();
        Ok(self
            .with
            .way(connection, &wanted, alike, now, patience)
            .await)
    }

    async fn exports(&self, query: &ExportQuery) -> Result<stream::Exports> {
        let mut queries = self.queries(query)?;
        let first = queries
            .pop_front()
            .ok_or_else(|| Error::invalid("export reports: no report was named"))?;
        stream::Exports::open(self.client().await?, &first, queries).await
    }

    /// A connection's key pair, with the version it is stored under.
    async fn key(&self, connection: &ConnectionId) -> Result<Option<(u64, ExpensifyKey)>> {
        let stored = self
            .shared
            .credentials
            .load(connection, Provider::Expensify)
            .await?;
        match stored {
            None => Ok(None),
            Some(Versioned {
                version,
                credential: Credential::Expensify(key),
            }) => Ok(Some((version, key))),
            Some(_) => Err(failure::foreign_credential()),
        }
    }

    async fn client(&self) -> Result<wire::Client> {
        let shared = &self.shared;
        let key = self.key(&shared.settings.connection).await?;
        let (stored_version, key) = key.ok_or_else(failure::not_connected)?;
        let mut client = shared.client.lock().await;
        if let Some((version, client)) = &*client
            && *version == stored_version
        {
            return Ok(client.clone());
        }
        let transport = match &shared.transport {
            Some(transport) => Arc::clone(transport),
            None => Arc::new(
                wire::HttpTransport::new(&shared.settings.client.timeouts).map_err(set_up)?,
            ),
        };
        let metered = Metered {
            inner: transport,
            meter: Arc::clone(&shared.meter),
        };
        let credentials = wire::Credentials::new(key.user_id.into(), key.user_secret);
        let made = wire::ClientBuilder::new(shared.settings.client.clone(), credentials)
            .with_transport(Arc::new(metered))
            .with_budget(self.with.budget(&shared.settings.client))
            .build()
            .map_err(set_up)?;
        *client = Some((stored_version, made.clone()));
        Ok(made)
    }

    fn queries(&self, query: &ExportQuery) -> Result<VecDeque<wire::ExportQuery>> {
        let policies = policies(&query.workspaces)?;
        let today = self.shared.clock.now().date_naive();
        let queries = match &query.anchor {
            // Reports in two of the queries come twice, which a source may do.
            ExportAnchor::ApprovedAfter(day) => {
                wire::poll::approved_after(*day, today, APPROVAL_LAG)
            }
            ExportAnchor::Window { from, to } => wire::poll::submitted_between(*from, *to),
            // Without a workspace or a state: they are asked for as they are, wherever they are.
            ExportAnchor::Reports(ids) => return self.by_id(ids),
        };
        let queries = queries.map_err(|error| failure::read("ask for reports", &error))?;
        Ok(queries
            .into_iter()
            .map(|query| {
                query
                    .in_states(STATES)
                    .in_policies(policies.iter().cloned())
            })
            .collect())
    }

    fn by_id(&self, ids: &[ReportId]) -> Result<VecDeque<wire::ExportQuery>> {
        let ids: Vec<wire::ReportId> = report_ids(ids)?.into_iter().collect();
        ids.chunks(self.shared.settings.reports_per_request.get())
            .map(|part| {
                wire::ExportQuery::reports(part.iter().cloned())
                    .map_err(|error| failure::read("ask for reports", &error))
            })
            .collect()
    }
}

#[async_trait]
impl ExpenseSource for ExpensifySource {
    async fn export(&self, query: &ExportQuery) -> Result<Box<dyn ReportStream>> {
        let joint = match self.way(query).await? {
            Way::Kept(items) => return Ok(Box::new(stream::Brought(items.into_iter()))),
            Way::Joint(joint) => joint,
            Way::Alone => return Ok(Box::new(self.exports(query).await?)),
        };
        let own: BTreeSet<WorkspaceId> = query.workspaces.iter().cloned().collect();
        let all: BTreeSet<WorkspaceId> = own.iter().chain(joint.workspaces()).cloned().collect();
        let wide = ExportQuery {
            workspaces: all.into_iter().collect(),
            anchor: query.anchor.clone(),
        };
        Ok(Box::new(stream::Served {
            exports: self.exports(&wide).await?,
            own,
            joint: Some(joint),
            clock: Arc::clone(&self.shared.clock),
        }))
    }

    async fn workspaces(&self) -> Result<Vec<SourceWorkspace>> {
        let query = wire::PolicyListQuery {
            scope: wire::PolicyScope::All,
            user_email: None,
        };
        let policies = self.client().await?.run(&query).await;
        let policies =
            policies.map_err(|error| failure::read("list the workspaces of Expensify", &error))?;
        Ok(policies
            .into_iter()
            .map(|policy| SourceWorkspace {
                id: WorkspaceId::new(policy.id.as_str()),
                name: policy.name,
                role: policy.role.unwrap_or_default(),
                currency: policy
                    .output_currency
                    .and_then(|code| Currency::parse(&code).ok()),
            })
            .collect())
    }

    async fn mark_exported(&self, reports: &[ReportId], label: &str) -> Result<()> {
        let action = "mark reports as exported in Expensify";
        let reports = report_ids(reports)?;
        if reports.is_empty() {
            return Ok(());
        }
        let label = wire::Label::new(label).map_err(|error| failure::read(action, &error))?;
        let covered = self.client().await?.mark_exported(&reports, &label).await;
        let covered = covered.map_err(|error| failure::write(action, &error))?;
        // The label is a courtesy (design, section 3): a report that is out of sight by now must not stop the others.
        for report in reports.difference(&covered) {
            tracing::warn!(%report, "not marked as exported: Expensify does not show it to these credentials");
        }
        Ok(())
    }

    async fn mark_reimbursed(&self, reports: &[ReportId]) -> Result<ReimbursementReply> {
        let action = "mark reports as reimbursed in Expensify";
        let reports: Vec<wire::ReportId> = report_ids(reports)?.into_iter().collect();
        let mut reply = ReimbursementReply::default();
        if reports.is_empty() {
            return Ok(reply);
        }
        let (client, settings) = (self.client().await?, &self.shared.settings);
        for part in reports.chunks(settings.reports_per_request.get()) {
            let job = reimbursement(part, settings.payment_source.as_deref());
            let job = job.map_err(|error| failure::read(action, &error))?;
            let outcome = client.run(&job).await;
            let outcome = outcome.map_err(|error| failure::write(action, &error))?;
            let ours = |id: &wire::ReportId| ReportId::new(id.as_str());
            reply.marked.extend(outcome.reimbursed.iter().map(ours));
            let left = outcome.skipped.iter().chain(&outcome.failed);
            reply
                .skipped
                .extend(left.map(|left| (ours(&left.report), left.reason.clone())));
            let unmentioned = outcome.unmentioned.iter();
            reply.skipped.extend(unmentioned.map(|id| {
                (
                    ours(id),
                    "Expensify's answer does not mention it".to_owned(),
                )
            }));
        }
        Ok(reply)
    }

    fn usage(&self) -> SourceUsage {
        self.shared.meter.usage()
    }
}

fn reimbursement(
    reports: &[wire::ReportId],
    payment_source: Option<&str>,
) -> Result<wire::Reimburse, wire::Error> {
    let job = wire::Reimburse::reports(reports.iter().cloned())?;
    match payment_source {
        Some(source) => job.paid_from(source),
        None => Ok(job),
    }
}

/// Tells key pairs apart without keeping them.
fn fingerprint(key: &ExpensifyKey) -> Fingerprint {
    use secrecy::ExposeSecret as _;
    let mut writer = FingerprintWriter::new("expensify-key/v1");
    writer
        .text(&key.user_id)
        .text(key.user_secret.expose_secret());
    writer.finish()
}

fn policies(workspaces: &[WorkspaceId]) -> Result<Vec<wire::PolicyId>> {
    let read = |id: &WorkspaceId| {
        wire::PolicyId::new(id.as_str())
            .map_err(|error| failure::read("read a workspace id", &error))
    };
    workspaces.iter().map(read).collect()
}

fn report_ids(ids: &[ReportId]) -> Result<BTreeSet<wire::ReportId>> {
    let read = |id: &ReportId| {
        wire::ReportId::new(id.as_str()).map_err(|error| failure::read("read a report id", &error))
    };
    ids.iter().map(read).collect()
}

fn set_up(error: wire::Error) -> Error {
    Error::invalid("set up the HTTP transport for Expensify").with_source(error)
}

#[cfg(test)]
mod tests;
