//! Carries out what [`decide`] says about a grant. Never sleeps and spawns nothing: the host waits, and keeps a renewal
//! where nobody drops it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use secrecy::SecretString;

use crate::error::{Error, ErrorKind, Result};
use crate::model::{ConnectionId, Fingerprint, FreshBooksGrant, GrantState, Provider, TokenAnswer};
use crate::planted::{Bug, is_on};
use crate::ports::{
    Clock, Credential, CredentialStore, Entropy, GrantSpill, SpilledGrant, TokenEndpoint,
};
use crate::state::{
    GrantAction, GrantFailure, GrantObservation, GrantSettings, Recollection, StoredGrant,
    TokenWant, decide,
};

/// How often a grant that changes under our hands is read again before giving up.
const LOOKS_MAX: u32 = 8;

/// The ports a grant is kept over.
#[derive(Clone, Debug)]
pub struct GrantPorts {
    /// Where the grant is.
    pub store: Arc<dyn CredentialStore>,
    /// Where new tokens come from.
    pub endpoint: Arc<dyn TokenEndpoint>,
    /// Where a pair goes that the store cannot take.
    pub spill: Arc<dyn GrantSpill>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Jitter.
    pub entropy: Arc<dyn Entropy>,
}

/// Keeps one connection's grant. The exclusive borrow of [`attempt`](Self::attempt) is the single flight within a
/// process; across processes it is the store's compare-and-swap.
pub struct GrantKeeper {
    connection: ConnectionId,
    ports: GrantPorts,
    settings: GrantSettings,
    recollection: Recollection,
    /// A pair that was got and could not be stored.
    unstored: Option<Unstored>,
}

/// A stored access token.
#[derive(Clone, Debug)]
pub struct GrantToken {
    /// The version it is stored under.
    pub version: u64,
    /// The token.
    pub access_token: SecretString,
    /// Until when it is given out without asking the keeper again.
    pub serves_until: DateTime<Utc>,
}

/// How far an attempt came. `because` is what a person should know although work goes on.
#[derive(Debug)]
pub enum Renewal {
    /// A token as wanted.
    Token {
        /// The token.
        token: GrantToken,
        /// Why it is the old one, though a renewal was due.
        because: Option<Error>,
    },
    /// Attempt again after so long.
    Wait {
        /// How long.
        pause: Duration,
        /// What is waited for.
        because: Error,
    },
}

/// A pair that was got and is not stored.
#[derive(Clone)]
struct Unstored {
    spilled: SpilledGrant,
    /// When it was made; not known of one that another process left.
    made_at: Option<DateTime<Utc>>,
    /// How often storing it has failed.
    saves: u32,
    is_spilled: bool,
}

/// What a step of an attempt came to; `None`: look again.
type Step = Result<Option<Renewal>>;

impl GrantKeeper {
    /// Keeps the grant of a connection. Reads and sends nothing yet.
    pub fn new(connection: ConnectionId, ports: GrantPorts, settings: GrantSettings) -> Self {
        Self {
            connection,
            ports,
            settings,
            recollection: Recollection::default(),
            unstored: None,
        }
    }

    /// A token as wanted, renewed if need be.
    ///
    /// # Errors
    /// `Unauthorized` when only a person helps, with what to do; else what kept it, to be tried again later.
    ///
    /// # Cancel safety
    /// Dropping it is like a crash: what was stored stays, but a pair on its way may be lost. A host runs it in a task of
    /// its own.
    pub async fn attempt(&mut self, want: TokenWant) -> Result<Renewal> {
        for _ in 0..LOOKS_MAX {
            self.find_left_over().await?;
            let stored = match self.load().await {
                Ok(stored) => stored,
                // A grant that is missing is not back by itself: only a new consent makes one.
                Err(error)
                    if self.unstored.is_some() && error.kind() != ErrorKind::Unauthorized =>
                {
                    return self.keep(&error).await;
                }
                Err(error) => return Err(error),
            };
            // First of all: while a live pair waits, what the store holds is out of date.
            let seen = match &self.unstored {
                Some(Unstored { spilled, .. }) => GrantObservation::Unstored {
                    replaces: spilled.replaces,
                    spent: spilled.spent,
                    fresh: spilled.grant.clone(),
                },
                None => GrantObservation::Wanted {
                    want,
                    recollection: self.recollection,
                    draw: self.ports.entropy.next_u64(),
                },
            };
            let action = self.decided(&stored, seen);
            if let Some(renewal) = self.carry_out(stored, action, want).await? {
                return Ok(renewal);
            }
        }
        Err(Error::new(
            ErrorKind::Conflict,
            "renew the access token: the stored grant keeps changing",
        ))
    }

    async fn carry_out(
        &mut self,
        mut stored: StoredGrant,
        mut action: GrantAction,
        want: TokenWant,
    ) -> Step {
        loop {
            let failure = match action {
                GrantAction::Serve { until, because } => {
                    return Ok(Some(token(&stored, until, because.map(Error::from))));
                }
                GrantAction::Wait(pause) => return Ok(Some(busy(pause))),
                GrantAction::Begin { since } => match self.begin(&stored, since).await {
                    Ok(fence) => {
                        let seen = GrantObservation::Begun { fence, since };
                        action = self.decided(&stored, seen);
                        continue;
                    }
                    Err(error) if error.kind() == ErrorKind::Conflict => return Ok(None),
                    Err(error) => GrantFailure::NotBegun {
                        kind: error.kind(),
                        why: error.to_string(),
                    },
                },
                GrantAction::Ask { fence } => {
                    // Whoever was taken for abandoned may have left its pair since this attempt looked: the old token would
                    // kill it.
                    if !is_on(Bug::SpillLookedAtEarly) {
                        self.find_left_over().await?;
                    }
                    if self.unstored.is_some() {
                        return Ok(None);
                    }
                    let answer = self.ask(&stored.grant).await;
                    action = self.decided(&stored, GrantObservation::Answered { fence, answer });
                    continue;
                }
                GrantAction::Lapse { fence } => {
                    self.recollection.late = Some(fence);
                    return Ok(None);
                }
                GrantAction::Store { over, fresh } => {
                    let spent = stored.grant.refresh_mark();
                    return self.store(over, spent, fresh).await;
                }
                GrantAction::Drop => return self.let_go().await.map(|()| None),
                GrantAction::Restore {
                    over,
                    grant,
                    failure,
                } => {
                    // Failing to say that nothing happened costs a wait, not a token.
                    let _ = self.replace(over, grant).await;
                    failure
                }
                GrantAction::Leave { fence, failure } => {
                    self.recollection.lost = Some(fence);
                    failure
                }
                GrantAction::Bury { .. } if is_on(Bug::DeathNotStored) => {
                    return Err(GrantFailure::NeedsReauth.into());
                }
                GrantAction::Bury { over, grant } => match self.replace(over, grant).await {
                    // Someone has newer tokens: then these being spent is as it should be.
                    Err(error) if error.kind() == ErrorKind::Conflict => return Ok(None),
                    // If it cannot be stored, the next attempt finds out again by itself.
                    Ok(_) | Err(_) => return Err(GrantFailure::NeedsReauth.into()),
                },
                GrantAction::Fail(failure) => return Err(failure.into()),
            };
            stored = match self.load().await {
                Ok(stored) => stored,
                Err(_) => return Err(failure.into()),
            };
            action = self.decided(&stored, GrantObservation::Failed { want, failure });
        }
    }

    /// Makes a beginning durable; the version it is stored under is its fence.
    async fn begin(&self, stored: &StoredGrant, since: DateTime<Utc>) -> Result<u64> {
        if is_on(Bug::BeginNotStored) {
            return Ok(stored.version);
        }
        let begun = FreshBooksGrant {
            state: GrantState::Refreshing { since },
            ..stored.grant.clone()
        };
        match self.replace(stored.version, begun).await {
            Err(error) if error.kind() == ErrorKind::Conflict && is_on(Bug::RefreshUnguarded) => {
                Ok(stored.version.saturating_add(1))
            }
            given => given,
        }
    }

    /// One request for tokens.
    async fn ask(&self, grant: &FreshBooksGrant) -> TokenAnswer {
        let answer = self.ports.endpoint.refresh(grant).await;
        if is_on(Bug::LostReplyRetried) && matches!(answer, TokenAnswer::Unknown(_)) {
            return self.ports.endpoint.refresh(grant).await;
        }
        answer
    }

    /// Stores a new pair: of this attempt, or one that waits.
    async fn store(&mut self, over: u64, spent: Fingerprint, fresh: FreshBooksGrant) -> Step {
        if self.unstored.is_none() {
            self.unstored = Some(Unstored {
                spilled: SpilledGrant {
                    replaces: over,
                    spent,
                    grant: fresh.clone(),
                },
                made_at: Some(self.ports.clock.now()),
                saves: 0,
                is_spilled: false,
            });
        }
        let made_at = self.unstored.as_ref().and_then(|left| left.made_at);
        match self.replace(over, fresh).await {
            Ok(version) => {
                self.recollection.made = made_at.map(|at| (version, at));
                self.let_go().await.map(|()| None)
            }
            Err(error) if error.kind() == ErrorKind::Conflict => Ok(None),
            Err(error) => self.keep(&error).await.map(Some),
        }
    }

    /// Looks for a pair that a process which died could not store.
    async fn find_left_over(&mut self) -> Result<()> {
        if self.unstored.is_none()
            && !is_on(Bug::SpillForgotten)
            && let Some(spilled) = self.ports.spill.get(&self.connection).await?
        {
            self.unstored = Some(Unstored {
                spilled,
                made_at: None,
                saves: 0,
                is_spilled: true,
            });
        }
        Ok(())
    }

    /// Keeps a pair that cannot be stored, beside the store if possible.
    async fn keep(&mut self, error: &Error) -> Result<Renewal> {
        if is_on(Bug::UnstoredDropped) {
            self.unstored = None;
        }
        let (connection, settings) = (&self.connection, &self.settings);
        let Some(left) = &mut self.unstored else {
            return Err(told("store the renewed tokens", error));
        };
        if is_on(Bug::TokenBeforeStored) {
            let stored = StoredGrant {
                version: left.spilled.replaces,
                grant: left.spilled.grant.clone(),
            };
            let until = stored.grant.expires_at;
            return Ok(token(&stored, until, None));
        }
        if !left.is_spilled {
            left.is_spilled = self
                .ports
                .spill
                .put(connection, &left.spilled)
                .await
                .is_ok();
        }
        let place = if left.is_spilled {
            "they are kept sealed beside the database, and stored with the next call"
        } else {
            "they are kept in memory alone, and stored with the next call; do not stop this process before"
        };
        let because = Error::unavailable(format!("store the renewed tokens: {error}; {place}"));
        if left.saves >= settings.saves_max {
            left.saves = 0;
            return Err(because);
        }
        let factor = 1_u32.checked_shl(left.saves).unwrap_or(u32::MAX);
        left.saves = left.saves.saturating_add(1);
        Ok(Renewal::Wait {
            pause: settings.save_pause.saturating_mul(factor),
            because,
        })
    }

    /// A pair is stored, or superseded. Until the spill is empty nothing else is done: an old pair in it could later pass
    /// for the only live one.
    async fn let_go(&mut self) -> Result<()> {
        if let Some(left) = &self.unstored
            && left.is_spilled
        {
            let (connection, spilled) = (&self.connection, &left.spilled);
            self.ports.spill.clear(connection, spilled).await?;
        }
        self.unstored = None;
        Ok(())
    }

    fn decided(&self, stored: &StoredGrant, seen: GrantObservation) -> GrantAction {
        decide(stored, seen, self.ports.clock.now(), &self.settings)
    }

    async fn load(&self) -> Result<StoredGrant> {
        let found = self
            .ports
            .store
            .load(&self.connection, Provider::FreshBooks)
            .await
            .map_err(|error| told("read the FreshBooks grant", &error))?;
        let found = found.ok_or_else(|| {
            Error::new(
                ErrorKind::Unauthorized,
                "find the FreshBooks grant: none is stored; run `ml-connector connect freshbooks`",
            )
        })?;
        match found.credential {
            Credential::FreshBooks(grant) => Ok(StoredGrant {
                version: found.version,
                grant,
            }),
            Credential::Expensify(_) => Err(Error::corrupt(
                "read the FreshBooks grant: the stored credential is of another service",
            )),
        }
    }

    async fn replace(&self, expected: u64, grant: FreshBooksGrant) -> Result<u64> {
        self.ports
            .store
            .replace(
                &self.connection,
                Some(expected),
                Credential::FreshBooks(grant),
            )
            .await
    }
}

impl fmt::Debug for GrantKeeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GrantKeeper")
            .field("connection", &self.connection)
            .field("recollection", &self.recollection)
            .field("holds_unstored", &self.unstored.is_some())
            .finish_non_exhaustive()
    }
}

fn token(stored: &StoredGrant, serves_until: DateTime<Utc>, because: Option<Error>) -> Renewal {
    Renewal::Token {
        token: GrantToken {
            version: stored.version,
            access_token: stored.grant.access_token.clone(),
            serves_until,
        },
        because,
    }
}

/// An error of the store, with what it kept us from.
fn told(action: &str, error: &Error) -> Error {
    Error::new(error.kind(), format!("{action}: {error}"))
}

fn busy(pause: Duration) -> Renewal {
    Renewal::Wait {
        pause,
        because: Error::unavailable("renew the access token: another process is at it; try again"),
    }
}
