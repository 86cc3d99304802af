//! Placeholder.

#[cfg(feature = "tokio")]
mod schedule;
#[cfg(feature = "tokio")]
mod system;
mod trace_observer;

#[cfg(feature = "tokio")]
pub use schedule::{CronExpression, INTERVAL_MAX, INTERVAL_MIN, Schedule, ScheduleError, ScheduleSpec, Schedules, Zone};
#[cfg(feature = "tokio")]
pub use system::{OsEntropy, SystemClock};
pub use trace_observer::TraceObserver;
