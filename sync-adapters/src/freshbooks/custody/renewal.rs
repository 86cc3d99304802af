//! One renewal: look into the store, decide, refresh, store, and only then give out.

use chrono::TimeDelta;
use freshbooks_client::AccessToken;
use sync_core::model::{FreshBooksGrant, GrantState, Provider};
use sync_core::ports::Credential;
use sync_core::{Error, ErrorKind, Result};
use tokio::time::{Duration, Instant, sleep, timeout};

use super::endpoint::{Life, Pair, Refreshed};
use super::{Flight, Shared, Want, span};
use crate::freshbooks::failure::CONNECT;

/// How often the store is asked whether another process is done.
const POLL: Duration = Duration::from_millis(250);
/// How often storing a new pair is tried before it is left to the next call.
const SAVES_MAX: u32 = 6;
/// Pause after the first failure to store; doubled each time.
const SAVE_PAUSE: Duration = Duration::from_millis(100);
/// How long a pair is taken to live when FreshBooks does not say: a twelfth of what it says so far.
const LIFE_UNSTATED: TimeDelta = TimeDelta::hours(1);
/// A token younger than this that is refused will be refused again: another refresh would not help.
const YOUNG: TimeDelta = TimeDelta::seconds(60);

/// The grant and the version it was read at.
struct Stored {
    version: u64,
    grant: FreshBooksGrant,
}

/// What to do with what the store holds.
enum Verdict {
    /// Give it out.
    Use,
    /// Another process is refreshing.
    Wait,
    /// Refresh it.
    Refresh,
    /// Only a person helps.
    Dead,
    /// FreshBooks refuses what it has just made.
    Hopeless,
}

impl Shared {
    /// A token as wanted, renewed if need be. Runs in a task of its own.
    pub(super) async fn renewed(&self, want: Want) -> Result<AccessToken> {
        let mut flight = self.flight.lock().await;
        // Someone else may have renewed while this task waited for its turn.
        if let Some(token) = self.held_for(want) {
            return Ok(token);
        }
        self.save_left_over(&mut flight).await?;
        let began = Instant::now();
        loop {
            let stored = self.load().await?;
            let failure = match self.judge(&stored, want, &flight) {
                Verdict::Use => {
                    let renew_at = self
                        .renew_at(stored.version, &stored.grant, &flight)
                        .max(self.clock.now());
                    return Ok(self.hold(stored.version, &stored.grant, renew_at));
                }
                Verdict::Dead => return Err(self.dead()),
                Verdict::Hopeless => return Err(hopeless()),
                Verdict::Wait
                    if began.elapsed() < self.settings.wait_max
                        && !self.can_still_serve(&stored, want) =>
                {
                    sleep(POLL).await;
                    continue;
                }
                Verdict::Wait => Error::unavailable(
                    "renew the access token: another process is at it; try again",
                ),
                Verdict::Refresh => match self.refresh(&stored, &mut flight).await {
                    Ok(Some(token)) => return Ok(token),
                    Ok(None) => continue,
                    Err(error) => error,
                },
            };
            return self.old_token_or(failure, want).await;
        }
    }

    fn judge(&self, stored: &Stored, want: Want, flight: &Flight) -> Verdict {
        let now = self.clock.now();
        match stored.grant.state {
            GrantState::NeedsReauth => Verdict::Dead,
            // Clocks differ a little between hosts: a beginning in the near future is a beginning just now.
            GrantState::Refreshing { since }
                if (now - since).abs() < span(self.settings.stale_after) =>
            {
                Verdict::Wait
            }
            // Abandoned: whoever began it is gone. The old token may be spent; trying it can lose nothing.
            GrantState::Refreshing { .. } => Verdict::Refresh,
            GrantState::Ready => match want {
                Want::Good if now < self.renew_at(stored.version, &stored.grant, flight) => {
                    Verdict::Use
                }
                Want::Good => Verdict::Refresh,
                Want::NewerThan(version) if stored.version > version => Verdict::Use,
                Want::NewerThan(_) => match flight.made {
                    Some((made, at)) if made == stored.version && now - at < YOUNG => {
                        Verdict::Hopeless
                    }
                    _ => Verdict::Refresh,
                },
            },
        }
    }

    /// One refresh. `None`: the grant has changed meanwhile, look again.
    async fn refresh(&self, stored: &Stored, flight: &mut Flight) -> Result<Option<AccessToken>> {
        let since = self.clock.now();
        let begun = FreshBooksGrant {
            state: GrantState::Refreshing { since },
            ..stored.grant.clone()
        };
        // Before the call: it shuts others out, and proves that the answer can be stored.
        let version = match self.replace(stored.version, begun).await {
            Ok(version) => version,
            Err(error) if error.kind() == ErrorKind::Conflict => return Ok(None),
            Err(error) => return Err(told("begin to renew the access token", &error)),
        };
        let answer = timeout(
            self.settings.refresh_time_max,
            self.endpoint.refresh(&stored.grant),
        )
        .await;
        match answer.unwrap_or_else(|_| Refreshed::Unknown("no answer in time".to_owned())) {
            Refreshed::Pair(pair) => {
                let fresh = self.with_pair(&stored.grant, pair);
                self.save(version, fresh, flight).await.map(Some)
            }
            Refreshed::Spent => self.spent(version, &stored.grant).await,
            Refreshed::Refused(why) => {
                self.put_back(version, &stored.grant).await;
                let text = format!(
                    "renew the access token: {why}; check the application's id and secret, then {CONNECT}"
                );
                Err(Error::new(ErrorKind::Unauthorized, text))
            }
            Refreshed::NotSent(why) => {
                self.put_back(version, &stored.grant).await;
                Err(Error::unavailable(format!(
                    "renew the access token: {why}; try again later"
                )))
            }
            // Stays `Refreshing`, with both tokens: only FreshBooks saying so makes a token dead.
            Refreshed::Unknown(why) => {
                tracing::warn!(connection = %self.connection, why, "the answer to a refresh was lost; the old token will be tried again");
                Err(Error::unavailable(format!(
                    "renew the access token: {why}; it will be tried again"
                ))
                .with_unknown_effect())
            }
        }
    }

    fn with_pair(&self, grant: &FreshBooksGrant, pair: Pair) -> FreshBooksGrant {
        let received_at = self.clock.now();
        let expires_at = match pair.reply {
            Life::Told(reply) => reply
                .expires_at(received_at)
                .unwrap_or(received_at + LIFE_UNSTATED),
            #[cfg(test)]
            Life::Lasts(life) => received_at + life,
        };
        FreshBooksGrant {
            access_token: pair.access_token,
            refresh_token: pair.refresh_token,
            expires_at,
            state: GrantState::Ready,
            ..grant.clone()
        }
    }

    /// Stores a new pair, against all odds: it is the only live one.
    async fn save(
        &self,
        mut expected: u64,
        fresh: FreshBooksGrant,
        flight: &mut Flight,
    ) -> Result<AccessToken> {
        let mut pause = SAVE_PAUSE;
        for _ in 0..SAVES_MAX {
            match self.replace(expected, fresh.clone()).await {
                Ok(version) => {
                    flight.unsaved = None;
                    flight.made = Some((version, self.clock.now()));
                    return Ok(self.hold(version, &fresh, self.renew_at(version, &fresh, flight)));
                }
                // Someone took this refresh for abandoned. A complete pair of theirs is younger than ours; anything else
                // they can have left is wrong by now, since ours is alive.
                Err(error) if error.kind() == ErrorKind::Conflict => {
                    let theirs = self.load().await?;
                    if theirs.grant.state == GrantState::Ready {
                        flight.unsaved = None;
                        return Ok(self.hold(
                            theirs.version,
                            &theirs.grant,
                            self.renew_at(theirs.version, &theirs.grant, flight),
                        ));
                    }
                    expected = theirs.version;
                }
                Err(error) => {
                    tracing::error!(connection = %self.connection, %error, "new tokens could not be stored; trying again");
                    sleep(pause).await;
                    pause = pause.saturating_mul(2);
                }
            }
        }
        flight.unsaved = Some((expected, fresh));
        self.drop_held();
        Err(Error::unavailable(
            "store the renewed tokens: they are kept in memory and stored with the next call; do not stop this process before",
        ))
    }

    async fn save_left_over(&self, flight: &mut Flight) -> Result<()> {
        match flight.unsaved.clone() {
            Some((expected, fresh)) => self.save(expected, fresh, flight).await.map(drop),
            None => Ok(()),
        }
    }

    async fn spent(&self, version: u64, grant: &FreshBooksGrant) -> Result<Option<AccessToken>> {
        let dead = FreshBooksGrant {
            state: GrantState::NeedsReauth,
            ..grant.clone()
        };
        match self.replace(version, dead).await {
            // Another process has newer tokens: then these being spent is as it should be.
            Err(error) if error.kind() == ErrorKind::Conflict => Ok(None),
            Err(error) => Err(told("note that the refresh token is spent", &error)),
            Ok(_) => {
                self.drop_held();
                tracing::error!(connection = %self.connection, "the FreshBooks refresh token is spent; {CONNECT}");
                Err(self.dead())
            }
        }
    }

    /// Nothing happened, so the grant stands as it did. Failing to say so costs a wait, not a token.
    async fn put_back(&self, version: u64, grant: &FreshBooksGrant) {
        let ready = FreshBooksGrant {
            state: GrantState::Ready,
            ..grant.clone()
        };
        if let Err(error) = self.replace(version, ready).await {
            tracing::warn!(connection = %self.connection, %error, "could not note that no refresh took place");
        }
    }

    /// A renewal that comes early may fail: the old access token serves on, for a while, if it was not refused.
    async fn old_token_or(&self, failure: Error, want: Want) -> Result<AccessToken> {
        if failure.kind() == ErrorKind::Unauthorized {
            return Err(failure);
        }
        let Ok(stored) = self.load().await else {
            return Err(failure);
        };
        if !self.can_still_serve(&stored, want) {
            return Err(failure);
        }
        tracing::warn!(connection = %self.connection, error = %failure, "the access token was not renewed; the old one serves on");
        let again_at =
            (self.clock.now() + span(self.settings.retry_after)).min(stored.grant.expires_at);
        Ok(self.hold(stored.version, &stored.grant, again_at))
    }

    fn can_still_serve(&self, stored: &Stored, want: Want) -> bool {
        let alive = self.clock.now() + TimeDelta::seconds(30) < stored.grant.expires_at;
        alive && matches!(want, Want::Good) && stored.grant.state != GrantState::NeedsReauth
    }

    async fn load(&self) -> Result<Stored> {
        let found = self
            .store
            .load(&self.connection, Provider::FreshBooks)
            .await;
        let found = found.map_err(|error| told("read the FreshBooks grant", &error))?;
        let found = found.ok_or_else(|| {
            Error::new(
                ErrorKind::Unauthorized,
                format!("find the FreshBooks grant: none is stored; {CONNECT}"),
            )
        })?;
        match found.credential {
            Credential::FreshBooks(grant) => Ok(Stored {
                version: found.version,
                grant,
            }),
            Credential::Expensify(_) => Err(Error::corrupt(
                "read the FreshBooks grant: the stored credential is of another service",
            )),
        }
    }

    async fn replace(&self, expected: u64, grant: FreshBooksGrant) -> Result<u64> {
        self.store
            .replace(
                &self.connection,
                Some(expected),
                Credential::FreshBooks(grant),
            )
            .await
    }

    fn dead(&self) -> Error {
        let text = format!(
            "use the FreshBooks grant of {}: its refresh token is spent, as happens when another installation uses the \
             same application and user, or an answer was lost; {CONNECT}. Work waits, nothing is lost",
            self.connection
        );
        Error::new(ErrorKind::Unauthorized, text)
    }
}

fn hopeless() -> Error {
    let text = format!(
        "use the FreshBooks grant: a token made a moment ago is refused; check the user's access, then {CONNECT}"
    );
    Error::new(ErrorKind::Unauthorized, text)
}

/// An error of the store, with what it kept us from.
fn told(action: &str, error: &Error) -> Error {
    Error::new(error.kind(), format!("{action}: {error}"))
}
