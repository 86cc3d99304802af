//! What planning promises, shown on reports.

mod behaviour;
mod fixtures;
mod mapping;
mod properties;
mod snapshots;
mod text;
