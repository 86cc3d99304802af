//! The pure core of a sync that turns approved Expensify reports into FreshBooks bills and expenses: mapped right, never
//! twice, never lost, and provably so.
//!
//! It opens no socket, reads no file, looks at no clock and draws no random number. What it needs from the world are the
//! traits in [`ports`]; the crate `sync-adapters` brings implementations of them, a host may bring its own.
//!
//! # The promise
//! Never a silent double post, never a silent loss; every ambiguity ends as proven or as a named item in the review queue;
//! Expensify's approved total equals what is in FreshBooks plus what is queued, to the cent.
//!
//! FreshBooks has no idempotency key: two equal requests make two records. So each record carries a [`Marker`] derived
//! from its source alone; each request needs a [`SendPermit`] that only a durable intent yields; each outcome that is not
//! certain is left only through a probe that lists the ledger and looks for the mark. [`state::apply`] is the one function
//! that moves an entry; [`engine::Engine`] runs a pass over the ports.
//!
//! # Planning a report
//! ```
//! use sync_core::mapping::MappingRules;
//! use sync_core::model::*;
//! use sync_core::plan::plan_report;
//!
//! # fn report() -> ExpenseReport {
//! #     let usd = Currency::parse("USD").unwrap();
//! #     ExpenseReport {
//! #         id: ReportId::new("R00X9oNOn2MO"), name: "Rome".into(), workspace: WorkspaceId::new("W1"),
//! #         state: ReportState::Approved, currency: usd, total: Some(Money::from_hundredths(1250, usd)),
//! #         employee: Employee { email: "ann@acme.test".into(), account_id: None, name: None,
//! #             custom_field_1: None, custom_field_2: None },
//! #         submitted_on: None, approved_on: "2026-11-20".parse().ok(),
//! #         expenses: vec![Expense {
//! #             id: ExpenseId::new("4056343049275634494"), merchant: "Trenitalia".into(), date: "2026-11-18".parse().ok(),
//! #             amount: Money::from_hundredths(1250, usd), report_amount: Some(Money::from_hundredths(1250, usd)),
//! #             category: Some("Travel".into()), category_gl_code: None, tags: vec![], comment: String::new(),
//! #             reimbursable: true, billable: false, card: None, tax: None, receipt: None,
//! #             origins: Origins { merchant: FieldOrigin::Original, date: FieldOrigin::Original, amount: FieldOrigin::Original },
//! #         }],
//! #     }
//! # }
//! let snapshot = Snapshot::new(SnapshotParts {
//!     ledger: LedgerId::new("zDmNq"),
//!     base_currency: None,
//!     vendors: vec![Vendor {
//!         id: VendorId::new(5), name: "Ann Lee".into(), email: Some("ann@acme.test".into()), currency: None, active: true,
//!     }],
//!     categories: vec![ExpenseCategory { id: CategoryId::new(7), name: "Travel".into(), parent: None, active: true }],
//!     ledger_accounts: None, taxes: vec![], projects: None, clients: None, staff: vec![],
//!     capabilities: Capabilities::default(),
//! });
//! let planned = plan_report(&snapshot, &report(), &MappingRules::new([WorkspaceId::new("W1")]));
//! assert!(!planned.is_held());
//! assert_eq!(planned.steps[0].key.as_str(), "EXP-R00X9oNOn2MO");
//! assert_eq!(planned.steps[0].amount.unwrap().to_string(), "12.50 USD");
//! ```
//!
//! # Modules
//! Each knows only those before it: [`model`], [`mapping`], [`plan`], [`state`], [`ports`], [`engine`], and, with feature
//! `testing`, `testing`.
//!
//! # Features
//! | Feature | What it adds |
//! | --- | --- |
//! | `testing` | in-memory ports, a manual clock, seeded entropy, and the conformance suites every adapter runs; outside semver |
//! | `planted` | bugs, for the simulation to catch; outside semver, never in a build of the program |
//!
//! # Minimum Rust version
//! 1.94; it rises only in a minor release.

mod error;

pub mod engine;
pub mod mapping;
pub mod model;
pub mod plan;
#[cfg(feature = "planted")]
pub mod planted;
#[cfg(not(feature = "planted"))]
mod planted;
pub mod ports;
pub mod state;
#[cfg(any(test, feature = "testing"))]
pub mod testing;

pub use error::{Effect, Error, ErrorKind, Result};
pub use model::Marker;
pub use ports::SendPermit;
