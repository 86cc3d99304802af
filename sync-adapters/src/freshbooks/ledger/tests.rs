use std::time::Duration;

use serde_json::{Value, json};
use sync_core::ErrorKind;
use sync_core::model::{
    BillDraft, BillLine, CategoryId, Currency, Draft, ExpenseDraft, ExpenseId, Marker, Money,
    RecordStatus, ReportId, StaffId, VendorDraft, VendorId,
};
use sync_core::plan::StepKey;
use sync_core::ports::{LedgerWrite, SendOutcome};
use wiremock::matchers::{method, path, query_param, query_param_is_missing};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use super::*;
use crate::test_support::HandClock;

mod listing;
mod sending;
mod snapshot;

const ACCOUNT: &str = "/accounting/account/ZyQ04o";

struct Fixture {
    server: MockServer,
    ledger: FreshBooksLedger,
}

async fn fixture_with(change: impl FnOnce(&mut FreshBooksSettings)) -> Fixture {
    let server = MockServer::start().await;
    let account = FreshBooksAccount::new(
        "ZyQ04o",
        14_719_708,
        Some("d0f1e2c3-0000-4000-8000-000000000001"),
    )
    .unwrap();
    let mut settings = FreshBooksSettings::new(account).at(&server.uri()).unwrap();
    settings.client.retry_pause = Duration::from_millis(1);
    settings.client.pacing = wire::Pacing::Off;
    settings.client.rows_per_page = 2;
    settings.client.http.request_timeout = Duration::from_secs(5);
    change(&mut settings);
    let tokens = Arc::new(wire::FixedToken::new("access"));
    let clock = Arc::new(HandClock::at("2026-11-22T10:00:00Z"));
    Fixture {
        ledger: FreshBooksLedger::new(settings, tokens, clock).unwrap(),
        server,
    }
}

async fn fixture() -> Fixture {
    fixture_with(|_| {}).await
}

impl Fixture {
    async fn get(&self, at: &str, reply: Value) {
        let mock = Mock::given(method("GET"))
            .and(path(at))
            .respond_with(ResponseTemplate::new(200).set_body_json(reply));
        mock.mount(&self.server).await;
    }

    async fn post(&self, at: &str, reply: ResponseTemplate) {
        Mock::given(method("POST"))
            .and(path(at))
            .respond_with(reply)
            .mount(&self.server)
            .await;
    }

    async fn send(&self, drafts: &[Draft]) -> Vec<SendOutcome> {
        self.send_until(drafts, "2026-11-22T10:01:00Z").await
    }

    async fn send_until(&self, drafts: &[Draft], deadline: &str) -> Vec<SendOutcome> {
        let jobs = drafts
            .iter()
            .map(|draft| Job::new(StepKey::of(draft.marker()), LedgerWrite::Create(draft)))
            .collect();
        let receipts = self.ledger.send_jobs(jobs, deadline.parse().unwrap()).await;
        assert_eq!(receipts.len(), drafts.len());
        for (receipt, draft) in receipts.iter().zip(drafts) {
            assert_eq!(receipt.key, StepKey::of(draft.marker()));
        }
        receipts
            .into_iter()
            .map(|receipt| receipt.outcome)
            .collect()
    }

    async fn posts(&self) -> usize {
        let requests = self.server.received_requests().await.unwrap();
        requests
            .iter()
            .filter(|request: &&Request| request.method == "POST")
            .count()
    }
}

fn list(key: &str, rows: &[Value], page: u32, pages: u32) -> Value {
    let total = rows.len();
    json!({"response": {"result": {key: rows, "page": page, "pages": pages, "per_page": 100, "total": total}}})
}

fn bill_row(id: u64, number: &str, date: &str, vendor: u64, state: u8) -> Value {
    json!({"id": id, "vendorid": vendor, "bill_number": number, "issue_date": date, "due_offset_days": 30, "currency_code": "USD",
        "amount": {"amount": "12.50", "code": "USD"}, "tax_amount": {"amount": "0.00", "code": "USD"},
        "total_amount": {"amount": "12.50", "code": "USD"}, "status": "unpaid", "vis_state": state, "lines": []})
}

#[test]
fn ids_and_urls_that_are_none_are_named() {
    for (account, uuid, what) in [
        ("a/b", None, "account id"),
        ("ZyQ04o", Some("no uuid"), "UUID"),
    ] {
        let error = FreshBooksAccount::new(account, 1, uuid).unwrap_err();
        assert!(
            error.kind() == ErrorKind::Invalid && error.to_string().contains(what),
            "{error}"
        );
    }
    let settings = FreshBooksSettings::new(FreshBooksAccount::new("ZyQ04o", 1, None).unwrap());
    assert_eq!(
        settings.at("data:x").unwrap_err().kind(),
        ErrorKind::Invalid
    );
}
