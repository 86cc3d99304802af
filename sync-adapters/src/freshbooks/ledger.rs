//! The ledger itself.

use std::num::NonZeroUsize;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use freshbooks_client as wire;
use sync_core::model::{LedgerRecord, RecordId, RecordKind, Snapshot};
use sync_core::ports::{
    Clock, Ledger, LedgerUsage, Listing, ListingWindow, SendPermit, SendReceipt,
};
use sync_core::{Error, Result};
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::gate::{Gated, Meter, Purpose};
use super::send::{Job, Writer};
use super::{convert, failure};

/// The three ids of one business. `users/me` tells them; see [`businesses`](super::businesses).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FreshBooksAccount {
    pub(super) account: wire::AccountId,
    pub(super) business: wire::BusinessId,
    pub(super) business_uuid: Option<wire::BusinessUuid>,
}

impl FreshBooksAccount {
    /// Reads the ids as FreshBooks writes them. Without the UUID the chart of accounts is not read.
    ///
    /// # Errors
    /// `Invalid`, naming the id that is none.
    pub fn new(account_id: &str, business_id: u64, business_uuid: Option<&str>) -> Result<Self> {
        let account = wire::AccountId::new(account_id).map_err(|_| {
            Error::invalid(
                "read the FreshBooks account id: write letters and digits such as \"ZyQ04o\"",
            )
        })?;
        let business_uuid = business_uuid.map(wire::BusinessUuid::new).transpose();
        let business_uuid = business_uuid.map_err(|_| {
            Error::invalid("read the FreshBooks business UUID: write it as users/me shows it")
        })?;
        Ok(Self {
            account,
            business: wire::BusinessId::new(business_id),
            business_uuid,
        })
    }

    /// The id of the accounting account.
    pub fn account_id(&self) -> &str {
        self.account.as_str()
    }
}

/// Whether rules name projects or clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReferenceNames {
    /// No rule does: they are not read, which saves requests and two scopes.
    Unused,
    /// Some rule does: they are read with every snapshot.
    Used,
}

/// What can be set about a [`FreshBooksLedger`].
#[derive(Clone, Debug)]
pub struct FreshBooksSettings {
    /// Which books.
    pub account: FreshBooksAccount,
    /// Time-outs, pacing, pages and reads of the client.
    pub client: wire::Settings,
    /// Where FreshBooks is; `None` for the real one.
    pub endpoints: Option<wire::Endpoints>,
    /// Writes under way at once. Default 8: with the observed limit of 250 creates a minute more is not faster.
    pub sends_at_once: NonZeroUsize,
    /// Whether projects and clients are read. Default [`ReferenceNames::Unused`].
    pub projects_and_clients: ReferenceNames,
}

impl FreshBooksSettings {
    /// The defaults for a business.
    pub fn new(account: FreshBooksAccount) -> Self {
        Self {
            account,
            client: wire::Settings::default(),
            endpoints: None,
            sends_at_once: NonZeroUsize::MIN.saturating_add(7),
            projects_and_clients: ReferenceNames::Unused,
        }
    }

    /// Talks to a stand-in that serves everything below `base_url`.
    ///
    /// # Errors
    /// `Invalid` when `base_url` is no http or https URL.
    pub fn at(mut self, base_url: &str) -> Result<Self> {
        self.endpoints = Some(endpoints_at(base_url)?);
        Ok(self)
    }
}

/// The endpoints of a stand-in.
pub(super) fn endpoints_at(base_url: &str) -> Result<wire::Endpoints> {
    let invalid = || Error::invalid("read the FreshBooks base URL: write an http or https URL");
    let url = url::Url::parse(base_url).map_err(|_| invalid())?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(invalid());
    }
    wire::Endpoints::at(&url).map_err(|_| invalid())
}

/// FreshBooks as a [`Ledger`]. Cheap to clone; clones share connections, rate limits and counters.
///
/// Call it within a tokio runtime.
#[derive(Clone, Debug)]
pub struct FreshBooksLedger {
    settings: Arc<FreshBooksSettings>,
    writer: Writer,
    clock: Arc<dyn Clock>,
    meter: Arc<Meter>,
}

impl FreshBooksLedger {
    /// A ledger over HTTP that takes its tokens from `tokens`, usually a [`GrantCustody`](super::GrantCustody). Sends
    /// nothing yet.
    ///
    /// # Errors
    /// `Invalid` when the HTTP transport cannot be set up.
    pub fn new(
        settings: FreshBooksSettings,
        tokens: Arc<dyn wire::TokenProvider>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self> {
        let transport = wire::HttpTransport::new(&settings.client.http).map_err(|error| {
            Error::invalid("set up the HTTP transport for FreshBooks").with_source(error)
        })?;
        Self::with_transport(settings, tokens, clock, Arc::new(transport))
    }

    /// A ledger that sends through another transport, which must keep the promises of [`wire::Transport`].
    ///
    /// # Errors
    /// `Invalid` when the client cannot be put together.
    pub fn with_transport(
        settings: FreshBooksSettings,
        tokens: Arc<dyn wire::TokenProvider>,
        clock: Arc<dyn Clock>,
        transport: Arc<dyn wire::Transport>,
    ) -> Result<Self> {
        let meter = Arc::new(Meter::default());
        let gated = Gated {
            inner: transport,
            meter: Arc::clone(&meter),
        };
        let mut builder = wire::Client::builder(tokens)
            .with_settings(settings.client.clone())
            .with_transport(Arc::new(gated));
        if let Some(endpoints) = &settings.endpoints {
            builder = builder.with_endpoints(endpoints.clone());
        }
        let client = builder
            .build()
            .map_err(|error| failure::read("set up the FreshBooks client", &error))?;
        let turns = Arc::new(Semaphore::new(
            settings.sends_at_once.get().min(Semaphore::MAX_PERMITS),
        ));
        let writer = Writer {
            client,
            account: settings.account.account.clone(),
            turns,
        };
        Ok(Self {
            settings: Arc::new(settings),
            writer,
            clock,
            meter,
        })
    }

    /// The client, for what this port does not cover.
    pub fn client(&self) -> &wire::Client {
        &self.writer.client
    }

    pub(super) fn account(&self) -> &wire::AccountId {
        &self.writer.account
    }

    pub(super) fn settings(&self) -> &FreshBooksSettings {
        &self.settings
    }

    async fn send_jobs(&self, jobs: Vec<Job>, deadline: DateTime<Utc>) -> Vec<SendReceipt> {
        // The wall clock is asked once; from here on a span is measured, which no jump of the clock can stretch.
        let left = (deadline - self.clock.now()).to_std().unwrap_or_default();
        self.writer.send_all(jobs, Instant::now() + left).await
    }

    async fn read_record(
        &self,
        kind: RecordKind,
        record: RecordId,
    ) -> Result<Option<LedgerRecord>> {
        let (client, account, id) = (self.client(), self.account(), record.get());
        let (action, found) = match kind {
            RecordKind::Bill => (
                "read a bill",
                client
                    .bills(account)
                    .get(wire::BillId::new(id))
                    .await
                    .map(|raw| convert::bill(&raw)),
            ),
            RecordKind::Expense => {
                let found = client.expenses(account).get(wire::ExpenseId::new(id)).await;
                ("read an expense", found.map(|raw| convert::expense(&raw)))
            }
            RecordKind::Vendor => {
                let found = client.vendors(account).get(wire::VendorId::new(id)).await;
                ("read a vendor", found.map(|raw| convert::vendor(&raw)))
            }
        };
        match found {
            Ok(record) => Ok(Some(record)),
            Err(error) if error.kind() == wire::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failure::read(action, &error)),
        }
    }
}

#[async_trait]
impl Ledger for FreshBooksLedger {
    async fn snapshot(&self) -> Result<Snapshot> {
        // Boxed: seven listings at once make a future too large to be moved about.
        Purpose::Snapshot.of(Box::pin(self.read_snapshot())).await
    }

    async fn list(&self, window: &ListingWindow) -> Result<Listing> {
        Purpose::Listing.of(self.list_window(window)).await
    }

    async fn send(&self, permits: Vec<SendPermit>, deadline: DateTime<Utc>) -> Vec<SendReceipt> {
        let jobs = permits
            .into_iter()
            .map(|permit| Job::new(permit.key().clone(), permit.write()))
            .collect();
        self.send_jobs(jobs, deadline).await
    }

    async fn read(&self, kind: RecordKind, record: RecordId) -> Result<Option<LedgerRecord>> {
        Purpose::Read.of(self.read_record(kind, record)).await
    }

    fn usage(&self) -> LedgerUsage {
        self.meter.usage()
    }
}

#[cfg(test)]
mod tests;
