//! Placeholder.

#[cfg(feature = "expensify")]
mod expensify;
#[cfg(feature = "freshbooks")]
mod freshbooks;
#[cfg(feature = "tokio")]
mod schedule;
#[cfg(feature = "sqlite")]
pub mod sqlite;
#[cfg(feature = "tokio")]
mod system;
#[cfg(all(test, feature = "tokio"))]
mod test_support;
mod trace_observer;

#[cfg(feature = "expensify")]
pub use expensify::{ExpensifySettings, ExpensifySource};
#[cfg(feature = "freshbooks")]
pub use freshbooks::{
    Consent, CustodySettings, FreshBooksAccount, FreshBooksBusiness, FreshBooksLedger, FreshBooksSettings, GrantCustody,
    ReferenceNames, businesses,
};
#[cfg(feature = "tokio")]
pub use schedule::{CronExpression, INTERVAL_MAX, INTERVAL_MIN, Schedule, ScheduleError, ScheduleSpec, Schedules, Zone};
#[cfg(feature = "tokio")]
pub use system::{OsEntropy, SystemClock};
pub use trace_observer::TraceObserver;
