//! Placeholder.
mod error;
pub mod mapping;
pub mod model;
pub mod plan;
pub mod ports;
pub mod state;
pub use error::{Effect, Error, ErrorKind, Result};
