//! Time as an argument.

use std::fmt::Debug;

use chrono::{DateTime, Utc};

/// Tells the time.
///
/// # Guarantees
/// None about monotonicity: every span the core measures tolerates a clock that jumps. Hosts that share one store must
/// agree to within a tenth of the lease time (default 2 minutes, so 12 seconds).
pub trait Clock: Send + Sync + Debug {
    /// Now.
    fn now(&self) -> DateTime<Utc>;
}
