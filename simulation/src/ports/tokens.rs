//! Where tokens are kept and where they come from, as a host reaches both, with every step checked.

use async_trait::async_trait;
use chrono::TimeDelta;
use secrecy::ExposeSecret as _;
use sync_core::model::{ConnectionId, FreshBooksGrant, GrantState, Provider, TokenAnswer};
use sync_core::ports::{
    Credential, CredentialStore, GrantSpill, SpilledGrant, TokenEndpoint, Versioned,
};
use sync_core::{Error, ErrorKind, Result};

use super::turn;
use crate::canary;
use crate::fate::StoreFate;
use crate::grants::InFlight;
use crate::planted::PortBug;
use crate::state::{Shared, State};
use crate::swarm::Fault;
use crate::violation::Invariant;
use crate::world::tenant_called;

/// A request for tokens that was made longer ago than this may be taken for abandoned: two minutes since it was begun, less
/// a quarter of that for making the beginning durable, less what clocks differ by.
const STALE: TimeDelta = TimeDelta::seconds(60);
/// How long a full disk stays full.
const REFUSED_FOR: TimeDelta = TimeDelta::minutes(15);

/// The credentials in a database, and the spill beside it, as a host reaches them.
#[derive(Debug)]
pub(crate) struct SimCredentials {
    shared: Shared,
    host: usize,
}

impl SimCredentials {
    pub(crate) const fn new(shared: Shared, host: usize) -> Self {
        Self { shared, host }
    }

    /// What becomes of a call.
    fn enter(&self, what: &'static str, writes: bool) -> StoreFate {
        let mut state = self.shared.lock();
        state.counts.calls += 1;
        let mut fate = state.fate.of_store(writes);
        let installation = state.hosts[self.host].installation;
        let refuses_until = state.installations[installation].grants.refuses_until;
        let refuses = refuses_until.is_some_and(|until| state.now < until);
        if writes
            && fate == StoreFate::Done
            && (refuses || state.fate.strikes(Fault::GrantNotStored, 700))
        {
            fate = StoreFate::FailsBefore;
        }
        let (at, host) = (state.now, self.host);
        state.hosts[host].grant.store_failed |= fate != StoreFate::Done;
        let numbers = [70, host.try_into().unwrap_or(0), u64::from(writes)];
        state.trace.note(at, &numbers, || {
            format!("host{host} -> credentials: {what}: {fate:?}")
        });
        fate
    }

    /// A database that cannot take a pair now and then takes nothing for a while.
    fn refuse_for_a_while(&self) {
        let mut state = self.shared.lock();
        if state.fate.strikes(Fault::GrantsRefused, 300) {
            let until = state.now + REFUSED_FOR;
            let installation = state.hosts[self.host].installation;
            state.installations[installation].grants.refuses_until = Some(until);
        }
    }

    /// Commits, or says what is stored instead.
    fn commit(
        &self,
        connection: &ConnectionId,
        expected: Option<u64>,
        grant: &FreshBooksGrant,
    ) -> Result<u64> {
        let mut state = self.shared.lock();
        let installation = state.hosts[self.host].installation;
        let loses = state.has_bug(PortBug::GrantLostWithPower);
        let unguarded = state.has_bug(PortBug::CredentialsUnguarded);
        let place = if state.has_bug(PortBug::CredentialOfOther) {
            let other = state.tenants.last().map(|tenant| &tenant.connection.id);
            other.unwrap_or(connection).clone()
        } else {
            connection.clone()
        };
        let grants = &mut state.installations[installation].grants;
        let stored = grants.rows.get(&place).map(|(version, _)| *version);
        if stored != expected && !unguarded {
            let text = format!("replace the credential of {connection}: someone else did");
            return Err(Error::new(ErrorKind::Conflict, text));
        }
        let version = stored.unwrap_or(0) + 1;
        let before = loses.then(|| grants.rows.clone());
        grants.synced = before;
        grants.rows.insert(place.clone(), (version, grant.clone()));
        Self::check(&mut state, &place, grant);
        Ok(version)
    }

    /// What must hold of every grant that is stored.
    fn check(state: &mut State, connection: &ConnectionId, grant: &FreshBooksGrant) {
        let Some(tenant) = tenant_called(state, connection) else {
            return;
        };
        let Some(authority) = &mut state.tenants[tenant].grants else {
            return;
        };
        let ours = authority.is_ours(grant);
        let (alive, cause) = (authority.is_alive(grant), authority.cause_of_death(grant));
        let pair = authority.number_of(grant);
        let dies = grant.state == GrantState::NeedsReauth;
        match grant.state {
            GrantState::Ready => authority.became_durable(grant),
            GrantState::NeedsReauth => {
                *authority
                    .lost
                    .entry(cause.unwrap_or("nothing"))
                    .or_default() += 1;
            }
            GrantState::Refreshing { .. } => {}
        }
        state.require(ours, Invariant::I9, || {
            format!("a grant of other books is stored under {connection}")
        });
        state.require(!(dies && alive), Invariant::I7, || {
            format!("the grant of {connection} is taken for dead, and it works")
        });
        state.require(!dies || cause.is_some(), Invariant::I7, || {
            format!("the grant of {connection} died although no pair was lost")
        });
        let (now, tenant) = (state.now, tenant.try_into().unwrap_or(0));
        let code = match grant.state {
            GrantState::Ready => 0,
            GrantState::Refreshing { .. } => 1,
            GrantState::NeedsReauth => 2,
        };
        state.trace.note(now, &[71, tenant, code], || {
            let state = &grant.state;
            format!("grant of {connection} is {state:?}, pair {pair:?} ({cause:?})")
        });
    }
}

#[async_trait]
impl CredentialStore for SimCredentials {
    async fn load(&self, connection: &ConnectionId, _: Provider) -> Result<Option<Versioned>> {
        turn().await;
        if self.enter("load", false) != StoreFate::Done {
            return Err(Error::unavailable("load: the database is busy"));
        }
        let state = self.shared.lock();
        let stored = &state.installations[state.hosts[self.host].installation].grants;
        Ok(stored
            .rows
            .get(connection)
            .map(|(version, grant)| Versioned {
                version: *version,
                credential: Credential::FreshBooks(grant.clone()),
            }))
    }

    async fn replace(
        &self,
        connection: &ConnectionId,
        expected: Option<u64>,
        credential: Credential,
    ) -> Result<u64> {
        let Credential::FreshBooks(grant) = credential else {
            return Err(Error::corrupt("replace: not a grant"));
        };
        turn().await;
        let slow = self
            .shared
            .lock()
            .fate
            .strikes(Fault::GrantStoredSlowly, 700);
        if slow {
            self.shared.lock().advance(TimeDelta::seconds(150));
            turn().await;
        }
        if grant.state == GrantState::Ready {
            self.refuse_for_a_while();
        }
        let fate = self.enter("replace", true);
        if fate == StoreFate::FailsBefore {
            return Err(Error::unavailable("replace: the disk is full"));
        }
        let version = self.commit(connection, expected, &grant)?;
        if fate == StoreFate::AnswerLost {
            let lost = Error::unavailable("replace: the answer is lost");
            return Err(lost.with_unknown_effect());
        }
        Ok(version)
    }

    async fn forget(&self, connection: &ConnectionId, _: Provider) -> Result<()> {
        let mut state = self.shared.lock();
        let installation = state.hosts[self.host].installation;
        state.installations[installation]
            .grants
            .rows
            .remove(connection);
        Ok(())
    }
}

#[async_trait]
impl GrantSpill for SimCredentials {
    async fn put(&self, connection: &ConnectionId, spilled: &SpilledGrant) -> Result<()> {
        turn().await;
        let mut state = self.shared.lock();
        state.counts.calls += 1;
        let fails = state.fate.strikes(Fault::SpillFails, 1000);
        let (now, host) = (state.now, self.host);
        let authority = tenant_called(&state, connection)
            .and_then(|tenant| state.tenants[tenant].grants.as_ref());
        let pair = authority.and_then(|authority| authority.number_of(&spilled.grant));
        state.trace.note(now, &[72, u64::from(fails)], || {
            format!("host{host} -> spill: put pair {pair:?}, fails: {fails}")
        });
        if fails {
            return Err(Error::unavailable("write the spill: the disk is full"));
        }
        if let Some(tenant) = tenant_called(&state, connection)
            && let Some(authority) = &mut state.tenants[tenant].grants
        {
            authority.became_durable(&spilled.grant);
        }
        let installation = state.hosts[host].installation;
        let spill = &mut state.installations[installation].grants.spill;
        let place = (connection.clone(), spilled.grant.refresh_mark());
        spill.insert(place, spilled.clone());
        Ok(())
    }

    async fn get(&self, connection: &ConnectionId) -> Result<Option<SpilledGrant>> {
        let state = self.shared.lock();
        let grants = &state.installations[state.hosts[self.host].installation].grants;
        Ok(grants.spilled(connection).next().cloned())
    }

    async fn clear(&self, connection: &ConnectionId, spilled: &SpilledGrant) -> Result<()> {
        turn().await;
        let mut state = self.shared.lock();
        if state.fate.strikes(Fault::SpillFails, 1000) {
            let host = self.host;
            state.hosts[host].grant.store_failed = true;
            return Err(Error::unavailable("clear the spill: the disk is read-only"));
        }
        let clears_all = state.has_bug(PortBug::SpillClearedWhole);
        let installation = state.hosts[self.host].installation;
        let spill = &mut state.installations[installation].grants.spill;
        spill.remove(&(connection.clone(), spilled.grant.refresh_mark()));
        if clears_all {
            spill.retain(|(of, _), _| of != connection);
        }
        Ok(())
    }
}

/// The token endpoint as a host reaches it.
#[derive(Debug)]
pub(crate) struct SimEndpoint {
    shared: Shared,
    host: usize,
    tenant: usize,
}

/// What becomes of a request for tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TokenFate {
    Answered,
    Slow,
    NotSent,
    ApplicationRefused,
    LostBefore(&'static str),
    LostAfter(&'static str),
}

impl SimEndpoint {
    pub(crate) const fn new(shared: Shared, host: usize, tenant: usize) -> Self {
        Self {
            shared,
            host,
            tenant,
        }
    }

    fn fate(state: &mut State) -> TokenFate {
        if state.fate.strikes(Fault::TokenReplyLost, 700) {
            TokenFate::LostAfter("no complete reply")
        } else if state.fate.strikes(Fault::TokenRequestLost, 700) {
            TokenFate::LostBefore("no answer in time")
        } else if state.fate.strikes(Fault::TokenEndpointFails, 1000) {
            // A 5xx says nothing about the effect.
            if state.now.timestamp_micros() % 2 == 0 {
                TokenFate::LostBefore("status 502")
            } else {
                TokenFate::LostAfter("status 502")
            }
        } else if state.fate.strikes(Fault::ApplicationRefused, 500) {
            TokenFate::ApplicationRefused
        } else if state.fate.strikes(Fault::Unreachable, 1000) {
            TokenFate::NotSent
        } else if state.fate.strikes(Fault::TokenEndpointSlow, 1000) {
            TokenFate::Slow
        } else {
            TokenFate::Answered
        }
    }

    /// What must hold whenever tokens are asked for.
    fn begin(&self, grant: &FreshBooksGrant) {
        let mut state = self.shared.lock();
        let (now, host, tenant) = (state.now, self.host, self.tenant);
        let installation = state.hosts[host].installation;
        let jumped = state.jumped_in(installation);
        let connection = state.tenants[tenant].connection.id.clone();
        let token = grant.refresh_token.expose_secret().to_owned();

        let grants = &state.installations[installation].grants;
        let begun = grants.rows.get(&connection).is_some_and(|(_, stored)| {
            matches!(stored.state, GrantState::Refreshing { .. })
                && stored.refresh_token.expose_secret() == token
        });
        let version = grants.rows.get(&connection).map(|(version, _)| *version);
        let waits = grants.spilled(&connection).next().is_some();
        state.require(begun, Invariant::I7, || {
            format!("tokens are asked for {connection} and the beginning of it is not durable")
        });
        state.require(!waits, Invariant::I7, || {
            format!(
                "an old token of {connection} is tried while a pair that works waits in the spill"
            )
        });

        state.hosts[host].grant.began_under = version;
        state.refreshing.retain(|other| other.host != host);
        let others: Vec<InFlight> = state
            .refreshing
            .iter()
            .filter(|other| other.installation == installation && other.tenant == tenant)
            .copied()
            .collect();
        let too_soon = others.iter().any(|other| now - other.began < STALE);
        state.require(jumped || !too_soon, Invariant::I7, || {
            format!("two requests for tokens of {connection} are under way at once")
        });
        state.refreshing.push(InFlight {
            host,
            installation,
            tenant,
            began: now,
        });

        let window = state.tenants[tenant].grant_window();
        let Some(authority) = &mut state.tenants[tenant].grants else {
            return;
        };
        let ours = authority.is_ours(grant);
        let key = (installation, token);
        let before = authority.shown.insert(key, now);
        let blind = before.is_some_and(|before| now - before < STALE);
        if !others.is_empty() || authority.is_held_by_other(host) {
            authority.excuse(grant, "a process hung for longer than a renewal may take");
        }
        let refused = authority
            .refused
            .contains(grant.access_token.expose_secret());
        let due = grant.state != GrantState::Ready
            || refused
            || authority.ends(grant).is_none_or(|end| end - now <= window);
        authority.requests += 1;
        state.require(ours, Invariant::I9, || {
            format!("a token of other books is shown for {connection}")
        });
        state.require(jumped || !blind, Invariant::I7, || {
            format!("a request for tokens of {connection} without an answer is repeated at once")
        });
        state.require(jumped || due, Invariant::I11, || {
            format!("tokens of {connection} are renewed and nobody needed it")
        });
    }

    /// The request is over, whatever it brought.
    fn end(&self, grant: &FreshBooksGrant, answer: &TokenAnswer) {
        let mut state = self.shared.lock();
        let (now, host, tenant) = (state.now, self.host, self.tenant);
        state.refreshing.retain(|other| other.host != host);
        let installation = state.hosts[host].installation;
        let certain = matches!(answer, TokenAnswer::NotSent(_) | TokenAnswer::Refused(_));
        if let Some(authority) = &mut state.tenants[tenant].grants
            && certain
        {
            let token = grant.refresh_token.expose_secret().to_owned();
            authority.shown.remove(&(installation, token));
        }
        state.hosts[host].grant.spent = matches!(answer, TokenAnswer::Spent);
        let shown = format!("{grant:?} {answer:?}");
        state.require(!canary::is_in(&shown), Invariant::I8, || {
            "what is shown of a grant holds a secret".to_owned()
        });
        let code = match answer {
            TokenAnswer::Pair(_) => 0,
            TokenAnswer::Spent => 1,
            TokenAnswer::Refused(_) => 2,
            TokenAnswer::NotSent(_) => 3,
            TokenAnswer::Unknown(_) => 4,
        };
        state.trace.note(now, &[73, code], || {
            format!("host{host} <- tokens {tenant}: {answer:?}")
        });
    }
}

#[async_trait]
impl TokenEndpoint for SimEndpoint {
    async fn refresh(&self, grant: &FreshBooksGrant) -> TokenAnswer {
        self.begin(grant);
        turn().await;
        let (fate, made) = {
            let mut state = self.shared.lock();
            state.counts.calls += 1;
            let fate = Self::fate(&mut state);
            let now = state.now;
            let (host, tenant) = (self.host, self.tenant);
            state.trace.note(now, &[74], || {
                format!("host{host} -> tokens {tenant}: {fate:?}")
            });
            let arrives = matches!(
                fate,
                TokenFate::Answered | TokenFate::Slow | TokenFate::LostAfter(_)
            );
            let authority = state.tenants[tenant].grants.as_mut();
            let made = authority
                .filter(|_| arrives)
                .and_then(|authority| authority.spend(&grant.refresh_token, now));
            (fate, made)
        };
        if fate == TokenFate::Slow {
            for _ in 0..3 {
                turn().await;
                self.shared.lock().advance(TimeDelta::seconds(14));
            }
        }
        // Between the effect and its answer.
        turn().await;
        let answer = match fate {
            TokenFate::NotSent => TokenAnswer::NotSent("no connection".to_owned()),
            TokenFate::ApplicationRefused => TokenAnswer::Refused("invalid_client".to_owned()),
            TokenFate::LostBefore(why) | TokenFate::LostAfter(why) => {
                let mut why = why.to_owned();
                if self.shared.lock().has_bug(PortBug::SecretInErrorText) {
                    why = format!("{why} to {}", grant.refresh_token.expose_secret());
                }
                TokenAnswer::Unknown(why)
            }
            TokenFate::Answered | TokenFate::Slow => {
                let mut state = self.shared.lock();
                let host_now = state.clock_of(self.host);
                let authority = state.tenants[self.tenant].grants.as_mut();
                match made.zip(authority) {
                    Some((place, authority)) => {
                        TokenAnswer::Pair(authority.answered(place, self.host, host_now))
                    }
                    None => TokenAnswer::Spent,
                }
            }
        };
        self.end(grant, &answer);
        answer
    }
}
