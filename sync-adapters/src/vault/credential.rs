//! The form credentials have inside a sealed record, and nowhere else.

use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sync_core::model::{ExpensifyKey, FreshBooksGrant, GrantState};
use sync_core::ports::Credential;
use zeroize::Zeroizing;

use super::VaultError;
use super::envelope::ROOM;

/// Text is borrowed when written: no copy of a secret outlives the buffer that is sealed.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Written<'a> {
    ExpensifyV1 {
        user_id: &'a str,
        user_secret: &'a str,
    },
    FreshbooksV1 {
        client_id: &'a str,
        client_secret: &'a str,
        redirect_uri: &'a str,
        access_token: &'a str,
        refresh_token: &'a str,
        expires_at: DateTime<Utc>,
        state: State,
    },
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Read {
    ExpensifyV1 {
        user_id: String,
        user_secret: String,
    },
    FreshbooksV1 {
        client_id: String,
        client_secret: String,
        redirect_uri: String,
        access_token: String,
        refresh_token: String,
        expires_at: DateTime<Utc>,
        state: State,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Ready,
    Refreshing { since: DateTime<Utc> },
    NeedsReauth,
}

/// Bytes the names and times of the form take at most.
const FRAME_BYTES: usize = 1024;
/// Bytes one byte of text takes at most in JSON, as `\u0000`.
const ESCAPED_BYTES: usize = 6;

/// Writes a credential into a buffer that is wiped when dropped and large enough never to move.
pub(super) fn write(credential: &Credential) -> Result<Zeroizing<Vec<u8>>, VaultError> {
    let texts: Vec<&str> = match credential {
        Credential::Expensify(key) => vec![&key.user_id, key.user_secret.expose_secret()],
        Credential::FreshBooks(grant) => vec![
            &grant.client_id,
            grant.client_secret.expose_secret(),
            &grant.redirect_uri,
            grant.access_token.expose_secret(),
            grant.refresh_token.expose_secret(),
        ],
    };
    let text_bytes = texts
        .iter()
        .fold(0_usize, |sum, text| sum.saturating_add(text.len()));
    let capacity = text_bytes
        .saturating_mul(ESCAPED_BYTES)
        .saturating_add(FRAME_BYTES)
        .saturating_add(ROOM);
    let mut buffer = Zeroizing::new(Vec::with_capacity(capacity));
    serde_json::to_writer(&mut *buffer, &written(credential)).map_err(|_| {
        VaultError::NoRecord {
            why: "the credential cannot be written",
        }
    })?;
    Ok(buffer)
}

fn written(credential: &Credential) -> Written<'_> {
    match credential {
        Credential::Expensify(key) => Written::ExpensifyV1 {
            user_id: &key.user_id,
            user_secret: key.user_secret.expose_secret(),
        },
        Credential::FreshBooks(grant) => Written::FreshbooksV1 {
            client_id: &grant.client_id,
            client_secret: grant.client_secret.expose_secret(),
            redirect_uri: &grant.redirect_uri,
            access_token: grant.access_token.expose_secret(),
            refresh_token: grant.refresh_token.expose_secret(),
            expires_at: grant.expires_at,
            state: match grant.state {
                GrantState::Ready => State::Ready,
                GrantState::Refreshing { since } => State::Refreshing { since },
                GrantState::NeedsReauth => State::NeedsReauth,
            },
        },
    }
}

/// Reads a credential back. The cause of a failure is left out: it could quote what it failed on.
pub(super) fn read(bytes: &[u8]) -> Result<Credential, VaultError> {
    let read = serde_json::from_slice(bytes).map_err(|_| VaultError::NoRecord {
        why: "it holds no credential this version knows",
    })?;
    Ok(match read {
        Read::ExpensifyV1 {
            user_id,
            user_secret,
        } => Credential::Expensify(ExpensifyKey {
            user_id,
            user_secret: SecretString::from(user_secret),
        }),
        Read::FreshbooksV1 {
            client_id,
            client_secret,
            redirect_uri,
            access_token,
            refresh_token,
            expires_at,
            state,
        } => Credential::FreshBooks(FreshBooksGrant {
            client_id,
            client_secret: SecretString::from(client_secret),
            redirect_uri,
            access_token: SecretString::from(access_token),
            refresh_token: SecretString::from(refresh_token),
            expires_at,
            state: match state {
                State::Ready => GrantState::Ready,
                State::Refreshing { since } => GrantState::Refreshing { since },
                State::NeedsReauth => GrantState::NeedsReauth,
            },
        }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Written once by this version; a later one must still read them.
    const STORED: [&str; 4] = [
        r#"{"kind":"expensify_v1","user_id":"aa_ann","user_secret":"pair"}"#,
        r#"{"kind":"freshbooks_v1","client_id":"c","client_secret":"s","redirect_uri":"https://example.test/cb","access_token":"a","refresh_token":"r","expires_at":"2026-11-23T12:00:00Z","state":{"refreshing":{"since":"2026-11-23T11:59:00Z"}}}"#,
        r#"{"kind":"freshbooks_v1","client_id":"c","client_secret":"s","redirect_uri":"https://example.test/cb","access_token":"a","refresh_token":"r","expires_at":"2026-11-23T12:00:00Z","state":"ready"}"#,
        r#"{"kind":"freshbooks_v1","client_id":"c","client_secret":"s","redirect_uri":"https://example.test/cb","access_token":"a","refresh_token":"r","expires_at":"2026-11-23T12:00:00Z","state":"needs_reauth"}"#,
    ];

    #[test]
    fn stored_forms_are_read_and_written_to_the_letter() {
        for text in STORED {
            let credential = read(text.as_bytes()).unwrap();
            assert_eq!(
                std::str::from_utf8(&write(&credential).unwrap()).unwrap(),
                text
            );
        }
    }

    #[test]
    fn writing_never_moves_the_buffer() {
        let key = ExpensifyKey {
            user_id: "\u{0}".repeat(5000),
            user_secret: SecretString::from("\u{1}".repeat(5000)),
        };
        let buffer = write(&Credential::Expensify(key)).unwrap();
        assert!(buffer.capacity() - buffer.len() >= ROOM);
        assert!(
            buffer.capacity() < 10_000 * ESCAPED_BYTES + 2 * FRAME_BYTES,
            "it was sized once"
        );
    }

    #[test]
    fn a_credential_of_a_kind_to_come_is_refused() {
        for text in ["", "{}", r#"{"kind":"freshbooks_v2"}"#, "null"] {
            assert!(
                matches!(
                    read(text.as_bytes()),
                    Err(VaultError::NoRecord {
                        why: "it holds no credential this version knows"
                    })
                ),
                "{text}"
            );
        }
    }

    #[test]
    fn a_failure_quotes_nothing() {
        let error = read(br#"{"kind":"expensify_v1","user_id":"aa","user_secret":hush}"#)
            .err()
            .unwrap();
        assert!(!format!("{error:?}").contains("hush"));
    }
}
