//! What planning promises, shown on reports: from the mapping to the comparison with what is written.

mod behaviour;
mod compare;
mod fixtures;
mod mapping;
mod outbox;
mod properties;
mod reconcile;
mod snapshots;
mod text;
