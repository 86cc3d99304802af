//! The HTTP servers, and the faults that live in them.

mod body;
mod connection;
mod faulty;

pub(crate) use faulty::serve;
