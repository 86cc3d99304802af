//! Credentials of the Integration Server. The only file that exposes a secret.

use std::fmt;

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value};

/// What stands for a secret where people can see it.
pub(crate) const REDACTED: &str = "[redacted]";

/// A pair made at `expensify.com/tools/integrations`. It can do what its Expensify account can do on the web.
#[derive(Clone)]
pub struct Credentials {
    partner_user_id: SecretString,
    partner_user_secret: SecretString,
}

impl Credentials {
    /// Takes `partnerUserID` and `partnerUserSecret`.
    pub const fn new(partner_user_id: SecretString, partner_user_secret: SecretString) -> Self {
        Self {
            partner_user_id,
            partner_user_secret,
        }
    }

    /// The description of a job as JSON, with the credentials and the job's own secrets in it.
    pub(crate) fn sign(
        &self,
        fields: &Map<String, Value>,
        secrets: &[(String, SecretString)],
    ) -> String {
        self.description(fields, secrets, SecretString::expose_secret)
    }

    /// The same without a secret in it, for logs.
    pub(crate) fn redact(
        fields: &Map<String, Value>,
        secrets: &[(String, SecretString)],
    ) -> String {
        let nobody = Self::new(SecretString::default(), SecretString::default());
        nobody.description(fields, secrets, |_| REDACTED)
    }

    fn description(
        &self,
        fields: &Map<String, Value>,
        secrets: &[(String, SecretString)],
        show: fn(&SecretString) -> &str,
    ) -> String {
        let mut description = Value::Object(fields.clone());
        // Some jobs have credentials of another service under the same key.
        description["credentials"]["partnerUserID"] = show(&self.partner_user_id).into();
        description["credentials"]["partnerUserSecret"] = show(&self.partner_user_secret).into();
        for (pointer, secret) in secrets {
            if let Some(place) = description.pointer_mut(pointer) {
                *place = show(secret).into();
            }
        }
        description.to_string()
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials([redacted])")
    }
}
