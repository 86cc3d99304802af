//! How to embed the sync, one file per task, in `examples/`:
//!
//! | Example | Task |
//! | --- | --- |
//! | `embed_in_app` | the whole wiring in an application of your own, with its progress and its review queue |
//! | `dry_run` | show what a pass would write and why, then run exactly that plan |
//! | `custom_store` | a store of your own, held to the promises every store makes |
//! | `webhook_receiver` | FreshBooks' webhooks in an axum application, each a hint to look again |
//!
//! Each runs by itself, for example `cargo run -p sync-examples --example embed_in_app`: stand-ins of both services take
//! their place on loopback. This crate holds only what the shorter examples share: [`Stage`], the wiring that
//! `embed_in_app` spells out.

mod stage;

pub use stage::{Stage, credentials_of_the_demo};

/// What an example ends with.
pub type Outcome<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;
