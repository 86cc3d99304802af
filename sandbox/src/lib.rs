//! Stand-ins for Expensify and FreshBooks on loopback, quirks included, with faults on demand.
//!
//! Expensify has no sandbox of its own, and neither service loses a reply when a test needs it to. This crate speaks the wire
//! format of both as their public documentation and recorded traffic show it, keeps its records in memory, and does what it is
//! told to go wrong. It shares no code with any client of the two services, so a mistake cannot cancel itself out.
//!
//! It is not a complete copy: it has what moving approved expense reports into accounting needs.
//!
//! ```
//! use sync_sandbox::{Effect, Fault, Sandbox, Scenario, Service};
//!
//! # tokio::runtime::Runtime::new()?.block_on(async {
//! let sandbox = Sandbox::builder().scenario(Scenario::demo()).rate_limits(false).start().await?;
//! sandbox.add_fault(Fault::on(Service::FreshBooks, Effect::DropAfter).method("POST").path("/bills/bills"));
//! println!("{} {}", sandbox.expensify_url(), sandbox.freshbooks_url());
//! assert!(sandbox.bills().is_empty());
//! sandbox.shutdown().await;
//! # Ok::<(), sync_sandbox::StartError>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | Part | What it is |
//! | --- | --- |
//! | [`Sandbox`], [`SandboxBuilder`] | the two servers, and what can be seen and done from inside the process |
//! | [`Scenario`] | what the services hold at the start, from TOML, JSON or Rust |
//! | [`Fault`], [`Effect`] | what goes wrong, and when |
//! | [`Person`] | edits as a person makes them in a web interface |
//! | `/_sandbox/…` | the same from another process, on both ports |
//!
//! # Reading further
//!
//! The README lists the program's options, the effects of faults and the control paths.
//!
//! Minimum Rust version: the one in the manifest; it rises only in a minor release.

mod clock;
mod control;
mod delivery;
mod digest;
mod expensify;
mod fault;
mod freshbooks;
mod http;
mod journal;
mod limit;
mod person;
mod sandbox;
mod scenario;
mod server;
mod world;

pub use clock::Clock;
pub use expensify::{Template, render};
pub use fault::{Effect, Fault, Service};
pub use journal::LoggedRequest;
pub use person::{Person, PersonError};
pub use sandbox::{Sandbox, SandboxBuilder, StartError};
pub use scenario::*;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
