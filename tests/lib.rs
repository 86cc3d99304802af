//! What the end-to-end, fault and crash tests share: both services as stand-ins on loopback, and the real parts between them.
//!
//! A [`Rig`] is one installation: the SQLite store in a folder of its own, the Expensify source and the FreshBooks ledger
//! over HTTP, and the engine. Time is the sandbox's and stands still until [`Rig::advance`], so that every date a test
//! expects can be written down, and a quiet time of minutes costs none.

#![expect(
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a helper of a test fails by panicking"
)]

mod books;
#[cfg(unix)]
pub mod kills;
mod meddle;
mod rig;

pub use books::{Written, mark_of, standing};
pub use meddle::{ChangedExport, ChangedReplies};
pub use rig::{
    CONNECTION, FIELD_TEAM, NOW, Rig, RigOptions, STUDIO, SandboxClock, connection_over,
    credentials_of,
};
