//! Every job against the shapes its answers were recorded or documented in.

#![cfg(feature = "client")]
#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

#[path = "../common/mod.rs"]
mod common;

mod creating;
mod errors;
mod files;
mod policies;
mod reimbursing;
mod requests;
mod retrying;
mod secrets;
mod updating;

use chrono::NaiveDate;
use common::Service;
use expensify_client::{Job, PolicyId};
use serde_json::Value;
use wiremock::ResponseTemplate;

const POLICY: &str = "0A1B2C3D4E5F6071";

fn policy() -> PolicyId {
    PolicyId::new(POLICY).unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Runs a job against one reply; gives back what it came back as and the description that was sent, credentials left out.
async fn run<J: Job>(job: &J, kind: &'static str, reply: ResponseTemplate) -> (J::Reply, Value) {
    let service = Service::start().await;
    service.answer(kind, vec![reply]).await;
    let read = service.client.run(job).await.unwrap();
    let mut sent = service.jobs().await;
    assert_eq!(sent.len(), 1);
    let mut sent = sent.remove(0);
    sent.as_object_mut().unwrap().remove("credentials");
    (read, sent)
}
