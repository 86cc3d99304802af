//! What is done to webhook registrations besides the usual.

use secrecy::SecretString;

use super::put;
use crate::call::Call;
use crate::error::Error;
use crate::types::{Callback, CallbackAnswer};
use crate::wire::{AccountId, CallbackId};

/// Sends a webhook's verifier back, after which FreshBooks delivers to it.
///
/// # Errors
/// As [`create`](super::create).
pub fn verify_callback(
    account: &AccountId,
    id: CallbackId,
    verifier: &SecretString,
) -> Result<Call<Callback>, Error> {
    let answer = CallbackAnswer::Verify(verifier);
    put("verify callback", account, &id, &answer)
}

/// Asks FreshBooks to send a webhook's verifier again.
///
/// # Errors
/// As [`create`](super::create).
pub fn resend_verifier(account: &AccountId, id: CallbackId) -> Result<Call<Callback>, Error> {
    put("resend verifier", account, &id, &CallbackAnswer::Resend)
}
