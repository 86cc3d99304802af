//! Processes that keep one grant, crash, come back, and are checked.

use std::collections::BTreeSet;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use secrecy::ExposeSecret as _;
use sync_core::engine::{GrantKeeper, GrantPorts, Renewal};
use sync_core::model::GrantState;
use sync_core::ports::Clock as _;
use sync_core::state::{GrantSettings, TokenWant};
use sync_core::testing::{
    ManualClock, MemoryCredentials, MemorySpill, MemoryTokens, Reuse, SeededEntropy, samples,
};
use sync_core::{ErrorKind, Result};

use crate::choice::Choices;
use crate::ports::{Disturber, Endpoint, Spill, Store};

/// How the grant stands when a path begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    /// Half its life is over: the old access token can still serve.
    Due,
    /// The access token has ended.
    Ended,
    /// A renewal was begun by a process that died before it asked.
    Abandoned,
}

impl Start {
    pub(crate) const ALL: [Self; 3] = [Self::Due, Self::Ended, Self::Abandoned];
}

/// What was seen so far.
#[derive(Debug, Default)]
struct Seen {
    rounds: u64,
    crashes: u64,
    tokens: u64,
    failures: u64,
    lost: u64,
}

type Flight = Pin<Box<dyn Future<Output = (GrantKeeper, Result<Renewal>)>>>;

/// Attempts of one process that may come to a wait before they count as given up: what a host allows for.
const WAITS_MAX: u32 = 12;

pub(crate) struct World {
    clock: Arc<ManualClock>,
    entropy: Arc<SeededEntropy>,
    disturber: Arc<Disturber>,
    tokens: Arc<MemoryTokens>,
    store: Arc<Store>,
    spill: Arc<Spill>,
    reuse: Reuse,
    /// Processes between their attempts; a crashed one is gone with what it held in memory.
    idle: Vec<GrantKeeper>,
    seen: Seen,
}

impl World {
    pub(crate) fn new(
        reuse: Reuse,
        start: Start,
        choices: Arc<dyn Choices>,
        disturbances: u32,
    ) -> Self {
        let clock = Arc::new(ManualClock::new(samples::start()));
        let disturber = Arc::new(Disturber::new(choices, disturbances));
        let time: Arc<dyn sync_core::ports::Clock> = Arc::<ManualClock>::clone(&clock);
        let world = Self {
            entropy: Arc::new(SeededEntropy::new(1)),
            tokens: Arc::new(MemoryTokens::new(time, reuse)),
            store: Arc::new(Store {
                inner: MemoryCredentials::new(),
                disturber: Arc::clone(&disturber),
                stored: Mutex::new(BTreeSet::new()),
            }),
            spill: Arc::new(Spill {
                inner: MemorySpill::new(),
                disturber: Arc::clone(&disturber),
            }),
            clock,
            disturber,
            reuse,
            idle: Vec::new(),
            seen: Seen::default(),
        };
        let mut grant = world.tokens.consent();
        if start == Start::Abandoned {
            grant.state = GrantState::Refreshing {
                since: world.clock.now(),
            };
        }
        world.store.put(grant);
        let passed = match start {
            Start::Due | Start::Abandoned => 7,
            Start::Ended => 13,
        };
        world.clock.advance(Duration::from_hours(passed));
        world
    }

    /// Every process attempts to get a token, in an interleaving that is chosen; then time passes.
    pub(crate) fn round(&mut self, workers: usize) {
        self.seen.rounds += 1;
        let mut flights: Vec<Option<(Flight, u32)>> = Vec::new();
        for _ in 0..workers {
            let keeper = self.idle.pop().unwrap_or_else(|| self.keeper());
            flights.push(Some((flight(keeper), 0)));
        }
        let mut current = 0;
        while flights.iter().any(Option::is_some) {
            let Some((mut future, waits)) = flights[current].take() else {
                current = (current + 1) % workers;
                continue;
            };
            let polled = future
                .as_mut()
                .poll(&mut Context::from_waker(Waker::noop()));
            match polled {
                Poll::Ready((keeper, Ok(Renewal::Wait { pause, .. }))) if waits < WAITS_MAX => {
                    // Whoever is waited for goes on meanwhile.
                    self.clock.advance(pause);
                    flights[current] = Some((flight(keeper), waits + 1));
                    current = (current + 1) % workers;
                }
                Poll::Ready((keeper, outcome)) => {
                    self.look_at(outcome);
                    self.idle.push(keeper);
                }
                Poll::Pending => {
                    let others = flights.iter().any(Option::is_some);
                    match self.disturber.draw(if others { 3 } else { 2 }) {
                        // Dropped with everything it held in memory.
                        1 => {
                            drop(future);
                            self.seen.crashes += 1;
                            if !self.has_live_pair() {
                                self.disturber
                                    .excuse("the process died between reply and store");
                            }
                        }
                        2 => {
                            flights[current] = Some((future, waits));
                            current = (current + 1) % workers;
                        }
                        _ => flights[current] = Some((future, waits)),
                    }
                }
            }
            assert!(self.tokens.most_at_once() <= 1, "two requests at once");
        }
        self.pass_time();
    }

    /// From now on nothing is disturbed, and time is long enough for every wait.
    pub(crate) fn calm(&self) {
        self.disturber.calm();
        self.clock.advance(Duration::from_hours(13));
    }

    /// After an undisturbed round: a grant that renews, or a loud need for a person that had to be.
    pub(crate) fn check_end(&self) {
        let (_, grant) = self.store.grant();
        if grant.state == GrantState::NeedsReauth {
            self.check_death();
            return;
        }
        assert_eq!(grant.state, GrantState::Ready, "nothing is left half done");
        assert!(
            self.tokens.is_alive(&grant),
            "the stored grant is silently dead"
        );
        assert!(self.spill.kept().is_none(), "the spill was consumed");
    }

    /// A grant that is dead is noticed, and only ever dies of a lost pair at a server that forgives none.
    fn check_death(&self) {
        assert!(
            self.disturber.take_excuse().is_some(),
            "the grant died without a lost pair"
        );
        assert_ne!(
            self.reuse,
            Reuse::IsForgiven,
            "this server forgives a lost answer"
        );
        let mut keeper = self.keeper();
        let outcome = sync_core::testing::block_on(keeper.attempt(TokenWant::Good));
        let error = outcome.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unauthorized, "{error}");
        assert!(error.to_string().contains("connect freshbooks"), "{error}");
    }

    /// What a person does about a dead grant.
    pub(crate) fn reconnect_if_dead(&mut self) {
        let (_, grant) = self.store.grant();
        if grant.state != GrantState::NeedsReauth || self.spill.kept().is_some() {
            return;
        }
        self.check_death();
        self.seen.lost += 1;
        self.store.put(self.tokens.consent());
        self.clock.advance(Duration::from_hours(7));
    }

    /// Whether a pair that works is durable anywhere.
    fn has_live_pair(&self) -> bool {
        let (_, stored) = self.store.grant();
        let spilled = self.spill.kept();
        self.tokens.is_alive(&stored)
            || spilled.is_some_and(|spilled| self.tokens.is_alive(&spilled.grant))
    }

    pub(crate) fn requests(&self) -> u64 {
        self.tokens.calls()
    }

    pub(crate) fn grants_lost(&self) -> u64 {
        self.seen.lost
    }

    /// What was done, for people.
    pub(crate) fn tally(&self) -> String {
        format!(
            "{} requests for tokens in {} rounds, {} disturbances ({} crashes); {} tokens given out, {} failures told; \
             at most {} request at once; {} grants lost, each noticed",
            self.tokens.calls(),
            self.seen.rounds,
            self.disturber.seen(),
            self.seen.crashes,
            self.seen.tokens,
            self.seen.failures,
            self.tokens.most_at_once(),
            self.seen.lost
        )
    }

    fn keeper(&self) -> GrantKeeper {
        let ports = GrantPorts {
            store: Arc::<Store>::clone(&self.store),
            endpoint: Arc::new(Endpoint {
                inner: Arc::clone(&self.tokens),
                store: Arc::clone(&self.store),
                spill: Arc::clone(&self.spill),
                disturber: Arc::clone(&self.disturber),
            }),
            spill: Arc::<Spill>::clone(&self.spill),
            clock: Arc::<ManualClock>::clone(&self.clock),
            entropy: Arc::<SeededEntropy>::clone(&self.entropy),
        };
        GrantKeeper::new(samples::connection(), ports, GrantSettings::default())
    }

    fn look_at(&mut self, outcome: Result<Renewal>) {
        match outcome {
            Ok(Renewal::Token { token, .. }) => {
                self.seen.tokens += 1;
                let secret = token.access_token.expose_secret();
                assert!(
                    self.store.stored.lock().unwrap().contains(secret),
                    "a token was given out before it was stored"
                );
            }
            Ok(Renewal::Wait { .. }) => self.seen.failures += 1,
            Err(error) => {
                self.seen.failures += 1;
                // Told as dead only when it is: the application being refused is told, too, and kills nothing.
                if error.kind() == ErrorKind::Unauthorized && error.to_string().contains("is spent")
                {
                    let (_, grant) = self.store.grant();
                    assert!(
                        !self.tokens.is_alive(&grant),
                        "a live grant was taken for dead"
                    );
                }
            }
        }
    }

    /// Long enough that a renewal nobody ended counts as abandoned, and the next one is due.
    fn pass_time(&self) {
        let (_, grant) = self.store.grant();
        self.clock.advance(match grant.state {
            GrantState::Ready => Duration::from_hours(7),
            GrantState::Refreshing { .. } | GrantState::NeedsReauth => Duration::from_mins(3),
        });
    }
}

fn flight(mut keeper: GrantKeeper) -> Flight {
    Box::pin(async move {
        let outcome = keeper.attempt(TokenWant::Good).await;
        (keeper, outcome)
    })
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World")
            .field("seen", &self.seen)
            .finish_non_exhaustive()
    }
}
