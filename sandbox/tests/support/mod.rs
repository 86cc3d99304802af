//! What the tests share: a started sandbox and short calls to it.
#![expect(dead_code, reason = "each test binary uses its own part")]
#![expect(clippy::unwrap_used, reason = "a test that cannot start must fail")]

use std::sync::LazyLock;

use reqwest::{Client, Method, Response};
use serde_json::{Value, json};
use sync_sandbox::{Clock, Sandbox, Scenario};

/// The demo's account.
pub(crate) const ACCOUNT: &str = "/accounting/account/zDmNq";

/// First lines of the export template: all the sandbox looks at.
pub(crate) const EXPORT: &str = "<#-- ml-connector/export v1\n-->";

/// First lines of the acknowledgement template.
pub(crate) const ACK: &str = "<#-- ml-connector/ack v1\n-->";

/// A clock that stands at noon of a summer day.
pub(crate) fn noon() -> Clock {
    Clock::fixed("2026-07-15T16:00:00Z".parse().unwrap())
}

/// A sandbox with the demo, no request budgets, and a standing clock.
pub(crate) async fn start() -> Sandbox {
    start_with(|_| {}).await
}

/// The same, changed before it starts.
pub(crate) async fn start_with(change: impl FnOnce(&mut Scenario)) -> Sandbox {
    let mut scenario = Scenario::demo();
    scenario.expensify.settings.rate_limits = false;
    scenario.freshbooks.settings.rate_limits = false;
    change(&mut scenario);
    Sandbox::builder()
        .scenario(scenario)
        .clock(noon())
        .start()
        .await
        .unwrap()
}

/// A client that never follows redirects, never repeats a request and keeps no connection, so that one serves every test's runtime.
pub(crate) fn client() -> Client {
    static CLIENT: LazyLock<Client> = LazyLock::new(|| {
        let builder = Client::builder().redirect(reqwest::redirect::Policy::none());
        builder
            .retry(reqwest::retry::never())
            .pool_max_idle_per_host(0)
            .build()
            .unwrap()
    });
    CLIENT.clone()
}

/// Calls FreshBooks with the demo's token.
pub(crate) async fn call(
    sandbox: &Sandbox,
    method: Method,
    path: &str,
    body: Option<&Value>,
) -> reqwest::Result<Response> {
    let request = client()
        .request(method, format!("{}{path}", sandbox.freshbooks_url()))
        .bearer_auth("sandbox-access-token");
    match body {
        Some(body) => request.json(body).send().await,
        None => request.send().await,
    }
}

/// Reads JSON from FreshBooks, whatever the status.
pub(crate) async fn get(sandbox: &Sandbox, path: &str) -> (u16, Value) {
    answer(call(sandbox, Method::GET, path, None).await.unwrap()).await
}

/// Posts JSON to FreshBooks.
pub(crate) async fn post(sandbox: &Sandbox, path: &str, body: &Value) -> (u16, Value) {
    answer(call(sandbox, Method::POST, path, Some(body)).await.unwrap()).await
}

/// Puts JSON to FreshBooks.
pub(crate) async fn put(sandbox: &Sandbox, path: &str, body: &Value) -> (u16, Value) {
    answer(call(sandbox, Method::PUT, path, Some(body)).await.unwrap()).await
}

async fn answer(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    (status, response.json().await.unwrap_or_default())
}

/// A bill with one line.
pub(crate) fn bill(number: &str, amount: &str) -> Value {
    json!({"bill": {
        "vendorid": "501", "bill_number": number, "issue_date": "2026-07-01", "due_offset_days": 30, "currency_code": "USD",
        "language": "en", "lines": [{"categoryid": "8005", "description": "Paper", "quantity": 1, "unit_cost": {"amount": amount, "code": "USD"}}],
    }})
}

/// An expense.
pub(crate) fn expense(date: &str, amount: &str) -> Value {
    json!({"expense": {"amount": {"amount": amount, "code": "USD"}, "categoryid": 8004, "staffid": 1, "date": date, "vendor": "Cafe", "notes": "EXP-1"}})
}

/// The errno of the first detail of an error.
pub(crate) fn errno(body: &Value) -> &str {
    body["details"][0]["reason"].as_str().unwrap_or_default()
}

/// An Expensify job description with the demo's credentials.
pub(crate) fn job(mut description: Value) -> Value {
    description["credentials"] = json!({
        "partnerUserID": "aa_finance_northwind_example", "partnerUserSecret": "5b8a0e2d4c6f1a3b5d7e9f0a1c2b3d4e5f6a7b8c",
    });
    description
}

/// Sends a job and returns status and body.
pub(crate) async fn send(
    sandbox: &Sandbox,
    description: &Value,
    template: Option<&str>,
) -> (u16, String) {
    let text = description.to_string();
    let mut form = vec![("requestJobDescription", text.as_str())];
    form.extend(template.map(|template| ("template", template)));
    let url = format!(
        "{}/Integration-Server/ExpensifyIntegrations",
        sandbox.expensify_url()
    );
    let response = client().post(url).form(&form).send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

/// An export job.
pub(crate) fn export(states: &str, filters: &Value) -> Value {
    job(json!({
        "type": "file", "onReceive": {"immediateResponse": ["returnRandomFileName"]},
        "inputSettings": {"type": "combinedReportData", "reportState": states, "filters": filters},
        "outputSettings": {"fileExtension": "json"},
    }))
}

/// Downloads a file.
pub(crate) async fn download(sandbox: &Sandbox, name: &str) -> (u16, String) {
    send(
        sandbox,
        &job(json!({"type": "download", "fileName": name})),
        None,
    )
    .await
}

/// Report ids in an export, in order.
pub(crate) async fn exported(sandbox: &Sandbox, description: &Value) -> Vec<String> {
    let (status, name) = send(sandbox, description, Some(EXPORT)).await;
    assert_eq!(status, 200, "{name}");
    let (_, content) = download(sandbox, &name).await;
    let lines = content
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines
        .filter(|line| line["k"] == "rep")
        .map(|line| line["reportID"].as_str().unwrap().to_owned())
        .collect()
}
