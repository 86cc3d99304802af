//! Refusals, and the many shapes the API families give them.

use serde_json::{Value, json};

use crate::http::Reply;
use crate::scenario::ErrorForm;

/// The part of the API a path belongs to; each has its own error shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    Accounting,
    Auth,
    Events,
    Ledger,
    Projects,
}

/// One thing wrong with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Violation {
    pub(crate) errno: u32,
    pub(crate) object: &'static str,
    pub(crate) field: Option<String>,
    pub(crate) message: String,
    pub(crate) value: Option<String>,
}

/// A request that is not carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) violations: Vec<Violation>,
}

impl Refusal {
    pub(crate) fn new(
        status: u16,
        errno: u32,
        object: &'static str,
        message: impl Into<String>,
    ) -> Self {
        let violation = Violation {
            errno,
            object,
            field: None,
            message: message.into(),
            value: None,
        };
        Self {
            status,
            violations: vec![violation],
        }
    }

    pub(crate) fn field(
        status: u16,
        errno: u32,
        object: &'static str,
        field: &str,
        message: impl Into<String>,
    ) -> Self {
        let violation = Violation {
            errno,
            object,
            field: Some(field.to_owned()),
            message: message.into(),
            value: None,
        };
        Self {
            status,
            violations: vec![violation],
        }
    }

    #[must_use]
    pub(crate) fn with_value(mut self, value: impl Into<String>) -> Self {
        let value = value.into();
        for violation in &mut self.violations {
            violation.value = Some(value.clone());
        }
        self
    }

    pub(crate) fn unauthenticated() -> Self {
        Self::new(
            401,
            1003,
            "",
            "This action requires authentication to continue.",
        )
    }

    pub(crate) fn scope(object: &'static str, scope: &str) -> Self {
        // The text of a missing scope is not known; only the status is.
        Self::new(
            403,
            1003,
            object,
            format!("The token lacks the scope {scope}."),
        )
    }

    pub(crate) fn not_found(object: &'static str, id: &str) -> Self {
        let name = if object.is_empty() {
            "Resource"
        } else {
            object
        };
        let mut chars = name.chars();
        let title: String = chars
            .next()
            .map(|first| first.to_uppercase().chain(chars).collect())
            .unwrap_or_default();
        Self::field(404, 1012, object, "id", format!("{title} not found.")).with_value(id)
    }

    fn first_message(&self) -> &str {
        self.violations
            .first()
            .map_or("", |violation| violation.message.as_str())
    }

    /// The refusal as the family words it.
    pub(crate) fn reply(&self, family: Family, form: ErrorForm) -> Reply {
        match family {
            Family::Accounting => self.accounting(form),
            Family::Auth => Reply::json(
                self.status,
                &json!({"error": self.auth_word(), "error_description": self.first_message()}),
            ),
            Family::Events => self.events(),
            Family::Ledger => self.ledger(),
            Family::Projects => self.projects(),
        }
    }

    fn auth_word(&self) -> &'static str {
        match self.status {
            401 => "unauthenticated",
            403 => "forbidden",
            404 => "not_found",
            _ => "invalid_request",
        }
    }

    fn accounting(&self, form: ErrorForm) -> Reply {
        let body = match form {
            ErrorForm::Legacy => {
                let errors: Vec<Value> = self.violations.iter().map(Violation::legacy).collect();
                json!({"response": {"errors": errors}})
            }
            ErrorForm::Rpc => {
                let details: Vec<Value> = self.violations.iter().map(Violation::rpc).collect();
                let message = format!("Request failed with status_code: {}", self.status);
                json!({"code": rpc_code(self.status), "message": message, "details": details})
            }
        };
        Reply::json(self.status, &body)
    }

    fn events(&self) -> Reply {
        let body = match self.status {
            401 => {
                json!({"errno": 401, "message": "invalid_token: the token is missing, expired or revoked"})
            }
            404 => json!({"errno": 404, "message": "Requested resource could not be found."}),
            status => {
                let details: Vec<String> = self.violations.iter().map(Violation::line).collect();
                json!({"errno": status, "message": "The request was well-formed but had errors.", "details": details})
            }
        };
        Reply::json(self.status, &body)
    }

    fn ledger(&self) -> Reply {
        let details: Vec<Value> = self
            .violations
            .iter()
            .map(|it| json!({"reason": it.line(), "metadata": {"message": it.message, "field": it.field}}))
            .collect();
        Reply::json(
            self.status,
            &json!({"errors": {"message": self.first_message(), "status": self.status, "details": details}}),
        )
    }

    fn projects(&self) -> Reply {
        let body = match self.status {
            401 => {
                json!({"message": "The server could not verify that you are authorized to access the URL requested."})
            }
            404 => json!({"error": "Requested resource could not be found."}),
            422 => {
                let errors: serde_json::Map<String, Value> = self
                    .violations
                    .iter()
                    .map(|it| {
                        (
                            it.field.clone().unwrap_or_default(),
                            Value::from(it.message.as_str()),
                        )
                    })
                    .collect();
                json!({"errno": 2001, "error": errors})
            }
            _ => json!({"error": {"title": "Refused", "description": self.first_message()}}),
        };
        Reply::json(self.status, &body)
    }
}

impl Violation {
    fn legacy(&self) -> Value {
        json!({"errno": self.errno, "field": self.field, "message": self.message, "object": self.object, "value": self.value})
    }

    fn rpc(&self) -> Value {
        json!({
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": self.errno.to_string(),
            "domain": "accounting.api.freshbooks.com",
            "metadata": {
                "object": self.object,
                "message": self.message,
                "value": self.value.clone().unwrap_or_default(),
                "field": self.field.clone().unwrap_or_default(),
            },
        })
    }

    fn line(&self) -> String {
        self.field.as_ref().map_or(self.message.clone(), |field| {
            format!("{field}: {}", self.message)
        })
    }
}

fn rpc_code(status: u16) -> u8 {
    match status {
        400 | 422 => 3,
        401 => 16,
        403 => 7,
        404 => 5,
        409 => 6,
        429 => 8,
        500.. => 13,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_family_has_its_own_shape() {
        let refusal = Refusal::not_found("client", "12345");
        let body = |family, form| {
            let reply = refusal.reply(family, form);
            serde_json::from_slice::<Value>(&reply.body).unwrap()
        };
        let rpc = body(Family::Accounting, ErrorForm::Rpc);
        assert_eq!(rpc["code"], 5);
        assert_eq!(rpc["details"][0]["reason"], "1012");
        assert_eq!(
            rpc["details"][0]["metadata"]["message"],
            "Client not found."
        );
        assert_eq!(
            body(Family::Accounting, ErrorForm::Legacy)["response"]["errors"][0]["errno"],
            1012
        );
        assert_eq!(body(Family::Events, ErrorForm::Rpc)["errno"], 404);
        assert_eq!(
            body(Family::Ledger, ErrorForm::Rpc)["errors"]["status"],
            404
        );
        assert_eq!(
            body(Family::Projects, ErrorForm::Rpc)["error"],
            "Requested resource could not be found."
        );
        assert_eq!(body(Family::Auth, ErrorForm::Rpc)["error"], "not_found");
    }
}
