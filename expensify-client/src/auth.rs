//! Credentials of the Integration Server. The only file that exposes a secret.

use std::fmt;

use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;

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

    pub(crate) fn wire(&self) -> WireCredentials<'_> {
        WireCredentials {
            partner_user_id: self.partner_user_id.expose_secret(),
            partner_user_secret: self.partner_user_secret.expose_secret(),
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials([redacted])")
    }
}

/// The `credentials` object of a job. Has no `Debug` on purpose.
#[derive(Serialize)]
pub(crate) struct WireCredentials<'a> {
    #[serde(rename = "partnerUserID")]
    partner_user_id: &'a str,
    #[serde(rename = "partnerUserSecret")]
    partner_user_secret: &'a str,
}
