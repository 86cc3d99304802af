//! When to kill.

use std::time::Duration;

use sync_sandbox::{Effect, Fault, Sandbox, Service};

use super::draw::Draw;

/// How long a request is held, so that a kill surely finds it there. Shorter than the lease: what a killed program left
/// with a service lands before the next program looks.
pub(super) const HELD_MS: u64 = 1_000;

/// When to kill.
#[derive(Clone, Debug)]
pub(super) enum Moment {
    /// After so long.
    After(Duration),
    /// When the n-th request of this kind has arrived.
    Arrived(Point, u64),
    /// Not at all: the power goes when the program has ended.
    Ended,
}

/// Requests that can be held.
#[derive(Clone, Debug)]
pub(super) struct Point {
    service: Service,
    /// Method of FreshBooks requests; none for any job of Expensify.
    method: Option<&'static str>,
    path: Option<&'static str>,
    /// Whether the first access token that is used is void, so that a new pair is asked for.
    voids_token: bool,
    /// Whether the work is done before the answer is held.
    applied: bool,
}

impl Point {
    /// A POST or a correction of a record.
    pub(super) fn write(method: &'static str, draw: &Draw) -> Self {
        Self {
            service: Service::FreshBooks,
            method: Some(method),
            path: Some("/accounting"),
            voids_token: false,
            applied: draw.below(2) == 0,
        }
    }

    /// A listing.
    pub(super) fn listing(draw: &Draw) -> Self {
        Self {
            method: Some("GET"),
            ..Self::write("GET", draw)
        }
    }

    /// A job of Expensify.
    pub(super) fn job(draw: &Draw) -> Self {
        Self {
            service: Service::Expensify,
            method: None,
            path: None,
            voids_token: false,
            applied: draw.below(2) == 0,
        }
    }

    /// The request for a new pair of tokens.
    pub(super) fn refresh(draw: &Draw) -> Self {
        Self {
            path: Some("/auth/oauth/token"),
            voids_token: true,
            ..Self::write("POST", draw)
        }
    }

    /// Has the n-th one held.
    pub(super) fn hold(&self, sandbox: &Sandbox, nth: u64) {
        if self.voids_token {
            sandbox.add_fault(Fault::on(self.service, Effect::ExpireToken).method("GET"));
        }
        let effect = if self.applied {
            Effect::DelayAfter { ms: HELD_MS }
        } else {
            Effect::DelayBefore { ms: HELD_MS }
        };
        let mut fault = Fault::on(self.service, effect).nth(nth);
        if let Some(method) = self.method {
            fault = fault.method(method);
        }
        if let Some(path) = self.path {
            fault = fault.path(path);
        }
        sandbox.add_fault(fault);
    }

    /// How many have arrived.
    pub(super) fn arrived(&self, sandbox: &Sandbox) -> u64 {
        let counters = sandbox.counters(self.service);
        let fits = |kind: &str| {
            self.method.is_none_or(|method| kind.starts_with(method))
                && self.path.is_none_or(|path| kind.contains(path))
        };
        counters
            .iter()
            .filter(|(kind, _)| fits(kind))
            .map(|(_, count)| count)
            .sum()
    }
}
