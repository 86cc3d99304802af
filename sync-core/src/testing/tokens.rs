//! A token endpoint in memory, whose refresh tokens really work once, and a spill.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::TimeDelta;
use secrecy::{ExposeSecret as _, SecretString};

use super::{lock, yield_once};
use crate::error::{Error, Result};
use crate::model::{
    ConnectionId, Fingerprint, FreshBooksGrant, GrantState, TokenAnswer, TokenPair,
};
use crate::ports::{Clock, GrantSpill, SpilledGrant, TokenEndpoint};

/// What a [`MemoryTokens`] does with a refresh token that was used before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reuse {
    /// Takes it for theft: the newest pair is dead, too (RFC 9700, section 4.14).
    RevokesAll,
    /// Refuses it.
    IsRefused,
    /// Takes it until a newer one has been used, so that a lost answer costs nothing.
    IsForgiven,
}

/// How a request for tokens goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenFault {
    /// A pair is made, and the answer is lost.
    LostAfter,
    /// Nothing happens, and nobody can tell.
    LostBefore,
    /// No connection.
    NotSent,
    /// The application is refused.
    Refused,
}

/// A token endpoint in memory.
#[derive(Debug)]
pub struct MemoryTokens {
    clock: Arc<dyn Clock>,
    reuse: Reuse,
    books: Mutex<Books>,
}

#[derive(Debug, Default)]
struct Books {
    /// Pairs are numbered; this is the newest.
    newest: u64,
    /// No token below this one works any more.
    oldest_alive: u64,
    faults: VecDeque<TokenFault>,
    calls: u64,
    under_way: u32,
    most_at_once: u32,
}

impl MemoryTokens {
    /// An endpoint that has given out nothing yet.
    pub fn new(clock: Arc<dyn Clock>, reuse: Reuse) -> Self {
        Self {
            clock,
            reuse,
            books: Mutex::default(),
        }
    }

    /// A person's consent: a grant with a new pair. It ends all older ones.
    pub fn consent(&self) -> FreshBooksGrant {
        let number = lock(&self.books).issue();
        let pair = self.pair(number);
        lock(&self.books).oldest_alive = number;
        FreshBooksGrant {
            client_id: "app".to_owned(),
            client_secret: SecretString::from("app secret"),
            redirect_uri: "https://localhost/callback".to_owned(),
            access_token: pair.access_token,
            refresh_token: pair.refresh_token,
            expires_at: pair.expires_at.unwrap_or_else(|| self.clock.now()),
            state: GrantState::Ready,
        }
    }

    /// Lays out the fault of a request to come; several happen in the order given.
    pub fn fail(&self, fault: TokenFault) {
        lock(&self.books).faults.push_back(fault);
    }

    /// Whether a grant's refresh token would work.
    pub fn is_alive(&self, grant: &FreshBooksGrant) -> bool {
        number_of(grant).is_some_and(|number| lock(&self.books).is_alive(number, self.reuse))
    }

    /// Requests so far.
    pub fn calls(&self) -> u64 {
        lock(&self.books).calls
    }

    /// The most requests that were ever under way at once.
    pub fn most_at_once(&self) -> u32 {
        lock(&self.books).most_at_once
    }

    fn pair(&self, number: u64) -> TokenPair {
        TokenPair {
            access_token: SecretString::from(format!("access {number}")),
            refresh_token: SecretString::from(format!("refresh {number}")),
            expires_at: self.clock.now().checked_add_signed(TimeDelta::hours(12)),
        }
    }
}

#[async_trait]
impl TokenEndpoint for MemoryTokens {
    async fn refresh(&self, grant: &FreshBooksGrant) -> TokenAnswer {
        let _under_way = UnderWay::enter(&self.books);
        // Taken at once: a fault laid out for a request that is dropped goes with it.
        let fault = lock(&self.books).faults.pop_front();
        yield_once().await;
        let answer = {
            let mut books = lock(&self.books);
            match fault {
                Some(TokenFault::LostBefore) => TokenAnswer::Unknown("no answer".to_owned()),
                Some(TokenFault::NotSent) => TokenAnswer::NotSent("no connection".to_owned()),
                Some(TokenFault::Refused) => TokenAnswer::Refused("invalid_client".to_owned()),
                Some(TokenFault::LostAfter) | None => {
                    let issued =
                        number_of(grant).and_then(|number| books.spend(number, self.reuse));
                    match (issued, fault) {
                        (_, Some(_)) => TokenAnswer::Unknown("no answer".to_owned()),
                        (Some(number), None) => TokenAnswer::Pair(self.pair(number)),
                        (None, None) => TokenAnswer::Spent,
                    }
                }
            }
        };
        yield_once().await;
        answer
    }
}

impl Books {
    fn issue(&mut self) -> u64 {
        self.newest = self.newest.saturating_add(1);
        self.newest
    }

    fn is_alive(&self, number: u64, reuse: Reuse) -> bool {
        number >= self.oldest_alive && (number == self.newest || reuse == Reuse::IsForgiven)
    }

    fn spend(&mut self, number: u64, reuse: Reuse) -> Option<u64> {
        if self.is_alive(number, reuse) {
            // What is older than a token in use was received by nobody, or is not needed any more.
            self.oldest_alive = number;
            return Some(self.issue());
        }
        if reuse == Reuse::RevokesAll {
            self.oldest_alive = self.newest.saturating_add(1);
        }
        None
    }
}

fn number_of(grant: &FreshBooksGrant) -> Option<u64> {
    let text = grant.refresh_token.expose_secret();
    text.strip_prefix("refresh ")?.parse().ok()
}

/// Counts a request until it ends or is dropped.
struct UnderWay<'a>(&'a Mutex<Books>);

impl<'a> UnderWay<'a> {
    fn enter(books: &'a Mutex<Books>) -> Self {
        let mut counted = lock(books);
        counted.calls = counted.calls.saturating_add(1);
        counted.under_way = counted.under_way.saturating_add(1);
        counted.most_at_once = counted.most_at_once.max(counted.under_way);
        drop(counted);
        Self(books)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        let mut books = lock(self.0);
        books.under_way = books.under_way.saturating_sub(1);
    }
}

/// A spill in memory.
#[derive(Debug, Default)]
pub struct MemorySpill {
    kept: Mutex<BTreeMap<(ConnectionId, Fingerprint), SpilledGrant>>,
    is_broken: Mutex<bool>,
}

impl MemorySpill {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Fails whatever would change it, or no longer.
    pub fn set_broken(&self, broken: bool) {
        *lock(&self.is_broken) = broken;
    }

    fn check(&self) -> Result<()> {
        if *lock(&self.is_broken) {
            return Err(Error::unavailable("write the spill: disk is full"));
        }
        Ok(())
    }
}

#[async_trait]
impl GrantSpill for MemorySpill {
    async fn put(&self, connection: &ConnectionId, spilled: &SpilledGrant) -> Result<()> {
        self.check()?;
        lock(&self.kept).insert(place(connection, spilled), spilled.clone());
        Ok(())
    }

    async fn get(&self, connection: &ConnectionId) -> Result<Option<SpilledGrant>> {
        let kept = lock(&self.kept);
        let mut of_it = kept.iter().filter(|((of, _), _)| of == connection);
        Ok(of_it.next().map(|(_, spilled)| spilled.clone()))
    }

    async fn clear(&self, connection: &ConnectionId, spilled: &SpilledGrant) -> Result<()> {
        self.check()?;
        lock(&self.kept).remove(&place(connection, spilled));
        Ok(())
    }
}

fn place(connection: &ConnectionId, spilled: &SpilledGrant) -> (ConnectionId, Fingerprint) {
    (connection.clone(), spilled.grant.refresh_mark())
}
