//! Arbitrary bodies of webhook deliveries: the form is read and written again as the signed JSON, and nothing that was
//! not signed with the secret is believed.

#![no_main]

use freshbooks_client::webhook::{Handshake, verify};
use libfuzzer_sys::fuzz_target;

/// 32 bytes, which sign nothing.
const FORGED: &[u8] = b"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

fuzz_target!(|form: &[u8]| {
    let secret = "verifier".into();
    assert!(verify(&secret, form, Some(FORGED)).is_err());
    assert!(verify(&secret, form, Some(form)).is_err());
    if let Ok(handshake) = Handshake::parse(form) {
        assert!(!format!("{handshake:?}").is_empty());
    }
});
