//! What the stand-in's books hold, read from its own records and never through our adapters.

use serde_json::Value;

/// A record of the books in the terms of a test.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Written {
    /// Our mark on it; empty for a record that is not ours.
    pub mark: String,
    /// Its total, tax included, and its currency: `799.75 USD`.
    pub total: String,
    /// Its accounting day.
    pub date: String,
    /// Vendor number of a bill, merchant of an expense.
    pub vendor: String,
    /// Category of each line.
    pub categories: Vec<u64>,
}

impl Written {
    /// A record as a test expects it.
    pub fn new(mark: &str, total: &str, date: &str, vendor: &str, categories: &[u64]) -> Self {
        Self {
            mark: mark.to_owned(),
            total: total.to_owned(),
            date: date.to_owned(),
            vendor: vendor.to_owned(),
            categories: categories.to_vec(),
        }
    }

    /// Reads a bill as the API shows it.
    pub fn bill(record: &Value) -> Self {
        let lines = record["lines"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default();
        Self {
            mark: mark_of(record),
            total: money(&record["total_amount"]),
            date: text(&record["issue_date"]),
            vendor: record["vendorid"].to_string(),
            categories: lines.iter().filter_map(category).collect(),
        }
    }

    /// Reads an expense as the API shows it.
    pub fn expense(record: &Value) -> Self {
        Self {
            mark: mark_of(record),
            total: money(&record["amount"]),
            date: text(&record["date"]),
            vendor: text(&record["vendor"]),
            categories: category(record).into_iter().collect(),
        }
    }
}

/// The records that are not deleted.
pub fn standing(records: Vec<Value>) -> Vec<Value> {
    records
        .into_iter()
        .filter(|record| record["vis_state"] != 1)
        .collect()
}

/// Our mark on a bill, an expense or a vendor, by the field it is promised in; empty where there is none.
pub fn mark_of(record: &Value) -> String {
    let of_field = ["bill_number", "account_number"]
        .iter()
        .find_map(|field| record[*field].as_str());
    let of_notes = || {
        record["notes"]
            .as_str()?
            .rsplit_once('[')?
            .1
            .strip_suffix(']')
    };
    let mark = of_field
        .filter(|mark| !mark.is_empty())
        .or_else(of_notes)
        .unwrap_or_default();
    if mark.starts_with("EXP-") {
        mark.to_owned()
    } else {
        String::new()
    }
}

fn money(amount: &Value) -> String {
    format!(
        "{} {}",
        amount["amount"].as_str().unwrap_or("?"),
        amount["code"].as_str().unwrap_or("?")
    )
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// An expense names its category by number, a bill line as an object.
fn category(line: &Value) -> Option<u64> {
    let id = line
        .get("categoryid")
        .unwrap_or(&line["category"]["categoryid"]);
    id.as_u64().or_else(|| id.as_str()?.parse().ok())
}
