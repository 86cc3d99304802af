//! Faults on demand, and the control paths.

mod support;

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};
use support::{call, client, expense, get, post, start};
use sync_sandbox::{Effect, Fault, Service};

const EXPENSES: &str = "/accounting/account/zDmNq/expenses/expenses";

fn on_post(effect: Effect) -> Fault {
    Fault::on(Service::FreshBooks, effect)
        .method("POST")
        .path("/expenses/expenses")
}

#[tokio::test]
async fn a_reply_is_lost_before_or_after_the_work() {
    for (effect, applied) in [
        (Effect::DropBefore, 0),
        (Effect::DropAfter, 1),
        (Effect::ResetBefore, 0),
        (Effect::ResetAfter, 1),
    ] {
        let sandbox = start().await;
        sandbox.add_fault(on_post(effect.clone()));
        let lost = call(
            &sandbox,
            Method::POST,
            EXPENSES,
            Some(&expense("2026-07-01", "5")),
        )
        .await;
        assert!(lost.is_err(), "{effect:?}");
        assert_eq!(sandbox.expenses().len(), applied, "{effect:?}");
        assert_eq!(
            post(&sandbox, EXPENSES, &expense("2026-07-01", "5"))
                .await
                .0,
            200,
            "once is enough"
        );
        assert_eq!(sandbox.posts().len(), 2, "{effect:?}");
        assert_eq!(sandbox.posts()[0].status, (applied == 1).then_some(200));
    }
}

#[tokio::test]
async fn statuses_and_bodies_are_replaced_before_or_after_the_work() {
    for (effect, status, looks, applied) in [
        (Effect::StatusBefore { status: 503 }, 503, "<html>", 0),
        (Effect::StatusAfter { status: 502 }, 502, "<html>", 1),
        (Effect::HtmlBefore, 200, "<html>", 0),
        (Effect::HtmlAfter, 200, "<html>", 1),
        (Effect::EmptyAfter, 200, "", 1),
        (Effect::CutBody { bytes: 10 }, 200, "{\"response", 1),
        (
            Effect::Throttle {
                retry_after: Some(7),
            },
            429,
            "{",
            0,
        ),
        (Effect::ExpireToken, 401, "{", 0),
    ] {
        let sandbox = start().await;
        sandbox.add_fault(on_post(effect.clone()));
        let response = call(
            &sandbox,
            Method::POST,
            EXPENSES,
            Some(&expense("2026-07-01", "5")),
        )
        .await
        .unwrap();
        assert_eq!(response.status().as_u16(), status, "{effect:?}");
        if let Effect::Throttle { .. } = effect {
            assert_eq!(response.headers()["retry-after"], "7");
        }
        let body = response.text().await.unwrap();
        assert!(body.starts_with(looks), "{effect:?}: {body}");
        assert_eq!(sandbox.expenses().len(), applied, "{effect:?}");
    }
}

#[tokio::test]
async fn a_truncated_answer_announces_more_than_it_sends() {
    let sandbox = start().await;
    sandbox.add_fault(on_post(Effect::Truncate { bytes: 20 }));
    let response = call(
        &sandbox,
        Method::POST,
        EXPENSES,
        Some(&expense("2026-07-01", "5")),
    )
    .await
    .unwrap();
    assert!(response.content_length().unwrap() > 20);
    assert!(
        response.text().await.is_err(),
        "the connection ends inside the body"
    );
    assert_eq!(sandbox.expenses().len(), 1);
}

#[tokio::test]
async fn delays_delay() {
    let sandbox = start().await;
    sandbox.add_fault(on_post(Effect::DelayAfter { ms: 50 }));
    let began = Instant::now();
    post(&sandbox, EXPENSES, &expense("2026-07-01", "5")).await;
    assert!(began.elapsed() >= Duration::from_millis(50));
}

#[tokio::test]
async fn a_stale_list_leaves_out_the_newest() {
    let sandbox = start().await;
    for amount in ["1", "2", "3"] {
        post(&sandbox, EXPENSES, &expense("2026-07-01", amount)).await;
    }
    sandbox
        .add_fault(Fault::on(Service::FreshBooks, Effect::StaleList { newest: 2 }).method("GET"));
    let total = |body: Value| body["response"]["result"]["total"].as_u64().unwrap();
    assert_eq!(total(get(&sandbox, EXPENSES).await.1), 1);
    assert_eq!(total(get(&sandbox, EXPENSES).await.1), 3);
}

#[tokio::test]
async fn another_process_drives_it_over_the_control_paths() {
    let sandbox = start().await;
    let url = |path: &str| format!("{}/_sandbox/{path}", sandbox.expensify_url());
    let control = async |method: Method, path: &str, body: Value| -> (u16, Value) {
        let response = client()
            .request(method, url(path))
            .json(&body)
            .send()
            .await
            .unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    };
    let fault = json!([{"service": "freshbooks", "method": "POST", "effect": {"kind": "status_before", "status": 503}}]);
    assert_eq!(control(Method::POST, "faults", fault).await.0, 200);
    assert_eq!(
        post(&sandbox, EXPENSES, &expense("2026-07-01", "5"))
            .await
            .0,
        503
    );
    assert_eq!(
        post(&sandbox, EXPENSES, &expense("2026-07-01", "5"))
            .await
            .0,
        200
    );
    let (_, counters) = control(Method::GET, "counters", Value::Null).await;
    assert_eq!(
        counters["freshbooks"]["POST /accounting/account/{account}/expenses/expenses"],
        2
    );
    let (_, state) = control(Method::GET, "state", Value::Null).await;
    let id = state["freshbooks"]["expenses"][0]["id"].clone();
    assert_eq!(
        control(
            Method::POST,
            "person",
            json!({"action": "delete_expense", "id": id})
        )
        .await
        .0,
        200
    );
    assert_eq!(
        control(
            Method::POST,
            "person",
            json!({"action": "delete_expense", "id": 1})
        )
        .await
        .0,
        422
    );
    assert_eq!(
        control(Method::POST, "person", json!({"action": "dance"}))
            .await
            .0,
        422
    );
    let (_, clock) = control(Method::POST, "clock", json!({"advance_secs": 60})).await;
    assert_eq!(clock["now"], "2026-07-15T16:01:00Z");
    let (_, log) = control(Method::GET, "requests", Value::Null).await;
    assert_eq!(
        log["requests"].as_array().unwrap().len(),
        2,
        "control calls are not logged"
    );
    assert_eq!(control(Method::POST, "reset", Value::Null).await.0, 200);
    assert!(sandbox.expenses().is_empty());
    assert_eq!(control(Method::GET, "nothing", Value::Null).await.0, 404);
}

#[tokio::test]
async fn budgets_that_were_switched_off_stay_off_whatever_scenario_is_given_afterwards() {
    let sandbox = sync_sandbox::Sandbox::builder()
        .rate_limits(false)
        .scenario(sync_sandbox::Scenario::demo())
        .start()
        .await
        .unwrap();
    let url = sandbox.expensify_url();
    // Expensify's budget is 5 requests in 10 s.
    for nth in 1..=8 {
        let answer = client()
            .post(&url)
            .body("requestJobDescription={}")
            .send()
            .await
            .unwrap();
        let told = answer.text().await.unwrap();
        assert!(!told.contains("rate-limited"), "request {nth}: {told}");
    }
}
