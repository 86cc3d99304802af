//! Webhooks: what FreshBooks sends when a record changes, believed only when signed.
//!
//! A delivery names a record and holds nothing of it: treat it as a hint to read that record again.
//! It has no time and no id of its own, so an old one can be replayed; reading again does no harm.
//!
//! The signature is not over the body. FreshBooks parses its own form, writes it with Python's
//! `json.dumps`, and signs that text; [`verify`] does the same, byte for byte.

mod event;
mod form;
mod handshake;
mod python_json;
mod verify;

pub use event::{EventName, EventNoun, EventVerb};
pub use form::{FORM_BYTES_MAX, FORM_FIELDS_MAX, FormError};
pub use handshake::{Handshake, HandshakeError};
pub use verify::{SIGNATURE_HEADER, VerifiedEvent, VerifyError, verify};
