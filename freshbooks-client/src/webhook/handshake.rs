//! The handshake that follows a registration.

use secrecy::SecretString;

use super::form::{Form, FormError};
use crate::wire::{AccountId, CallbackId};

/// FreshBooks' answer to a registration: the secret to send back, which signs all that follows.
///
/// Whether the handshake itself is signed is UNVERIFIED, so it proves nothing: believe it only for a
/// callback that was registered just now and has no verifier yet, and only once FreshBooks accepted
/// the verifier.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Handshake {
    /// The registration.
    pub callback_id: CallbackId,
    /// The account it belongs to, as claimed.
    pub account_id: Option<AccountId>,
    /// The secret. It cannot be read again later: store it.
    pub verifier: SecretString,
}

/// Why a body is no handshake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HandshakeError {
    /// No form at all.
    #[error(transparent)]
    Form(#[from] FormError),
    /// A form without a verifier: an ordinary delivery.
    #[error("the form has no verifier")]
    NoVerifier,
    /// A form without the number of the callback.
    #[error("the form has no usable object_id")]
    NoCallback,
}

impl Handshake {
    /// Reads a form that may be a handshake.
    ///
    /// # Errors
    /// [`HandshakeError::NoVerifier`] for an ordinary delivery, which goes to
    /// [`verify`](super::verify).
    pub fn parse(form: &[u8]) -> Result<Self, HandshakeError> {
        let form = Form::parse(form)?;
        let verifier = form.value("verifier").ok_or(HandshakeError::NoVerifier)?;
        let callback_id = form
            .value("object_id")
            .and_then(|id| id.parse().ok())
            .ok_or(HandshakeError::NoCallback)?;
        let account_id = form.value("account_id");
        Ok(Self {
            callback_id,
            account_id: account_id.and_then(|id| AccountId::new(id).ok()),
            verifier: verifier.into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret as _;

    #[test]
    fn a_handshake_gives_callback_and_verifier() {
        let form = b"name=callback.verify&object_id=2001&account_id=6BApk&verifier=scADVVi5Quu";
        let handshake = Handshake::parse(form).unwrap();
        assert_eq!(handshake.callback_id, CallbackId::new(2001));
        assert_eq!(handshake.verifier.expose_secret(), "scADVVi5Quu");
        assert!(!format!("{handshake:?}").contains("scADVV"));
    }

    #[test]
    fn what_is_no_handshake_says_why() {
        for (form, error) in [
            (
                &b"name=bill.create&object_id=1"[..],
                HandshakeError::NoVerifier,
            ),
            (b"object_id=1&verifier=", HandshakeError::NoVerifier),
            (b"object_id=x&verifier=v", HandshakeError::NoCallback),
            (
                b"verifier=a&verifier=b",
                HandshakeError::Form(FormError::DuplicateKey),
            ),
        ] {
            assert_eq!(Handshake::parse(form).unwrap_err(), error);
        }
    }
}
