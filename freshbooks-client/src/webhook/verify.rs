//! The signature of a delivery.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

use super::event::EventName;
use super::form::{Form, FormError};
use super::python_json;
use crate::wire::AccountId;

/// The header that carries the signature, in lower case.
pub const SIGNATURE_HEADER: &str = "x-freshbooks-hmac-sha256";

/// An event that FreshBooks signed. Nothing but [`verify`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedEvent {
    name: EventName,
    object_id: u64,
    account_id: Option<AccountId>,
    business_id: Option<u64>,
    identity_id: Option<u64>,
}

impl VerifiedEvent {
    /// What happened.
    pub fn name(&self) -> &EventName {
        &self.name
    }

    /// The record it happened to: read it again.
    pub fn object_id(&self) -> u64 {
        self.object_id
    }

    /// The accounting account it belongs to.
    pub fn account_id(&self) -> Option<&AccountId> {
        self.account_id.as_ref()
    }

    /// The business it belongs to.
    pub fn business_id(&self) -> Option<u64> {
        self.business_id
    }

    /// Who did it.
    pub fn identity_id(&self) -> Option<u64> {
        self.identity_id
    }
}

/// Why a delivery is not believed. Answer all of them alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// There is no signature header.
    #[error("the signature header is missing")]
    MissingSignature,
    /// The header is no Base64.
    #[error("the signature cannot be decoded")]
    UndecodableSignature,
    /// The signature has not 32 bytes.
    #[error("the signature has the wrong length")]
    WrongLength,
    /// The signature is not the one of this form under this secret.
    #[error("the signature does not match")]
    Mismatch,
    /// The body is no form that could be signed.
    #[error(transparent)]
    Form(#[from] FormError),
    /// Signed, but without the name of an event or the id of a record.
    #[error("the form has no usable {field}")]
    Incomplete {
        /// The field that is missing.
        field: &'static str,
    },
}

/// Checks a delivery: the raw form, and the value of [`SIGNATURE_HEADER`], under the verifier of the
/// callback it was sent for. Compares in constant time.
///
/// # Errors
/// [`VerifyError`]; nothing of the form may be used then.
///
/// # Examples
/// ```
/// use freshbooks_client::webhook::verify;
///
/// let secret = "test-verifier-0002".into();
/// let form = b"name=bill.create&object_id=43221133&account_id=zDmNq&business_id=77128&identity_id=712052&user_id=1";
/// let event = verify(&secret, form, Some(b"YStVUDwnj4wSUNRgnDMOICMeOUM3CWnKCahRiqzWMto="))?;
/// assert_eq!(event.object_id(), 43_221_133);
/// # Ok::<(), freshbooks_client::webhook::VerifyError>(())
/// ```
pub fn verify(
    secret: &SecretString,
    form: &[u8],
    header: Option<&[u8]>,
) -> Result<VerifiedEvent, VerifyError> {
    let header = header.ok_or(VerifyError::MissingSignature)?;
    let form = Form::parse(form)?;
    let signature = STANDARD
        .decode(header.trim_ascii())
        .map_err(|_| VerifyError::UndecodableSignature)?;
    if signature.len() != 32 {
        return Err(VerifyError::WrongLength);
    }
    let fields = form.fields.iter().map(|(key, value)| (&**key, &**value));
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes())
        .map_err(|_| VerifyError::Mismatch)?;
    mac.update(python_json::dumps(fields).as_bytes());
    mac.verify_slice(&signature)
        .map_err(|_| VerifyError::Mismatch)?;
    event(&form)
}

fn event(form: &Form<'_>) -> Result<VerifiedEvent, VerifyError> {
    let number = |key| form.value(key).and_then(|text| text.parse().ok());
    let name = form.value("name");
    Ok(VerifiedEvent {
        name: name
            .ok_or(VerifyError::Incomplete { field: "name" })?
            .into(),
        object_id: number("object_id").ok_or(VerifyError::Incomplete { field: "object_id" })?,
        account_id: form
            .value("account_id")
            .and_then(|id| AccountId::new(id).ok()),
        business_id: number("business_id"),
        identity_id: number("identity_id"),
    })
}

#[cfg(test)]
mod tests;
