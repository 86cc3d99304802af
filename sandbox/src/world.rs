//! Everything both servers share.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::mpsc::UnboundedSender;

use crate::clock::Clock;
use crate::expensify::{self, Expensify};
use crate::fault::{Effect, Faults, Service, Target};
use crate::freshbooks::{self, Conditions, Delivery, FreshBooks};
use crate::http::{Incoming, Reply};
use crate::journal::{Journal, LoggedRequest};
use crate::scenario::Scenario;

/// The two services, what is laid out for them, and what was asked of them.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) clock: Clock,
    scenario: Scenario,
    state: Mutex<State>,
    deliveries: UnboundedSender<Delivery>,
}

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) journal: Journal,
    pub(crate) faults: Faults,
    pub(crate) freshbooks: FreshBooks,
    pub(crate) expensify: Expensify,
}

/// A request that was noted, and what hits it.
#[derive(Debug)]
pub(crate) struct Noted {
    seq: u64,
    pub(crate) effects: Vec<Effect>,
}

impl World {
    pub(crate) fn new(
        scenario: Scenario,
        clock: Clock,
        deliveries: UnboundedSender<Delivery>,
    ) -> Self {
        let state = Mutex::new(State::new(&scenario, &clock));
        Self {
            clock,
            scenario,
            state,
            deliveries,
        }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts over from the scenario.
    pub(crate) fn reset(&self) {
        *self.lock() = State::new(&self.scenario, &self.clock);
    }

    /// Notes a request and says which faults hit it.
    pub(crate) fn note(&self, service: Service, request: &Incoming) -> Noted {
        let (kind, body) = match service {
            Service::Expensify => expensify::kind(request),
            Service::FreshBooks => freshbooks_kind(request),
        };
        let mut shared = self.lock();
        let target = Target {
            service,
            method: &request.method,
            path: &request.path,
            kind: &kind,
        };
        let effects = shared.faults.strike(&target);
        let seq = shared.journal.note(LoggedRequest {
            seq: 0,
            service,
            at: self.clock.now(),
            method: request.method.clone(),
            path: request.path.clone(),
            query: request.query.clone(),
            kind,
            body,
            status: None,
        });
        Noted { seq, effects }
    }

    /// Carries a request out.
    pub(crate) fn carry_out(&self, service: Service, request: &Incoming, noted: &Noted) -> Reply {
        let (now, elapsed) = (self.clock.now(), self.clock.elapsed());
        let expire_token = noted.effects.contains(&Effect::ExpireToken);
        let hidden = noted
            .effects
            .iter()
            .filter_map(Effect::stale)
            .max()
            .unwrap_or_default();
        let mut out = Vec::new();
        let mut state = self.lock();
        let reply = match service {
            Service::Expensify => state.expensify.handle(request, now, elapsed, expire_token),
            Service::FreshBooks => {
                let conditions = Conditions {
                    now,
                    elapsed,
                    stale: hidden,
                    expire_token,
                };
                let altered = noted.effects.iter().find_map(Effect::altered);
                let altered = altered.and_then(|fields| request.altered(fields));
                let request = altered.as_ref().unwrap_or(request);
                state.freshbooks.handle(request, &conditions, &mut out)
            }
        };
        state.journal.answered(noted.seq, reply.status);
        drop(state);
        self.send(out);
        reply
    }

    /// Hands webhook deliveries to the task that posts them.
    pub(crate) fn send(&self, deliveries: Vec<Delivery>) {
        for delivery in deliveries {
            // The receiver lives as long as the servers; after shutdown nobody waits for a delivery.
            let _ = self.deliveries.send(delivery);
        }
    }
}

impl State {
    fn new(scenario: &Scenario, clock: &Clock) -> Self {
        let now = clock.now();
        let mut faults = Faults::default();
        for fault in &scenario.faults {
            faults.add(fault.clone());
        }
        Self {
            journal: Journal::default(),
            faults,
            freshbooks: FreshBooks::new(&scenario.freshbooks, now),
            expensify: Expensify::new(&scenario.expensify, now),
        }
    }
}

fn freshbooks_kind(request: &Incoming) -> (String, String) {
    let segments = request.segments();
    let secret = segments.contains(&"oauth");
    let body = if secret {
        String::new()
    } else {
        String::from_utf8_lossy(&request.body).into_owned()
    };
    (freshbooks::kind(&request.method, &segments), body)
}
