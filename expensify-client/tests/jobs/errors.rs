//! Every code the service is known to answer with, by a job that changes something and by one that reads.

use expensify_client::{
    CreatePolicy, Effect, Error, ErrorKind, Plan, PolicyListQuery, PolicyScope,
};

use crate::common::{Service, ok, status};

struct Case {
    code: u16,
    message: &'static str,
    kind: ErrorKind,
    effect: Effect,
}

const fn case(code: u16, message: &'static str, kind: ErrorKind, effect: Effect) -> Case {
    Case {
        code,
        message,
        kind,
        effect,
    }
}

/// The codes and texts that were documented or seen, each under HTTP 200.
const CASES: &[Case] = &[
    case(
        401,
        "Authentication error",
        ErrorKind::Unauthenticated,
        Effect::None,
    ),
    case(
        403,
        "You are not an admin of this policy",
        ErrorKind::Forbidden,
        Effect::None,
    ),
    case(404, "Policy not found", ErrorKind::NotFound, Effect::None),
    case(
        410,
        "Malformed date '2026-7-1'. Expected format is yyyy-MM-dd",
        ErrorKind::Invalid,
        Effect::None,
    ),
    case(
        410,
        "Required parameter 'policyIDList' is missing",
        ErrorKind::Invalid,
        Effect::None,
    ),
    case(
        410,
        "Argument 'type' is missing or malformed",
        ErrorKind::Invalid,
        Effect::None,
    ),
    case(
        410,
        "Domain name is missing or malformed",
        ErrorKind::Invalid,
        Effect::None,
    ),
    case(
        410,
        "'categories' object malformed",
        ErrorKind::Invalid,
        Effect::None,
    ),
    case(
        410,
        "'employeeEmail' parameter is missing or malformed",
        ErrorKind::Invalid,
        Effect::None,
    ),
    case(
        410,
        "Status 'APPROVED' is not supported",
        ErrorKind::Invalid,
        Effect::None,
    ),
    case(
        410,
        "Invalid tag name 'x'",
        ErrorKind::Invalid,
        Effect::None,
    ),
    case(
        429,
        "You have been rate-limited. Please try again later",
        ErrorKind::Throttled,
        Effect::None,
    ),
    // 500 is said of refusals too. Their text tells the kind, but is not enough to promise that nothing was done.
    case(
        500,
        "Required parameter 'policyName' is missing",
        ErrorKind::Invalid,
        Effect::Unknown,
    ),
    case(
        500,
        "Not authorized to authenticate as user jo@acme.test",
        ErrorKind::Forbidden,
        Effect::Unknown,
    ),
    case(
        500,
        "Authentication error",
        ErrorKind::Unauthenticated,
        Effect::Unknown,
    ),
    case(
        500,
        "Column EmployeeEmail not found in CSV header",
        ErrorKind::Unavailable,
        Effect::Unknown,
    ),
    case(
        500,
        "Error encountered while trying to write reconcilation report to file.",
        ErrorKind::Unavailable,
        Effect::Unknown,
    ),
    case(500, "", ErrorKind::Unavailable, Effect::Unknown),
    case(
        666,
        "Rule already exists with those actions, please update rule 3",
        ErrorKind::Invalid,
        Effect::None,
    ),
];

/// Kinds after which a job that only reads is sent again.
const fn is_passing(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::Throttled | ErrorKind::Unavailable)
}

async fn creating(service: &Service) -> Error {
    let job = CreatePolicy::new("Ops", Plan::Team).unwrap();
    service.client.run(&job).await.unwrap_err()
}

async fn reading(service: &Service) -> Error {
    let job = PolicyListQuery {
        scope: PolicyScope::All,
        user_email: None,
    };
    service.client.run(&job).await.unwrap_err()
}

#[tokio::test]
async fn every_code_under_http_200_has_its_kind_and_effect_whatever_the_job() {
    for case in CASES {
        let body = serde_json::json!({"responseMessage": case.message, "responseCode": case.code});
        let service = Service::start().await;
        let replies = || vec![ok(body.to_string())];
        service.answer("create", replies()).await;
        service.answer("get", replies()).await;

        let error = creating(&service).await;
        let seen = (
            error.kind(),
            error.effect(),
            error.response_code(),
            error.status(),
        );
        let expected = (
            case.kind,
            case.effect,
            Some(i64::from(case.code)),
            Some(200),
        );
        assert_eq!(seen, expected, "{} {}", case.code, case.message);
        assert_eq!(error.response_message().unwrap_or_default(), case.message);
        assert_eq!(service.jobs().await.len(), 1);

        let error = reading(&service).await;
        assert_eq!(error.kind(), case.kind, "{} {}", case.code, case.message);
        let attempts = if is_passing(case.kind) { 4 } else { 1 };
        assert_eq!(service.jobs().await.len(), 1 + attempts, "{}", case.message);
    }
}

#[tokio::test]
async fn every_status_of_http_has_its_kind_and_effect() {
    let page = |title: &str| format!("<html><head><title>{title}</title></head></html>");
    for (code, body, kind, effect) in [
        (
            400,
            page("400 - Bad Request"),
            ErrorKind::Invalid,
            Effect::None,
        ),
        (
            401,
            page("401 Unauthorized"),
            ErrorKind::Unauthenticated,
            Effect::None,
        ),
        (
            403,
            page("403 Forbidden"),
            ErrorKind::Forbidden,
            Effect::None,
        ),
        (
            403,
            page("403 - Invalid Credentials"),
            ErrorKind::Unauthenticated,
            Effect::None,
        ),
        (
            404,
            page("404 Not Found"),
            ErrorKind::NotFound,
            Effect::None,
        ),
        (429, String::new(), ErrorKind::Throttled, Effect::None),
        (
            500,
            page("HTTP Status 500 - requestJobDescription"),
            ErrorKind::Unavailable,
            Effect::Unknown,
        ),
        (502, String::new(), ErrorKind::Unavailable, Effect::Unknown),
        (
            200,
            page("HTTP Status 500 - JSONObject"),
            ErrorKind::Unavailable,
            Effect::Unknown,
        ),
    ] {
        let service = Service::start().await;
        service.answer("create", vec![status(code, &body)]).await;
        let error = creating(&service).await;
        assert_eq!(
            (error.kind(), error.effect()),
            (kind, effect),
            "{code} {body}"
        );
        assert_eq!(error.status(), Some(code));
    }
}
