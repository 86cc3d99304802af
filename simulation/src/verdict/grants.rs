//! Grants once faults are off: whatever is dead is told within one pass, a person consents, and all goes on.

use std::future::Future as _;
use std::task::{Context, Poll, Waker};

use chrono::TimeDelta;
use sync_core::engine::PassSummary;
use sync_core::model::GrantState;
use sync_core::{Error, ErrorKind};

use super::{each_pair, host_of};
use crate::grants::Standing;
use crate::ports::SimCustody;
use crate::state::{Shared, State};
use crate::violation::{Invariant, Violation};

/// Whether a pass ended by asking for a person.
pub(super) fn asks_for_person(outcome: &Result<PassSummary, Error>) -> bool {
    match outcome {
        Ok(summary) => summary
            .interrupted
            .as_ref()
            .is_some_and(|stop| stop.kind == ErrorKind::Unauthorized),
        Err(error) => is_told(error),
    }
}

/// Whether an error says that a person must consent again, and how.
pub(super) fn is_told(error: &Error) -> bool {
    error.kind() == ErrorKind::Unauthorized && error.to_string().contains("connect freshbooks")
}

/// A person does what is asked for; asking for one in vain is a violation.
pub(super) fn person_acts(shared: &Shared, installation: usize, tenant: usize) {
    let mut state = shared.lock();
    match state.standing(installation, tenant) {
        Standing::Told => state.connect(installation, tenant),
        // Not known as dead yet, or the newer token of the second look is refused as well: the next pass finds out, or renews.
        Standing::Silent | Standing::Refused => {}
        Standing::Alive => {
            let text = format!("c{tenant}: a person is asked for, and the grant works");
            state.violated(Violation::new(Invariant::I7, text));
        }
    }
}

/// Whether a renewal seems to be under way just now, because a clock ahead dated one to this very moment: it is waited for.
pub(super) fn is_under_way(state: &State, installation: usize, tenant: usize) -> bool {
    let connection = &state.tenants[tenant].connection.id;
    let grants = &state.installations[installation].grants;
    let stored = grants.rows.get(connection);
    stored.is_some_and(|(_, grant)| match grant.state {
        GrantState::Refreshing { since } => (state.now - since).abs() < TimeDelta::minutes(3),
        GrantState::Ready | GrantState::NeedsReauth => false,
    })
}

/// One look at the books, whatever work there is: a pass with nothing to do asks nothing of them, and a lease that a
/// worker with a clock ahead left behind holds for hours.
fn look(shared: &Shared, installation: usize, tenant: usize) -> Result<(), Error> {
    let host = host_of(&shared.lock(), installation);
    let custody = SimCustody::new(shared.clone(), host, tenant);
    let mut look = std::pin::pin!(custody.read("look at the books"));
    let mut context = Context::from_waker(Waker::noop());
    loop {
        let polled = look.as_mut().poll(&mut context);
        shared.lock().advance(TimeDelta::milliseconds(20));
        if let Poll::Ready(outcome) = polled {
            return outcome;
        }
    }
}

/// No grant is silently dead: once its access token has ended, the first look at the books says so, and after a new consent
/// everything works.
pub(super) fn check_noticed(shared: &Shared) {
    let silent: Vec<_> = each_pair(shared)
        .into_iter()
        .filter(|(installation, tenant)| {
            let standing = shared.lock().standing(*installation, *tenant);
            matches!(standing, Standing::Told | Standing::Silent)
        })
        .collect();
    if silent.is_empty() {
        return;
    }
    shared.lock().advance(TimeDelta::hours(13));
    for (installation, tenant) in silent {
        // Tells what it finds, lets a person consent, and must work then. A token that was made a moment ago and is
        // refused tells of a dead grant only after a while.
        for _ in 0..3 {
            match look(shared, installation, tenant) {
                Err(error) if is_told(&error) => person_acts(shared, installation, tenant),
                Err(_) if is_under_way(&shared.lock(), installation, tenant) => {}
                _ => break,
            }
            shared.lock().advance(TimeDelta::minutes(2));
        }
        let mut state = shared.lock();
        let standing = state.standing(installation, tenant);
        state.require(standing == Standing::Alive, Invariant::I7, || {
            format!("installation {installation}, c{tenant}: the grant is silently dead")
        });
    }
}
