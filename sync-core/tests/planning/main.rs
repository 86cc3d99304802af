//! What planning promises, shown on reports: from the mapping to the comparison with what is written.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where its own preparation fails"
)]
#![expect(
    clippy::too_many_lines,
    reason = "tables of cases are long and better in one piece"
)]

mod behaviour;
mod compare;
mod fixtures;
mod mapping;
mod outbox;
mod properties;
mod reconcile;
mod snapshots;
mod text;
