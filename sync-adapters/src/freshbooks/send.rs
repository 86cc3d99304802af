//! Sending: several writes at a time, each in a task of its own that nothing cancels once it has begun.

use std::sync::Arc;

use freshbooks_client as wire;
use sync_core::model::{Draft, RecordId, RecordKind};
use sync_core::plan::StepKey;
use sync_core::ports::{Refusal, SendOutcome, SendReceipt};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};

use super::convert::{self, NewRecord};
use super::failure;
use super::gate::{Gate, Purpose};

/// One write to be made.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) key: StepKey,
    kind: RecordKind,
    record: Result<NewRecord, &'static str>,
}

impl Job {
    pub(super) fn new(key: StepKey, draft: &Draft) -> Self {
        Self {
            key,
            kind: draft.kind(),
            record: convert::new_record(draft),
        }
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
        let record = match job.record {
            Ok(record) => record,
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
            .of(self.create(&record))
            .await;
        match made {
            Ok(id) => SendOutcome::Applied(RecordId::new(id)),
            Err(_) if gate.is_closed() => SendOutcome::NotStarted,
            Err(error) => failure::outcome(job.kind, &error),
        }
    }

    /// One request. That the answered record equals what was sent is for verification to tell.
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
