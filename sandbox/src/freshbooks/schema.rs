//! Fields of a resource: what may be written, how input is read, what an unset field shows.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::error::{Refusal, Violation};
use crate::http::scalar;

/// The stored part of a record, by field name.
pub(crate) type Fields = BTreeMap<&'static str, Value>;

/// What a field holds.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Bool,
    Date,
    Int,
    Json,
    Money,
    OneOf(&'static [&'static str]),
    Percent,
    Text,
}

/// Who may write a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Anyone.
    Free,
    /// Nobody: writing it is refused with errno 1038.
    Refused,
    /// Must be there on create.
    Required,
    /// The server; what a client sends is dropped without a word.
    Server,
}

/// What an unset field shows.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Blank {
    Empty,
    List,
    No,
    Null,
    Omitted,
    Yes,
    Zero,
    ZeroText,
}

/// One field.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) access: Access,
    pub(crate) blank: Blank,
}

/// A field anyone may write.
pub(crate) const fn free(name: &'static str, kind: Kind, blank: Blank) -> Field {
    Field {
        name,
        kind,
        access: Access::Free,
        blank,
    }
}

/// A field a create must have.
pub(crate) const fn required(name: &'static str, kind: Kind) -> Field {
    Field {
        name,
        kind,
        access: Access::Required,
        blank: Blank::Null,
    }
}

/// A field only the server sets; `refused` says whether an attempt is an error.
pub(crate) const fn server(name: &'static str, kind: Kind, blank: Blank) -> Field {
    Field {
        name,
        kind,
        access: Access::Server,
        blank,
    }
}

/// A field whose writing is answered with 403.
pub(crate) const fn refused(name: &'static str, kind: Kind, blank: Blank) -> Field {
    Field {
        name,
        kind,
        access: Access::Refused,
        blank,
    }
}

impl Blank {
    /// The value shown; `None` leaves the key out.
    pub(crate) fn value(self) -> Option<Value> {
        match self {
            Self::Empty => Some(Value::from("")),
            Self::List => Some(json!([])),
            Self::No => Some(Value::from(false)),
            Self::Null => Some(Value::Null),
            Self::Omitted => None,
            Self::Yes => Some(Value::from(true)),
            Self::Zero => Some(Value::from(0)),
            Self::ZeroText => Some(Value::from("0")),
        }
    }
}

/// Whether a body makes a record or changes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Write {
    Create,
    Update,
}

/// Reads the known keys of `body`. Unknown keys are dropped without a word, as the service does.
pub(crate) fn read(
    fields: &[Field],
    object: &'static str,
    body: &Map<String, Value>,
    write: Write,
    base_currency: &str,
) -> Result<Fields, Refusal> {
    let refused: Vec<Violation> = fields
        .iter()
        .filter(|field| field.access == Access::Refused && body.contains_key(field.name))
        .map(|field| {
            violation(
                1038,
                object,
                field.name,
                format!("{} is read-only.", field.name),
                None,
            )
        })
        .collect();
    if !refused.is_empty() {
        return Err(Refusal {
            status: 403,
            violations: refused,
        });
    }
    let mut read = Fields::new();
    let mut wrong = Vec::new();
    for field in fields {
        let given = body.get(field.name);
        match field.access {
            Access::Refused | Access::Server => {}
            Access::Required if given.is_none_or(Value::is_null) => {
                if write == Write::Create || given.is_some() {
                    wrong.push(violation(
                        1001,
                        object,
                        field.name,
                        format!("{} is a required field", field.name),
                        None,
                    ));
                }
            }
            Access::Free | Access::Required => {
                if let Some(given) = given {
                    match value_of(field, object, given, base_currency) {
                        Ok(value) => drop(read.insert(field.name, value)),
                        Err(violation) => wrong.push(violation),
                    }
                }
            }
        }
    }
    if wrong.is_empty() {
        Ok(read)
    } else {
        Err(Refusal {
            status: 422,
            violations: wrong,
        })
    }
}

fn value_of(
    field: &Field,
    object: &'static str,
    given: &Value,
    base_currency: &str,
) -> Result<Value, Violation> {
    if given.is_null() {
        return Ok(Value::Null);
    }
    let (value, errno, expected) = match field.kind {
        Kind::Bool => (boolean(given), 1031, "a boolean"),
        Kind::Date => (date(given), 1033, "a date, YYYY-MM-DD"),
        Kind::Int => (integer(given).map(Value::from), 1015, "a number"),
        Kind::Json => (Some(given.clone()), 1035, "an object"),
        Kind::Money => (money(given, base_currency), 1004, "an amount"),
        Kind::OneOf(words) => (
            scalar(given)
                .filter(|word| words.contains(&word.as_str()))
                .map(Value::from),
            1004,
            "a known value",
        ),
        Kind::Percent => (
            decimal(given).map(|percent| Value::from(percent.to_string())),
            1018,
            "a percentage",
        ),
        Kind::Text => (scalar(given).map(Value::from), 1035, "text"),
    };
    value.ok_or_else(|| {
        violation(
            errno,
            object,
            field.name,
            format!("{} must be {expected}.", field.name),
            scalar(given),
        )
    })
}

fn violation(
    errno: u32,
    object: &'static str,
    field: &str,
    message: String,
    value: Option<String>,
) -> Violation {
    Violation {
        errno,
        object,
        field: Some(field.to_owned()),
        message,
        value,
    }
}

fn boolean(given: &Value) -> Option<Value> {
    match scalar(given)?.as_str() {
        "true" | "True" | "1" => Some(Value::from(true)),
        "false" | "False" | "0" => Some(Value::from(false)),
        _ => None,
    }
}

fn date(given: &Value) -> Option<Value> {
    let date = NaiveDate::parse_from_str(given.as_str()?, "%Y-%m-%d").ok()?;
    Some(Value::from(date.to_string()))
}

/// A whole number, sent as number or as string.
pub(crate) fn integer(given: &Value) -> Option<u64> {
    scalar(given)?.parse().ok()
}

/// Largest number read; sums of many stay far from the end of the type.
const NUMBER_MAX: Decimal = Decimal::from_parts(0x3B9A_CA00, 0, 0, false, 0);

/// A decimal below a thousand million, sent as number or as string.
pub(crate) fn decimal(given: &Value) -> Option<Decimal> {
    let text = scalar(given)?;
    let parsed = text
        .parse()
        .ok()
        .or_else(|| Decimal::from_scientific(&text).ok());
    parsed.filter(|number: &Decimal| number.abs() <= NUMBER_MAX)
}

fn money(given: &Value, base_currency: &str) -> Option<Value> {
    let amount = decimal(given.get("amount")?)?;
    let code = given
        .get("code")
        .and_then(Value::as_str)
        .unwrap_or(base_currency);
    Some(money_value(amount, code))
}

/// Money as the API writes it: a string with at least two decimals.
pub(crate) fn money_value(amount: Decimal, code: &str) -> Value {
    let mut amount = amount;
    if amount.scale() < 2 {
        amount.rescale(2);
    }
    json!({"amount": amount.to_string(), "code": code})
}

/// The amount inside stored money.
pub(crate) fn amount_of(fields: &Fields, name: &str) -> Option<Decimal> {
    decimal(fields.get(name)?.get("amount")?)
}

/// The text of a stored field; empty when unset.
pub(crate) fn text_of<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The number in a stored field.
pub(crate) fn int_of(fields: &Fields, name: &str) -> Option<u64> {
    fields.get(name).and_then(Value::as_u64)
}

/// The date in a stored field.
pub(crate) fn date_of(fields: &Fields, name: &str) -> Option<NaiveDate> {
    text_of(fields, name).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: &[Field] = &[
        required("categoryid", Kind::Int),
        required("amount", Kind::Money),
        refused("due_date", Kind::Date, Blank::Null),
        free("billable", Kind::Bool, Blank::No),
    ];

    fn check(body: &Value, write: Write) -> Result<Fields, (u16, Vec<u32>)> {
        let read = read(FIELDS, "expense", body.as_object().unwrap(), write, "USD");
        read.map_err(|refusal| {
            (
                refusal.status,
                refusal.violations.iter().map(|it| it.errno).collect(),
            )
        })
    }

    #[test]
    fn numbers_and_money_are_read_from_numbers_and_strings() {
        for body in [
            json!({"categoryid": 7, "amount": {"amount": 125, "code": "USD"}, "unknown": 1}),
            json!({"categoryid": "7", "amount": {"amount": "125"}}),
        ] {
            let fields = check(&body, Write::Create).unwrap();
            assert_eq!(fields["categoryid"], 7);
            assert_eq!(fields["amount"], json!({"amount": "125.00", "code": "USD"}));
            assert_eq!(fields.len(), 2, "an unknown key is dropped");
        }
    }

    #[test]
    fn refusals_name_their_errno() {
        for (body, write, expected) in [
            (json!({}), Write::Create, (422, vec![1001, 1001])),
            (
                json!({"categoryid": null}),
                Write::Update,
                (422, vec![1001]),
            ),
            (json!({"categoryid": "x"}), Write::Update, (422, vec![1015])),
            (
                json!({"due_date": "2026-01-01"}),
                Write::Update,
                (403, vec![1038]),
            ),
            (
                json!({"billable": "perhaps"}),
                Write::Update,
                (422, vec![1031]),
            ),
        ] {
            assert_eq!(check(&body, write).unwrap_err(), expected, "{body}");
        }
        assert!(check(&json!({}), Write::Update).unwrap().is_empty());
    }
}
