//! Jobs that create.

use expensify_client::{
    CreateExpenseRule, CreateExpenses, CreatePolicy, CreateReport, Currency, Effect, ErrorKind,
    ExpenseRuleId, Hundredths, NewExpense, NewExpenseTax, Plan, ReportExpense, ReportFieldKey,
    ReportId, RuleActions, UpdateExpenseRule,
};
use serde_json::json;
use wiremock::ResponseTemplate;

use crate::common::{Service, ok, status};
use crate::{POLICY, day, policy, run};

fn usd() -> Currency {
    Currency::new("USD").unwrap()
}

fn lunch() -> NewExpense {
    NewExpense::new(
        "Café \"Zentral\"",
        day("2026-08-03"),
        Hundredths::new(777),
        usd(),
    )
}

#[tokio::test]
async fn a_report_is_created_with_fields_and_expenses() {
    let job = CreateReport::new("jo@acme.test", policy(), "Trip to Bonn")
        .with_field(ReportFieldKey::of("Cost Center (2)"), "D10")
        .with_expense(ReportExpense {
            merchant: "Rail".to_owned(),
            date: day("2026-08-01"),
            amount: Hundredths::new(-1250),
            currency: usd(),
        });
    let reply = r#"{"responseCode":200,"reportName":"Trip to Bonn","reportID":"R00bCluvcO4T"}"#;
    let (created, sent) = run(&job, "create", ok(reply)).await;
    assert_eq!(
        (created.id.as_str(), created.name.as_deref()),
        ("R00bCluvcO4T", Some("Trip to Bonn"))
    );
    let expected = json!({"type": "create", "inputSettings": {
        "type": "report", "employeeEmail": "jo@acme.test", "policyID": POLICY,
        "report": {"title": "Trip to Bonn", "fields": {"Cost_Center__2_": "D10"}},
        "expenses": [{"merchant": "Rail", "date": "2026-08-01", "amount": -1250, "currency": "USD"}],
    }});
    assert_eq!(sent, expected);
}

#[tokio::test]
async fn expenses_are_created_and_come_back_with_the_report_the_service_opened() {
    let mut taxed = lunch();
    taxed.external_id = Some("key-1".to_owned());
    taxed.category = Some("Meals".to_owned());
    taxed.tag = Some("Dept:Sales".to_owned());
    taxed.comment = Some("two\nlines".to_owned());
    taxed.billable = Some(false);
    taxed.reimbursable = Some(true);
    taxed.report = Some(ReportId::new("R009WqAY45L1").unwrap());
    taxed.policy = Some(policy());
    taxed.tax = Some(NewExpenseTax {
        rate_id: "id_1".to_owned(),
        amount: Some(Hundredths::new(124)),
    });
    let job = CreateExpenses::new("jo@acme.test", [lunch(), taxed]).unwrap();
    let reply = r#"{"transactionList":[{"amount":777,"reportID":"R009WqAY45L1","created":"2026-08-03","merchant":"Probe",
        "currency":"USD","comment":"","tag":"","mcc":0,"category":"Uncategorized","transactionID":"4056343049275634494"},
        {"transactionID":4056343049275634495,"new":{}}],"responseCode":200}"#;
    let (created, sent) = run(&job, "create", ok(reply)).await;
    assert_eq!(created[0].id.as_str(), "4056343049275634494");
    assert_eq!(created[0].report.as_ref().unwrap().as_str(), "R009WqAY45L1");
    assert_eq!(created[0].amount, Some(Hundredths::new(777)));
    assert_eq!(
        created[0]
            .created
            .as_ref()
            .and_then(expensify_client::Stamp::date),
        Some(day("2026-08-03"))
    );
    assert_eq!(
        (created[0].comment.as_deref(), created[0].mcc.as_deref()),
        (None, Some("0"))
    );
    assert_eq!(created[1].id.as_str(), "4056343049275634495");
    assert_eq!(created[1].report, None);

    let expected = json!([
        {"merchant": "Café \"Zentral\"", "created": "2026-08-03", "amount": 777, "currency": "USD"},
        {"merchant": "Café \"Zentral\"", "created": "2026-08-03", "amount": 777, "currency": "USD", "externalID": "key-1",
         "category": "Meals", "tag": "Dept:Sales", "comment": "two\nlines", "billable": false, "reimbursable": true,
         "reportID": "R009WqAY45L1", "policyID": POLICY, "tax": {"rateID": "id_1", "amount": 124}},
    ]);
    assert_eq!(sent["inputSettings"]["transactionList"], expected);
    assert_eq!(sent["inputSettings"]["employeeEmail"], "jo@acme.test");
}

#[test]
fn expenses_that_would_be_refused_cannot_be_built() {
    let mut taxed = lunch();
    taxed.tax = Some(NewExpenseTax {
        rate_id: "id_1".to_owned(),
        amount: None,
    });
    for (email, expenses) in [
        ("", vec![lunch()]),
        ("a@b.test", vec![]),
        ("a@b.test", vec![taxed]),
    ] {
        let error = CreateExpenses::new(email, expenses).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
    }
}

#[tokio::test]
async fn a_policy_is_created_and_answered_as_json() {
    let reply = json!({"responseCode": 200, "policyName": "Ops", "policyID": POLICY});
    let reply = ResponseTemplate::new(200).set_body_json(reply);
    let job = CreatePolicy::new("Ops", Plan::Corporate).unwrap();
    let (created, sent) = run(&job, "create", reply).await;
    assert_eq!(created.id, policy());
    let expected = json!({"type": "policy", "policyName": "Ops", "plan": "corporate"});
    assert_eq!(sent["inputSettings"], expected);
    assert!(CreatePolicy::new(" ", Plan::Team).is_err());
}

#[tokio::test]
async fn an_expense_rule_is_created_and_updated_and_says_no_more_than_ok() {
    let done = r#"{"responseMessage":"OK","responseCode":200}"#;
    let actions = RuleActions::tag("Sales").and(RuleActions::billable(false));
    let rule = CreateExpenseRule::new("jo@acme.test", policy(), actions);
    let ((), sent) = run(&rule, "create", ok(done)).await;
    let mut expected = json!({
        "type": "expenseRules", "employeeEmail": "jo@acme.test", "policyID": POLICY,
        "actions": {"tag": "Sales", "defaultBillable": false},
    });
    assert_eq!(sent, json!({"type": "create", "inputSettings": expected}));

    let update = UpdateExpenseRule::new(ExpenseRuleId(17), rule);
    let ((), sent) = run(&update, "update", ok(done)).await;
    expected["ruleID"] = 17.into();
    assert_eq!(sent, json!({"type": "update", "inputSettings": expected}));
}

#[tokio::test]
async fn a_rule_that_exists_is_invalid_under_its_undocumented_code() {
    let service = Service::start().await;
    let reply = r#"{"responseMessage":"Rule already exists with those actions, please update rule 3","responseCode":666}"#;
    service.answer("create", vec![ok(reply)]).await;
    let rule = CreateExpenseRule::new("jo@acme.test", policy(), RuleActions::billable(true));
    let error = service.client.run(&rule).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.effect(), error.response_code()),
        (ErrorKind::Invalid, Effect::None, Some(666))
    );
    assert!(error.response_message().unwrap().ends_with("rule 3"));
}

#[tokio::test]
async fn a_success_without_an_id_leaves_the_effect_unknown() {
    let service = Service::start().await;
    service
        .answer("create", vec![ok(r#"{"responseCode":200}"#)])
        .await;
    let jobs = (
        CreateReport::new("jo@acme.test", policy(), "x"),
        CreatePolicy::new("Ops", Plan::Team).unwrap(),
        CreateExpenses::new("jo@acme.test", [lunch()]).unwrap(),
    );
    let errors = [
        service.client.run(&jobs.0).await.unwrap_err(),
        service.client.run(&jobs.1).await.unwrap_err(),
        service.client.run(&jobs.2).await.unwrap_err(),
    ];
    for error in errors {
        assert_eq!(
            (error.kind(), error.effect()),
            (ErrorKind::Unexpected, Effect::Unknown)
        );
    }
}

#[tokio::test]
async fn nothing_is_created_twice_whatever_happens() {
    for (reply, effect) in [
        (status(500, ""), Effect::Unknown),
        (
            status(503, "<html><title>busy</title></html>"),
            Effect::Unknown,
        ),
        (status(429, ""), Effect::None),
        (ok(r#"{"responseCode":429}"#), Effect::None),
        (ok(""), Effect::Unknown),
    ] {
        let service = Service::start().await;
        service.answer("create", vec![reply]).await;
        let job = CreateExpenses::new("jo@acme.test", [lunch()]).unwrap();
        let error = service.client.run(&job).await.unwrap_err();
        assert_eq!(error.effect(), effect);
        assert_eq!(service.jobs().await.len(), 1);
    }
}
