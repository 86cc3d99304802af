//! From the client's errors to the core's and to outcomes of a write.

use std::error::Error as StdError;

use freshbooks_client as wire;
use sync_core::model::RecordKind;
use sync_core::ports::{NotPermitted, Refusal, SendOutcome};
use sync_core::{Error, ErrorKind};

/// What a person does about a grant that does not work any more.
pub(super) const CONNECT: &str = "run `ml-connector connect freshbooks`";

/// Longest message of FreshBooks that is passed on, in characters.
const MESSAGE_CHARS_MAX: usize = 300;

/// An error of a read.
pub(super) fn read(action: &str, error: &wire::Error) -> Error {
    if let Some(custody) = custody_error(error) {
        return Error::new(custody.kind(), format!("{action}: {custody}"));
    }
    let (kind, advice) = verdict(error);
    let failed = Error::new(kind, format!("{action}: {error}; {advice}"));
    match error.retry_after() {
        Some(wait) => failed.with_retry_after(wait),
        None => failed,
    }
}

fn verdict(error: &wire::Error) -> (ErrorKind, String) {
    match error.kind() {
        wire::ErrorKind::Unauthenticated => (ErrorKind::Unauthorized, CONNECT.to_owned()),
        wire::ErrorKind::Forbidden => (ErrorKind::Unauthorized, permission(error)),
        wire::ErrorKind::NotFound => (
            ErrorKind::Invalid,
            "check the account id and business id of the connection".to_owned(),
        ),
        wire::ErrorKind::Conflict | wire::ErrorKind::Invalid => {
            (ErrorKind::Invalid, "the request has to change".to_owned())
        }
        wire::ErrorKind::Unreachable => (
            ErrorKind::Unavailable,
            "check the network and the base URL, then try again".to_owned(),
        ),
        wire::ErrorKind::TooLarge => (
            ErrorKind::Unavailable,
            "raise the client's limits on pages or reply size".to_owned(),
        ),
        wire::ErrorKind::Throttled
        | wire::ErrorKind::Unavailable
        | wire::ErrorKind::Unexpected
        | _ => (ErrorKind::Unavailable, "try again later".to_owned()),
    }
}

/// What is missing, and who can grant it.
fn permission(error: &wire::Error) -> String {
    if error.is_inactive_account() {
        return "the FreshBooks subscription has lapsed; renew it".to_owned();
    }
    match error.feature() {
        Some(wire::Feature::Bills | wire::Feature::BillVendors | wire::Feature::BillPayments) => {
            "the FreshBooks plan lacks Accounts Payable, which bills need; change the plan"
                .to_owned()
        }
        Some(_) => "the FreshBooks plan lacks this feature; change the plan".to_owned(),
        None => format!(
            "a scope or role is missing; tick the scope on the application, check the user's role, then {CONNECT}"
        ),
    }
}

/// What became of a change to a record that gave no readable answer. FreshBooks answers 404 where the record is not there,
/// which is about the record and not about what the user may do.
pub(super) fn outcome_of_change(kind: RecordKind, error: &wire::Error) -> SendOutcome {
    if error.effect() == wire::Effect::None && error.kind() == wire::ErrorKind::NotFound {
        return SendOutcome::Refused(Refusal {
            field: None,
            message: message(error),
        });
    }
    outcome(kind, error)
}

/// What became of a write that gave no readable record (design, section 5): certainty only where there is proof.
pub(super) fn outcome(kind: RecordKind, error: &wire::Error) -> SendOutcome {
    match error.effect() {
        wire::Effect::None => {}
        // The client's text holds ids and numbers only.
        wire::Effect::Unknown => {
            return SendOutcome::Unknown {
                note: error.to_string(),
            };
        }
    }
    if kind == RecordKind::Bill && error.is_duplicate_bill_number() {
        return SendOutcome::NumberTaken;
    }
    match error.kind() {
        wire::ErrorKind::Throttled => SendOutcome::Throttled {
            retry_after: error.retry_after(),
        },
        wire::ErrorKind::Unauthenticated => SendOutcome::Unauthorized,
        wire::ErrorKind::Forbidden | wire::ErrorKind::NotFound => {
            SendOutcome::NotPermitted(NotPermitted {
                message: format!("{}; {}", message(error), verdict(error).1),
            })
        }
        wire::ErrorKind::Conflict | wire::ErrorKind::Invalid => SendOutcome::Refused(Refusal {
            field: error.field().map(shortened),
            message: message(error),
        }),
        // No connection, or no access token for now: nothing was sent.
        wire::ErrorKind::Unreachable | wire::ErrorKind::Unavailable => SendOutcome::Unreachable,
        wire::ErrorKind::TooLarge | wire::ErrorKind::Unexpected | _ => SendOutcome::Unknown {
            note: error.to_string(),
        },
    }
}

/// FreshBooks' own sentence for the owner of the data, else ours.
fn message(error: &wire::Error) -> String {
    error.message().map_or_else(|| error.to_string(), shortened)
}

fn shortened(text: &str) -> String {
    text.chars()
        .filter(|letter| !letter.is_control())
        .take(MESSAGE_CHARS_MAX)
        .collect()
}

/// The custody's own error, if no token could be had: it knows better than the client what to do.
fn custody_error(error: &wire::Error) -> Option<&Error> {
    let mut cause: Option<&(dyn StdError + 'static)> = error.source();
    while let Some(error) = cause {
        if let Some(found) = error.downcast_ref::<Error>() {
            return Some(found);
        }
        cause = error.source();
    }
    None
}
