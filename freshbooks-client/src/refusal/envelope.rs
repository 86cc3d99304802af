//! The ten error shapes of the FreshBooks families, read into one.

use serde_json::{Map, Value};

use super::{Problem, Refusal};

/// Complaints kept from one reply.
const PROBLEMS_MAX: usize = 100;

pub(super) fn parse(body: &[u8]) -> Option<Refusal> {
    let Ok(Value::Object(top)) = serde_json::from_slice(body) else {
        return None;
    };
    let mut refusal = accounting(&top)
        .or_else(|| ledger(&top))
        .or_else(|| google_rpc(&top))
        .or_else(|| events(&top))
        .or_else(|| oauth(&top))
        .or_else(|| project(&top))
        .or_else(|| payments(&top))?;
    refusal.problems.truncate(PROBLEMS_MAX);
    if refusal.status.is_none() {
        refusal.status = refusal.problems.iter().find_map(status_of_errno);
    }
    Some(refusal)
}

/// Old accounting: `{"response":{"errors":[{"errno":1012,...}]}}`; one object instead of a list occurs,
/// and so does `error` instead of `errors`.
fn accounting(top: &Map<String, Value>) -> Option<Refusal> {
    let response = top.get("response")?.as_object()?;
    let errors = present(response, "errors").or_else(|| present(response, "error"))?;
    let problems = if let Value::Array(rows) = errors {
        rows.iter().map(plain_problem).collect()
    } else {
        vec![plain_problem(errors)]
    };
    Some(Refusal {
        problems,
        ..Refusal::default()
    })
}

/// Ledger: `{"errors":{"message":"...","status":400,"details":[{"reason":"...","metadata":{...}}]}}`.
fn ledger(top: &Map<String, Value>) -> Option<Refusal> {
    let errors = present(top, "errors")?;
    let Some(errors) = errors.as_object() else {
        // Not a documented shape, but a top-level `errors` is no success either.
        let rows = errors.as_array().map(Vec::as_slice).unwrap_or_default();
        return Some(Refusal {
            problems: rows.iter().map(plain_problem).collect(),
            ..Refusal::default()
        });
    };
    let mut problems: Vec<Problem> = rows(errors, "details").map(plain_problem).collect();
    if problems.is_empty() {
        problems.push(message_only(text(errors, "message")));
    }
    Some(Refusal {
        problems,
        status: number(errors, "status").and_then(|status| u16::try_from(status).ok()),
        code: None,
    })
}

/// Newer accounting and the 2023 form of events: a `google.rpc.Status`.
fn google_rpc(top: &Map<String, Value>) -> Option<Refusal> {
    let code = number(top, "code")?;
    present(top, "message")?;
    let mut problems = Vec::new();
    for detail in rows(top, "details").filter_map(Value::as_object) {
        if detail.contains_key("reason") {
            problems.push(object_problem(detail));
        }
        for violation in rows(detail, "fieldViolations").filter_map(Value::as_object) {
            problems.push(Problem {
                field: text(violation, "field"),
                message: text(violation, "description"),
                ..Problem::default()
            });
        }
    }
    if problems.is_empty() {
        problems.push(message_only(text(top, "message")));
    }
    Some(Refusal {
        problems,
        status: status_of_rpc(code),
        code: None,
    })
}

/// Newer events: `{"errno":422,"message":"...","details":["event: Value error, ..."]}`.
fn events(top: &Map<String, Value>) -> Option<Refusal> {
    let errno = number(top, "errno")?;
    let errno = u32::try_from(errno).ok();
    let mut problems: Vec<Problem> = rows(top, "details")
        .filter_map(Value::as_str)
        .map(|detail| {
            let (field, message) = detail.split_once(": ").unwrap_or(("", detail));
            Problem {
                errno,
                field: Some(field.to_owned()).filter(|field| !field.is_empty()),
                message: Some(message.to_owned()),
                object: None,
            }
        })
        .collect();
    // The project family's form, `{"errno":2001,"error":{"title":"field required"}}`, has no details.
    if let Some(fields) = top.get("error").and_then(Value::as_object) {
        problems.extend(field_map(fields, errno));
    }
    if problems.is_empty() {
        let message = text(top, "message").or_else(|| text(top, "error"));
        problems.push(Problem {
            errno,
            ..message_only(message)
        });
    }
    Some(Refusal {
        problems,
        ..Refusal::default()
    })
}

/// OAuth: `{"error":"invalid_grant","error_description":"..."}`.
fn oauth(top: &Map<String, Value>) -> Option<Refusal> {
    let code = top.get("error")?.as_str()?;
    let word = code
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let status = match code {
        "unauthenticated" | "invalid_token" | "invalid_client" => Some(401),
        _ => None,
    };
    Some(Refusal {
        problems: vec![message_only(
            text(top, "error_description").or_else(|| Some(code.to_owned())),
        )],
        code: Some(code.to_owned()).filter(|_| word && !code.is_empty()),
        status,
    })
}

/// Projects: `{"error":{"title":"...","description":"..."}}`, one entry per field.
fn project(top: &Map<String, Value>) -> Option<Refusal> {
    let fields = top.get("error")?.as_object()?;
    Some(Refusal {
        problems: field_map(fields, None).collect(),
        ..Refusal::default()
    })
}

/// Online payments, `{"error_type":"...","message":"..."}`, and the bare `{"message":"..."}` of a 401.
fn payments(top: &Map<String, Value>) -> Option<Refusal> {
    let message = text(top, "message");
    if !top.contains_key("error_type") && (message.is_none() || top.contains_key("response")) {
        return None;
    }
    Some(Refusal {
        problems: vec![message_only(message)],
        ..Refusal::default()
    })
}

fn plain_problem(value: &Value) -> Problem {
    value.as_object().map_or_else(
        || message_only(value.as_str().map(str::to_owned)),
        object_problem,
    )
}

/// One complaint: its keys either beside the number or under `metadata`.
fn object_problem(object: &Map<String, Value>) -> Problem {
    let metadata = object.get("metadata").and_then(Value::as_object);
    let find = |key: &str| text(object, key).or_else(|| text(metadata?, key));
    let reason = text(object, "reason");
    let errno = number(object, "errno")
        .and_then(|errno| u32::try_from(errno).ok())
        .or_else(|| reason.as_deref()?.parse().ok());
    Problem {
        errno,
        field: find("field"),
        message: find("message").or_else(|| reason.filter(|_| errno.is_none())),
        object: find("object"),
    }
}

fn field_map(fields: &Map<String, Value>, errno: Option<u32>) -> impl Iterator<Item = Problem> {
    fields.iter().map(move |(field, message)| Problem {
        errno,
        field: Some(field.clone()),
        message: message.as_str().map(str::to_owned),
        object: None,
    })
}

fn message_only(message: Option<String>) -> Problem {
    Problem {
        message,
        ..Problem::default()
    }
}

fn present<'v>(object: &'v Map<String, Value>, key: &str) -> Option<&'v Value> {
    object.get(key).filter(|value| !value.is_null())
}

fn rows<'v>(object: &'v Map<String, Value>, key: &str) -> impl Iterator<Item = &'v Value> {
    object
        .get(key)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

fn text(object: &Map<String, Value>, key: &str) -> Option<String> {
    match object.get(key)? {
        Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

fn number(object: &Map<String, Value>, key: &str) -> Option<u64> {
    let value = object.get(key)?;
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

/// Error numbers that say what an HTTP status would.
fn status_of_errno(problem: &Problem) -> Option<u16> {
    match problem.errno? {
        errno @ (400..=599) => u16::try_from(errno).ok(),
        1003 => Some(403),
        1011 | 1012 => Some(404),
        _ => None,
    }
}

/// The HTTP status a `google.rpc.Code` stands for.
fn status_of_rpc(code: u64) -> Option<u16> {
    match code {
        1 | 2 | 13 | 15 => Some(500),
        3 | 9 | 11 => Some(400),
        4 => Some(504),
        5 => Some(404),
        6 | 10 => Some(409),
        7 => Some(403),
        8 => Some(429),
        12 => Some(501),
        14 => Some(503),
        16 => Some(401),
        400..=599 => u16::try_from(code).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
