use proptest::prelude::*;

use super::*;
use crate::error::ErrorKind;
use crate::refusal::Feature;

/// Shape, HTTP status, body, then what is expected: kind, errno, field, effect proven none.
type Row = (
    &'static str,
    u16,
    &'static str,
    ErrorKind,
    Option<u32>,
    Option<&'static str>,
    bool,
);

const ROWS: &[Row] = &[
    (
        "E1",
        404,
        r#"{"response":{"errors":[{"errno":1012,"field":"userid","message":"Client not found.","object":"client","value":"12345"}]}}"#,
        ErrorKind::NotFound,
        Some(1012),
        Some("userid"),
        true,
    ),
    (
        "E1 one object, under 200",
        200,
        r#"{"response":{"errors":{"errno":1001,"field":"vendorid","message":"Required field."}}}"#,
        ErrorKind::Invalid,
        Some(1001),
        Some("vendorid"),
        true,
    ),
    (
        "E1 feature missing, under 200",
        200,
        r#"{"response":{"errors":[{"errno":41001,"message":"You do not have access to bills"}]}}"#,
        ErrorKind::Forbidden,
        Some(41001),
        None,
        true,
    ),
    (
        "E1 read-only field",
        403,
        r#"{"response":{"errors":[{"errno":1038,"field":"due_date","message":"Write access denied."}]}}"#,
        ErrorKind::Invalid,
        Some(1038),
        Some("due_date"),
        true,
    ),
    (
        "E1 lapsed account",
        422,
        r#"{"response":{"errors":[{"errno":1042,"message":"Inactive account."}]}}"#,
        ErrorKind::Forbidden,
        Some(1042),
        None,
        true,
    ),
    (
        "E1 server error under 200 proves nothing",
        200,
        r#"{"response":{"errors":[{"errno":500,"message":"unexpected"}]}}"#,
        ErrorKind::Unavailable,
        Some(500),
        None,
        false,
    ),
    (
        "E1 duplicate bill number",
        422,
        r#"{"response":{"errors":[{"errno":1029,"field":"bill_number","message":"Bill number is already in use."}]}}"#,
        ErrorKind::Conflict,
        Some(1029),
        Some("bill_number"),
        true,
    ),
    (
        "E2",
        404,
        r#"{"code":5,"message":"Request failed with status_code: 404","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"1012","domain":"accounting.api.freshbooks.com","metadata":{"object":"client","message":"Client not found.","value":"12345","field":"userid"}}]}"#,
        ErrorKind::NotFound,
        Some(1012),
        Some("userid"),
        true,
    ),
    (
        "E2 unauthenticated, reason 1003",
        401,
        r#"{"code":16,"message":"Request failed with status_code: 401","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"1003","metadata":{"message":"The server could not verify that you are authorized"}}]}"#,
        ErrorKind::Unauthenticated,
        Some(1003),
        None,
        true,
    ),
    (
        "E2 under 200",
        200,
        r#"{"code":16,"message":"unauthenticated","details":[]}"#,
        ErrorKind::Unauthenticated,
        None,
        None,
        true,
    ),
    (
        "E2 internal",
        500,
        r#"{"code":13,"message":"internal","details":[]}"#,
        ErrorKind::Unavailable,
        None,
        None,
        false,
    ),
    (
        "E3",
        400,
        r#"{"errors":{"message":"Invalid data.","status":400,"details":[{"reason":"name: This field is required.","metadata":{"message":"This field is required.","field":"name"}}]}}"#,
        ErrorKind::Invalid,
        None,
        Some("name"),
        true,
    ),
    (
        "E3 not found, null field",
        404,
        r#"{"errors":{"message":"Not found.","status":404,"details":[{"reason":"Account not found","metadata":{"message":"Account not found","field":null}}]}}"#,
        ErrorKind::NotFound,
        None,
        None,
        true,
    ),
    (
        "E4",
        401,
        r#"{"error":"unauthenticated","error_description":"This action requires authentication to continue."}"#,
        ErrorKind::Unauthenticated,
        None,
        None,
        true,
    ),
    (
        "E4 spent token",
        400,
        r#"{"error":"invalid_grant","error_description":"The provided authorization grant is invalid"}"#,
        ErrorKind::Unauthenticated,
        None,
        None,
        true,
    ),
    (
        "E5 text",
        404,
        r#"{"error":"Requested resource could not be found."}"#,
        ErrorKind::NotFound,
        None,
        None,
        true,
    ),
    (
        "E5 validation",
        422,
        r#"{"errno":2001,"error":{"title":"field required"}}"#,
        ErrorKind::Invalid,
        Some(2001),
        Some("title"),
        true,
    ),
    (
        "E5 fields only",
        422,
        r#"{"error":{"title":"field required","description":"too long"}}"#,
        ErrorKind::Invalid,
        None,
        Some("description"),
        true,
    ),
    (
        "E5 message only",
        401,
        r#"{"message":"The server could not verify that you are authorized to access the URL requested."}"#,
        ErrorKind::Unauthenticated,
        None,
        None,
        true,
    ),
    (
        "E6",
        400,
        r#"{"code":3,"message":"Invalid data in this request.","details":[{"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[{"field":"event","description":"Unrecognized event."}]},{"@type":"type.googleapis.com/google.rpc.Help","links":[]}]}"#,
        ErrorKind::Invalid,
        None,
        Some("event"),
        true,
    ),
    (
        "E7 validation",
        422,
        r#"{"errno":422,"message":"Invalid data in this request.","details":["event: Value error, Unrecognized event.","uri: Input should be a valid URL"]}"#,
        ErrorKind::Invalid,
        Some(422),
        Some("event"),
        true,
    ),
    (
        "E7 not found",
        404,
        r#"{"errno":404,"message":"Requested resource could not be found."}"#,
        ErrorKind::NotFound,
        Some(404),
        None,
        true,
    ),
    (
        "E7 unauthenticated under 200",
        200,
        r#"{"errno":401,"message":"invalid_token: The access token is invalid"}"#,
        ErrorKind::Unauthenticated,
        Some(401),
        None,
        true,
    ),
    (
        "E8",
        400,
        r#"{"error_type":"validation","message":"Bad entity."}"#,
        ErrorKind::Invalid,
        None,
        None,
        true,
    ),
    (
        "E9",
        400,
        r#"{"error":"File not found"}"#,
        ErrorKind::Invalid,
        None,
        None,
        true,
    ),
    (
        "409",
        409,
        r#"{"response":{"errors":[{"errno":409,"message":"Conflict"}]}}"#,
        ErrorKind::Conflict,
        Some(409),
        None,
        true,
    ),
    (
        "429",
        429,
        r#"{"message":"Rate limit exceeded"}"#,
        ErrorKind::Throttled,
        None,
        None,
        true,
    ),
    (
        "missing scope",
        403,
        r#"{"error":"insufficient_scope","error_description":"missing user:bills:write"}"#,
        ErrorKind::Forbidden,
        None,
        None,
        true,
    ),
    (
        "time-out at the gateway, parsed",
        408,
        r#"{"message":"timeout"}"#,
        ErrorKind::Unavailable,
        None,
        None,
        false,
    ),
];

#[test]
fn every_error_shape_is_understood() {
    for (shape, status, body, kind, errno, field, proven) in ROWS {
        let refusal = Refusal::parse(body.as_bytes()).unwrap_or_else(|| panic!("{shape}"));
        assert_eq!(refusal.kind(*status), *kind, "{shape}");
        assert_eq!(refusal.proves_no_effect(*status), *proven, "{shape}");
        let found = refusal.problems.iter().find_map(|problem| problem.errno);
        assert_eq!(found, *errno, "{shape}");
        let found = refusal.problems.iter().find_map(|p| p.field.as_deref());
        assert_eq!(found, *field, "{shape}");
        assert!(
            refusal.problems.iter().any(|p| p.message.is_some()),
            "{shape}"
        );
    }
}

#[test]
fn what_is_no_error_shape_is_not_taken_for_one() {
    for body in [
        "",
        "null",
        "[]",
        "{}",
        "<html>Bad Gateway</html>",
        r#"{"response":{"result":{"bill":{"id":1}}}}"#,
        r#"{"response":{"errors":null,"result":{}}}"#,
        r#"{"data":[]}"#,
    ] {
        assert_eq!(Refusal::parse(body.as_bytes()), None, "{body}");
    }
}

#[test]
fn missing_plan_features_are_named() {
    for (errno, feature) in [
        (12001, Feature::Items),
        (31001, Feature::BillVendors),
        (41001, Feature::Bills),
        (41101, Feature::BillPayments),
    ] {
        let body = format!(r#"{{"response":{{"errors":[{{"errno":{errno}}}]}}}}"#);
        let refusal = Refusal::parse(body.as_bytes()).unwrap();
        assert_eq!(refusal.problems[0].feature(), Some(feature));
        assert_eq!(refusal.kind(403), ErrorKind::Forbidden);
    }
}

#[test]
fn printing_a_refusal_holds_neither_message_nor_odd_field() {
    let body = r#"{"response":{"errors":[{"errno":1004,"field":"a person's e-mail: x@y.z","message":"secret text"}]}}"#;
    let refusal = Refusal::parse(body.as_bytes()).unwrap();
    let printed = format!("{refusal} {refusal:?}");
    assert!(
        !printed.contains("secret") && !printed.contains("x@y.z"),
        "{printed}"
    );
    assert!(printed.contains("1004"));
}

proptest! {
    #[test]
    fn parsing_any_text_never_panics(text in ".{0,300}") {
        let _ = Refusal::parse(text.as_bytes());
    }

    #[test]
    fn a_damaged_envelope_never_panics(row in 0..ROWS.len(), at in 0usize..300, byte in any::<u8>()) {
        let mut body = ROWS[row].2.as_bytes().to_vec();
        let at = at % body.len();
        body[at] = byte;
        if let Some(refusal) = Refusal::parse(&body) {
            let _ = (refusal.kind(200), refusal.kind(422), refusal.to_string());
        }
        let _ = Refusal::parse(&body[..at]);
    }
}
