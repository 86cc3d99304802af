//! How a grant is kept whose refresh tokens work once: what to do next, decided without waiting for anything.
//!
//! ```text
//! Ready ──begin──▶ Refreshing ──pair stored──▶ Ready
//!                    ├── certainly nothing happened ──▶ as it was before
//!                    ├── refresh token spent ──▶ NeedsReauth: only a person helps
//!                    └── answer lost, or the process died ──▶ stays Refreshing; later the old token is tried again
//! ```
//!
//! Each arrow is a compare-and-swap on the version that was read: the version under which `Refreshing` was written is the
//! fence of that renewal. The first write shuts other processes out, and proves that the answer can be stored. A token
//! is used only once it is stored.

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::error::{Error, ErrorKind};
use crate::model::{Fingerprint, FreshBooksGrant, GrantState, TokenAnswer, TokenPair};
use crate::planted::{Bug, is_on};

/// A token younger than this that is refused will be refused again: another renewal would not help.
const YOUNG: TimeDelta = TimeDelta::seconds(60);
/// An access token this close to its end is not given out any more.
const LAST_MOMENTS: TimeDelta = TimeDelta::seconds(30);
/// Life of a pair whose end the endpoint does not state: a twelfth of what it states so far.
const LIFE_UNSTATED: TimeDelta = TimeDelta::hours(1);
/// Storing a beginning may take this part of the time after which it counts as abandoned: a request and the difference of
/// clocks must fit into what is left.
const BEGUN_PART_MAX: i32 = 4;
/// What a person does about a grant that is dead.
const CONNECT: &str = "run `ml-connector connect freshbooks`";

/// What can be set about the keeping of a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GrantSettings {
    /// How long before its end a token is renewed, whose beginning is not known. Default 6 h, half of the 12 h that
    /// FreshBooks gives: an outage of the token endpoint then has half a day to end. A token that was made by this
    /// process is renewed after half its real life.
    pub renew_before: Duration,
    /// When a renewal that was begun and not ended counts as abandoned. Must be longer than one request for tokens may
    /// take, and the clocks of all hosts must agree to within a tenth of it. Default 2 min.
    pub stale_after: Duration,
    /// Pause after a renewal that failed while the old access token is still good. Default 60 s.
    pub retry_after: Duration,
    /// How often the store is asked whether another process is done. Default 250 ms.
    pub poll_every: Duration,
    /// Pause after the first failure to store a new pair; doubled each time. Default 100 ms.
    pub save_pause: Duration,
    /// How often storing a new pair is tried before it is left to the next call. Default 6.
    pub saves_max: u32,
}

impl Default for GrantSettings {
    fn default() -> Self {
        Self {
            renew_before: Duration::from_hours(6),
            stale_after: Duration::from_mins(2),
            retry_after: Duration::from_mins(1),
            poll_every: Duration::from_millis(250),
            save_pause: Duration::from_millis(100),
            saves_max: 6,
        }
    }
}

/// A grant and the version it was read at.
#[derive(Clone, Debug)]
pub struct StoredGrant {
    /// The version.
    pub version: u64,
    /// The grant.
    pub grant: FreshBooksGrant,
}

/// What a caller wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenWant {
    /// A token that is good for a while.
    Good,
    /// A token newer than this version, which FreshBooks has refused.
    NewerThan(u64),
}

/// What one process remembers of its own renewals. Losing it costs a wait or an early renewal, never a token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recollection {
    /// The version it stored last, and when: that pair's real life is known.
    pub made: Option<(u64, DateTime<Utc>)>,
    /// The version under which it began a renewal whose answer was lost: waiting for the beginner would be in vain.
    pub lost: Option<u64>,
    /// The version under which it began a renewal too late to ask for tokens: nothing was sent under it.
    pub late: Option<u64>,
}

/// What was seen. Each is about the [`StoredGrant`] it is given with.
#[derive(Clone, Debug)]
pub enum GrantObservation {
    /// The store holds it, and a caller wants a token.
    Wanted {
        /// What the caller wants.
        want: TokenWant,
        /// What this process remembers.
        recollection: Recollection,
        /// Any number: how much earlier than due a token is renewed, so that hosts do not all come at once.
        draw: u64,
    },
    /// The store held it, and a renewal of it was begun durably.
    Begun {
        /// The version under which it was begun.
        fence: u64,
        /// Since when it counts as begun.
        since: DateTime<Utc>,
    },
    /// The store held it, a renewal of it was begun durably, and this is the endpoint's answer.
    Answered {
        /// The version under which the renewal was begun.
        fence: u64,
        /// The answer.
        answer: TokenAnswer,
    },
    /// The store holds it, and a complete pair waits to be stored: it is alive, and durable nowhere but perhaps in a spill.
    Unstored {
        /// The version the pair was to replace.
        replaces: u64,
        /// The refresh token that was spent for the pair.
        spent: Fingerprint,
        /// The grant with that pair.
        fresh: FreshBooksGrant,
    },
    /// The store holds it, and a renewal for this caller has failed.
    Failed {
        /// What the caller wants.
        want: TokenWant,
        /// Why it failed.
        failure: GrantFailure,
    },
}

/// What to do next.
#[derive(Clone, Debug)]
pub enum GrantAction {
    /// Give the stored access token out.
    Serve {
        /// Until when, without looking again.
        until: DateTime<Utc>,
        /// Why it is the old one, though a renewal was due.
        because: Option<GrantFailure>,
    },
    /// Look again after so long.
    Wait(Duration),
    /// Store the grant as being renewed over the version that was read; once that is durable, look whether tokens may be
    /// asked for.
    Begin {
        /// Since when.
        since: DateTime<Utc>,
    },
    /// Ask for tokens, once.
    Ask {
        /// The version under which the renewal was begun.
        fence: u64,
    },
    /// Ask for nothing: storing the beginning took so long that others may soon take it for abandoned. Begin anew.
    Lapse {
        /// The version under which it was begun.
        fence: u64,
    },
    /// Store this grant with a new pair; only then use it.
    Store {
        /// Over which version.
        over: u64,
        /// The grant.
        fresh: FreshBooksGrant,
    },
    /// Let go of the pair that waits: a younger one is stored.
    Drop,
    /// Store the grant as it was, since certainly nothing happened. The renewal has failed.
    Restore {
        /// Over which version.
        over: u64,
        /// The grant as it was before.
        grant: FreshBooksGrant,
        /// Why.
        failure: GrantFailure,
    },
    /// Store nothing and remember that this renewal's answer was lost. The renewal has failed.
    Leave {
        /// The version under which it was begun.
        fence: u64,
        /// Why.
        failure: GrantFailure,
    },
    /// Store that only a person helps, and tell.
    Bury {
        /// Over which version.
        over: u64,
        /// The grant, dead.
        grant: FreshBooksGrant,
    },
    /// Tell.
    Fail(GrantFailure),
}

/// Why there is no token. `Display` holds ids at most, and says what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GrantFailure {
    /// The refresh token is spent: only a person helps.
    NeedsReauth,
    /// FreshBooks refuses a token it has just made.
    RefusedYoung,
    /// The application's id or secret was refused.
    Application(String),
    /// Certainly nothing happened.
    NotSent(String),
    /// Perhaps a pair was made and lost; the old token is tried again, not before then.
    Lost {
        /// Why the answer is missing.
        why: String,
        /// When the old token is tried again.
        again_at: DateTime<Utc>,
    },
    /// The store could not take the beginning: nothing was sent.
    NotBegun {
        /// What the store's failure asks for.
        kind: ErrorKind,
        /// What the store says.
        why: String,
    },
}

/// What to do next about a grant, given what the store holds and what was seen. The one place that decides about
/// refresh tokens; whoever carries it out decides nothing.
pub fn decide(
    stored: &StoredGrant,
    seen: GrantObservation,
    now: DateTime<Utc>,
    settings: &GrantSettings,
) -> GrantAction {
    match seen {
        GrantObservation::Wanted {
            want,
            recollection,
            draw,
        } => wanted(stored, want, recollection, draw, now, settings),
        GrantObservation::Begun { fence, since } => {
            // Whoever pauses between deciding and storing would otherwise ask under a beginning that is over already.
            let fresh = (now - since).abs() <= span(settings.stale_after) / BEGUN_PART_MAX;
            if fresh || is_on(Bug::LateBeginAsks) {
                GrantAction::Ask { fence }
            } else {
                GrantAction::Lapse { fence }
            }
        }
        GrantObservation::Answered { fence, answer } => {
            answered(&stored.grant, fence, answer, now, settings)
        }
        GrantObservation::Unstored {
            replaces,
            spent,
            fresh,
        } => unstored(stored, (replaces, spent), fresh, now, settings),
        // Whoever else found out that it is dead has the last word: nothing will be tried again.
        GrantObservation::Failed { .. } if stored.grant.state == GrantState::NeedsReauth => {
            GrantAction::Fail(GrantFailure::NeedsReauth)
        }
        GrantObservation::Failed { want, failure } => {
            match serves_on(stored, want, now, settings) {
                Some(until) if !failure.needs_a_person() => GrantAction::Serve {
                    until,
                    because: Some(failure),
                },
                _ => GrantAction::Fail(failure),
            }
        }
    }
}

fn wanted(
    stored: &StoredGrant,
    want: TokenWant,
    recollection: Recollection,
    draw: u64,
    now: DateTime<Utc>,
    settings: &GrantSettings,
) -> GrantAction {
    let begin = || GrantAction::Begin { since: now };
    let serve = |until| GrantAction::Serve {
        until,
        because: None,
    };
    match stored.grant.state {
        GrantState::NeedsReauth => GrantAction::Fail(GrantFailure::NeedsReauth),
        GrantState::Refreshing { .. } if recollection.late == Some(stored.version) => begin(),
        GrantState::Refreshing { since } if is_under_way(since, now, settings) => {
            if let Some(until) = serves_on(stored, want, now, settings) {
                serve(until)
            } else if recollection.lost == Some(stored.version) {
                GrantAction::Fail(GrantFailure::Lost {
                    why: "the answer to the last request was lost".to_owned(),
                    again_at: later(since, span(settings.stale_after)),
                })
            } else {
                GrantAction::Wait(settings.poll_every)
            }
        }
        // Abandoned: whoever began it is gone. The old token may be spent; trying it can lose nothing.
        GrantState::Refreshing { .. } => begin(),
        GrantState::Ready => {
            let until = renew_at(stored, recollection, draw, settings);
            match want {
                TokenWant::Good if now < until => serve(until),
                TokenWant::Good => begin(),
                TokenWant::NewerThan(version) if stored.version > version => serve(until),
                TokenWant::NewerThan(_) => match recollection.made {
                    // A clock that went back must not make a token young for longer.
                    Some((made, at)) if made == stored.version && (now - at).abs() < YOUNG => {
                        GrantAction::Fail(GrantFailure::RefusedYoung)
                    }
                    _ => begin(),
                },
            }
        }
    }
}

/// `before` is the grant as it was before the renewal was begun.
fn answered(
    before: &FreshBooksGrant,
    fence: u64,
    answer: TokenAnswer,
    now: DateTime<Utc>,
    settings: &GrantSettings,
) -> GrantAction {
    // Back to what it was, which need not be `Ready`: that an older renewal was abandoned must not be forgotten.
    let restore = |failure| GrantAction::Restore {
        over: fence,
        grant: before.clone(),
        failure,
    };
    match answer {
        TokenAnswer::Pair(TokenPair {
            access_token,
            refresh_token,
            expires_at,
        }) => GrantAction::Store {
            over: fence,
            fresh: FreshBooksGrant {
                access_token,
                refresh_token,
                expires_at: expires_at.unwrap_or_else(|| later(now, LIFE_UNSTATED)),
                state: GrantState::Ready,
                ..before.clone()
            },
        },
        TokenAnswer::Spent => GrantAction::Bury {
            over: fence,
            grant: FreshBooksGrant {
                state: GrantState::NeedsReauth,
                ..before.clone()
            },
        },
        TokenAnswer::Refused(why) => restore(GrantFailure::Application(why)),
        TokenAnswer::NotSent(why) => restore(GrantFailure::NotSent(why)),
        TokenAnswer::Unknown(why) if is_on(Bug::LostReplyIsNothing) => {
            restore(GrantFailure::NotSent(why))
        }
        TokenAnswer::Unknown(_) if is_on(Bug::LostReplyIsSpent) => GrantAction::Bury {
            over: fence,
            grant: FreshBooksGrant {
                state: GrantState::NeedsReauth,
                ..before.clone()
            },
        },
        // Stays `Refreshing`, with both tokens: only FreshBooks saying so makes a token dead.
        TokenAnswer::Unknown(why) => GrantAction::Leave {
            fence,
            failure: GrantFailure::Lost {
                why,
                again_at: later(now, span(settings.stale_after)),
            },
        },
    }
}

fn unstored(
    stored: &StoredGrant,
    (replaces, spent): (u64, Fingerprint),
    fresh: FreshBooksGrant,
    now: DateTime<Utc>,
    settings: &GrantSettings,
) -> GrantAction {
    let over_it = GrantAction::Store {
        over: stored.version,
        fresh,
    };
    match stored.grant.state {
        // A complete pair is only ever stored by a later renewal or consent: it is younger than ours.
        GrantState::Ready => GrantAction::Drop,
        // Someone stored a younger pair since, or this one, and that is being renewed or has died: ours is spent.
        _ if stored.grant.refresh_mark() != spent && !is_on(Bug::WaitingPairNotCompared) => {
            GrantAction::Drop
        }
        GrantState::Refreshing { since }
            if stored.version != replaces && is_under_way(since, now, settings) =>
        {
            GrantAction::Wait(settings.poll_every)
        }
        // Ours, or left by someone who took ours for abandoned: whatever they found, our pair is alive.
        GrantState::Refreshing { .. } | GrantState::NeedsReauth => over_it,
    }
}

/// Until when the old access token serves although a renewal is due, under way or failed; `None` when it cannot.
fn serves_on(
    stored: &StoredGrant,
    want: TokenWant,
    now: DateTime<Utc>,
    settings: &GrantSettings,
) -> Option<DateTime<Utc>> {
    let grant = &stored.grant;
    let serves = later(now, LAST_MOMENTS) < grant.expires_at
        && want == TokenWant::Good
        && grant.state != GrantState::NeedsReauth;
    serves.then(|| later(now, span(settings.retry_after)).min(grant.expires_at))
}

/// Clocks differ a little between hosts: a beginning in the near future is a beginning just now.
fn is_under_way(since: DateTime<Utc>, now: DateTime<Utc>, settings: &GrantSettings) -> bool {
    (now - since).abs() < span(settings.stale_after)
}

/// When a token is renewed: after half its life, up to a tenth of that earlier.
fn renew_at(
    stored: &StoredGrant,
    recollection: Recollection,
    draw: u64,
    settings: &GrantSettings,
) -> DateTime<Utc> {
    let expires_at = stored.grant.expires_at;
    let before_end = match recollection.made {
        Some((made, at)) if made == stored.version => (expires_at - at) / 2,
        _ => span(settings.renew_before),
    };
    let tenth = before_end.num_milliseconds().max(0) / 10;
    let earlier = i64::try_from(draw >> 1).unwrap_or(0) % tenth.saturating_add(1);
    before_end
        .checked_add(&TimeDelta::milliseconds(earlier))
        .and_then(|before_end| expires_at.checked_sub_signed(before_end))
        .unwrap_or(DateTime::<Utc>::MIN_UTC)
}

fn later(at: DateTime<Utc>, by: TimeDelta) -> DateTime<Utc> {
    at.checked_add_signed(by)
        .unwrap_or(DateTime::<Utc>::MAX_UTC)
}

fn span(duration: Duration) -> TimeDelta {
    TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX)
}

impl fmt::Display for GrantFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NeedsReauth => write!(
                f,
                "use the FreshBooks grant: its refresh token is spent, as happens when another installation uses the same \
                 application and user, or an answer was lost; {CONNECT}. Work waits, nothing is lost"
            ),
            Self::RefusedYoung => write!(
                f,
                "use the FreshBooks grant: a token made a moment ago is refused; check the user's access, then {CONNECT}"
            ),
            Self::Application(why) => write!(
                f,
                "renew the access token: {why}; check the application's id and secret, then {CONNECT}"
            ),
            Self::NotSent(why) => {
                write!(f, "renew the access token: {why}; try again later")
            }
            Self::Lost { why, again_at } => write!(
                f,
                "renew the access token: {why}; the old refresh token is tried again after {}",
                again_at.format("%Y-%m-%d %H:%M:%S UTC")
            ),
            Self::NotBegun { why, .. } => write!(f, "begin to renew the access token: {why}"),
        }
    }
}

impl GrantFailure {
    /// Whether trying again is in vain until a person has acted.
    const fn needs_a_person(&self) -> bool {
        matches!(
            self,
            Self::NeedsReauth | Self::RefusedYoung | Self::Application(_)
        )
    }
}

impl From<GrantFailure> for Error {
    fn from(failure: GrantFailure) -> Self {
        let text = failure.to_string();
        match failure {
            GrantFailure::NotBegun { kind, .. } => Self::new(kind, text),
            GrantFailure::Lost { .. } => Self::unavailable(text).with_unknown_effect(),
            GrantFailure::NotSent(_) => Self::unavailable(text),
            GrantFailure::NeedsReauth if is_on(Bug::NeedsReauthSwallowed) => {
                Self::unavailable(text)
            }
            GrantFailure::NeedsReauth
            | GrantFailure::RefusedYoung
            | GrantFailure::Application(_) => Self::new(ErrorKind::Unauthorized, text),
        }
    }
}

#[cfg(test)]
mod tests;
