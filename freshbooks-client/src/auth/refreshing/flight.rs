//! One look into the store and, if need be, one refresh, from beginning to end.

use std::error::Error as StdError;
use std::sync::Arc;

use tokio::time::sleep;

use super::{Held, Outcome, Shared, now};
use crate::auth::provider::TokenError;
use crate::auth::store::{Replaced, TokenPair};
use crate::error::{Effect, Error, ErrorKind};

/// Why there is no token, for all who waited for it.
#[derive(Debug, Clone)]
pub(super) struct Failure {
    make: fn(Source) -> TokenError,
    source: Arc<dyn StdError + Send + Sync>,
}

type Source = Box<dyn StdError + Send + Sync>;

impl Failure {
    fn unavailable(source: impl Into<Source>) -> Self {
        Self {
            make: TokenError::unavailable,
            source: Arc::from(source.into()),
        }
    }

    fn needs_authorization(source: impl Into<Source>) -> Self {
        Self {
            make: TokenError::needs_authorization,
            source: Arc::from(source.into()),
        }
    }

    /// What the token endpoint said, other than that the refresh token is spent.
    fn refused(error: Error) -> Self {
        let passing = matches!(
            error.kind(),
            ErrorKind::Throttled
                | ErrorKind::TooLarge
                | ErrorKind::Unavailable
                | ErrorKind::Unexpected
                | ErrorKind::Unreachable
        );
        Self {
            make: if passing {
                TokenError::unavailable
            } else {
                TokenError::application_refused
            },
            source: Arc::new(error),
        }
    }

    pub(super) fn into_error(self) -> TokenError {
        (self.make)(Box::new(self.source))
    }
}

#[derive(Debug)]
pub(super) struct Flight {
    shared: Arc<Shared>,
    refused: Option<u64>,
}

impl Flight {
    /// For a token that is newer than the `refused` version, or just a good one.
    pub(super) fn new(shared: Arc<Shared>, refused: Option<u64>) -> Self {
        Self { shared, refused }
    }

    pub(super) async fn fly(&self) -> Outcome {
        self.save().await?;
        let stored = self.stored().await?;
        let held = self.hold(&stored);
        let refused = self.refused.is_some_and(|refused| held.version <= refused);
        if !refused && held.lasts(self.shared.settings.renew_before) {
            return Ok(held.token());
        }
        self.refresh(&stored).await
    }

    async fn stored(&self) -> Result<TokenPair, Failure> {
        let stored = self.shared.store.load().await;
        stored
            .map_err(Failure::unavailable)?
            .ok_or_else(|| Failure::needs_authorization("nobody has authorized yet"))
    }

    /// Takes a pair that is in the store as the one to give out.
    fn hold(&self, pair: &TokenPair) -> Held {
        let mut state = self.shared.locked();
        let version = match &state.held {
            Some(held) if held.pair.is_same_issue(pair) => return held.clone(),
            Some(held) => held.version.saturating_add(1),
            None => 1,
        };
        let pair = pair.clone();
        state.held.insert(Held { pair, version }).clone()
    }

    async fn refresh(&self, old: &TokenPair) -> Outcome {
        let dead = self.shared.locked().dead.clone();
        if dead.is_some_and(|dead| dead.is_same_issue(old)) {
            return Err(Failure::needs_authorization("the refresh token is spent"));
        }
        let mut answer = self.ask(old).await;
        // The reply was lost, and with it perhaps the new pair. Asking once more tells: a token that
        // still works was not used, and one that does not never will again.
        if matches!(&answer, Err(error) if error.effect() == Effect::Unknown) {
            answer = self.ask(old).await;
        }
        match answer {
            Ok(new) => self.keep(old, new).await,
            Err(error) if error.is_invalid_grant() => self.spent(old, error).await,
            Err(error) => Err(Failure::refused(error)),
        }
    }

    async fn ask(&self, old: &TokenPair) -> Result<TokenPair, Error> {
        let reply = self.shared.oauth.refresh(&old.refresh_token).await?;
        Ok(TokenPair::from_reply(reply, now()))
    }

    /// From here on the new pair is the only live one: it is not dropped before it is stored.
    async fn keep(&self, old: &TokenPair, new: TokenPair) -> Outcome {
        self.shared.locked().unsaved = Some((old.clone(), new));
        self.save().await?;
        let stored = self.stored().await?;
        Ok(self.hold(&stored).token())
    }

    async fn save(&self) -> Result<(), Failure> {
        let unsaved = self.shared.locked().unsaved.clone();
        let Some((old, new)) = unsaved else {
            return Ok(());
        };
        let replaced = self.shared.store.replace(&old, &new).await;
        let replaced = replaced.map_err(Failure::unavailable)?;
        if replaced == Replaced::Superseded {
            tracing::debug!("the store holds a pair that is not ours");
        }
        self.shared.locked().unsaved = None;
        Ok(())
    }

    /// The refresh token is spent: by another process, whose pair may not be stored yet, or for good.
    async fn spent(&self, old: &TokenPair, error: Error) -> Outcome {
        for _ in 0..self.shared.settings.reloads_max {
            sleep(self.shared.settings.reload_pause).await;
            let stored = self.stored().await?;
            if !stored.is_same_issue(old) {
                return Ok(self.hold(&stored).token());
            }
        }
        self.shared.locked().dead = Some(old.clone());
        Err(Failure::needs_authorization(error))
    }
}
