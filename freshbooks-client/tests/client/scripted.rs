//! A transport that answers from a script and remembers what it was asked.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use freshbooks_client::{
    AccessToken, AccountId, Bill, CategoryId, Client, Collection, CurrencyCode, Endpoints, Money,
    NewBill, NewBillLine, Pacing, Settings, TokenError, TokenProvider, Transport, TransportError,
    TransportErrorKind, VendorId,
};
use http::{Request, Response};

pub(crate) type Answer = Result<Response<Bytes>, TransportErrorKind>;

#[derive(Debug, Default)]
pub(crate) struct Scripted {
    answers: Mutex<VecDeque<Answer>>,
    asked: Mutex<Vec<String>>,
}

impl Scripted {
    /// Answers in this order; the last one again and again.
    pub(crate) fn new(answers: impl IntoIterator<Item = Answer>) -> Arc<Self> {
        Arc::new(Self {
            answers: Mutex::new(answers.into_iter().collect()),
            asked: Mutex::default(),
        })
    }

    /// The bearer token of each request, in order.
    pub(crate) fn bearers(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    pub(crate) fn count(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

#[async_trait]
impl Transport for Scripted {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let bearer = request.headers()["authorization"].to_str().unwrap();
        self.asked.lock().unwrap().push(bearer.to_owned());
        let mut answers = self.answers.lock().unwrap();
        let answer = match answers.len() {
            1 => answers[0].clone(),
            _ => answers.pop_front().unwrap(),
        };
        answer.map_err(|kind| TransportError::new(kind, "scripted"))
    }
}

#[expect(clippy::unnecessary_wraps, reason = "scripts also hold failures")]
pub(crate) fn reply(status: u16, body: impl Into<Bytes>) -> Answer {
    Ok(Response::builder()
        .status(status)
        .body(body.into())
        .unwrap())
}

#[expect(clippy::unnecessary_wraps, reason = "scripts also hold failures")]
pub(crate) fn reply_after(status: u16, seconds: u64, body: &'static str) -> Answer {
    let reply = Response::builder().status(status);
    let reply = reply.header("retry-after", seconds);
    Ok(reply.body(body.into()).unwrap())
}

/// Tokens that count their refreshes; version 1 is `Bearer t1`.
#[derive(Debug)]
pub(crate) struct Tokens(AtomicU64);

impl Tokens {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(AtomicU64::new(1)))
    }

    pub(crate) fn version(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl TokenProvider for Tokens {
    async fn access_token(&self) -> Result<AccessToken, TokenError> {
        let version = self.version();
        Ok(AccessToken {
            secret: format!("t{version}").into(),
            version,
        })
    }

    async fn refreshed_after(&self, version: u64) -> Result<AccessToken, TokenError> {
        let next = version + 1;
        let _ = self
            .0
            .compare_exchange(version, next, Ordering::SeqCst, Ordering::SeqCst);
        self.access_token().await
    }
}

pub(crate) fn unpaced() -> Settings {
    let mut settings = Settings::default();
    settings.pacing = Pacing::Off;
    settings
}

pub(crate) fn client(settings: Settings, transport: &Arc<Scripted>) -> Client {
    client_with(settings, transport, &Tokens::new())
}

pub(crate) fn client_with(
    settings: Settings,
    transport: &Arc<Scripted>,
    tokens: &Arc<Tokens>,
) -> Client {
    Client::builder(Arc::<Tokens>::clone(tokens))
        .with_settings(settings)
        .with_transport(Arc::<Scripted>::clone(transport))
        .with_endpoints(Endpoints::at(&"http://fb.test".parse().unwrap()).unwrap())
        .build()
        .unwrap()
}

pub(crate) fn account() -> AccountId {
    AccountId::new("ZyQ04o").unwrap()
}

pub(crate) fn bills(client: &Client) -> Collection<Bill> {
    client.bills(&account())
}

pub(crate) fn new_bill() -> NewBill {
    let usd = CurrencyCode::new("USD").unwrap();
    let cost = Money::new("125.00".parse().unwrap(), usd);
    let line = NewBillLine::new(CategoryId::new(65773), cost);
    let day = "2026-01-31".parse().unwrap();
    NewBill::new(VendorId::new(5), day, 30, usd, vec![line]).bill_number("EXP-R1")
}

pub(crate) const BILL: &str = r#"{"response":{"result":{"bill":{"id":7,"bill_number":"EXP-R1","issue_date":"2026-01-31","due_date":"2026-03-02",
 "due_offset_days":30,"currency_code":"USD","language":"en","amount":{"amount":"125.00","code":"USD"},"tax_amount":{"amount":"0.00","code":"USD"},
 "total_amount":{"amount":"125.00","code":"USD"},"paid":{"amount":"0.00","code":"USD"},"outstanding":{"amount":"125.00","code":"USD"},"status":"unpaid",
 "overall_category":"Travel","overall_description":"Hotel","attachment":null,"bill_payments":[],"created_at":"2026-01-31 15:28:49",
 "updated_at":"2026-01-31 15:28:49","vis_state":0,"lines":[{"id":1,"list_index":1,"category":{"id":65773,"categoryid":65773,"category":"Travel",
 "is_cogs":false,"is_editable":true,"parentid":null,"vis_state":0},"description":"Hotel","quantity":"1","unit_cost":{"amount":"125.00","code":"USD"},
 "amount":{"amount":"125.00","code":"USD"},"total_amount":{"amount":"125.00","code":"USD"},"tax_name1":null,"tax_percent1":null,"tax_amount1":null}]}}}}"#;
