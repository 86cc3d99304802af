// The example of the README needs these features; without them its text alone would not build.
#![cfg_attr(
    all(feature = "expensify", feature = "freshbooks", feature = "sqlite", feature = "vault"),
    doc = include_str!("../README.md")
)]
#![cfg_attr(
    not(all(
        feature = "expensify",
        feature = "freshbooks",
        feature = "sqlite",
        feature = "vault"
    )),
    doc = "The ports of `sync-core` implemented, each behind a feature; see the documentation with all features."
)]

#[cfg(feature = "audit")]
pub mod audit;
#[cfg(any(feature = "audit", feature = "vault"))]
mod durable;
#[cfg(feature = "expensify")]
mod expensify;
#[cfg(feature = "freshbooks")]
mod freshbooks;
#[cfg(feature = "http")]
pub mod http;
#[cfg(feature = "tokio")]
mod schedule;
#[cfg(feature = "sqlite")]
pub mod sqlite;
#[cfg(feature = "tokio")]
mod system;
#[cfg(test)]
#[cfg(any(feature = "expensify", feature = "freshbooks"))]
mod test_support;
mod trace_observer;
#[cfg(feature = "vault")]
pub mod vault;

#[cfg(feature = "expensify")]
pub use expensify::{ExpensifySettings, ExpensifySource, SharedExpensify, SharingSettings};
#[cfg(feature = "redirect")]
pub use freshbooks::RedirectListener;
#[cfg(feature = "freshbooks")]
pub use freshbooks::{
    Consent, CustodySettings, FreshBooksAccount, FreshBooksBusiness, FreshBooksLedger,
    FreshBooksSettings, FreshBooksUse, GrantCustody, ReferenceNames, ScopeNeed, businesses,
    granted_scopes, scope_needs,
};
#[cfg(feature = "tokio")]
pub use schedule::{
    CronExpression, INTERVAL_MAX, INTERVAL_MIN, Schedule, ScheduleError, ScheduleSpec, Schedules,
    Zone,
};
#[cfg(feature = "tokio")]
pub use system::{OsEntropy, SystemClock};
pub use trace_observer::TraceObserver;
