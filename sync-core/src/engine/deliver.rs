//! Probing, sending and reading back, in waves of bounded size.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::Interruption;
use super::pass::{Pass, overflow};
use super::probe::{Sightings, judge, windows};
use super::retry::backoff;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Draft, Money, RecordKind};
use crate::plan::{Cause, StepKey};
use crate::planted::{Bug, is_on};
use crate::ports::{Event, ListingWindow, SendOutcome, SendReceipt, Transition, permits};
use crate::state::{EntryEvent, EntryState, NotApplied, OutboxEntry, StateName};

/// Entries handled under one set of listings. Bounded so that a backfill of any size needs bounded memory.
const WAVE: usize = 5_000;

impl Pass<'_> {
    /// Delivers what is due, wave by wave: probe, send what is certainly absent, read back what was written.
    ///
    /// Vendors go first and alone: bills name them.
    pub(super) async fn deliver(&mut self, now: DateTime<Utc>) -> Result<()> {
        let mut open = self
            .entries_in(&[StateName::Planned, StateName::Unknown, StateName::Posted])
            .await?;
        open.retain(|entry| entry.state != EntryState::Planned || self.is_due(entry, now));
        let sendable = open
            .iter()
            .filter(|entry| entry.state == EntryState::Planned)
            .count();
        self.engine.tell(&Event::DeliveryStarted {
            records: u64::try_from(sendable).unwrap_or(u64::MAX),
        });
        let (vendors, rest): (Vec<_>, Vec<_>) = open
            .into_iter()
            .partition(|entry| entry.step.draft.kind() == RecordKind::Vendor);
        for entries in [vendors, rest] {
            for wave in entries.chunks(WAVE) {
                if self.tally.interrupted.is_none() {
                    self.wave(wave).await?;
                }
            }
        }
        Ok(())
    }

    async fn wave(&mut self, wave: &[OutboxEntry]) -> Result<()> {
        let sightings = self.look(wave).await?;
        let absent = self.probe(wave, &sightings).await?;
        let sent = self.send(absent).await?;
        // What was only probed for has just been listed; a second listing is for what was written since.
        let sightings = if sent {
            self.look(wave).await
        } else {
            Ok(sightings)
        };
        let sightings = match sightings {
            Ok(sightings) => sightings,
            // Whatever stopped the sends stops the listing too; the next pass reads back.
            Err(error) => match &mut self.tally.interrupted {
                Some(stop) => {
                    refused_for_good(stop, &error);
                    return Ok(());
                }
                None => return Err(error),
            },
        };
        self.resume_if_renewed();
        self.read_back(wave, &sightings, sent).await
    }

    /// Lists the windows that cover these entries, each to its end.
    ///
    /// A database that knows no record of a kind may be one that was lost, or a second installation's: people may have
    /// moved the dates of what is there by any number of days, so all of that kind is listed. So is it while an outcome of
    /// that kind is unknown, or while something is sent again that may exist: a person may have moved it meanwhile.
    pub(super) async fn look(&mut self, entries: &[OutboxEntry]) -> Result<Sightings> {
        let mut windows = windows(entries, self.connection.settings.probe_margin_days);
        let unproven: BTreeSet<_> = entries
            .iter()
            .filter(|entry| entry.may_be_anywhere() && !is_on(Bug::UnknownLookedAround))
            .map(|entry| entry.step.draft.kind())
            .collect();
        for window in &mut windows {
            if self.unknown_kinds.contains(&window.kind) || unproven.contains(&window.kind) {
                (window.from, window.to) = (None, None);
            }
        }
        self.look_through(&windows).await
    }

    /// Lists these windows, each to its end.
    pub(super) async fn look_through(&mut self, windows: &[ListingWindow]) -> Result<Sightings> {
        let mut sightings = Sightings::begin(self.now());
        for window in windows {
            self.renew().await?;
            self.list(window, &mut sightings).await?;
        }
        Ok(sightings)
    }

    pub(super) async fn list(
        &self,
        window: &ListingWindow,
        sightings: &mut Sightings,
    ) -> Result<()> {
        let listing = self.engine.ports.ledger.list(window).await?;
        let records = u64::try_from(listing.records.len()).unwrap_or(u64::MAX);
        self.engine.tell(&Event::Listed {
            kind: window.kind,
            records,
        });
        sightings.add(listing.records);
        Ok(())
    }

    /// Takes over what is there, notes what is not; returns the keys that may be sent.
    async fn probe(&mut self, wave: &[OutboxEntry], sightings: &Sightings) -> Result<Vec<StepKey>> {
        let mut events = Vec::new();
        let mut absent = Vec::new();
        // Records we know of are read back later; here they would only be adopted again.
        for entry in wave.iter().filter(|entry| entry.state.record().is_none()) {
            if is_on(Bug::FirstProbeSkipped) && entry.attempts == 0 {
                absent.push(entry.key.clone());
                continue;
            }
            match judge(entry, sightings, &self.connection.settings) {
                Some(event) => {
                    // It may be sent again, but not before the brake has counted it: in the next round, which looks once
                    // more.
                    self.tally.again |= event == EntryEvent::ProvenAbsent;
                    events.push(Transition {
                        key: entry.key.clone(),
                        event,
                    });
                }
                None if entry.state == EntryState::Planned => absent.push(entry.key.clone()),
                None => {}
            }
        }
        self.plan_again_what_was_voided(wave, &events).await?;
        let moved = self.record(events).await?;
        let adopted = moved
            .iter()
            .filter(|entry| matches!(entry.state, EntryState::Posted { .. }))
            .count();
        self.tally.adopted = self
            .tally
            .adopted
            .saturating_add(u64::try_from(adopted).unwrap_or(u64::MAX));
        Ok(absent)
    }

    /// Reports whose record another installation has voided are planned again first, so that a crash in between loses
    /// nothing: planning them finds nothing new as long as the entry is not voided here.
    async fn plan_again_what_was_voided(
        &mut self,
        wave: &[OutboxEntry],
        events: &[Transition],
    ) -> Result<()> {
        let voided: BTreeSet<_> = events
            .iter()
            .filter(|transition| matches!(transition.event, EntryEvent::Voided { .. }))
            .map(|transition| &transition.key)
            .collect();
        let reports: BTreeSet<_> = wave
            .iter()
            .filter(|entry| voided.contains(&entry.key))
            .map(|entry| entry.report.clone())
            .collect();
        if reports.is_empty() {
            return Ok(());
        }
        self.tally.again = true;
        let reports: Vec<_> = reports.into_iter().collect();
        let reason = "a record of it was voided, and replaced or to be replaced";
        self.plan_again(&reports, "engine", reason).await
    }

    /// Sends, a batch at a time: intents durable, requests, outcomes durable. Returns whether anything may have been
    /// written.
    async fn send(&mut self, keys: Vec<StepKey>) -> Result<bool> {
        let batch =
            usize::try_from(self.connection.settings.send_batch.max(1)).unwrap_or(usize::MAX);
        let mut sent = false;
        for keys in keys.chunks(batch) {
            if self.tally.interrupted.is_some() {
                break;
            }
            self.renew().await?;
            let now = self.now();
            let begun = self
                .engine
                .ports
                .store
                .begin_sends(&self.lease, keys, now)
                .await?;
            let deadline = now + self.send_window();
            let receipts = self
                .engine
                .ports
                .ledger
                .send(permits(begun.clone(), self.lease.fence), deadline)
                .await;
            sent |= !begun.is_empty();
            self.settle(&begun, receipts).await?;
        }
        Ok(sent)
    }

    /// How long a batch may take before what is not begun is put back.
    pub(super) fn send_window(&self) -> std::time::Duration {
        let settings = &self.connection.settings;
        settings.send_window.min(settings.lease_ttl / 2)
    }

    /// Makes the outcomes of a batch durable.
    async fn settle(&mut self, begun: &[OutboxEntry], receipts: Vec<SendReceipt>) -> Result<()> {
        let now = self.now();
        let mut transitions = Vec::with_capacity(receipts.len());
        let mut taken = BTreeSet::new();
        let mut unwritten = BTreeSet::new();
        self.interrupt_if_silent(&receipts);
        for receipt in receipts {
            let Some(entry) = begun.iter().find(|entry| entry.key == receipt.key) else {
                continue;
            };
            if receipt.outcome == SendOutcome::NumberTaken {
                taken.insert(&entry.key);
            }
            let may_be_written = match receipt.outcome {
                SendOutcome::Applied(_) => true,
                SendOutcome::Unknown { .. } => !is_on(Bug::UnansweredUnbraked),
                SendOutcome::NotStarted
                | SendOutcome::Unreachable
                | SendOutcome::Throttled { .. }
                | SendOutcome::Unauthorized
                | SendOutcome::NotPermitted(_)
                | SendOutcome::Refused(_)
                | SendOutcome::NumberTaken => false,
            };
            if !may_be_written {
                unwritten.insert(&entry.key);
            }
            self.interrupt(&receipt.outcome);
            let event = self.event_of(entry, receipt.outcome, now);
            transitions.push(Transition {
                key: receipt.key,
                event,
            });
        }
        // Also what no receipt came back for may have been written.
        for entry in begun.iter().filter(|entry| !unwritten.contains(&entry.key)) {
            self.tally.load.add(entry);
        }
        for entry in self.record(transitions).await? {
            if matches!(entry.state, EntryState::Posted { .. }) {
                self.count_written(&entry)?;
            } else if taken.contains(&entry.key) {
                self.find_taken(&entry).await?;
            }
        }
        Ok(())
    }

    pub(super) fn event_of(
        &self,
        entry: &OutboxEntry,
        outcome: SendOutcome,
        now: DateTime<Utc>,
    ) -> EntryEvent {
        let kind = entry.step.draft.kind();
        let again = |why, wait: Option<std::time::Duration>| self.try_again(entry, why, wait, now);
        match outcome {
            SendOutcome::Applied(record) => EntryEvent::Applied { record },
            SendOutcome::NotStarted => EntryEvent::NotApplied {
                why: NotApplied::NotStarted,
                retry_at: None,
            },
            SendOutcome::Unreachable => again(NotApplied::Unreachable, None),
            SendOutcome::Throttled { retry_after } => again(NotApplied::Throttled, retry_after),
            SendOutcome::Unauthorized => EntryEvent::NotApplied {
                why: NotApplied::Unauthorized,
                retry_at: None,
            },
            SendOutcome::NotPermitted(refusal) => EntryEvent::Refused {
                cause: Cause::NotPermitted {
                    kind,
                    message: refusal.message,
                },
            },
            SendOutcome::Refused(refusal) => EntryEvent::Refused {
                cause: Cause::Refused {
                    kind,
                    field: refusal.field,
                    message: refusal.message,
                },
            },
            // A correction sends no number, so its refusal has nothing to look for.
            SendOutcome::NumberTaken if entry.state.name() == StateName::Correcting => {
                EntryEvent::Refused {
                    cause: Cause::NumberTaken {
                        key: entry.key.to_string(),
                    },
                }
            }
            SendOutcome::NumberTaken => EntryEvent::OutcomeUnknown {
                note: "bill number is taken".to_owned(),
            },
            SendOutcome::Unknown { .. } if is_on(Bug::ResendAfterRefusalLost) => {
                again(NotApplied::Unreachable, None)
            }
            SendOutcome::Unknown { note } => EntryEvent::OutcomeUnknown { note },
        }
    }

    /// A send that was certainly not applied is tried again later, up to a number of times.
    fn try_again(
        &self,
        entry: &OutboxEntry,
        why: NotApplied,
        wait: Option<std::time::Duration>,
        now: DateTime<Utc>,
    ) -> EntryEvent {
        let settings = &self.connection.settings;
        let attempts = match &entry.state {
            EntryState::Correcting { attempts, .. } => *attempts,
            EntryState::Planned
            | EntryState::Sending { .. }
            | EntryState::Unknown { .. }
            | EntryState::Posted { .. }
            | EntryState::Verified { .. }
            | EntryState::Drifted { .. }
            | EntryState::Voided { .. }
            | EntryState::InReview { .. }
            | EntryState::Skipped { .. }
            | EntryState::Cancelled => entry.attempts,
        };
        if attempts >= settings.attempts_max && !is_on(Bug::AttemptsUnbounded) {
            let cause = Cause::AttemptsExhausted {
                key: entry.key.to_string(),
                last: why.as_str().to_owned(),
            };
            return EntryEvent::Refused { cause };
        }
        let draw = self.engine.ports.entropy.next_u64();
        let asked = wait.unwrap_or_default().min(settings.retry_after_max);
        let wait = asked.max(backoff(
            attempts,
            settings.retry_base,
            settings.retry_cap,
            draw,
        ));
        EntryEvent::NotApplied {
            why,
            retry_at: Some(now + wait),
        }
    }

    /// Some outcomes say that the next requests would fare no better: then the rest waits for the next pass.
    pub(super) fn interrupt(&mut self, outcome: &SendOutcome) {
        let (kind, why) = match outcome {
            SendOutcome::Unauthorized => (
                ErrorKind::Unauthorized,
                "FreshBooks refused the access token",
            ),
            SendOutcome::Throttled { .. } => {
                (ErrorKind::Unavailable, "FreshBooks asks for fewer requests")
            }
            SendOutcome::Unreachable => (ErrorKind::Unavailable, "FreshBooks cannot be reached"),
            SendOutcome::Applied(_)
            | SendOutcome::NotStarted
            | SendOutcome::NotPermitted(_)
            | SendOutcome::Refused(_)
            | SendOutcome::NumberTaken
            | SendOutcome::Unknown { .. } => return,
        };
        let why = why.to_owned();
        self.tally
            .interrupted
            .get_or_insert(Interruption { kind, why });
    }

    /// A listing that succeeds after a refused token was made with a renewed one: the refused sends may go on.
    fn resume_if_renewed(&mut self) {
        let refused = |stop: &Interruption| stop.kind == ErrorKind::Unauthorized;
        if self.tally.interrupted.as_ref().is_some_and(refused) {
            self.tally.interrupted = None;
            self.tally.again = true;
        }
    }

    /// One lost answer is an accident. When most of a batch go unanswered, more requests would only make more unknowns.
    fn interrupt_if_silent(&mut self, receipts: &[SendReceipt]) {
        let unanswered = receipts
            .iter()
            .filter(|receipt| matches!(receipt.outcome, SendOutcome::Unknown { .. }))
            .count();
        if unanswered > 1 && unanswered.saturating_mul(2) > receipts.len() {
            let why = format!(
                "FreshBooks left {unanswered} of {} requests unanswered",
                receipts.len()
            );
            let kind = ErrorKind::Unavailable;
            self.tally
                .interrupted
                .get_or_insert(Interruption { kind, why });
        }
    }

    /// A bill of that number exists, and the entry's outcome is unknown: look through all bills of the vendor, whatever their date.
    async fn find_taken(&mut self, entry: &OutboxEntry) -> Result<()> {
        let Draft::Bill(bill) = &entry.step.draft else {
            return Ok(());
        };
        let window = ListingWindow {
            kind: RecordKind::Bill,
            from: None,
            to: None,
            vendor: Some(bill.vendor),
        };
        let mut sightings = Sightings::begin(self.now());
        self.list(&window, &mut sightings).await?;
        let event = if sightings.of(entry).is_empty() {
            EntryEvent::Escalated {
                cause: Cause::NumberTaken {
                    key: entry.key.to_string(),
                },
                record: None,
            }
        } else {
            let judged = judge(entry, &sightings, &self.connection.settings);
            let Some(event) = judged else { return Ok(()) };
            event
        };
        let adopted = matches!(event, EntryEvent::ProbeFound { .. });
        self.record(vec![Transition {
            key: entry.key.clone(),
            event,
        }])
        .await?;
        self.tally.adopted = self.tally.adopted.saturating_add(u64::from(adopted));
        Ok(())
    }

    fn count_written(&mut self, entry: &OutboxEntry) -> Result<()> {
        self.tally.written = self.tally.written.saturating_add(1);
        if let Some(amount) = entry.step.amount {
            let sum = self
                .tally
                .amounts
                .entry(amount.currency())
                .or_insert_with(|| Money::zero(amount.currency()));
            *sum = sum.checked_add(amount).map_err(overflow)?;
        }
        Ok(())
    }
}

/// A refused token is for a person only when it could not be renewed: then reading is refused as well, and that is told
/// before anything that passes by itself.
fn refused_for_good(stop: &mut Interruption, error: &Error) {
    if error.kind() == ErrorKind::Unauthorized {
        *stop = Interruption {
            kind: ErrorKind::Unauthorized,
            why: error.to_string(),
        };
    } else if stop.kind == ErrorKind::Unauthorized {
        stop.kind = ErrorKind::Unavailable;
    }
}
