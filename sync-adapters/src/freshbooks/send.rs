//! Sending: several writes at a time, each in a task of its own that nothing cancels once it has begun.

use std::sync::Arc;

use freshbooks_client as wire;
use sync_core::model::{RecordId, RecordKind};
use sync_core::plan::StepKey;
use sync_core::ports::{LedgerWrite, Refusal, SendOutcome, SendReceipt};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};

use super::convert::{self, NewRecord, RecordUpdate};
use super::failure;
use super::gate::{Gate, Purpose};

/// One write to be made.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) key: StepKey,
    kind: RecordKind,
    request: Result<WriteRequest, &'static str>,
}

/// A request that writes, as FreshBooks takes it.
#[derive(Debug)]
enum WriteRequest {
    /// A new record.
    Create(Box<NewRecord>),
    /// Other values in a record, and nothing else: a visibility sent along would be all that FreshBooks applies (3.0).
    Update(u64, RecordUpdate),
    /// A record's visibility alone, which is how FreshBooks deletes.
    Void(RecordKind, u64),
}

impl Job {
    pub(super) fn new(key: StepKey, write: LedgerWrite<'_>) -> Self {
        let (kind, request) = match write {
            LedgerWrite::Create(draft) => (
                draft.kind(),
                convert::new_record(draft).map(|record| WriteRequest::Create(Box::new(record))),
            ),
            LedgerWrite::Update { record, draft } => (
                draft.kind(),
                convert::record_update(draft)
                    .map(|update| WriteRequest::Update(record.get(), update)),
            ),
            LedgerWrite::Void { kind, record } => {
                (kind, Ok(WriteRequest::Void(kind, record.get())))
            }
        };
        Self { key, kind, request }
    }
}

/// Who writes, and where.
#[derive(Clone, Debug)]
pub(super) struct Writer {
    pub(super) client: wire::Client,
    pub(super) account: wire::AccountId,
    pub(super) turns: Arc<Semaphore>,
}

/// Shuts the gates of writes that have not begun when the caller goes away. Those that have run on to their end.
struct ShutOnDrop(Vec<Arc<Gate>>);

impl Drop for ShutOnDrop {
    fn drop(&mut self) {
        for gate in &self.0 {
            gate.close();
        }
    }
}

impl Writer {
    /// Makes each write, and says what became of it.
    pub(super) async fn send_all(&self, jobs: Vec<Job>, deadline: Instant) -> Vec<SendReceipt> {
        let gates: Vec<Arc<Gate>> = jobs.iter().map(|_| Arc::new(Gate::new(deadline))).collect();
        let _shut = ShutOnDrop(gates.clone());
        let begun: Vec<(StepKey, Arc<Gate>, JoinHandle<SendOutcome>)> = jobs
            .into_iter()
            .zip(gates)
            .map(|(job, gate)| {
                let (key, writer, own) = (job.key.clone(), self.clone(), Arc::clone(&gate));
                (
                    key,
                    gate,
                    tokio::spawn(async move { writer.send_one(job, &own, deadline).await }),
                )
            })
            .collect();
        let mut receipts = Vec::with_capacity(begun.len());
        for (key, gate, task) in begun {
            // A task that panicked has told nothing, but its gate knows whether the request had begun.
            let lost = || {
                let note = "the sending task broke off".to_owned();
                if gate.has_begun() {
                    SendOutcome::Unknown { note }
                } else {
                    SendOutcome::NotStarted
                }
            };
            receipts.push(SendReceipt {
                key,
                outcome: task.await.unwrap_or_else(|_| lost()),
            });
        }
        receipts
    }

    async fn send_one(&self, job: Job, gate: &Arc<Gate>, deadline: Instant) -> SendOutcome {
        let write = self.write(job, gate);
        tokio::pin!(write);
        tokio::select! {
            biased;
            () = sleep_until(deadline) => {
                if gate.close() || gate.is_closed() {
                    SendOutcome::NotStarted
                } else {
                    // On the wire: its outcome is worth more than the deadline. The client's own time-out ends it.
                    write.await
                }
            }
            outcome = &mut write => outcome,
        }
    }

    async fn write(&self, job: Job, gate: &Arc<Gate>) -> SendOutcome {
        let request = match job.request {
            Ok(request) => request,
            Err(field) => {
                let message = "it cannot be written the way FreshBooks wants it".to_owned();
                return SendOutcome::Refused(Refusal {
                    field: Some(field.to_owned()),
                    message,
                });
            }
        };
        // The semaphore is never closed; if it were, nothing would be sent.
        let Ok(_turn) = self.turns.acquire().await else {
            return SendOutcome::NotStarted;
        };
        if gate.is_closed() {
            return SendOutcome::NotStarted;
        }
        let made = Purpose::Write(Arc::clone(gate))
            .of(self.request(&request))
            .await;
        match made {
            Ok(id) => SendOutcome::Applied(RecordId::new(id)),
            Err(_) if gate.is_closed() => SendOutcome::NotStarted,
            Err(error) => match request {
                WriteRequest::Create(_) => failure::outcome(job.kind, &error),
                WriteRequest::Update(..) | WriteRequest::Void(..) => {
                    failure::outcome_of_change(job.kind, &error)
                }
            },
        }
    }

    /// One request. That the answered record equals what was sent is for verification to tell.
    async fn request(&self, request: &WriteRequest) -> Result<u64, wire::Error> {
        match request {
            WriteRequest::Create(record) => self.create(record).await,
            WriteRequest::Update(id, update) => self.update(*id, update).await,
            WriteRequest::Void(kind, id) => self.void(*kind, *id).await,
        }
    }

    async fn update(&self, id: u64, update: &RecordUpdate) -> Result<u64, wire::Error> {
        match update {
            RecordUpdate::Bill(update) => self
                .client
                .bills(&self.account)
                .update(wire::BillId::new(id), update)
                .await
                .map(|changed| changed.id.get()),
            RecordUpdate::Expense(update) => self
                .client
                .expenses(&self.account)
                .update(wire::ExpenseId::new(id), update)
                .await
                .map(|changed| changed.id.get()),
        }
    }

    async fn void(&self, kind: RecordKind, id: u64) -> Result<u64, wire::Error> {
        let deleted = wire::VisState::Deleted;
        match kind {
            RecordKind::Bill => self
                .client
                .bills(&self.account)
                .set_vis_state(wire::BillId::new(id), deleted)
                .await
                .map(|changed| changed.id.get()),
            RecordKind::Expense => self
                .client
                .expenses(&self.account)
                .set_vis_state(wire::ExpenseId::new(id), deleted)
                .await
                .map(|changed| changed.id.get()),
            RecordKind::Vendor => self
                .client
                .vendors(&self.account)
                .set_vis_state(wire::VendorId::new(id), deleted)
                .await
                .map(|changed| changed.id.get()),
        }
    }

    async fn create(&self, record: &NewRecord) -> Result<u64, wire::Error> {
        match record {
            NewRecord::Bill(new) => self
                .client
                .bills(&self.account)
                .create(new)
                .await
                .map(|made| made.id.get()),
            NewRecord::Expense(new) => self
                .client
                .expenses(&self.account)
                .create(new)
                .await
                .map(|made| made.id.get()),
            NewRecord::Vendor(new) => self
                .client
                .vendors(&self.account)
                .create(new)
                .await
                .map(|made| made.id.get()),
        }
    }
}
