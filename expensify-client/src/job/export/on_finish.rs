//! What the service does when a job ends.

use secrecy::SecretString;
use serde_json::{Value, json};

use crate::error::Error;

/// Text under which a report is marked as exported. Matched exactly; shared by everyone who uses it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Label(String);

impl Label {
    /// Takes any text of 1 to 255 bytes without control characters (the service documents no limit).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) for any other text.
    pub fn new(text: impl Into<String>) -> Result<Self, Error> {
        let text = text.into();
        if text.trim().is_empty() || text.len() > 255 || text.contains(char::is_control) {
            return Err(Error::invalid(
                "a label has 1 to 255 bytes and no control characters",
            ));
        }
        Ok(Self(text))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What the service does when an export ends, which is before the file can be downloaded.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum OnFinish {
    /// Marks the reports as exported under this label. There is no way to take it back.
    MarkAsExported(Label),
    /// Mails a link to the file. One client reports that the mail never arrived.
    Email {
        /// To whom.
        recipients: Recipients,
        /// With this text, a FreeMarker template over the list `filenames`.
        message: Option<String>,
    },
    /// Uploads the file to the home directory of the login.
    SftpUpload(SftpServer),
}

/// Addresses of a mail: at least one, each of them one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipients(Vec<String>);

impl Recipients {
    /// Takes addresses.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) for none, and for one with a comma, which would be two.
    pub fn new(addresses: impl IntoIterator<Item = impl Into<String>>) -> Result<Self, Error> {
        let addresses: Vec<String> = addresses.into_iter().map(Into::into).collect();
        let is_one = |address: &String| address.contains('@') && !address.contains([',', ' ']);
        if addresses.is_empty() || !addresses.iter().all(is_one) {
            return Err(Error::invalid("a mail needs recipients, each one address"));
        }
        Ok(Self(addresses))
    }

    /// The action of mailing to them.
    pub(crate) fn wire(&self) -> Value {
        json!({"actionName": "email", "recipients": self.0.join(",")})
    }
}

/// An SFTP login.
#[derive(Clone, Debug)]
pub struct SftpServer {
    /// Host name or address.
    pub host: String,
    /// TCP port, 22 by custom.
    pub port: u16,
    /// Login.
    pub login: String,
    /// Its password.
    pub password: SecretString,
}

impl OnFinish {
    /// All of it but the secret.
    pub(crate) fn wire(&self) -> Value {
        match self {
            Self::MarkAsExported(label) => {
                json!({"actionName": "markAsExported", "label": label.as_str()})
            }
            Self::Email {
                recipients,
                message,
            } => {
                let mut action = recipients.wire();
                if let Some(message) = message {
                    action["message"] = message.as_str().into();
                }
                action
            }
            Self::SftpUpload(server) => json!({"actionName": "sftpUpload", "sftpData": {
                "host": server.host, "login": server.login, "port": server.port, "password": null,
            }}),
        }
    }

    /// The secret, and where it belongs in the action.
    pub(crate) const fn secret(&self) -> Option<(&'static str, &SecretString)> {
        match self {
            Self::SftpUpload(server) => Some(("sftpData/password", &server.password)),
            Self::MarkAsExported(_) | Self::Email { .. } => None,
        }
    }
}
