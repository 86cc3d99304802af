//! `/_sandbox/…`: what another process can see and do. It is on both ports, outside the services' own paths.
//!
//! | Call | What it does |
//! | --- | --- |
//! | `GET /_sandbox/health` | says that it runs, and its time |
//! | `GET /_sandbox/state` | all records and reports |
//! | `GET /_sandbox/counters` | requests by service and kind |
//! | `GET /_sandbox/requests` | the log |
//! | `DELETE /_sandbox/requests` | empties log and counters |
//! | `POST /_sandbox/faults` | adds a fault, or a list of them |
//! | `DELETE /_sandbox/faults` | removes all faults |
//! | `POST /_sandbox/person` | one edit by a person |
//! | `POST /_sandbox/clock` | `{"advance_secs":60}` or `{"now":"2026-07-01T12:00:00Z"}` |
//! | `POST /_sandbox/reset` | starts over from the scenario |

use chrono::{DateTime, Duration, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::fault::{Fault, Service};
use crate::freshbooks::Resource;
use crate::http::{Incoming, Reply};
use crate::person::{self, Person};
use crate::world::World;

/// First segment of the control paths.
pub(crate) const PREFIX: &str = "_sandbox";

/// Answers a control call.
pub(crate) fn handle(world: &World, request: &Incoming) -> Reply {
    let segments = request.segments();
    match (
        request.method.as_str(),
        segments.get(1..).unwrap_or_default(),
    ) {
        ("GET", ["health"]) => Reply::json(200, &json!({"ok": true, "now": world.clock.now()})),
        ("GET", ["state"]) => Reply::json(200, &state(world)),
        ("GET", ["counters"]) => Reply::json(200, &counters(world)),
        ("GET", ["requests"]) => {
            Reply::json(200, &json!({"requests": world.lock().journal.entries()}))
        }
        ("DELETE", ["requests"]) => done(|| world.lock().journal.clear()),
        ("DELETE", ["faults"]) => done(|| world.lock().faults.clear()),
        ("POST", ["reset"]) => done(|| world.reset()),
        ("POST", ["faults"]) => posted::<OneOrMany>(request, |faults| {
            let mut state = world.lock();
            for fault in faults.into_vec() {
                state.faults.add(fault);
            }
            Ok(json!({}))
        }),
        ("POST", ["person"]) => posted::<Person>(request, |edit| {
            person::act(world, edit).map_err(|error| error.to_string())
        }),
        ("POST", ["clock"]) => posted::<ClockChange>(request, |change| Ok(change.apply(world))),
        _ => Reply::json(404, &json!({"error": "no such control call"})),
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(Fault),
    Many(Vec<Fault>),
}

impl OneOrMany {
    fn into_vec(self) -> Vec<Fault> {
        match self {
            Self::One(fault) => vec![fault],
            Self::Many(faults) => faults,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockChange {
    #[serde(default)]
    advance_secs: i64,
    now: Option<DateTime<Utc>>,
}

impl ClockChange {
    fn apply(self, world: &World) -> Value {
        if let Some(now) = self.now {
            world.clock.set(now);
        }
        world
            .clock
            .advance(Duration::try_seconds(self.advance_secs).unwrap_or_default());
        json!({"now": world.clock.now()})
    }
}

fn done(act: impl FnOnce()) -> Reply {
    act();
    Reply::json(200, &json!({}))
}

fn posted<T: for<'de> Deserialize<'de>>(
    request: &Incoming,
    act: impl FnOnce(T) -> Result<Value, String>,
) -> Reply {
    let parsed = serde_json::from_slice::<T>(&request.body).map_err(|error| error.to_string());
    match parsed.and_then(act) {
        Ok(answer) => Reply::json(200, &answer),
        Err(error) => Reply::json(422, &json!({"error": error})),
    }
}

fn counters(world: &World) -> Value {
    let state = world.lock();
    json!({"expensify": state.journal.counters(Service::Expensify), "freshbooks": state.journal.counters(Service::FreshBooks)})
}

fn state(world: &World) -> Value {
    let now = world.clock.now();
    let state = world.lock();
    let (access, refresh) = state.freshbooks.oauth.live(now);
    let records = |resource| state.freshbooks.records(resource, now);
    json!({
        "now": now,
        "freshbooks": {
            "bills": records(Resource::Bill), "expenses": records(Resource::Expense), "bill_vendors": records(Resource::BillVendor),
            "bill_payments": records(Resource::BillPayment), "categories": records(Resource::Category),
            "access_token": access, "refresh_token": refresh,
        },
        "expensify": {"reports": state.expensify.scenario.reports},
    })
}
