//! The promises of the ports as checks. Every implementation and every wrapper runs the same list.
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a check fails by panicking, as any test does"
)]

mod credentials;
mod store;

pub use credentials::credentials;
pub use store::store;

use crate::error::{Error, ErrorKind, Result};

/// Insists on a failure of one kind.
#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T>, kind: ErrorKind) -> Error {
    match result {
        Ok(given) => panic!("gave {given:?} where {kind:?} was promised"),
        Err(error) => {
            assert_eq!(error.kind(), kind, "{error:?}");
            error
        }
    }
}
