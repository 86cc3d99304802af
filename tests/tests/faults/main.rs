//! Everything that can go wrong on the wire, at every place, and every kind of bad input: each record exists once in the
//! end, nothing is lost, and what a person has to do is said.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails by panicking")]

mod bad_input;
mod currencies;
mod reads;
mod support;
mod unknown_words;
mod writes;
