//! What is repeated, what never is, and what each failure says about its effect.

use std::time::Duration;

use freshbooks_client::{Effect, ErrorKind, TransportErrorKind};
use tokio::time::Instant;

use crate::scripted::{
    Answer, BILL, Scripted, Tokens, bills, client, client_with, new_bill, reply, reply_after,
    unpaced,
};

const INVALID: &str =
    r#"{"response":{"errors":[{"errno":1001,"field":"vendorid","message":"Required."}]}}"#;
const FEATURE: &str =
    r#"{"response":{"errors":[{"errno":41001,"message":"You do not have access to bills"}]}}"#;

/// Each answer to a create, and the kind of error it makes; the effect is the same for all.
async fn check(effect: Effect, table: Vec<(Answer, ErrorKind)>) {
    for (answer, kind) in table {
        let case = format!("{answer:?}");
        let transport = Scripted::new([answer]);
        let client = client(unpaced(), &transport);
        let error = bills(&client).create(&new_bill()).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.effect()),
            (kind, effect),
            "{case}: {error}"
        );
        assert_eq!(transport.count(), 1, "{case}");
        let printed = format!("{error} {error:?}");
        assert!(
            !printed.contains("You do not") && !printed.contains("<html>"),
            "{printed}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn proven_refusals_of_a_write_have_no_effect_and_are_one_request() {
    let table = vec![
        (Err(TransportErrorKind::NotSent), ErrorKind::Unreachable),
        (reply(401, ""), ErrorKind::Unauthenticated),
        (reply_after(429, 3, ""), ErrorKind::Throttled),
        (reply(422, INVALID), ErrorKind::Invalid),
        (reply(200, INVALID), ErrorKind::Invalid),
        (reply(200, FEATURE), ErrorKind::Forbidden),
    ];
    check(Effect::None, table).await;
}

#[tokio::test(start_paused = true)]
async fn every_other_failure_of_a_write_has_an_unknown_effect_and_is_one_request() {
    let foreign = r#"{"response":{"result":{"x":1}}}"#;
    let table = vec![
        (Err(TransportErrorKind::MaybeSent), ErrorKind::Unreachable),
        (Err(TransportErrorKind::ReplyTooLarge), ErrorKind::TooLarge),
        (reply(422, "<html>"), ErrorKind::Invalid),
        (reply(403, ""), ErrorKind::Forbidden),
        (reply(500, INVALID), ErrorKind::Unavailable),
        (reply(502, "<html>"), ErrorKind::Unavailable),
        (reply(200, "<html>"), ErrorKind::Unexpected),
        (reply(200, ""), ErrorKind::Unexpected),
        (reply(200, foreign), ErrorKind::Unexpected),
        (reply(200, &BILL[..200]), ErrorKind::Unexpected),
        (reply(302, ""), ErrorKind::Unexpected),
    ];
    check(Effect::Unknown, table).await;
}

#[tokio::test(start_paused = true)]
async fn a_read_is_repeated_until_its_tries_are_spent() {
    for answer in [
        reply(503, ""),
        Err(TransportErrorKind::MaybeSent),
        reply(429, ""),
    ] {
        let transport = Scripted::new([answer]);
        let client = client(unpaced(), &transport);
        let error = bills(&client).get(7.into()).await.unwrap_err();
        assert_eq!(error.effect(), Effect::None);
        assert_eq!(transport.count(), 3, "{error}");
    }
    for answer in [reply(404, ""), reply(200, "<html>"), reply(422, INVALID)] {
        let transport = Scripted::new([answer]);
        let client = client(unpaced(), &transport);
        bills(&client).get(7.into()).await.unwrap_err();
        assert_eq!(transport.count(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_throttled_read_waits_as_long_as_asked_and_then_succeeds() {
    let transport = Scripted::new([reply_after(429, 7, ""), reply(200, BILL)]);
    let client = client(unpaced(), &transport);
    let started = Instant::now();
    bills(&client).get(7.into()).await.unwrap();
    assert!(started.elapsed() >= Duration::from_secs(7));
}

#[tokio::test(start_paused = true)]
async fn a_wait_beyond_the_budget_is_not_begun() {
    let transport = Scripted::new([reply_after(429, 600, "")]);
    let client = client(unpaced(), &transport);
    let started = Instant::now();
    let error = bills(&client).get(7.into()).await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_mins(10)));
    assert_eq!((transport.count(), started.elapsed()), (1, Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn a_throttled_write_is_not_repeated_but_makes_the_next_call_wait() {
    let transport = Scripted::new([reply_after(429, 20, ""), reply(200, BILL)]);
    let client = client(unpaced(), &transport);
    let started = Instant::now();
    let error = bills(&client).create(&new_bill()).await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(20)));
    assert_eq!(transport.count(), 1);
    bills(&client.clone()).create(&new_bill()).await.unwrap();
    assert!(started.elapsed() >= Duration::from_secs(20));
}

#[tokio::test(start_paused = true)]
async fn retry_after_means_nothing_under_success_or_other_errors() {
    let transport = Scripted::new([
        reply_after(200, 53, BILL),
        reply_after(404, 53, ""),
        reply(200, BILL),
    ]);
    let client = client(unpaced(), &transport);
    let started = Instant::now();
    bills(&client).get(7.into()).await.unwrap();
    let error = bills(&client).get(7.into()).await.unwrap_err();
    assert_eq!(error.retry_after(), None);
    bills(&client).get(7.into()).await.unwrap();
    assert!(started.elapsed() < Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_is_renewed_once_and_the_read_sent_again() {
    let tokens = Tokens::new();
    let transport = Scripted::new([reply(401, ""), reply(200, BILL)]);
    let client = client_with(unpaced(), &transport, &tokens);
    bills(&client).get(7.into()).await.unwrap();
    assert_eq!(transport.bearers(), ["Bearer t1", "Bearer t2"]);

    let transport = Scripted::new([reply(401, "")]);
    let client = client_with(unpaced(), &transport, &tokens);
    let error = bills(&client).get(7.into()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    assert_eq!(transport.bearers(), ["Bearer t2", "Bearer t3"]);
}

#[tokio::test(start_paused = true)]
async fn a_write_with_a_refused_token_is_one_request_and_the_next_has_a_new_token() {
    let transport = Scripted::new([reply(401, ""), reply(200, BILL)]);
    let client = client(unpaced(), &transport);
    let error = bills(&client).create(&new_bill()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    assert_eq!(error.effect(), Effect::None);
    assert_eq!(transport.count(), 1);
    bills(&client).create(&new_bill()).await.unwrap();
    assert_eq!(transport.bearers(), ["Bearer t1", "Bearer t2"]);
}

#[tokio::test(start_paused = true)]
async fn creates_keep_to_their_own_window_and_let_reads_pass() {
    let transport = Scripted::new([reply(200, BILL)]);
    let client = client(freshbooks_client::Settings::default(), &transport);
    let started = Instant::now();
    for _ in 0..250 {
        bills(&client).create(&new_bill()).await.unwrap();
    }
    assert_eq!(started.elapsed(), Duration::ZERO);
    let waiting = tokio::spawn({
        let client = client.clone();
        async move { bills(&client).create(&new_bill()).await }
    });
    tokio::task::yield_now().await;
    bills(&client).get(7.into()).await.unwrap();
    assert_eq!(started.elapsed(), Duration::ZERO);
    waiting.await.unwrap().unwrap();
    assert!(started.elapsed() >= Duration::from_mins(1));
}

#[tokio::test(start_paused = true)]
async fn what_freshbooks_has_left_for_others_and_us_makes_the_next_call_wait() {
    let spent = |status, remaining: &str| {
        let mut answer = reply_after(status, 30, BILL).unwrap();
        let headers = answer.headers_mut();
        headers.insert("x-ratelimit-limit", "600".parse().unwrap());
        headers.insert("x-ratelimit-remaining", remaining.parse().unwrap());
        Ok(answer)
    };
    for (remaining, wait) in [("1", 0), ("0", 30), ("-1", 0), ("many", 0)] {
        let transport = Scripted::new([spent(200, remaining)]);
        let client = client(freshbooks_client::Settings::default(), &transport);
        let started = Instant::now();
        bills(&client).get(7.into()).await.unwrap();
        bills(&client.clone()).get(7.into()).await.unwrap();
        assert_eq!(started.elapsed().as_secs(), wait, "{remaining} left");
    }
}

#[tokio::test(start_paused = true)]
async fn a_place_too_far_away_is_an_error_with_no_effect() {
    let transport = Scripted::new([reply(200, BILL)]);
    let mut settings = freshbooks_client::Settings::default();
    settings.pacing_wait_max = Duration::from_secs(5);
    let client = client(settings, &transport);
    for _ in 0..250 {
        bills(&client).create(&new_bill()).await.unwrap();
    }
    let error = bills(&client).create(&new_bill()).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::Throttled, Effect::None)
    );
    assert_eq!(transport.count(), 250);
}
