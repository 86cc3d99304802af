//! Everything of a world that its actors share.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use sync_core::engine::Connection;
use sync_core::model::{ConnectionId, ReportId};
use sync_core::plan::StepKey;
use sync_core::ports::Store;
use sync_core::state::{AuditChain, verify_chain};
use sync_core::testing::{MemoryStore, block_on};

use crate::fate::Fate;
use crate::filing::Filing;
use crate::grants::{Grants, InFlight};
use crate::planted::PortBug;
use crate::ports::Processes;
use crate::trace::Trace;
use crate::truth::{Authority, Books, Expensify, Origin};
use crate::violation::{Invariant, Violation};

/// One Expensify workspace, one FreshBooks account, and how they are paired.
#[derive(Clone, Debug)]
pub(crate) struct Tenant {
    pub(crate) connection: Arc<Connection>,
    pub(crate) expensify: Expensify,
    pub(crate) books: Books,
    /// Reports a person has changed in Expensify since they were first filed.
    pub(crate) edited: BTreeSet<ReportId>,
    /// Expenses a person has moved from one report to another.
    pub(crate) moved: BTreeSet<u32>,
    pub(crate) filing: Filing,
    /// Who gives out the tokens its books take; `None`: they take any call.
    pub(crate) grants: Option<Authority>,
}

/// One database and what is known about its use.
#[derive(Debug)]
pub(crate) struct Installation {
    pub(crate) store: Arc<MemoryStore>,
    /// Grows when the database is put back or lost.
    pub(crate) epoch: u32,
    pub(crate) ledgers: BTreeMap<ConnectionId, Watched>,
    /// What a power loss would leave, for a bug alone: else that is everything.
    pub(crate) synced: Option<MemoryStore>,
    /// What was stored before the last call, for a bug alone.
    pub(crate) before: Option<MemoryStore>,
    /// What is not stored yet, for a bug alone.
    pub(crate) pending: Option<MemoryStore>,
    /// The grants in it, and the spill beside it.
    pub(crate) grants: Grants,
    /// Copies taken now and then.
    pub(crate) backups: Vec<(MemoryStore, Grants)>,
}

/// What is known about one connection of a database.
#[derive(Clone, Debug, Default)]
pub(crate) struct Watched {
    /// The newest fence and until when it holds.
    pub(crate) lease: Option<(u64, Option<DateTime<Utc>>)>,
    /// Intents that are durable and not used up: one request each.
    pub(crate) intents: BTreeSet<(StepKey, Origin)>,
    /// The end of the audit trail as checked.
    pub(crate) audited: Option<AuditChain>,
}

/// A machine that runs workers.
#[derive(Clone, Debug)]
pub(crate) struct Host {
    pub(crate) installation: usize,
    pub(crate) offset: TimeDelta,
    /// Counts its operations.
    pub(crate) operation: u64,
    /// When the newest of them began.
    pub(crate) began_at: DateTime<Utc>,
    /// Records its operation may still write, where the brake is on.
    pub(crate) records_left: Option<u64>,
    /// Entries whose records its operation has corrected.
    pub(crate) corrected: BTreeSet<StepKey>,
    /// Reports that the last export of its operation showed.
    pub(crate) shown: Vec<ReportId>,
    /// What it has seen of a grant lately.
    pub(crate) grant: GrantWatch,
}

/// What a host has seen of a grant lately.
#[derive(Clone, Debug, Default)]
pub(crate) struct GrantWatch {
    /// Whether a call about credentials failed since a token was last asked for.
    pub(crate) store_failed: bool,
    /// Whether the endpoint just called its refresh token spent.
    pub(crate) spent: bool,
    /// The version under which it last began a renewal.
    pub(crate) began_under: Option<u64>,
    /// The tenant whose grant its operation found dead.
    pub(crate) saw_dead: Option<usize>,
    /// Whether its pass says that a person must authorize again.
    pub(crate) asks_for_person: bool,
}

/// Amounts of what happened, for the figures.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) calls: u64,
    pub(crate) requests: u64,
    pub(crate) operations: u64,
}

/// Everything of a world that its actors share.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) now: DateTime<Utc>,
    pub(crate) fate: Fate,
    pub(crate) trace: Trace,
    pub(crate) tenants: Vec<Tenant>,
    pub(crate) installations: Vec<Installation>,
    pub(crate) hosts: Vec<Host>,
    pub(crate) counts: Counts,
    /// What the processes hold in memory about grants.
    pub(crate) processes: Processes,
    /// Requests for tokens that are under way.
    pub(crate) refreshing: Vec<InFlight>,
    pub(crate) violation: Option<Violation>,
    /// What is wrong on purpose.
    pub(crate) bug: Option<PortBug>,
}

/// The shared state, as ports hold it. One thread at a time uses it; the lock only satisfies the ports' bounds.
#[derive(Clone, Debug)]
pub(crate) struct Shared(Arc<Mutex<State>>);

impl Shared {
    pub(crate) fn new(state: State) -> Self {
        Self(Arc::new(Mutex::new(state)))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Another world in the same state, from now on under another fate.
    pub(crate) fn copy(&self, fate: Fate) -> Self {
        let installations = self.installations.iter().map(|installation| Installation {
            store: Arc::new(installation.store.copy()),
            epoch: installation.epoch,
            ledgers: installation.ledgers.clone(),
            synced: None,
            before: None,
            pending: None,
            grants: installation.grants.clone(),
            backups: Vec::new(),
        });
        Self {
            now: self.now,
            fate,
            trace: Trace::new(false),
            tenants: self.tenants.clone(),
            installations: installations.collect(),
            hosts: self.hosts.clone(),
            counts: self.counts,
            processes: Processes::new(),
            refreshing: Vec::new(),
            violation: self.violation.clone(),
            bug: None,
        }
    }

    /// Whether this is wrong on purpose.
    pub(crate) fn has_bug(&self, bug: PortBug) -> bool {
        self.bug == Some(bug)
    }

    /// Notes the first violation; later ones may only follow from it.
    pub(crate) fn violated(&mut self, violation: Violation) {
        self.trace
            .note(self.now, &[99], || format!("VIOLATION {violation}"));
        self.violation.get_or_insert(violation);
    }

    /// Notes a violation if there is one.
    pub(crate) fn checked<T: Default>(&mut self, outcome: Result<T, Violation>) -> T {
        outcome.unwrap_or_else(|violation| {
            self.violated(violation);
            T::default()
        })
    }

    /// Whether a condition holds; a violation if not.
    pub(crate) fn require(
        &mut self,
        holds: bool,
        invariant: Invariant,
        text: impl FnOnce() -> String,
    ) {
        if !holds {
            self.violated(Violation::new(invariant, text()));
        }
    }

    /// A host's own idea of the time.
    pub(crate) fn clock_of(&self, host: usize) -> DateTime<Utc> {
        self.now + self.hosts[host].offset
    }

    /// Who a host is at the moment.
    pub(crate) fn origin(&self, host: usize) -> Origin {
        let Host {
            installation,
            operation,
            ..
        } = self.hosts[host];
        Origin {
            host,
            operation,
            installation,
            epoch: self.installations[installation].epoch,
        }
    }

    /// Sets a host's clock: off by that much, which is more than hosts may differ by or not.
    pub(crate) fn set_clock(&mut self, host: usize, offset: TimeDelta, is_right: bool) {
        self.hosts[host].offset = offset;
        let (installation, now) = (self.hosts[host].installation, self.now);
        for tenant in &mut self.tenants {
            if is_right {
                tenant.books.clocks.put_right(host, now);
            } else {
                tenant.books.clocks.go_off(host, installation, now);
            }
        }
    }

    /// Whether a clock has ever been off, beyond what hosts may differ by, that measures spans for an installation.
    pub(crate) fn jumped_in(&self, installation: usize) -> bool {
        // Every tenant's books are told of every clock.
        let mut tenants = self.tenants.iter();
        tenants.any(|tenant| tenant.books.clocks.were_ever_off(installation))
    }

    /// A host begins its next operation.
    pub(crate) fn begin_operation(&mut self, host: usize) {
        let now = self.now;
        let host = &mut self.hosts[host];
        host.operation += 1;
        host.began_at = now;
        host.records_left = None;
        host.corrected.clear();
    }

    /// Who knows what the database of an installation knows now.
    pub(crate) fn life_of(&self, installation: usize) -> Origin {
        Origin {
            host: 0,
            operation: 0,
            installation,
            epoch: self.installations[installation].epoch,
        }
    }

    /// The power of a database's machine goes: what was not synced is gone. Only with a bug is that anything.
    pub(crate) fn lose_power(&mut self, installation: usize) {
        let lost = &mut self.installations[installation];
        if let Some(synced) = lost.synced.take() {
            lost.store.restore(&synced);
            self.relearn(installation);
        }
    }

    /// Learns anew what is known about a database that was put back.
    pub(crate) fn relearn(&mut self, installation: usize) {
        let put_back = &mut self.installations[installation];
        put_back.ledgers.clear();
        for tenant in &self.tenants {
            let connection = &tenant.connection.id;
            let mut chain = AuditChain::genesis(connection);
            let trail = block_on(put_back.store.audit(connection, 0, u32::MAX));
            // What was whole when it was copied is whole now.
            let whole = trail.is_ok_and(|trail| verify_chain(&mut chain, &trail).is_ok());
            let watched = put_back.ledgers.entry(connection.clone()).or_default();
            watched.audited = whole.then_some(chain);
        }
    }

    /// Lets time pass; what was due by then has happened.
    pub(crate) fn advance(&mut self, by: TimeDelta) {
        self.now += by.max(TimeDelta::zero());
        let now = self.now;
        for tenant in 0..self.tenants.len() {
            let landed = self.tenants[tenant].books.settle(now);
            let landed = self.checked(landed);
            if landed > 0 {
                self.trace.note(now, &[1], || {
                    format!("books {tenant}: {landed} late request(s) carried out")
                });
            }
        }
    }
}

/// A span as the clock library wants it.
pub(crate) fn span(duration: Duration) -> TimeDelta {
    TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX)
}
