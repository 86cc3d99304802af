//! The course of a world: whose turn it is, who dies, and how time passes.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use chrono::{DateTime, TimeDelta, Utc};
use sync_core::engine::{BrakePolicy, CorrectionKind, Decision, Differing, SyncRequest};
use sync_core::model::{RecordId, RecordKind};
use sync_core::plan::Cause;
use sync_core::ports::Store;
use sync_core::state::ReviewItem;
use sync_core::testing::{MemoryStore, block_on};
use sync_core::{Error, ErrorKind};

use crate::dice::Dice;
use crate::people;
use crate::ports::{SimCustody, engine};
use crate::state::{Shared, State};
use crate::swarm::Fault;
use crate::violation::{Invariant, Violation};

/// Polls of one operation at most: more is a loop without end.
const POLLS_MAX: u32 = 20_000;

pub(crate) type Operation = Pin<Box<dyn Future<Output = Result<(), Error>> + Send>>;

struct Task {
    operation: Operation,
    tenant: usize,
    what: &'static str,
    polls: u32,
    crash_at: Option<u32>,
    paused_until: DateTime<Utc>,
}

struct Worker {
    task: Option<Task>,
    wake_at: DateTime<Utc>,
}

/// The faulty part of a world's life.
pub(crate) struct Run<'a> {
    shared: &'a Shared,
    dice: Dice,
    workers: Vec<Worker>,
    operations_left: u64,
    /// Nobody does anything but ask for tokens.
    looks_only: bool,
}

impl<'a> Run<'a> {
    pub(crate) fn new(shared: &'a Shared, seed: u64) -> Self {
        let dice = Dice::new(seed ^ 0x5EED_0F7A_5C5E_D01E);
        let state = shared.lock();
        let workers = state.hosts.iter().map(|_| Worker {
            task: None,
            wake_at: state.now + TimeDelta::seconds(dice.between(0, 90)),
        });
        let workers = workers.collect();
        drop(state);
        let operations_left = u64::try_from(dice.between(4, 14)).unwrap_or(4);
        Self {
            shared,
            dice,
            workers,
            operations_left,
            looks_only: false,
        }
    }

    /// The same, in which nobody does anything but ask for tokens, so often.
    pub(crate) const fn looking(mut self, operations: u64) -> Self {
        self.looks_only = true;
        self.operations_left = operations;
        self
    }

    /// Lives until the operations are used up or something is violated.
    pub(crate) fn live(mut self) {
        while self.shared.lock().violation.is_none() {
            self.disturb(30);
            let ready = self.ready();
            if let Some(worker) = self.dice.pick(&ready).copied() {
                self.poll(worker);
            } else if !self.wait() {
                break;
            }
        }
        // What is still under way ends here, like a process that is killed.
        for (host, worker) in self.workers.iter_mut().enumerate() {
            if worker.task.take().is_some() {
                self.shared.lock().process_ended(host);
            }
        }
    }

    /// Workers whose operation can go on.
    fn ready(&self) -> Vec<usize> {
        let now = self.shared.lock().now;
        let ready = |worker: &Worker| {
            worker
                .task
                .as_ref()
                .is_some_and(|task| task.paused_until <= now)
        };
        (0..self.workers.len())
            .filter(|number| ready(&self.workers[*number]))
            .collect()
    }

    /// Passes the time until the next worker wakes, and starts it. False when nothing is left to do.
    fn wait(&mut self) -> bool {
        let next = (0..self.workers.len()).min_by_key(|number| {
            let worker = &self.workers[*number];
            worker
                .task
                .as_ref()
                .map_or(worker.wake_at, |task| task.paused_until)
        });
        let Some(number) = next else { return false };
        let worker = &self.workers[number];
        let paused = worker.task.as_ref().map(|task| task.paused_until);
        if paused.is_none() && self.operations_left == 0 {
            return false;
        }
        let until = paused.unwrap_or(worker.wake_at);
        let mut state = self.shared.lock();
        let wait = until - state.now;
        state.advance(wait);
        drop(state);
        if paused.is_none() {
            self.disturb(1000);
            self.operations_left -= 1;
            self.start(number);
        }
        true
    }

    fn start(&mut self, number: usize) {
        let (tenant, crash_at) = {
            let mut state = self.shared.lock();
            state.begin_operation(number);
            state.hosts[number].grant.saw_dead = None;
            state.hosts[number].grant.asks_for_person = false;
            state.counts.operations += 1;
            let tenant = self.dice.position(state.tenants.len());
            let crashes = state.fate.strikes(Fault::Crash, 1000);
            let crash_at = u32::try_from(self.dice.below(90)).unwrap_or(0) + 1;
            (tenant, crashes.then_some(crash_at))
        };
        let (what, operation) = self.operation(number, tenant);
        self.put(number, tenant, (what, operation), crash_at);
        let at_once = self.shared.lock().fate.strikes(Fault::TokensAtOnce, 1000);
        if at_once {
            self.look_at_once(number, tenant);
        }
    }

    /// Everyone who is idle wants a token of one connection at the same moment, which has just stopped working: a look at
    /// the books needs no lease.
    fn look_at_once(&mut self, number: usize, tenant: usize) {
        self.shared.lock().kill_stored_token(number, tenant);
        for other in 0..self.workers.len() {
            if self.workers[other].task.is_none() {
                self.shared.lock().hosts[other].operation += 1;
                let looked = self.look(other, tenant);
                self.put(other, tenant, ("look at", looked), None);
            }
        }
    }

    fn look(&self, host: usize, tenant: usize) -> Operation {
        let custody = SimCustody::new(self.shared.clone(), host, tenant);
        Box::pin(async move { custody.read("look at the books").await })
    }

    fn put(
        &mut self,
        number: usize,
        tenant: usize,
        (what, operation): (&'static str, Operation),
        crash_at: Option<u32>,
    ) {
        let mut state = self.shared.lock();
        let now = state.now;
        state.trace.note(now, &[50], || {
            format!("host{number} begins to {what} c{tenant}")
        });
        self.workers[number].task = Some(Task {
            operation,
            tenant,
            what,
            polls: 0,
            crash_at,
            paused_until: now,
        });
    }

    fn operation(&self, host: usize, tenant: usize) -> (&'static str, Operation) {
        let connection = {
            let state = self.shared.lock();
            Arc::clone(&state.tenants[tenant].connection)
        };
        if self.looks_only {
            return ("look at", self.look(host, tenant));
        }
        let engine = engine(self.shared, host, tenant);
        if self.shared.lock().fate.strikes(Fault::PersonDecides, 1500)
            && let Some(decision) = self.decision(host, tenant)
        {
            let decided =
                async move { engine.decide(&connection, "ann", decision).await.map(drop) };
            return ("decide on", Box::pin(decided));
        }
        if self
            .shared
            .lock()
            .fate
            .strikes(Fault::HintsFromOutside, 500)
        {
            let kind = self.dice.one(&[RecordKind::Bill, RecordKind::Expense]);
            let record = RecordId::new(1000 + self.dice.below(20));
            let read = async move { engine.reread(&connection, kind, record).await.map(drop) };
            return ("reread a record of", Box::pin(read));
        }
        // Whoever decides things looks for what differs.
        let share = if self.shared.lock().fate.has(Fault::PersonDecides) {
            250
        } else {
            100
        };
        if self.dice.chance(share) {
            let reconciled =
                async move { engine.reconcile(&connection, None, None).await.map(drop) };
            return ("reconcile", Box::pin(reconciled));
        }
        let confirmed = self.dice.chance(200);
        let request = SyncRequest {
            brake: if confirmed {
                BrakePolicy::Confirmed
            } else {
                BrakePolicy::Enforced
            },
            ..SyncRequest::ordinary()
        };
        let bound = connection.settings.brake.records.filter(|_| !confirmed);
        self.shared.lock().hosts[host].records_left = bound;
        let shared = self.shared.clone();
        let synced = async move {
            let summary = engine.sync(&connection, request).await?;
            shared.lock().passed(host, &summary);
            Ok(())
        };
        ("sync", Box::pin(synced))
    }

    /// What a person decides, on an item that is open.
    fn decision(&self, host: usize, tenant: usize) -> Option<Decision> {
        let (store, connection) = {
            let state = self.shared.lock();
            let installation = state.hosts[host].installation;
            (
                Arc::clone(&state.installations[installation].store),
                state.tenants[tenant].connection.id.clone(),
            )
        };
        let items = block_on(store.review_items(&connection, true)).ok()?;
        let correctable: Vec<_> = items.iter().filter(|item| is_correctable(item)).collect();
        // Mostly of those about records, where there are some: they are found late, and few are ever corrected.
        let item = match self.dice.pick(&correctable) {
            Some(item) if self.dice.chance(700) => item,
            _ => self.dice.pick(&items)?,
        };
        let reason = "looked at it".to_owned();
        let reports = item.reports().into_iter().cloned();
        self.shared.lock().tenants[tenant].edited.extend(reports);
        let entry = item.blocks.iter().find_map(|block| block.entry.clone());
        let what = if is_correctable(item) {
            self.dice.between(2, 9)
        } else {
            self.dice.between(0, 4)
        };
        Some(match (what, entry) {
            (0, _) => Decision::Skip {
                item: item.number,
                reason,
            },
            (1, Some(key)) => Decision::Replay { key, reason },
            (2, Some(key)) => {
                let state = self.shared.lock();
                let records = &state.tenants[tenant].books.records;
                let marked = records.iter().find(|record| {
                    record
                        .record
                        .markers
                        .iter()
                        .any(|marker| marker.as_str() == key.as_str())
                })?;
                let record = marked.record.id;
                Decision::Adopt {
                    key,
                    record,
                    reason,
                }
            }
            (4.., _) => Decision::Correct {
                item: item.number,
                kind: self.correction(item),
                reason,
            },
            _ => Decision::Resolve {
                item: item.number,
                reason,
            },
        })
    }

    /// How a person has an item corrected; of several copies mostly by keeping one of them.
    fn correction(&self, item: &ReviewItem) -> CorrectionKind {
        if let Cause::DuplicateRecords { records, .. } = &item.cause
            && self.dice.chance(700)
            && let Some(record) = self.dice.pick(records)
        {
            return CorrectionKind::KeepOne {
                record: *record,
                differing: self.dice.one(&[Differing::Refused, Differing::Accepted]),
            };
        }
        self.dice.one(&[
            CorrectionKind::Update,
            CorrectionKind::VoidAndRepost,
            CorrectionKind::Accept,
        ])
    }

    /// One turn of one worker.
    fn poll(&mut self, number: usize) {
        let worker = &mut self.workers[number];
        let Some(task) = &mut worker.task else { return };
        task.polls += 1;
        let outcome = {
            let mut context = Context::from_waker(Waker::noop());
            let operation = task.operation.as_mut();
            catch_unwind(AssertUnwindSafe(move || operation.poll(&mut context)))
        };
        let mut state = self.shared.lock();
        let pause = match self.dice.below(100) {
            0 => TimeDelta::seconds(self.dice.between(1, 20)),
            _ => TimeDelta::milliseconds(self.dice.between(1, 60)),
        };
        state.advance(pause);
        let (now, polls) = (state.now, task.polls);
        let over = match outcome {
            Err(_) => {
                state.violated(Violation::new(
                    Invariant::Sound,
                    format!("{} panics", task.what),
                ));
                true
            }
            Ok(Poll::Ready(result)) => {
                judge(&mut state, task.what, &result);
                state.check_told(number, task.what, &result);
                state.trace.note(now, &[51, u64::from(polls)], || {
                    let what = task.what;
                    format!("host{number} has done {what} c{}: {result:?}", task.tenant)
                });
                true
            }
            Ok(Poll::Pending) if task.crash_at == Some(polls) => {
                state.trace.note(now, &[52, u64::from(polls)], || {
                    format!("host{number} dies")
                });
                let installation = state.hosts[number].installation;
                state.lose_power(installation);
                state.unsync_grants(installation);
                state.process_ended(number);
                true
            }
            Ok(Poll::Pending) => {
                if state.fate.strikes(Fault::WorkerPaused, 40) {
                    task.paused_until = now + TimeDelta::seconds(self.dice.between(60, 2400));
                    state
                        .trace
                        .note(now, &[53], || format!("host{number} is paused"));
                }
                state.require(polls < POLLS_MAX, Invariant::I11, || {
                    format!("{} takes more than {POLLS_MAX} steps", task.what)
                });
                false
            }
        };
        if over {
            drop(state);
            // Dropped here: what it awaited is gone.
            worker.task = None;
            let ends = self.dice.chance(300);
            let gap = self.dice.one(&[5, 20, 70, 400, 1_200, 7_200, 90_000]);
            let mut state = self.shared.lock();
            worker.wake_at = state.now + TimeDelta::seconds(self.dice.between(gap / 2, gap));
            if ends {
                state.process_ended(number);
            }
            state.advance(TimeDelta::zero());
        }
    }

    /// Lets people, clocks and disks do what they do.
    fn disturb(&mut self, scale: u64) {
        if scale < 1000 && !self.dice.chance(scale) {
            return;
        }
        let mut state = self.shared.lock();
        if !self.looks_only {
            people::act(&mut state, &self.dice, 300);
        }
        state.people_consent(&self.dice);
        let host = self.dice.position(state.hosts.len());
        if state.fate.strikes(Fault::ClockSkew, 300) {
            // Two hosts may differ by a tenth of the lease time (2 min) at most.
            let offset = TimeDelta::milliseconds(self.dice.between(-6_000, 6_000));
            state.set_clock(host, offset, true);
        }
        for (fault, from, to) in [
            (Fault::ClockJumpsForward, 1, 30),
            (Fault::ClockJumpsBack, -30, -1),
        ] {
            if state.fate.strikes(fault, 150) {
                let hours = TimeDelta::hours(self.dice.between(from, to));
                state.set_clock(host, hours, false);
                let now = state.now;
                state.trace.note(now, &[54], || {
                    format!("host{host}'s clock is off by {hours}")
                });
            }
        }
        let installation = self.dice.position(state.installations.len());
        self.keep_databases(&mut state, installation);
    }

    /// Backs up, puts back, loses.
    fn keep_databases(&mut self, state: &mut State, installation: usize) {
        let copy = if state.fate.strikes(Fault::DatabaseRestored, 150) {
            let backups = &state.installations[installation].backups;
            self.dice
                .pick(backups)
                .map(|(store, grants)| (store.copy(), Some(grants.clone())))
        } else if state.fate.strikes(Fault::DatabaseLost, 100) {
            Some((MemoryStore::new(), None))
        } else {
            None
        };
        if let Some((copy, grants)) = copy {
            for (host, worker) in self.workers.iter_mut().enumerate() {
                if state.hosts[host].installation == installation {
                    worker.task = None;
                    state.process_ended(host);
                }
            }
            state.put_back_grants(installation, grants);
            let put_back = &mut state.installations[installation];
            put_back.store.restore(&copy);
            put_back.epoch += 1;
            state.relearn(installation);
            let now = state.now;
            state.trace.note(now, &[55], || {
                format!("installation {installation}: an old database is put back")
            });
        } else if state.fate.has(Fault::DatabaseRestored) && self.dice.chance(300) {
            let place = &mut state.installations[installation];
            let backup = (place.store.copy(), place.grants.clone());
            place.backups.push(backup);
        }
    }
}

/// Whether an item is about a record that is not as it was written, or is there twice.
fn is_correctable(item: &ReviewItem) -> bool {
    matches!(
        item.cause,
        Cause::ChangedAfterPosting { .. }
            | Cause::RemovedAfterPosting { .. }
            | Cause::UnapprovedAfterPosting { .. }
            | Cause::MarkedRecordDiffers { .. }
            | Cause::DuplicateRecords { .. }
            | Cause::RecordEdited { .. }
            | Cause::RecordDeleted { .. }
    )
}

/// Errors that say the code itself is wrong.
fn judge(state: &mut State, what: &str, result: &Result<(), Error>) {
    let Err(error) = result else { return };
    let wrong = match error.kind() {
        ErrorKind::Corrupt | ErrorKind::Internal => true,
        // A person's decision may come too late, or name what is gone.
        ErrorKind::Invalid => what == "sync" || what == "reconcile",
        _ => false,
    };
    state.require(!wrong, Invariant::Sound, || format!("{what}: {error:?}"));
}
