//! FreshBooks as a host reaches it.

use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sync_core::model::{Draft, LedgerRecord, RecordId, RecordKind, RecordStatus, Snapshot};
use sync_core::plan::StepKey;
use sync_core::ports::{
    EntryQuery, Ledger, LedgerUsage, LedgerWrite, Listing, ListingWindow, NotPermitted, Refusal,
    SendOutcome, SendPermit, SendReceipt, Store,
};
use sync_core::testing::block_on;
use sync_core::{Error, ErrorKind, Result};

use super::{SimCustody, turn};
use crate::fate::{ReadFate, SendFate};
use crate::planted::PortBug;
use crate::state::{Shared, State};
use crate::swarm::Fault;
use crate::truth::{Answer, Carrying, Rules};
use crate::violation::Invariant;

/// FreshBooks as a host reaches it.
#[derive(Debug)]
pub(crate) struct SimLedger {
    shared: Shared,
    host: usize,
    tenant: usize,
    custody: SimCustody,
}

impl SimLedger {
    pub(crate) fn new(shared: Shared, host: usize, tenant: usize) -> Self {
        Self {
            custody: SimCustody::new(shared.clone(), host, tenant),
            shared,
            host,
            tenant,
        }
    }

    fn note(&self, state: &mut State, code: u64, text: impl FnOnce() -> String) {
        state.counts.calls += 1;
        let at = state.now;
        let (host, tenant) = (self.host, self.tenant);
        let numbers = [
            code,
            host.try_into().unwrap_or(0),
            tenant.try_into().unwrap_or(0),
        ];
        state.trace.note(at, &numbers, || {
            format!("host{host} -> books {tenant}: {}", text())
        });
    }

    /// Whether other programs leave us no request now.
    fn is_busy(&self, state: &State) -> bool {
        state.tenants[self.tenant].books.is_busy(state.now)
    }

    /// What becomes of a request: whatever reaches books that do not take its token is refused for it.
    fn fate(&self, state: &mut State, admitted: bool) -> SendFate {
        let grace = state.tenants[self.tenant].books.grace;
        match state.fate.of_send(grace) {
            fate @ (SendFate::NotStarted | SendFate::Unreachable) => fate,
            _ if self.is_busy(state) => SendFate::Throttled(None),
            fate if admitted => fate,
            _ => SendFate::TokenRefused,
        }
    }

    /// One write, with a token and whatever becomes of both.
    async fn write(
        &self,
        permit: &SendPermit,
        deadline: DateTime<Utc>,
    ) -> (SendOutcome, Option<(usize, Answer)>) {
        let token = match self.custody.for_write().await {
            Ok(token) => token,
            // Nothing was sent: a person is needed, or time.
            Err(error) if error.kind() == ErrorKind::Unauthorized => {
                return (SendOutcome::Unauthorized, None);
            }
            Err(_) => return (SendOutcome::Unreachable, None),
        };
        let admitted = token
            .as_ref()
            .is_none_or(|token| self.custody.is_admitted(token));
        let (key, write) = (permit.key(), permit.write());
        let (outcome, answer) = match write {
            LedgerWrite::Create(draft) => self.request(key, draft, deadline, admitted),
            write => (self.correct(key, write, deadline, admitted), None),
        };
        // Between the request and its answer.
        turn().await;
        if outcome == SendOutcome::Unauthorized
            && let Some(token) = &token
        {
            self.custody.note_refused(token);
            self.custody.renew_for_the_next(token).await;
        }
        (outcome, answer)
    }

    /// One request, from its beginning to what the sender is told. Gives its number where it arrived.
    fn request(
        &self,
        key: &StepKey,
        draft: &Draft,
        deadline: DateTime<Utc>,
        admitted: bool,
    ) -> (SendOutcome, Option<(usize, Answer)>) {
        let mut state = self.shared.lock();
        let mut fate = self.fate(&mut state, admitted);
        let late = state.clock_of(self.host) > deadline;
        if late && !state.has_bug(PortBug::DeadlineIgnored) {
            fate = SendFate::NotStarted;
        }
        let reached = !matches!(fate, SendFate::NotStarted | SendFate::Unreachable);
        state.require(!(late && reached), Invariant::I6, || {
            format!("{key} is sent after its deadline, when the lease may be another's")
        });
        let mut answered = self.meet(&mut state, key, draft, fate);
        self.misread(&mut state, key, draft, &mut answered);
        self.note(&mut state, 10, || {
            format!(
                "POST {} {key}: {fate:?} => {:?}",
                draft.kind().as_str(),
                answered.0
            )
        });
        answered
    }

    /// A request that corrects what is written: the same twice is the same as once.
    fn correct(
        &self,
        key: &StepKey,
        write: LedgerWrite<'_>,
        deadline: DateTime<Utc>,
        admitted: bool,
    ) -> SendOutcome {
        let mut state = self.shared.lock();
        let mut fate = self.fate(&mut state, admitted);
        // Few corrections are sent: what is refused rarely would never be seen among them.
        if fate == SendFate::Applied && state.fate.strikes(Fault::Refused, 1000) {
            fate = SendFate::Refused;
        }
        if state.clock_of(self.host) > deadline {
            fate = SendFate::NotStarted;
        }
        self.note(&mut state, 15, || {
            format!("correct {key} by {write:?}: {fate:?}")
        });
        let refused = |message: &str| {
            SendOutcome::Refused(Refusal {
                field: None,
                message: message.to_owned(),
            })
        };
        let outcome = match fate {
            SendFate::NotStarted => return SendOutcome::NotStarted,
            SendFate::Unreachable => return SendOutcome::Unreachable,
            SendFate::Throttled(retry_after) => SendOutcome::Throttled { retry_after },
            SendFate::TokenRefused => SendOutcome::Unauthorized,
            SendFate::NotPermitted => SendOutcome::NotPermitted(NotPermitted {
                message: "scope is missing".to_owned(),
            }),
            SendFate::Refused => refused("not valid"),
            SendFate::LostUnanswered(fault) => SendOutcome::Unknown {
                note: fault.text().to_owned(),
            },
            SendFate::Applied
            | SendFate::AppliedOtherwise
            | SendFate::AppliedUnanswered(_)
            | SendFate::AppliedAfter(_) => {
                let done = state.tenants[self.tenant].books.correct(write);
                match (done, write) {
                    (false, _) => refused("not found"),
                    (
                        true,
                        LedgerWrite::Update { record, .. } | LedgerWrite::Void { record, .. },
                    ) if matches!(fate, SendFate::Applied | SendFate::AppliedOtherwise) => {
                        SendOutcome::Applied(record)
                    }
                    _ => SendOutcome::Unknown {
                        note: "no answer".to_owned(),
                    },
                }
            }
        };
        state.counts.requests += 1;
        let from = state.origin(self.host);
        let connection = state.tenants[self.tenant].connection.id.clone();
        let intent = state.installations[from.installation]
            .ledgers
            .entry(connection)
            .or_default()
            .intents
            .remove(&(key.clone(), from));
        state.require(intent, Invariant::I5, || {
            format!("{key} is corrected without a durable intent of its own")
        });
        state.hosts[self.host].corrected.insert(key.clone());
        outcome
    }

    /// What an adapter with a bug makes of an answer.
    fn misread(
        &self,
        state: &mut State,
        key: &StepKey,
        draft: &Draft,
        (outcome, answer): &mut (SendOutcome, Option<(usize, Answer)>),
    ) {
        let refused = || {
            SendOutcome::Refused(Refusal {
                field: None,
                message: "not written".to_owned(),
            })
        };
        match (state.bug, &*outcome) {
            (Some(PortBug::ServerErrorIsRefusal), SendOutcome::Unknown { .. })
            | (Some(PortBug::TakenNumberIsRefusal), SendOutcome::NumberTaken)
            | (Some(PortBug::TokenRefusalIsRefusal), SendOutcome::Unauthorized) => {
                *outcome = refused();
            }
            (Some(PortBug::TimeoutIsUnreachable), SendOutcome::Unknown { .. }) => {
                *outcome = SendOutcome::Unreachable;
            }
            (Some(PortBug::TimeoutIsApplied), SendOutcome::Unknown { .. }) => {
                *outcome = SendOutcome::Applied(RecordId::new(1));
            }
            (Some(PortBug::TransportRepeatsPost), SendOutcome::Unknown { .. }) => {
                (*outcome, *answer) = self.meet(state, key, draft, SendFate::Applied);
            }
            _ => {}
        }
    }

    fn meet(
        &self,
        state: &mut State,
        key: &StepKey,
        draft: &Draft,
        fate: SendFate,
    ) -> (SendOutcome, Option<(usize, Answer)>) {
        let lost = |note: &str| SendOutcome::Unknown {
            note: note.to_owned(),
        };
        match fate {
            SendFate::NotStarted => return (SendOutcome::NotStarted, None),
            SendFate::Unreachable => return (SendOutcome::Unreachable, None),
            _ => {}
        }
        let Some(number) = self.arrive(state, key, draft) else {
            return (lost("the world has ended"), None);
        };
        let none = Some((number, Answer::NotApplied));
        let mut how = Carrying::default();
        match fate {
            SendFate::Applied | SendFate::AppliedOtherwise => {
                how.wrong_total = fate == SendFate::AppliedOtherwise;
                match self.carry_out(state, number, draft, how) {
                    Some(id) => (SendOutcome::Applied(id), Some((number, Answer::Applied))),
                    None => (
                        SendOutcome::NumberTaken,
                        Some((number, Answer::NumberTaken)),
                    ),
                }
            }
            SendFate::AppliedUnanswered(fault) => {
                self.carry_out(state, number, draft, how);
                (lost(fault.text()), None)
            }
            SendFate::LostUnanswered(fault) => (lost(fault.text()), None),
            SendFate::AppliedAfter(span) => {
                let until = state.now + span;
                let grace = state.tenants[self.tenant].books.grace;
                how.lag = state.fate.lag(grace);
                state.tenants[self.tenant]
                    .books
                    .delay(until, number, draft.clone(), how);
                (lost("no answer in time"), None)
            }
            SendFate::Throttled(retry_after) => (SendOutcome::Throttled { retry_after }, none),
            SendFate::TokenRefused => (
                SendOutcome::Unauthorized,
                Some((number, Answer::TokenRefused)),
            ),
            SendFate::NotPermitted => {
                let message = "scope is missing".to_owned();
                (SendOutcome::NotPermitted(NotPermitted { message }), none)
            }
            SendFate::Refused => {
                let refusal = Refusal {
                    field: Some("vendorid".to_owned()),
                    message: "not valid".to_owned(),
                };
                (SendOutcome::Refused(refusal), none)
            }
            SendFate::NotStarted | SendFate::Unreachable => (lost("not reached"), None),
        }
    }

    fn was_begun_before(&self, state: &State, draft: &Draft) -> bool {
        let origin = state.origin(self.host);
        let query = EntryQuery {
            keys: vec![StepKey::of(draft.marker())],
            limit: 1,
            ..EntryQuery::default()
        };
        let store = &state.installations[origin.installation].store;
        let connection = &state.tenants[self.tenant].connection.id;
        let entries = block_on(store.entries(connection, &query)).unwrap_or_default();
        entries.iter().any(|entry| entry.attempts > 1)
    }

    /// What an adapter with a bug makes of a listing.
    fn mislist(&self, state: &mut State, window: &ListingWindow, records: &mut Vec<LedgerRecord>) {
        match state.bug {
            Some(PortBug::OnePageOnly) => records.truncate(1),
            Some(PortBug::DeletedRowsHidden) => {
                records.retain(|record| record.status != RecordStatus::Deleted);
            }
            Some(PortBug::ArchivedRowsHidden) => {
                records.retain(|record| record.status != RecordStatus::Archived);
            }
            Some(PortBug::ListingFromCache) => {
                let cached = state.tenants[self.tenant].books.cached(window, records);
                *records = cached;
            }
            Some(PortBug::AdoptsOnAmount) => {
                let origin = state.origin(self.host);
                let store = &state.installations[origin.installation].store;
                let connection = &state.tenants[self.tenant].connection.id;
                let all = EntryQuery {
                    limit: u32::MAX,
                    ..EntryQuery::default()
                };
                let entries = block_on(store.entries(connection, &all)).unwrap_or_default();
                for record in records {
                    let alike = entries.iter().filter(|entry| {
                        entry.state.record().is_none() && entry.step.draft.total() == record.total
                    });
                    record
                        .markers
                        .extend(alike.map(|entry| entry.step.draft.marker().clone()));
                }
            }
            Some(PortBug::MarkFromRowId) => {
                let epoch = state.origin(self.host).epoch;
                let installation = state.origin(self.host).installation;
                let books = &state.tenants[self.tenant].books;
                records.retain(|record| books.made_by(record, installation, epoch));
            }
            _ => {}
        }
    }

    /// What must hold whenever a request arrives.
    fn arrive(&self, state: &mut State, key: &StepKey, draft: &Draft) -> Option<usize> {
        state.counts.requests += 1;
        let from = state.origin(self.host);
        let tenant = &state.tenants[self.tenant];
        let connection = tenant.connection.id.clone();
        let settings = &tenant.connection.settings;
        let absences_needed = usize::try_from(settings.absences_needed)
            .unwrap_or(1)
            .max(1);
        let store = &state.installations[from.installation].store;
        let counts = block_on(store.counts(&connection)).unwrap_or_default();
        let knows_one = counts.entries.iter().any(|(kind, state, entries)| {
            *kind == draft.kind() && state.has_record() && *entries > 0
        });
        let margin = Some(settings.probe_margin_days).filter(|_| knows_one);
        let intent = state.installations[from.installation]
            .ledgers
            .entry(connection)
            .or_default()
            .intents
            .remove(&(key.clone(), from));
        state.require(intent, Invariant::I5, || {
            format!("{key} is sent without a durable intent of its own")
        });
        let (now, began_at) = (state.now, state.hosts[self.host].began_at);
        let moved = state.tenants[self.tenant].moved.clone();
        let rules = Rules {
            absences_needed,
            began_at,
            margin,
            moved: &moved,
        };
        let books = if state.has_bug(PortBug::OtherBooks) {
            (self.tenant + 1) % state.tenants.len()
        } else {
            self.tenant
        };
        let foreign = crate::world::tenant_of(draft).is_some_and(|tenant| tenant != books);
        state.require(!foreign, Invariant::I9, || {
            format!("{key} of another connection is sent to books {books}")
        });
        let arrived = state.tenants[self.tenant]
            .books
            .arrives(from, draft, rules, now);
        match arrived {
            Ok(number) => Some(number),
            Err(violation) => {
                state.violated(violation);
                None
            }
        }
    }

    fn carry_out(
        &self,
        state: &mut State,
        number: usize,
        draft: &Draft,
        mut how: Carrying,
    ) -> Option<RecordId> {
        let now = state.now;
        let grace = state.tenants[self.tenant].books.grace;
        how.lag = state.fate.lag(grace);
        let left = state.hosts[self.host].records_left;
        // What is sent again after proof was let through before.
        if left.is_some() && !self.was_begun_before(state, draft) {
            state.require(left != Some(0), Invariant::I11, || {
                format!("{} is written beyond what the brake allows", draft.marker())
            });
            state.hosts[self.host].records_left = left.map(|left| left.saturating_sub(1));
        }
        let written = state.tenants[self.tenant]
            .books
            .carry_out(number, draft, how, now);
        state.checked(written)
    }
}

#[async_trait]
impl Ledger for SimLedger {
    async fn snapshot(&self) -> Result<Snapshot> {
        self.custody.read("read the reference data").await?;
        let mut state = self.shared.lock();
        self.note(&mut state, 11, || "snapshot".to_owned());
        let fails = state.fate.of_read(Fault::SnapshotFails, 1000) == ReadFate::Fails;
        if fails || self.is_busy(&state) {
            return Err(unavailable("read the reference data"));
        }
        Ok(Snapshot::new(
            state.tenants[self.tenant].books.reference.clone(),
        ))
    }

    async fn list(&self, window: &ListingWindow) -> Result<Listing> {
        self.custody.read("read a listing to its end").await?;
        let mut state = self.shared.lock();
        let fails = state.fate.of_listing() == ReadFate::Fails;
        if fails || self.is_busy(&state) {
            if state.has_bug(PortBug::BrokenListingIsEmpty) {
                return Ok(Listing::default());
            }
            self.note(&mut state, 12, || format!("list {window:?}: breaks off"));
            return Err(unavailable("read a listing to its end"));
        }
        let (from, now) = (state.origin(self.host), state.now);
        let mut records = state.tenants[self.tenant].books.list(from, window, now);
        self.mislist(&mut state, window, &mut records);
        if state.fate.strikes(Fault::RowsRepeated, 1000) {
            records.reverse();
            records.extend(records.first().cloned());
        }
        self.note(&mut state, 13, || {
            format!("list {window:?}: {} record(s)", records.len())
        });
        Ok(Listing { records })
    }

    async fn send(&self, permits: Vec<SendPermit>, deadline: DateTime<Utc>) -> Vec<SendReceipt> {
        let mut receipts = Vec::with_capacity(permits.len());
        let mut arrived = BTreeMap::new();
        for permit in permits {
            let (outcome, answer) = self.write(&permit, deadline).await;
            if let Some((number, answer)) = answer {
                arrived.insert(permit.key().clone(), number);
                let mut state = self.shared.lock();
                state.tenants[self.tenant].books.requests[number].answer = answer;
            }
            receipts.push(SendReceipt {
                key: permit.key().clone(),
                outcome,
            });
        }
        let mut state = self.shared.lock();
        if state.has_bug(PortBug::ReceiptsSwapped)
            && let [first, .., last] = receipts.as_mut_slice()
        {
            std::mem::swap(&mut first.outcome, &mut last.outcome);
        }
        if receipts.len() > 1 && state.fate.strikes(Fault::ReceiptsJumbled, 1000) {
            receipts.reverse();
        }
        if state.fate.strikes(Fault::ReceiptMissing, 1000)
            && let Some(missing) = receipts.pop()
        {
            // The sender never learns it: for the rules it is an answer lost, if a request arrived at all.
            if let Some(number) = arrived.get(&missing.key) {
                state.tenants[self.tenant].books.requests[*number].answer = Answer::Lost;
            }
        }
        receipts
    }

    async fn read(&self, kind: RecordKind, record: RecordId) -> Result<Option<LedgerRecord>> {
        self.custody.read("read a record").await?;
        let mut state = self.shared.lock();
        self.note(&mut state, 14, || {
            format!("read {} {record}", kind.as_str())
        });
        let fails = state.fate.of_read(Fault::ListFails, 300) == ReadFate::Fails;
        if fails || self.is_busy(&state) {
            return Err(unavailable("read a record"));
        }
        Ok(state.tenants[self.tenant]
            .books
            .read(kind, record)
            .map(|found| found.record.clone()))
    }

    fn usage(&self) -> LedgerUsage {
        LedgerUsage::default()
    }
}

fn unavailable(what: &str) -> Error {
    Error::new(ErrorKind::Unavailable, format!("{what}: broken off"))
}
