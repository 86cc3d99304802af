use secrecy::{ExposeSecret as _, SecretString};

use super::*;
use crate::error::Effect;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// Made at 10:00, for twelve hours.
fn stored(state: GrantState) -> StoredGrant {
    StoredGrant {
        version: 7,
        grant: FreshBooksGrant {
            client_id: "app".to_owned(),
            client_secret: SecretString::from("app secret"),
            redirect_uri: "https://localhost/callback".to_owned(),
            access_token: SecretString::from("access 1"),
            refresh_token: SecretString::from("refresh 1"),
            expires_at: at("2026-11-22T22:00:00Z"),
            state,
        },
    }
}

fn since(time: &str) -> GrantState {
    GrantState::Refreshing {
        since: at(&format!("2026-11-22T{time}Z")),
    }
}

/// An action as a word or two.
fn short(action: &GrantAction) -> String {
    let told = |failure: &GrantFailure| match failure {
        GrantFailure::NeedsReauth => "needs reauth",
        GrantFailure::RefusedYoung => "refused young",
        GrantFailure::Application(_) => "application",
        GrantFailure::NotSent(_) => "not sent",
        GrantFailure::Lost { .. } => "lost",
        GrantFailure::NotBegun { .. } => "not begun",
    };
    let state = |grant: &FreshBooksGrant| match grant.state {
        GrantState::Ready => "ready".to_owned(),
        GrantState::Refreshing { since } => format!("refreshing since {}", since.format("%H:%M")),
        GrantState::NeedsReauth => "needs reauth".to_owned(),
    };
    match action {
        GrantAction::Serve { until, because } => {
            let because = because
                .as_ref()
                .map(|failure| format!(", {}", told(failure)));
            format!(
                "serve until {}{}",
                until.format("%H:%M"),
                because.unwrap_or_default()
            )
        }
        GrantAction::Wait(pause) => format!("wait {pause:?}"),
        GrantAction::Begin { since } => {
            format!("begin, refreshing since {}", since.format("%H:%M"))
        }
        GrantAction::Ask { fence } => format!("ask under {fence}"),
        GrantAction::Lapse { fence } => format!("lapse {fence}"),
        GrantAction::Store { over, fresh } => format!(
            "store {} over {over}, {}",
            fresh.refresh_token.expose_secret(),
            state(fresh)
        ),
        GrantAction::Drop => "drop".to_owned(),
        GrantAction::Restore {
            over,
            grant,
            failure,
        } => format!("restore {} over {over}, {}", state(grant), told(failure)),
        GrantAction::Leave { fence, failure } => format!("leave {fence}, {}", told(failure)),
        GrantAction::Bury { over, grant } => format!("bury over {over}, {}", state(grant)),
        GrantAction::Fail(failure) => format!("fail, {}", told(failure)),
    }
}

/// State | want | recollection | now | what follows.
const WANTED: &str = "\
ready               | good    | -               | 15:59:59 | serve until 16:00
ready               | good    | -               | 16:00:00 | begin, refreshing since 16:00
ready               | good    | made 7 10:00:00 | 15:00:00 | serve until 16:00
ready               | good    | made 7 20:00:00 | 20:30:00 | serve until 21:00
ready               | good    | made 6 20:00:00 | 20:30:00 | begin, refreshing since 20:30
ready               | newer 6 | -               | 11:00:00 | serve until 16:00
ready               | newer 7 | -               | 11:00:00 | begin, refreshing since 11:00
ready               | newer 7 | made 7 11:00:00 | 11:00:59 | fail, refused young
ready               | newer 7 | made 7 11:00:00 | 11:01:00 | begin, refreshing since 11:01
ready               | newer 7 | made 7 15:00:00 | 11:00:00 | begin, refreshing since 11:00
dead                | good    | -               | 11:00:00 | fail, needs reauth
dead                | newer 1 | -               | 11:00:00 | fail, needs reauth
refreshing 17:00:00 | good    | -               | 17:01:59 | serve until 17:02
refreshing 17:00:00 | newer 7 | -               | 17:01:59 | wait 250ms
refreshing 22:00:00 | good    | -               | 22:01:59 | wait 250ms
refreshing 21:59:40 | good    | -               | 21:59:40 | wait 250ms
refreshing 22:00:00 | good    | lost 7          | 22:01:59 | fail, lost
refreshing 22:00:00 | good    | lost 6          | 22:01:59 | wait 250ms
refreshing 17:00:00 | good    | -               | 17:02:00 | begin, refreshing since 17:02
refreshing 17:00:00 | good    | lost 7          | 17:02:00 | begin, refreshing since 17:02
refreshing 17:01:00 | good    | -               | 17:00:00 | serve until 17:01
refreshing 19:00:00 | good    | -               | 17:00:00 | begin, refreshing since 17:00";

fn on_the_day(time: &str) -> DateTime<Utc> {
    at(&format!("2026-11-22T{time}Z"))
}

#[test]
fn what_a_caller_gets_follows_from_the_state_the_want_and_the_time() {
    for line in WANTED.lines() {
        let columns: Vec<&str> = line.split('|').map(str::trim).collect();
        let words = |column: usize| columns[column].split(' ').collect::<Vec<_>>();
        let state = match words(0)[..] {
            ["ready"] => GrantState::Ready,
            ["dead"] => GrantState::NeedsReauth,
            [_, time] => since(time),
            _ => panic!("{line}"),
        };
        let want = match words(1)[..] {
            [_, version] => TokenWant::NewerThan(version.parse().unwrap()),
            _ => TokenWant::Good,
        };
        let mut recollection = Recollection::default();
        match words(2)[..] {
            ["made", version, time] => {
                recollection.made = Some((version.parse().unwrap(), on_the_day(time)));
            }
            ["lost", version] => recollection.lost = Some(version.parse().unwrap()),
            _ => {}
        }
        let seen = GrantObservation::Wanted {
            want,
            recollection,
            draw: 0,
        };
        let now = on_the_day(columns[3]);
        let action = decide(&stored(state), seen, now, &GrantSettings::default());
        assert_eq!(short(&action), columns[4], "{line}");
    }
}

/// A worker that was paused between deciding and storing asked under a beginning that was over already: another took it
/// for abandoned at once, and two requests spent one token.
#[test]
fn a_beginning_that_took_long_to_store_entitles_nobody_to_ask() {
    let settings = GrantSettings::default();
    let begun = |now: &str| {
        let seen = GrantObservation::Begun {
            fence: 8,
            since: on_the_day("17:00:00"),
        };
        short(&decide(
            &stored(GrantState::Ready),
            seen,
            on_the_day(now),
            &settings,
        ))
    };
    assert_eq!(begun("17:00:00"), "ask under 8");
    assert_eq!(begun("17:00:30"), "ask under 8");
    assert_eq!(begun("17:00:31"), "lapse 8");
    assert_eq!(begun("18:00:00"), "lapse 8");
    // A clock that went back says nothing about how long it took.
    assert_eq!(begun("16:00:00"), "lapse 8");
    // Nothing was sent under it, so there is nothing to wait for.
    let seen = GrantObservation::Wanted {
        want: TokenWant::NewerThan(7),
        recollection: Recollection {
            late: Some(7),
            ..Recollection::default()
        },
        draw: 0,
    };
    let again = decide(
        &stored(since("17:00:00")),
        seen,
        on_the_day("17:00:31"),
        &settings,
    );
    assert_eq!(short(&again), "begin, refreshing since 17:00");
}

#[test]
fn an_answer_is_stored_undone_left_or_buried() {
    let pair = |expires_at| {
        TokenAnswer::Pair(TokenPair {
            access_token: SecretString::from("access 2"),
            refresh_token: SecretString::from("refresh 2"),
            expires_at,
        })
    };
    let no = || "no".to_owned();
    let abandoned = since("15:00:00");
    let cases = [
        (
            GrantState::Ready,
            pair(None),
            "store refresh 2 over 8, ready",
        ),
        (abandoned, pair(None), "store refresh 2 over 8, ready"),
        (
            GrantState::Ready,
            TokenAnswer::Spent,
            "bury over 8, needs reauth",
        ),
        (
            GrantState::Ready,
            TokenAnswer::NotSent(no()),
            "restore ready over 8, not sent",
        ),
        // That an older renewal was abandoned must not be forgotten.
        (
            abandoned,
            TokenAnswer::NotSent(no()),
            "restore refreshing since 15:00 over 8, not sent",
        ),
        (
            abandoned,
            TokenAnswer::Refused(no()),
            "restore refreshing since 15:00 over 8, application",
        ),
        (
            GrantState::Ready,
            TokenAnswer::Unknown(no()),
            "leave 8, lost",
        ),
    ];
    for (state, answer, expected) in cases {
        let seen = GrantObservation::Answered { fence: 8, answer };
        let now = at("2026-11-22T17:00:00Z");
        let action = decide(&stored(state), seen, now, &GrantSettings::default());
        assert_eq!(short(&action), expected);
        if let GrantAction::Store { fresh, .. } = action {
            assert_eq!(
                fresh.expires_at,
                at("2026-11-22T18:00:00Z"),
                "an hour, when nobody says"
            );
            assert_eq!(fresh.access_token.expose_secret(), "access 2");
            assert_eq!(fresh.client_id, "app");
        }
    }
}

#[test]
fn a_pair_that_waits_yields_only_to_a_complete_one() {
    let cases = [
        (GrantState::Ready, 6, "drop"),
        (GrantState::NeedsReauth, 6, "store refresh 2 over 7, ready"),
        (since("17:00:00"), 7, "store refresh 2 over 7, ready"),
        (since("17:00:00"), 6, "wait 250ms"),
        (since("15:00:00"), 6, "store refresh 2 over 7, ready"),
    ];
    for (state, replaces, expected) in cases {
        let mut fresh = stored(GrantState::Ready).grant;
        let spent = fresh.refresh_mark();
        fresh.refresh_token = SecretString::from("refresh 2");
        let seen = GrantObservation::Unstored {
            replaces,
            spent,
            fresh,
        };
        let now = at("2026-11-22T17:01:00Z");
        let action = decide(&stored(state), seen, now, &GrantSettings::default());
        assert_eq!(short(&action), expected, "{state:?} {replaces}");
    }
}

#[test]
fn a_pair_that_waits_is_let_go_once_what_is_stored_came_after_it() {
    let mut spent = stored(GrantState::Ready).grant;
    spent.refresh_token = SecretString::from("refresh 0");
    for state in [
        since("17:00:00"),
        since("15:00:00"),
        GrantState::NeedsReauth,
    ] {
        // What is stored is a later pair, or this very one, whose renewal was begun or has failed since.
        for waiting in ["refresh 1", "refresh 2"] {
            let mut fresh = stored(GrantState::Ready).grant;
            fresh.refresh_token = SecretString::from(waiting);
            let seen = GrantObservation::Unstored {
                replaces: 5,
                spent: spent.refresh_mark(),
                fresh,
            };
            let now = at("2026-11-22T17:01:00Z");
            let action = decide(&stored(state), seen, now, &GrantSettings::default());
            assert_eq!(short(&action), "drop", "{state:?} {waiting}");
        }
    }
}

#[test]
fn a_failure_is_bridged_by_the_old_token_unless_a_person_is_needed_or_it_was_refused() {
    let not_sent = GrantFailure::NotSent("no".to_owned());
    let application = GrantFailure::Application("no".to_owned());
    let (good, newer) = (TokenWant::Good, TokenWant::NewerThan(7));
    let cases = [
        (good, &not_sent, "17:00:00", "serve until 17:01, not sent"),
        (good, &not_sent, "21:59:10", "serve until 22:00, not sent"),
        (good, &not_sent, "21:59:30", "fail, not sent"),
        (newer, &not_sent, "17:00:00", "fail, not sent"),
        (good, &application, "17:00:00", "fail, application"),
    ];
    for (want, failure, now, expected) in cases {
        let seen = GrantObservation::Failed {
            want,
            failure: failure.clone(),
        };
        let now = at(&format!("2026-11-22T{now}Z"));
        let action = decide(
            &stored(GrantState::Ready),
            seen,
            now,
            &GrantSettings::default(),
        );
        assert_eq!(short(&action), expected);
    }
}

/// A process whose answer was lost promised to try again, though another had found out meanwhile that the grant is dead.
#[test]
fn a_grant_that_another_process_found_dead_is_told_as_dead_whatever_failed_here() {
    let seen = GrantObservation::Failed {
        want: TokenWant::Good,
        failure: GrantFailure::NotSent("no connection".to_owned()),
    };
    let action = decide(
        &stored(GrantState::NeedsReauth),
        seen,
        on_the_day("12:00:00"),
        &GrantSettings::default(),
    );
    assert_eq!(short(&action), "fail, needs reauth");
}

#[test]
fn jitter_is_at_most_a_tenth_and_no_time_or_setting_overflows() {
    let earliest = at("2026-11-22T15:24:00Z");
    for draw in [1, 2, u64::MAX / 3, u64::MAX] {
        let until = renew_at(
            &stored(GrantState::Ready),
            Recollection::default(),
            draw,
            &GrantSettings::default(),
        );
        assert!(
            (earliest..=at("2026-11-22T16:00:00Z")).contains(&until),
            "{until}"
        );
    }
    let absurd = GrantSettings {
        renew_before: Duration::MAX,
        stale_after: Duration::MAX,
        retry_after: Duration::MAX,
        ..GrantSettings::default()
    };
    for now in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
        for state in [
            GrantState::Ready,
            since("17:00:00"),
            GrantState::NeedsReauth,
        ] {
            let seen = GrantObservation::Wanted {
                want: TokenWant::Good,
                recollection: Recollection {
                    late: None,
                    made: Some((7, now)),
                    lost: None,
                },
                draw: u64::MAX,
            };
            decide(&stored(state), seen, now, &absurd);
        }
    }
}

#[test]
fn every_failure_that_needs_a_person_says_what_to_do_and_none_shows_a_secret() {
    for failure in [
        GrantFailure::NeedsReauth,
        GrantFailure::RefusedYoung,
        GrantFailure::Application("invalid_client".to_owned()),
    ] {
        let error = Error::from(failure);
        assert_eq!(error.kind(), ErrorKind::Unauthorized);
        assert!(
            error
                .to_string()
                .contains("ml-connector connect freshbooks"),
            "{error}"
        );
    }
    let shown = format!("{:?}", stored(GrantState::Ready));
    assert!(
        !shown.contains("access 1") && !shown.contains("secret\""),
        "{shown}"
    );
}

#[test]
fn hosts_with_other_draws_renew_at_other_times() {
    let until = |draw| {
        renew_at(
            &stored(GrantState::Ready),
            Recollection::default(),
            draw,
            &GrantSettings::default(),
        )
    };
    // Due at 16:00; a tenth of the six hours before the end is 36 min. The lowest bit of a draw counts for nothing.
    assert_eq!(until(1), on_the_day("16:00:00"));
    assert_eq!(until(2 * 18 * 60_000), on_the_day("15:42:00"));
    assert_eq!(until(2 * 36 * 60_000), on_the_day("15:24:00"));
}

#[test]
fn a_failure_says_whether_trying_again_is_safe_and_when() {
    let lost = GrantFailure::Lost {
        why: "timeout".to_owned(),
        again_at: on_the_day("17:02:00"),
    };
    let not_begun = GrantFailure::NotBegun {
        kind: ErrorKind::Conflict,
        why: "another process was first".to_owned(),
    };
    let not_sent = GrantFailure::NotSent("no connection".to_owned());
    for (failure, kind, unknown, text) in [
        (
            lost,
            ErrorKind::Unavailable,
            true,
            "renew the access token: timeout; the old refresh token is tried again after 2026-11-22 17:02:00 UTC",
        ),
        (
            not_begun,
            ErrorKind::Conflict,
            false,
            "begin to renew the access token: another process was first",
        ),
        (
            not_sent,
            ErrorKind::Unavailable,
            false,
            "renew the access token: no connection; try again later",
        ),
    ] {
        let error = Error::from(failure);
        assert_eq!(error.kind(), kind);
        assert_eq!(error.effect() == Effect::Unknown, unknown, "{error}");
        assert!(error.to_string().contains(text), "{error}");
    }
}
