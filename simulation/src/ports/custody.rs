//! Who gives out access tokens in a process: the core's keeper of a grant, and what a host adds to it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use secrecy::ExposeSecret as _;
use sync_core::engine::{GrantKeeper, GrantPorts, GrantToken, Renewal};
use sync_core::model::GrantState;
use sync_core::state::{GrantSettings, TokenWant};
use sync_core::testing::SeededEntropy;
use sync_core::{Error, ErrorKind, Result};

use super::tokens::{SimCredentials, SimEndpoint};
use super::{SimClock, turn};
use crate::canary;
use crate::planted::PortBug;
use crate::state::{Shared, span};
use crate::truth::Admission;
use crate::violation::Invariant;

/// How long a call waits for a renewal that another process is making.
const WAIT_MAX: Duration = Duration::from_secs(30);

/// What a process holds in memory of one connection's grant. It goes with the process.
pub(crate) struct Process {
    keeper: GrantKeeper,
    /// What is given out without asking the keeper.
    held: Option<GrantToken>,
}

impl fmt::Debug for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Process").finish_non_exhaustive()
    }
}

/// What every process of a world holds, by host and tenant.
pub(crate) type Processes = BTreeMap<(usize, usize), Process>;

/// Gives out access tokens of one connection, and shows them to its books.
#[derive(Clone, Debug)]
pub(crate) struct SimCustody {
    shared: Shared,
    host: usize,
    tenant: usize,
}

impl SimCustody {
    pub(crate) const fn new(shared: Shared, host: usize, tenant: usize) -> Self {
        Self {
            shared,
            host,
            tenant,
        }
    }

    /// Shows a token to the books: a read that is refused is made once more with a newer one. The small model has no
    /// tokens, which have a model of their own in the core's tests.
    pub(crate) async fn read(&self, action: &str) -> Result<()> {
        if !self.is_kept() {
            turn().await;
            return Ok(());
        }
        let told = |error: Error| Error::new(error.kind(), format!("{action}: {error}"));
        let token = self.token(TokenWant::Good).await.map_err(told)?;
        turn().await;
        if self.is_admitted(&token) {
            return Ok(());
        }
        let renews = !self.shared.lock().has_bug(PortBug::RefusedNotRenewed);
        if renews {
            let newer = self.token(TokenWant::NewerThan(token.version)).await;
            let newer = newer.map_err(told)?;
            turn().await;
            if self.is_admitted(&newer) {
                return Ok(());
            }
        }
        let text = format!("{action}: status 401; run `ml-connector connect freshbooks`");
        Err(Error::new(ErrorKind::Unauthorized, text))
    }

    /// A token for a write.
    pub(crate) async fn for_write(&self) -> Result<Option<GrantToken>> {
        let token = if self.is_kept() {
            Some(self.token(TokenWant::Good).await?)
        } else {
            None
        };
        turn().await;
        Ok(token)
    }

    /// A refused token is renewed at once, so that the next call has a good one; a failure shows itself there.
    pub(crate) async fn renew_for_the_next(&self, refused: &GrantToken) {
        let _ = self.token(TokenWant::NewerThan(refused.version)).await;
    }

    /// Whether the books take this token now. Checks what must hold of every token that is shown to them.
    pub(crate) fn is_admitted(&self, token: &GrantToken) -> bool {
        let mut state = self.shared.lock();
        let (now, tenant) = (state.now, self.tenant);
        let dies = state.fate.strikes(crate::swarm::Fault::TokenDies, 60);
        let Some(authority) = &mut state.tenants[tenant].grants else {
            return true;
        };
        if dies {
            authority.kill(&token.access_token);
        }
        let admission = authority.admits(&token.access_token, now);
        state.require(admission != Admission::Foreign, Invariant::I9, || {
            format!("books {tenant} are shown a token of other books")
        });
        state.require(admission != Admission::TooEarly, Invariant::I7, || {
            format!("books {tenant} are shown a token that is durable nowhere")
        });
        admission == Admission::Admitted
    }

    /// Notes that the books refused this token without a reason of their own.
    pub(crate) fn note_refused(&self, token: &GrantToken) {
        let mut state = self.shared.lock();
        if let Some(authority) = &mut state.tenants[self.tenant].grants {
            let token = token.access_token.expose_secret().to_owned();
            authority.refused.insert(token);
        }
    }

    fn is_kept(&self) -> bool {
        self.shared.lock().tenants[self.tenant].grants.is_some()
    }

    fn key(&self) -> (usize, usize) {
        (self.host, self.tenant)
    }

    async fn token(&self, want: TokenWant) -> Result<GrantToken> {
        let mut process = {
            let mut state = self.shared.lock();
            let now = state.clock_of(self.host);
            let mut place = self.key();
            if state.has_bug(PortBug::TokenOfOther) {
                place.1 = 0;
            }
            if let Some(Process {
                held: Some(held), ..
            }) = state.processes.get(&place)
            {
                let serves = match want {
                    TokenWant::Good => now < held.serves_until,
                    TokenWant::NewerThan(version) => held.version > version,
                };
                if serves {
                    return Ok(held.clone());
                }
            }
            state.processes.remove(&self.key())
        }
        .unwrap_or_else(|| self.process());
        let outcome = self.attempt(&mut process, want).await;
        let mut state = self.shared.lock();
        state.processes.insert(self.key(), process);
        drop(state);
        self.judge(outcome.as_ref().err());
        outcome
    }

    async fn attempt(&self, process: &mut Process, want: TokenWant) -> Result<GrantToken> {
        let mut waited = Duration::ZERO;
        loop {
            match process.keeper.attempt(want).await {
                Ok(Renewal::Token { token, because }) => {
                    self.check_text(because.as_ref());
                    process.held = Some(token.clone());
                    return Ok(token);
                }
                Ok(Renewal::Wait { pause, .. }) if waited < WAIT_MAX => {
                    waited += pause;
                    turn().await;
                    self.shared.lock().advance(span(pause));
                }
                Ok(Renewal::Wait { because, .. }) => return Err(because),
                Err(error) => {
                    process.held = None;
                    return Err(error);
                }
            }
        }
    }

    fn check_text(&self, error: Option<&Error>) {
        let Some(error) = error else { return };
        let shown = format!("{error} {error:?}");
        self.shared
            .lock()
            .require(!canary::is_in(&shown), Invariant::I8, || {
                "an error of the custody shows a secret".to_owned()
            });
    }

    /// A dead grant is told as such, with what to do, and stays known as dead.
    fn judge(&self, error: Option<&Error>) {
        self.check_text(error);
        let mut state = self.shared.lock();
        let installation = state.hosts[self.host].installation;
        let connection = &state.tenants[self.tenant].connection.id;
        let stored = state.installations[installation]
            .grants
            .rows
            .get(connection);
        let dead = stored.is_some_and(|(_, grant)| grant.state == GrantState::NeedsReauth);
        let version = stored.map(|(version, _)| *version);
        let host = &mut state.hosts[self.host];
        let spent = std::mem::take(&mut host.grant.spent);
        // Whoever has begun a renewal since finds out by itself.
        let unchanged = host.grant.began_under.take() == version;
        let failed = std::mem::take(&mut host.grant.store_failed);
        let Some(error) = error else {
            host.grant.saw_dead = None;
            return;
        };
        // Others changed what is stored at every look: whoever looks next sees what they left.
        let failed = failed || error.kind() == ErrorKind::Conflict;
        // Where the store could not be read, nobody can tell why the token is refused: the next pass does.
        host.grant.saw_dead = (dead && !failed).then_some(self.tenant);
        let tells = error.kind() == ErrorKind::Unauthorized
            && error.to_string().contains("connect freshbooks");
        let unstored = spent && unchanged && !dead && !failed;
        state.require(!dead || tells || failed, Invariant::I7, || {
            format!("the grant is dead, and what is told is: {error:?}")
        });
        state.require(!unstored, Invariant::I7, || {
            "the endpoint says that the grant is dead, and nobody notes it".to_owned()
        });
    }

    fn process(&self) -> Process {
        let shared = || self.shared.clone();
        let (connection, settings) = {
            let state = shared();
            let state = state.lock();
            let tenant = &state.tenants[self.tenant];
            (
                tenant.connection.id.clone(),
                grant_settings(tenant.grant_life()),
            )
        };
        let ports = GrantPorts {
            store: Arc::new(SimCredentials::new(shared(), self.host)),
            endpoint: Arc::new(SimEndpoint::new(shared(), self.host, self.tenant)),
            spill: Arc::new(SimCredentials::new(shared(), self.host)),
            clock: Arc::new(SimClock::new(shared(), self.host)),
            entropy: Arc::new(SeededEntropy::new(u64::try_from(self.host).unwrap_or(0))),
        };
        Process {
            keeper: GrantKeeper::new(connection, ports, settings),
            held: None,
        }
    }
}

/// As the program sets them, but for short lives: half of a life before its end, and fewer looks while waiting.
fn grant_settings(life: chrono::TimeDelta) -> GrantSettings {
    GrantSettings {
        renew_before: (life / 2).to_std().unwrap_or_default(),
        poll_every: Duration::from_secs(3),
        saves_max: 3,
        ..GrantSettings::default()
    }
}
