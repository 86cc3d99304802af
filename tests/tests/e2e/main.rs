//! The whole path on real parts: Expensify and FreshBooks as stand-ins on loopback, SQLite, both adapters, the engine.

mod after_posting;
mod costs;
mod first_pass;
mod isolation;
mod planning;
mod review;
