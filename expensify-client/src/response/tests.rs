use proptest::prelude::*;

use super::*;
use crate::error::{Effect, ErrorKind};

const OUR_FILE: &str = "{\"k\":\"begin\",\"v\":1,\"format\":\"ml-connector/export\"}\n{\"k\":\"end\",\"reports\":0,\"expenses\":0}\n";
const TOMCAT: &str = "<html><head><title>Apache Tomcat/6.0.18 - Error report</title></head><body><h1>HTTP Status 500</h1></body></html>";

fn verdict(expected: Expected, status: u16, body: &str) -> Result<Reply, Error> {
    classify(
        expected,
        Head {
            status,
            retry_after: None,
        },
        body.as_bytes(),
    )
}

fn names(names: &[&str]) -> Reply {
    Reply::FileNames(
        names
            .iter()
            .map(|name| FileName::new(*name).unwrap())
            .collect(),
    )
}

#[test]
fn success_is_told_by_the_job_and_not_by_the_status_alone() {
    use Expected::{File, FileName, Object};
    for (expected, body, reply) in [
        (
            FileName,
            "export0a1b-22.json",
            names(&["export0a1b-22.json"]),
        ),
        (
            FileName,
            "  export0a1b.json\r\n",
            names(&["export0a1b.json"]),
        ),
        (FileName, "a1.pdf,b2.pdf", names(&["a1.pdf", "b2.pdf"])),
        (
            FileName,
            r#"{"filename":"is_1.csv","responseMessage":"OK","responseCode":200}"#,
            names(&["is_1.csv"]),
        ),
        (File, OUR_FILE, Reply::File),
        (
            File,
            "\u{feff}{\"k\":\"begin\",\"v\":1,\"format\":\"ml-connector/ack\"}",
            Reply::File,
        ),
        (File, "a,b,c\n", Reply::File),
        (File, "{\"some\":\"json\"}", Reply::File),
        (
            Object,
            r#"{"responseCode":200,"policyList":[]}"#,
            Reply::Object,
        ),
        (
            Object,
            r#"{"responseCode":207,"failedReports":[]}"#,
            Reply::Object,
        ),
        (Object, r#"{"policyList":[]}"#, Reply::Object),
        (Object, "\u{feff}{\"responseCode\":\"200\"}", Reply::Object),
    ] {
        assert_eq!(verdict(expected, 200, body).unwrap(), reply, "{body}");
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn every_form_of_failure_has_its_kind_and_its_effect() {
    use Expected::{File, FileName, Object};
    for (expected, status, body, kind, effect) in [
        (
            Object,
            200,
            r#"{"responseMessage":"Malformed date","responseCode":410}"#,
            ErrorKind::Invalid,
            Effect::None,
        ),
        (
            FileName,
            200,
            r#"{"responseMessage":"x","responseCode":410}"#,
            ErrorKind::Invalid,
            Effect::None,
        ),
        (
            Object,
            200,
            r#"{"responseMessage":"Authentication error","responseCode":401}"#,
            ErrorKind::Unauthenticated,
            Effect::None,
        ),
        (Object, 401, "", ErrorKind::Unauthenticated, Effect::None),
        (
            FileName,
            200,
            r#"{"responseMessage":"Authentication error","responseCode":500}"#,
            ErrorKind::Unauthenticated,
            Effect::Unknown,
        ),
        (
            Object,
            200,
            r#"{"responseMessage":"no","responseCode":403}"#,
            ErrorKind::Forbidden,
            Effect::None,
        ),
        (
            Object,
            200,
            r#"{"responseMessage":"Not authorized to authenticate as user a@b.test","responseCode":500}"#,
            ErrorKind::Forbidden,
            Effect::Unknown,
        ),
        (
            Object,
            200,
            r#"{"responseMessage":"no policy","responseCode":404}"#,
            ErrorKind::NotFound,
            Effect::None,
        ),
        (
            Object,
            200,
            r#"{"responseMessage":"Required parameter 'policyName' is missing","responseCode":500}"#,
            ErrorKind::Invalid,
            Effect::Unknown,
        ),
        (
            Object,
            200,
            r#"{"responseMessage":"exists, please update rule 7","responseCode":666}"#,
            ErrorKind::Invalid,
            Effect::None,
        ),
        (
            Object,
            200,
            r#"{"responseCode":429}"#,
            ErrorKind::Throttled,
            Effect::None,
        ),
        (Object, 429, "", ErrorKind::Throttled, Effect::None),
        (
            File,
            200,
            r#"{"responseMessage":"You have been rate-limited. Please try again later","responseCode":500}"#,
            ErrorKind::Throttled,
            Effect::None,
        ),
        (Object, 500, "", ErrorKind::Unavailable, Effect::Unknown),
        // Found by fuzzing: a refusal in the body proves nothing under a status that says the server failed.
        (
            Object,
            502,
            r#"{"responseMessage":"x","responseCode":407}"#,
            ErrorKind::Invalid,
            Effect::Unknown,
        ),
        (Object, 503, TOMCAT, ErrorKind::Unavailable, Effect::Unknown),
        (Object, 200, TOMCAT, ErrorKind::Unavailable, Effect::Unknown),
        (
            FileName,
            200,
            "<!DOCTYPE html><title>HTTP Status 403 - Invalid Credentials</title>",
            ErrorKind::Unauthenticated,
            Effect::Unknown,
        ),
        (
            File,
            404,
            "<html><title>404 - Not Found</title>",
            ErrorKind::NotFound,
            Effect::None,
        ),
        (File, 200, "<HTML>", ErrorKind::Unavailable, Effect::Unknown),
        (File, 200, "", ErrorKind::Unexpected, Effect::Unknown),
        (File, 200, " \n", ErrorKind::Unexpected, Effect::Unknown),
        (
            File,
            200,
            r#"{"responseCode":200}"#,
            ErrorKind::Unexpected,
            Effect::Unknown,
        ),
        (File, 500, OUR_FILE, ErrorKind::Unavailable, Effect::Unknown),
        (FileName, 200, "", ErrorKind::Unexpected, Effect::Unknown),
        (
            FileName,
            200,
            "two words.json",
            ErrorKind::Unexpected,
            Effect::Unknown,
        ),
        (
            FileName,
            200,
            "noextension",
            ErrorKind::Unexpected,
            Effect::Unknown,
        ),
        (
            FileName,
            200,
            "../../etc/passwd.json",
            ErrorKind::Unexpected,
            Effect::Unknown,
        ),
        (
            FileName,
            200,
            "a.pdf,,b.pdf",
            ErrorKind::Unexpected,
            Effect::Unknown,
        ),
        (Object, 200, "OK", ErrorKind::Unexpected, Effect::Unknown),
        (Object, 200, "[1]", ErrorKind::Unexpected, Effect::Unknown),
        (
            Object,
            200,
            r#"{"responseCode":12345}"#,
            ErrorKind::Unexpected,
            Effect::Unknown,
        ),
        (Object, 302, "", ErrorKind::Unexpected, Effect::Unknown),
    ] {
        let error = verdict(expected, status, body).unwrap_err();
        assert_eq!(
            (error.kind(), error.effect()),
            (kind, effect),
            "{expected:?} {status} {body}"
        );
    }
}

#[test]
fn what_the_service_said_is_kept_apart_from_the_message() {
    let body = r#"{"responseMessage":"Not authorized to authenticate as user jo@acme.test","responseCode":500}"#;
    let error = verdict(Expected::Object, 200, body).unwrap_err();
    assert_eq!(
        (error.response_code(), error.status()),
        (Some(500), Some(200))
    );
    assert!(error.response_message().unwrap().contains("jo@acme.test"));
    assert!(!error.to_string().contains("acme"));
}

#[test]
fn a_throttled_answer_carries_its_retry_after() {
    let head = Head {
        status: 429,
        retry_after: Some(Duration::from_secs(17)),
    };
    let error = classify(Expected::Object, head, b"").unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(17)));
}

proptest! {
    #[test]
    fn arbitrary_bytes_get_a_verdict(status in 100_u16..600, body in proptest::collection::vec(any::<u8>(), 0..400)) {
        for expected in [Expected::FileName, Expected::File, Expected::Object] {
            let _ = classify(expected, Head { status, retry_after: None }, &body);
        }
    }

    #[test]
    fn arbitrary_objects_get_a_verdict(code in any::<i64>(), message in ".*", cut in 0_usize..200) {
        let body = format!("{{\"responseCode\":{code},\"responseMessage\":{message:?}}}");
        let body = body.as_bytes().get(..cut).unwrap_or(body.as_bytes());
        for expected in [Expected::FileName, Expected::File, Expected::Object] {
            let _ = classify(expected, Head { status: 200, retry_after: None }, body);
        }
    }

    #[test]
    fn titles_are_found_without_panic(html in ".{0,200}", title in "[^<]{0,300}") {
        let _ = super::title(&html);
        let found = super::title(&format!("<TITLE a=b>{title}</Title>")).unwrap();
        prop_assert!(found.chars().count() <= 200);
    }
}
