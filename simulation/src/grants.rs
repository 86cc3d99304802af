//! Grants of a world: how each database comes by its own, what a process takes with it when it ends, and what people do.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use sync_core::engine::PassSummary;
use sync_core::model::{ConnectionId, Fingerprint, FreshBooksGrant, GrantState};
use sync_core::ports::SpilledGrant;
use sync_core::{Error, ErrorKind};

use crate::canary;
use crate::dice::Dice;
use crate::state::{GrantWatch, State, Tenant};
use crate::swarm::Fault;
use crate::violation::Invariant;

/// Grants in a database, and the spill beside it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Grants {
    pub(crate) rows: BTreeMap<ConnectionId, (u64, FreshBooksGrant)>,
    pub(crate) spill: BTreeMap<(ConnectionId, Fingerprint), SpilledGrant>,
    /// Until when the database takes no tokens.
    pub(crate) refuses_until: Option<DateTime<Utc>>,
    /// What a power loss would leave, for a bug alone.
    pub(crate) synced: Option<BTreeMap<ConnectionId, (u64, FreshBooksGrant)>>,
}

impl Grants {
    /// Pairs of a connection that wait beside the database.
    pub(crate) fn spilled(&self, connection: &ConnectionId) -> impl Iterator<Item = &SpilledGrant> {
        let of_it = self
            .spill
            .iter()
            .filter(move |((of, _), _)| of == connection);
        of_it.map(|(_, spilled)| spilled)
    }
}

/// A request for tokens that is under way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct InFlight {
    pub(crate) host: usize,
    pub(crate) installation: usize,
    pub(crate) tenant: usize,
    pub(crate) began: DateTime<Utc>,
}

/// How a grant stands, as the truth knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It renews.
    Alive,
    /// It renews, and the books refuse the access token that is stored.
    Refused,
    /// Nobody has consented, or only a new consent helps, and the database says so.
    Told,
    /// It does not work, or not yet, and the database does not say so.
    Silent,
}

impl Tenant {
    /// How long its access tokens live.
    pub(crate) fn grant_life(&self) -> TimeDelta {
        self.grants
            .as_ref()
            .map_or(TimeDelta::hours(12), |authority| authority.life)
    }

    /// How long before its end a token may be renewed: half a life, a tenth of that for jitter, and what clocks differ by.
    pub(crate) fn grant_window(&self) -> TimeDelta {
        let half = self.grant_life() / 2;
        half + half / 10 + TimeDelta::seconds(30)
    }
}

impl State {
    /// A person consents for one connection of one installation.
    pub(crate) fn connect(&mut self, installation: usize, tenant: usize) {
        let now = self.now;
        let Some(authority) = &mut self.tenants[tenant].grants else {
            return;
        };
        let grant = authority.consent(now);
        self.put_grant(installation, tenant, grant);
    }

    /// Two installations on one consent: what one renews, the other has lost.
    pub(crate) fn share_grant(&mut self, tenant: usize) {
        let connection = self.tenants[tenant].connection.id.clone();
        let stored = self.installations[0].grants.rows.get(&connection);
        let Some((_, grant)) = stored.cloned() else {
            return;
        };
        if let Some(authority) = &mut self.tenants[tenant].grants {
            authority.excuse(&grant, "two installations share it");
        }
        for installation in 1..self.installations.len() {
            self.put_grant(installation, tenant, grant.clone());
        }
    }

    fn put_grant(&mut self, installation: usize, tenant: usize, grant: FreshBooksGrant) {
        let connection = self.tenants[tenant].connection.id.clone();
        let rows = &mut self.installations[installation].grants.rows;
        let version = rows.get(&connection).map_or(0, |(version, _)| *version) + 1;
        rows.insert(connection, (version, grant));
        let now = self.now;
        self.trace.note(now, &[75], || {
            format!("installation {installation}: a person connects c{tenant}")
        });
    }

    /// How a grant stands.
    pub(crate) fn standing(&self, installation: usize, tenant: usize) -> Standing {
        let Tenant {
            connection, grants, ..
        } = &self.tenants[tenant];
        let Some(authority) = grants else {
            return Standing::Alive;
        };
        let held = &self.installations[installation].grants;
        let Some((_, stored)) = held.rows.get(&connection.id) else {
            return Standing::Told;
        };
        let waits = held.spilled(&connection.id).next().is_some();
        match stored.state {
            GrantState::NeedsReauth if !waits => Standing::Told,
            GrantState::Ready if !waits && authority.is_alive(stored) => {
                if authority.is_refused(stored, self.now) {
                    Standing::Refused
                } else {
                    Standing::Alive
                }
            }
            _ => Standing::Silent,
        }
    }

    /// The access token that a host's database holds stops working before its end.
    pub(crate) fn kill_stored_token(&mut self, host: usize, tenant: usize) {
        let connection = &self.tenants[tenant].connection.id;
        let grants = &self.installations[self.hosts[host].installation].grants;
        let stored = grants.rows.get(connection).map(|(_, grant)| grant.clone());
        if let Some(grant) = stored
            && let Some(authority) = &mut self.tenants[tenant].grants
        {
            authority.kill(&grant.access_token);
        }
    }

    /// A process of that host ended, and what it held in memory with it.
    pub(crate) fn process_ended(&mut self, host: usize) {
        self.processes.retain(|(of, _), _| *of != host);
        // What it was told and had not noted yet is told to the next that asks.
        self.hosts[host].grant = GrantWatch::default();
        self.refreshing.retain(|request| request.host != host);
        for authority in self
            .tenants
            .iter_mut()
            .filter_map(|tenant| tenant.grants.as_mut())
        {
            authority.process_ended(host);
        }
    }

    /// The power of a machine went: with a bug, the last grant that was stored goes, too.
    pub(crate) fn unsync_grants(&mut self, installation: usize) {
        let grants = &mut self.installations[installation].grants;
        if let Some(synced) = grants.synced.take() {
            grants.rows = synced;
        }
    }

    /// An old database is put back, or an empty one: old tokens with it, or none. The spill stays where it is.
    pub(crate) fn put_back_grants(&mut self, installation: usize, old: Option<Grants>) {
        let why = "an old database was put back";
        self.excuse_grants(installation, why);
        let rows = old.map_or_else(BTreeMap::new, |old| old.rows);
        self.installations[installation].grants.rows = rows;
        // Nor does it know what was asked for since.
        for authority in self
            .tenants
            .iter_mut()
            .filter_map(|tenant| tenant.grants.as_mut())
        {
            authority.shown.retain(|(by, _), _| *by != installation);
        }
        self.excuse_grants(installation, why);
    }

    /// What a pass told.
    pub(crate) fn passed(&mut self, host: usize, summary: &PassSummary) {
        let interrupted = summary.interrupted.as_ref();
        // Where the database fails at that very moment, a pass says that the token was refused, and the next one whether for
        // good.
        self.hosts[host].grant.asks_for_person = interrupted.is_some_and(|stop| {
            stop.kind == ErrorKind::Unauthorized || stop.why.contains("refused the access token")
        });
        if let Some(stop) = interrupted {
            let shown = canary::is_in(&stop.why);
            self.require(!shown, Invariant::I8, || {
                "what a pass tells holds a secret".to_owned()
            });
        }
    }

    /// An operation that found a grant dead says so; and no error shows a secret.
    pub(crate) fn check_told(&mut self, host: usize, what: &str, result: &Result<(), Error>) {
        if let Err(error) = result {
            let shown = canary::is_in(&format!("{error} {error:?}"));
            self.require(!shown, Invariant::I8, || {
                format!("the error of {what} holds a secret")
            });
        }
        let host = &mut self.hosts[host];
        let silent =
            host.grant.saw_dead.take().is_some() && !host.grant.asks_for_person && result.is_ok();
        self.require(!silent, Invariant::I7, || {
            format!("the grant is dead, and {what} keeps quiet about it")
        });
    }

    /// Tokens that were spent since are back: that grants die of it is nobody's mistake.
    pub(crate) fn excuse_grants(&mut self, installation: usize, why: &'static str) {
        let grants = self.installations[installation].grants.clone();
        for tenant in &mut self.tenants {
            let Some(authority) = &mut tenant.grants else {
                continue;
            };
            let rows = grants.rows.get(&tenant.connection.id);
            if let Some((_, grant)) = rows {
                authority.excuse(grant, why);
            }
            for spilled in grants.spilled(&tenant.connection.id) {
                authority.excuse(&spilled.grant, why);
            }
        }
    }

    /// People take consents back now and then, and give new ones where they are told to.
    pub(crate) fn people_consent(&mut self, dice: &Dice) {
        let installation = dice.position(self.installations.len());
        let tenant = dice.position(self.tenants.len());
        if self.fate.strikes(Fault::GrantRevoked, 80) {
            let connection = &self.tenants[tenant].connection.id;
            let rows = &self.installations[installation].grants.rows;
            let grant = rows.get(connection).map(|(_, grant)| grant.clone());
            if let Some(grant) = grant
                && let Some(authority) = &mut self.tenants[tenant].grants
            {
                authority.revoke_grant(&grant);
                let now = self.now;
                self.trace.note(now, &[76], || {
                    format!("person at {tenant}: revokes the grant of installation {installation}")
                });
            }
        }
        if self.standing(installation, tenant) == Standing::Told && dice.chance(500) {
            self.connect(installation, tenant);
        }
    }
}
