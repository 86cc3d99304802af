//! Arbitrary answers of the Integration Server: a byte for what is expected, one for the HTTP status, then the body.
//!
//! There is always a verdict, always the same one, and a stated error is never taken for success; what is a success is read
//! as the reply to several jobs.

#![no_main]

use std::time::Duration;

use expensify_client::{
    Answer, Domain, DomainCardQuery, Effect, ErrorKind, Expected, FileName, Head, Job, PolicyId,
    PolicyListQuery, PolicyQuery, PolicyScope, PolicySection, Reimburse, Reply, ReportId, classify,
};
use libfuzzer_sys::fuzz_target;

const EXPECTED: [Expected; 3] = [Expected::FileName, Expected::File, Expected::Object];
const STATUS: [u16; 16] = [
    200, 200, 200, 201, 207, 302, 400, 401, 403, 404, 408, 410, 429, 500, 502, 503,
];

/// The code an object states, if the body is one.
fn stated(body: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(body).ok()?;
    let value: serde_json::Value = serde_json::from_str(text.trim()).ok()?;
    value.as_object()?.get("responseCode")?.as_i64()
}

/// Reads a successful answer as the replies to several jobs. Most of them must refuse it; none may panic.
fn read(head: Head, body: &[u8]) {
    let Ok(answer) = Answer::new(Expected::Object, head, body.to_vec().into()) else {
        return;
    };
    let (Ok(policy), Ok(report), Ok(domain)) = (
        PolicyId::new("0A1B"),
        ReportId::new("R00A"),
        Domain::new("acme.test"),
    ) else {
        return;
    };
    let list = PolicyListQuery {
        scope: PolicyScope::All,
        user_email: None,
    };
    let sections = std::collections::BTreeSet::from(PolicySection::ALL);
    drop(list.read(&answer));
    drop(PolicyQuery::new([policy], sections).read(&answer));
    drop(DomainCardQuery::new(domain).read(&answer));
    if let Ok(reimburse) = Reimburse::reports([report]) {
        drop(reimburse.read(&answer));
    }
}

fuzz_target!(|input: &[u8]| {
    let [expected, status, body @ ..] = input else {
        return;
    };
    let expected = EXPECTED[usize::from(*expected) % EXPECTED.len()];
    let head = Head {
        status: STATUS[usize::from(*status) % STATUS.len()],
        retry_after: (status & 0x80 != 0).then_some(Duration::from_secs(7)),
    };
    let verdict = classify(expected, head, body);
    let again = classify(expected, head, body);
    match (&verdict, &again) {
        (Ok(reply), Ok(again)) => assert_eq!(reply, again),
        (Err(error), Err(again)) => assert_eq!(
            (error.kind(), error.effect()),
            (again.kind(), again.effect())
        ),
        _ => panic!("two verdicts on one answer"),
    }
    read(head, body);
    match &verdict {
        Ok(reply) => {
            assert!((200..300).contains(&head.status));
            match reply {
                Reply::FileNames(names) => {
                    assert!(!names.is_empty());
                    for name in names {
                        assert_eq!(FileName::new(name.as_str()).ok().as_ref(), Some(name));
                        assert!(!name.as_str().contains(['/', '\\', '<', '{']));
                    }
                }
                Reply::File | Reply::Object => assert!(!body.trim_ascii().is_empty()),
            }
            if let Some(code) = stated(body) {
                assert!(matches!(code, 200 | 207), "{code} taken for success");
            }
        }
        Err(error) => {
            assert!(!error.to_string().is_empty());
            if head.status == 429 || stated(body) == Some(429) {
                assert_eq!(error.kind(), ErrorKind::Throttled);
                assert_eq!(error.effect(), Effect::None);
            }
            if (500..600).contains(&head.status) {
                assert!(error.effect() == Effect::Unknown || error.kind() == ErrorKind::Throttled);
            }
        }
    }
});
