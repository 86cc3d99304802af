//! Whatever arrives, the sandbox answers; it never goes down.

mod support;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use support::{EXPORT, call, client, post, start};
use sync_sandbox::{Scenario, Template, render};

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[ -~]{0,12}".prop_map(Value::from),
        "[0-9.eE+-]{1,30}".prop_map(Value::from),
        Just(json!({"amount": "99999999999999999999999999", "code": "USD"})),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z_]{1,8}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn field() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "vendorid",
        "lines",
        "issue_date",
        "due_offset_days",
        "currency_code",
        "amount",
        "categoryid",
        "date",
        "taxPercent1",
        "taxAmount1",
        "vis_state",
        "bill_number",
        "staffid",
    ])
    .prop_map(str::to_owned)
}

#[test]
fn no_body_and_no_query_brings_the_servers_down() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let sandbox = runtime.block_on(start());
    let mut runner = TestRunner::new(Config::with_cases(150));
    let strategy = (
        prop::collection::btree_map(field(), any_json(), 0..8),
        "[ -~]{0,40}",
        "[!-~]{0,30}",
    );
    runner
        .run(&strategy, |(fields, text, query)| {
            runtime.block_on(async {
                let mut bill = support::bill("", "1")["bill"].clone();
                let mut expense = support::expense("2026-07-01", "1")["expense"].clone();
                for (name, value) in fields {
                    bill[&name] = value.clone();
                    expense[&name] = value;
                }
                post(&sandbox, "/accounting/account/zDmNq/bills/bills", &json!({"bill": bill})).await;
                post(&sandbox, "/accounting/account/zDmNq/expenses/expenses", &json!({"expense": expense})).await;
                let escaped: String = url::form_urlencoded::byte_serialize(query.as_bytes()).collect();
                let path = format!("/accounting/account/zDmNq/bills/bills?search[issue_date_min]={escaped}&page={escaped}");
                call(&sandbox, reqwest::Method::GET, &path, None).await.unwrap();
                let form = [("requestJobDescription", text.as_str()), ("template", EXPORT)];
                client().post(sandbox.expensify_url()).form(&form).send().await.unwrap();
                call(&sandbox, reqwest::Method::GET, "/accounting/account/zDmNq/bills/bills", None).await.unwrap();
            });
            Ok(())
        })
        .unwrap();
}

proptest! {
    #[test]
    fn every_scenario_text_reads_or_is_refused(text in "\\PC{0,200}") {
        let _ = Scenario::from_toml(&text);
        let _ = Scenario::from_json(&text);
    }

    #[test]
    fn every_model_renders_to_lines_of_json(model in any_json()) {
        let model = json!({"reports": [model.clone(), {"reportID": "R1", "transactionList": [model.clone(), model]}]});
        for line in render(Template::Export, &model).lines() {
            prop_assert!(serde_json::from_str::<Value>(line).is_ok(), "{line}");
        }
    }
}
