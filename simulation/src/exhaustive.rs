//! Every path of a small model: one report, two workers, every crash point, every answer, every probe, some restarts.
//!
//! A pass makes choices one after the other: what becomes of each request, listing and commit, and after each step whether
//! the worker dies there, or is paused beyond its lease while the other worker runs a whole pass, with its own requests and listings to go wrong.
//! All strings of choices are visited, depth first. After a pass some time goes by, which is a choice as well, and the
//! next worker begins from what is durable; from every state reached, a calm end must come to rest and add up.
//!
//! What a pass does depends on nothing but the state it begins in: so states that are equal but for names of moments
//! (fences, the trail's own text, instants far from any bound) are entered once, and their paths counted for each way to
//! them. [`Merge`] turns that off, or has it proven: from a state that was merged, every string of choices must lead to
//! states equal to those that the first state of its kind led to. By induction over the passes, then, merging loses nothing.

use std::collections::BTreeMap;
use std::collections::hash_map::DefaultHasher;
use std::fmt;
use std::fmt::Write as _;
use std::hash::{Hash as _, Hasher as _};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use sync_core::engine::SyncRequest;
use sync_core::ports::{EntryQuery, ReportQuery, Store};
use sync_core::state::{EntryState, OutboxEntry};
use sync_core::testing::block_on;

use crate::fate::{Fate, Script};
use crate::ports::engine;
use crate::state::{Shared, State};
use crate::verdict;
use crate::violation::{Invariant, Violation};
use crate::world::small_world;

/// Time between two passes: within the retry wait, beyond the lease, beyond the quiet time. No sum of them comes within a
/// second of any bound, so that states may be told apart by whole seconds.
const WAITS: [TimeDelta; 3] = [
    TimeDelta::seconds(35),
    TimeDelta::seconds(135),
    TimeDelta::seconds(735),
];

/// What becomes of a state that is equal to one that was visited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Merge {
    /// It is visited as if it were new.
    Never,
    /// Its paths are counted and not walked again.
    Equal,
    /// As `Equal`, and one in so many is walked for a pass all the same: it must lead to what the first led to.
    EqualProvenOneIn(u64),
}

/// How far the model goes.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Passes after the first.
    pub restarts: u32,
    /// In how many of the first passes the other worker may overtake; once per path.
    pub overtaken_in: u32,
    /// Whether a second bill of one number is refused by the books.
    pub unique_numbers: bool,
    /// What becomes of equal states.
    pub merge: Merge,
}

/// What was visited.
#[derive(Clone, Debug, Default)]
pub struct Visited {
    /// Paths from the beginning to the end.
    pub paths: u128,
    /// Passes that were run for them.
    pub passes: u64,
    /// States between passes that differ.
    pub states: u64,
    /// Equal states that were walked to see that they lead to the same.
    pub proven: u64,
    /// Points at which a worker died.
    pub crashes: u64,
    /// What was violated, with the choices that lead there.
    pub violations: Vec<(String, Violation)>,
    /// How long it took.
    pub took: Duration,
}

struct Model {
    bounds: Bounds,
    known: BTreeMap<Key, Future>,
    /// States that were merged so far.
    merged: u64,
    visited: Visited,
}

/// Passes left, whether one was overtaken, and the digest of the state.
type Key = (u32, bool, String);

/// What a state leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Future {
    paths: u128,
    /// Over everything the next pass leads to: the choices, the states they end in, and the paths from there.
    course: u64,
}

/// Visits every path within the bounds.
pub fn visit(bounds: Bounds) -> Visited {
    let began = Instant::now();
    let mut model = Model {
        bounds,
        known: BTreeMap::new(),
        merged: 0,
        visited: Visited::default(),
    };
    let start = small_world(bounds.unique_numbers);
    model.visited.paths = model.paths_from(&start, 0, false, "").paths;
    model.visited.took = began.elapsed();
    model.visited
}

impl Model {
    /// The paths from a state between passes to the end.
    fn paths_from(&mut self, state: &State, depth: u32, overtaken: bool, way: &str) -> Future {
        let left = self.bounds.restarts + 1 - depth;
        let key = (left, overtaken, digest(state));
        let known = self.known.get(&key).copied();
        if self.bounds.merge != Merge::Never
            && let Some(known) = known
        {
            self.prove(known, state, depth, overtaken, way);
            return known;
        }
        self.visited.states += 1;
        if depth > 0 {
            self.conclude(state, way);
        }
        let future = if left == 0 {
            Future {
                paths: 1,
                course: 0,
            }
        } else {
            self.all_passes(state, depth, overtaken, way)
        };
        self.known.insert(key, future);
        future
    }

    /// Walks one in so many of the states that were merged, to see that they lead to the same.
    fn prove(&mut self, known: Future, state: &State, depth: u32, overtaken: bool, way: &str) {
        let Merge::EqualProvenOneIn(every) = self.bounds.merge else {
            return;
        };
        self.merged += 1;
        if !self.merged.is_multiple_of(every) {
            return;
        }
        self.visited.proven += 1;
        let violations = self.visited.violations.len();
        self.conclude(state, way);
        let future = if depth > self.bounds.restarts {
            known
        } else {
            self.all_passes(state, depth, overtaken, way)
        };
        if future != known || self.visited.violations.len() > violations {
            let text = format!("equal states lead apart: {known:?}, {future:?}");
            self.violated(way, Violation::new(Invariant::Sound, text));
        }
    }

    /// Runs the next pass along every string of choices.
    fn all_passes(&mut self, state: &State, depth: u32, overtaken: bool, way: &str) -> Future {
        let may_overtake = !overtaken && depth < self.bounds.overtaken_in;
        let mut paths = 0;
        let mut course = DefaultHasher::new();
        let mut given = Some(Vec::new());
        while let Some(choices) = given {
            let world = Shared::new(state.copy(Fate::Scripted(Script::new(choices))));
            let pass = run(&world, may_overtake);
            self.visited.passes += 1;
            self.visited.crashes += u64::from(pass.died);
            let mut state = world.lock();
            let Fate::Scripted(script) = &state.fate else {
                break;
            };
            let script = script.clone();
            script.text().hash(&mut course);
            let way = format!("{way} {}", script.text());
            if let Some(violation) = state.violation.clone() {
                self.violated(&way, violation);
            } else {
                let now = state.now;
                for (number, wait) in WAITS.iter().enumerate() {
                    state.now = now;
                    let mut later = state.copy(Fate::Scripted(Script::default()));
                    later.advance(*wait);
                    let way = format!("{way} wait{number}");
                    if let Some(violation) = later.violation.clone() {
                        self.violated(&way, violation);
                    }
                    let overtaken = overtaken || pass.overtaken;
                    let future = self.paths_from(&later, depth + 1, overtaken, &way);
                    digest(&later).hash(&mut course);
                    future.paths.hash(&mut course);
                    paths += future.paths;
                }
            }
            given = script.next();
        }
        Future {
            paths,
            course: course.finish(),
        }
    }

    /// From here on nothing goes wrong: everything comes to rest and adds up.
    fn conclude(&mut self, state: &State, way: &str) {
        let world = Shared::new(state.copy(Fate::Scripted(Script::default())));
        verdict::conclude(&world);
        if let Some(violation) = world.lock().violation.clone() {
            self.violated(way, violation);
        }
    }

    fn violated(&mut self, way: &str, violation: Violation) {
        if self.visited.violations.len() < 10 {
            self.visited
                .violations
                .push((way.trim().to_owned(), violation));
        }
    }
}

/// What happened to a pass.
struct Passed {
    died: bool,
    overtaken: bool,
}

/// One pass of the first worker along its choices; the second may overtake it once.
fn run(world: &Shared, may_overtake: bool) -> Passed {
    let mut pass = pin!(sync(world, 0));
    let mut passed = Passed {
        died: false,
        overtaken: false,
    };
    while turn(world, pass.as_mut()).is_pending() {
        let width = if may_overtake && !passed.overtaken {
            3
        } else {
            2
        };
        match choose(world, width) {
            0 => {}
            1 => {
                passed.died = true;
                break;
            }
            _ => {
                passed.overtaken = true;
                world.lock().advance(WAITS[1]);
                steady(world, true);
                let mut other = pin!(sync(world, 1));
                while turn(world, other.as_mut()).is_pending() {}
                steady(world, false);
            }
        }
    }
    passed
}

async fn sync(world: &Shared, host: usize) {
    let connection = {
        let mut state = world.lock();
        state.begin_operation(host);
        Arc::clone(&state.tenants[0].connection)
    };
    // What it comes to is read from the state it leaves.
    let _ = engine(world, host, 0)
        .sync(&connection, SyncRequest::ordinary())
        .await;
}

fn turn<F: std::future::Future>(world: &Shared, future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
    let mut context = Context::from_waker(Waker::noop());
    let polled = future.poll(&mut context);
    world.lock().advance(TimeDelta::milliseconds(1));
    polled
}

/// Whether the database answers every call from now on.
fn steady(world: &Shared, steady: bool) {
    if let Fate::Scripted(script) = &mut world.lock().fate {
        script.steady = steady;
    }
}

fn choose(world: &Shared, width: usize) -> usize {
    match &mut world.lock().fate {
        Fate::Scripted(script) => script.choose(width),
        Fate::Random { .. } => 0,
    }
}

/// Everything that what comes next can depend on, with moments as whole seconds from now.
fn digest(state: &State) -> String {
    let (tenant, installation) = (&state.tenants[0], &state.installations[0]);
    let connection = &tenant.connection.id;
    let seconds = |at: DateTime<Utc>| (at - state.now).num_seconds();
    let mut text = String::new();
    let all = EntryQuery {
        limit: u32::MAX,
        ..EntryQuery::default()
    };
    for entry in block_on(installation.store.entries(connection, &all)).unwrap_or_default() {
        entry_digest(&mut text, &entry, seconds);
    }
    let all = ReportQuery {
        limit: u32::MAX,
        ..ReportQuery::default()
    };
    for stored in block_on(installation.store.reports(connection, &all)).unwrap_or_default() {
        let _ = write!(text, "|{:?} {}", stored.status, stored.acknowledged);
    }
    let items = block_on(installation.store.review_items(connection, true)).unwrap_or_default();
    for item in items {
        let _ = write!(text, "|{:?}", item.cause);
    }
    let watermark = block_on(installation.store.watermark(connection)).unwrap_or_default();
    let lease = installation
        .ledgers
        .get(connection)
        .and_then(|watched| watched.lease);
    let until = lease
        .and_then(|(_, until)| until)
        .map(seconds)
        .filter(|left| *left > 0);
    let _ = write!(text, "|{watermark:?} {until:?}");
    tenant.books.digest(&mut text, seconds);
    text
}

fn entry_digest(text: &mut String, entry: &OutboxEntry, seconds: impl Fn(DateTime<Utc>) -> i64) {
    // A span that has passed its bound stays beyond it.
    let past = |at: &DateTime<Utc>, bound: i64| (-seconds(*at)).min(bound + 1);
    let state = match &entry.state {
        EntryState::Sending { attempt, .. } => format!("sending {attempt}"),
        EntryState::Unknown {
            attempt,
            since,
            absences,
            absent_at,
        } => {
            let absent = absent_at.as_ref().map(|at| past(at, 60));
            format!(
                "unknown {attempt} {} {} {absent:?}",
                past(since, 600),
                absences.min(&2)
            )
        }
        EntryState::Posted { record, .. } => format!("posted {record}"),
        EntryState::Verified { record, .. } => format!("verified {record}"),
        other => format!("{other:?}"),
    };
    let not_before = entry.not_before.map(seconds).filter(|left| *left > 0);
    let _ = write!(
        text,
        "|{state} {} {} {not_before:?}",
        entry.attempts, entry.resends
    );
}

impl fmt::Display for Visited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "paths {}, all visited through {} passes from {} states; workers died {} times; {:.1?}",
            self.paths, self.passes, self.states, self.crashes, self.took
        )?;
        if self.proven > 0 {
            writeln!(
                f,
                "merging             {} equal states were walked again, and led to the same",
                self.proven
            )?;
        }
        writeln!(f, "violations {}", self.violations.len())?;
        for (way, violation) in &self.violations {
            writeln!(f, "  {violation}\n    by the choices {way}")?;
        }
        Ok(())
    }
}
