//! Listing: filters that work, filters that are ignored, pages.

use chrono::{DateTime, Duration, NaiveDate, Utc};
use chrono_tz::America::New_York;
use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::account::Account;
use super::error::Refusal;
use super::render;
use super::resources::{Filter, Op, Resource};
use super::schema::{decimal, text_of};
use super::table::{Record, Table, VisState};
use crate::http::scalar;
use crate::scenario::FreshBooksSettings;

const PER_PAGE_DEFAULT: usize = 15;
const PER_PAGE_MAX: usize = 100;

/// A listing request, read from its query.
#[derive(Debug)]
pub(crate) struct Listing {
    conditions: Vec<Condition>,
    vis_state: Option<u64>,
    includes: Vec<String>,
    page: usize,
    per_page: usize,
}

#[derive(Debug)]
struct Condition {
    filter: &'static Filter,
    values: Vec<String>,
}

/// What the moment adds to a listing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment<'a> {
    pub(crate) now: DateTime<Utc>,
    pub(crate) settings: &'a FreshBooksSettings,
    /// Records with the highest ids that a stale index leaves out.
    pub(crate) stale: usize,
}

impl Listing {
    /// Reads `page`, `per_page`, `include[]` and the filters that the resource knows.
    pub(crate) fn read(
        resource: Resource,
        query: &[(String, String)],
        settings: &FreshBooksSettings,
    ) -> Result<Self, Refusal> {
        let object = resource.shape().singular;
        let mut listing = Self {
            conditions: Vec::new(),
            vis_state: None,
            includes: includes(query),
            page: 1,
            per_page: PER_PAGE_DEFAULT,
        };
        for (key, value) in query {
            match key.as_str() {
                "page" => {
                    let wrong = |_| {
                        Refusal::field(422, 1014, object, "page", "Invalid page.").with_value(value)
                    };
                    listing.page = value.parse::<usize>().map_err(wrong)?.max(1);
                }
                "per_page" => {
                    let wrong = |_| {
                        Refusal::field(422, 1013, object, "per_page", "Invalid per_page.")
                            .with_value(value)
                    };
                    listing.per_page = value
                        .parse::<usize>()
                        .map_err(wrong)?
                        .clamp(1, PER_PAGE_MAX);
                }
                _ => listing.read_filter(resource, key, value, settings)?,
            }
        }
        Ok(listing)
    }

    fn read_filter(
        &mut self,
        resource: Resource,
        key: &str,
        value: &str,
        settings: &FreshBooksSettings,
    ) -> Result<(), Refusal> {
        let bracketed = key
            .strip_prefix("search[")
            .and_then(|rest| rest.strip_suffix("[]").unwrap_or(rest).strip_suffix(']'));
        if bracketed == Some("vis_state") {
            self.vis_state = value.parse().ok();
            return Ok(());
        }
        let shape = resource.shape();
        // The two SDKs send booleans without brackets; everything else bare is ignored.
        let known = shape.filters.iter().find(|filter| match bracketed {
            Some(name) => filter.key == name,
            None => filter.op == Op::Flag && filter.key == key,
        });
        let Some(filter) = known else { return Ok(()) };
        let name = format!("{}:{}", shape.plural, filter.key);
        if settings.ignored_filters.contains(&name) {
            return Ok(());
        }
        check_value(filter, value, shape.singular)?;
        match self
            .conditions
            .iter_mut()
            .find(|condition| condition.filter.key == filter.key)
        {
            Some(condition) if filter.op == Op::In => condition.values.push(value.to_owned()),
            Some(condition) => condition.values = vec![value.to_owned()],
            None => self.conditions.push(Condition {
                filter,
                values: vec![value.to_owned()],
            }),
        }
        Ok(())
    }

    /// Answers the listing: `{"<plural>":[...],"page":..,"pages":..,"per_page":..,"total":..}`.
    pub(crate) fn answer(
        &self,
        account: &Account,
        resource: Resource,
        moment: Moment<'_>,
    ) -> Value {
        let ids = self.matching(account, resource, moment);
        let pages = ids.len().div_ceil(self.per_page);
        let first = (self.page - 1).saturating_mul(self.per_page);
        let table = account.table(resource);
        let rows: Vec<Value> = ids
            .iter()
            .skip(first)
            .take(self.per_page)
            .filter_map(|id| table?.get(*id))
            .map(|row| render::record(account, resource, row, &self.includes, moment.now))
            .collect();
        let mut result = Map::new();
        result.insert(resource.shape().plural.to_owned(), rows.into());
        for (key, number) in [
            ("page", self.page),
            ("pages", pages),
            ("per_page", self.per_page),
            ("total", ids.len()),
        ] {
            result.insert(key.to_owned(), number.into());
        }
        Value::Object(result)
    }

    fn matching(&self, account: &Account, resource: Resource, moment: Moment<'_>) -> Vec<u64> {
        let Some(table) = account.table(resource) else {
            return Vec::new();
        };
        let stale_from = table.stale_from(moment.stale);
        let lag = Duration::try_seconds(moment.settings.list_lag_secs).unwrap_or_default();
        let accepts = |row: &Record| {
            let shown = match self.vis_state {
                Some(code) => u64::from(row.vis.code()) == code,
                None => row.vis != VisState::Deleted,
            };
            let settled = lag.is_zero() || row.created + lag <= moment.now;
            let fresh = stale_from.is_none_or(|from| row.id < from);
            shown
                && settled
                && fresh
                && self
                    .conditions
                    .iter()
                    .all(|condition| condition.accepts(account, resource, row, moment))
        };
        match self.candidates(resource, table) {
            Some(ids) => ids
                .into_iter()
                .filter(|id| table.get(*id).is_some_and(accepts))
                .collect(),
            None => table
                .iter()
                .rev()
                .filter(|row| accepts(row))
                .map(|row| row.id)
                .collect(),
        }
    }

    /// Ids worth looking at, highest first; `None` means all of them.
    fn candidates(&self, resource: Resource, table: &Table) -> Option<Vec<u64>> {
        let shape = resource.shape();
        let value = |op: Op, field: Option<&str>| {
            let condition = self
                .conditions
                .iter()
                .find(|it| it.filter.op == op && Some(it.filter.field) == field)?;
            condition.values.first()
        };
        if let Some(owner) = value(Op::Equals, shape.owner).and_then(|text| text.parse().ok()) {
            let mut ids: Vec<u64> = table.of_owner(owner).collect();
            ids.reverse();
            return Some(ids);
        }
        let bound = |op| value(op, shape.day).and_then(|text| text.parse::<NaiveDate>().ok());
        let (from, to) = (bound(Op::Min), bound(Op::Max));
        if from.is_none() && to.is_none() {
            return None;
        }
        Some(table.between(from.unwrap_or(NaiveDate::MIN), to.unwrap_or(NaiveDate::MAX)))
    }
}

/// What `include[]` asks for.
pub(crate) fn includes(query: &[(String, String)]) -> Vec<String> {
    query
        .iter()
        .filter(|(key, _)| key == "include[]")
        .map(|(_, value)| value.clone())
        .collect()
}

fn check_value(filter: &Filter, value: &str, object: &'static str) -> Result<(), Refusal> {
    let dated =
        filter.field.contains("date") || matches!(filter.op, Op::UpdatedMin | Op::UpdatedMax);
    let (valid, errno, expected) = match filter.op {
        Op::Flag => (
            matches!(value, "true" | "false" | "True" | "False" | "0" | "1"),
            1032,
            "a boolean",
        ),
        Op::UpdatedMin | Op::UpdatedMax | Op::Min | Op::Max if dated => {
            (day_of(value).is_some(), 1023, "a date")
        }
        Op::Min | Op::Max => (value.parse::<Decimal>().is_ok(), 1024, "a number"),
        Op::Equals | Op::In | Op::Like | Op::NotEquals | Op::UpdatedMax | Op::UpdatedMin => {
            (true, 1037, "text")
        }
    };
    if valid {
        return Ok(());
    }
    Err(Refusal::field(
        422,
        errno,
        object,
        filter.key,
        format!("{} must be {expected}.", filter.key),
    )
    .with_value(value))
}

/// The day of a filter value; a time after it is cut off, as searches have day granularity.
fn day_of(value: &str) -> Option<NaiveDate> {
    value.get(..10)?.parse().ok()
}

impl Condition {
    fn accepts(
        &self,
        account: &Account,
        resource: Resource,
        row: &Record,
        moment: Moment<'_>,
    ) -> bool {
        let first = self.values.first().map(String::as_str).unwrap_or_default();
        let shown = || field_text(account, resource, row, self.filter.field, moment.now);
        let below = |ordering: std::cmp::Ordering| {
            if moment.settings.max_filters_exclusive {
                ordering.is_lt()
            } else {
                ordering.is_le()
            }
        };
        // The fields of every row of a window are looked at for every page of it, so days are compared where they stand.
        let day = resource.shape().day.filter(|day| *day == self.filter.field);
        if let (Some(day), Op::Min | Op::Max) = (day, self.filter.op) {
            let ordering = text_of(&row.fields, day).cmp(first.get(..10).unwrap_or(first));
            return if self.filter.op == Op::Min {
                ordering.is_ge()
            } else {
                below(ordering)
            };
        }
        let updated = row.updated.with_timezone(&New_York).date_naive();
        match self.filter.op {
            Op::Equals => shown() == first,
            Op::NotEquals => shown() != first,
            Op::In => self.values.iter().any(|value| *value == shown()),
            Op::Like => shown().to_lowercase().contains(&first.to_lowercase()),
            Op::Flag => (shown() == "true") == matches!(first, "true" | "True" | "1"),
            Op::Min => compare(&shown(), first).is_ge(),
            Op::Max => below(compare(&shown(), first)),
            Op::UpdatedMin => day_of(first).is_none_or(|day| updated >= day),
            Op::UpdatedMax => day_of(first).is_none_or(|day| below(updated.cmp(&day))),
        }
    }
}

fn field_text(
    account: &Account,
    resource: Resource,
    row: &Record,
    field: &str,
    now: DateTime<Utc>,
) -> String {
    match field {
        "id" => row.id.to_string(),
        "status" if resource == Resource::Bill => {
            render::bill_status(account, row, now.date_naive()).to_owned()
        }
        "amount" => row
            .fields
            .get("amount")
            .and_then(|money| decimal(money.get("amount")?))
            .unwrap_or_default()
            .to_string(),
        _ => {
            let blank = || {
                resource
                    .shape()
                    .fields
                    .iter()
                    .find(|known| known.name == field)
                    .and_then(|known| known.blank.value())
            };
            let text = text_of(&row.fields, field);
            if !text.is_empty() {
                return text.to_owned();
            }
            row.fields
                .get(field)
                .cloned()
                .or_else(blank)
                .as_ref()
                .and_then(scalar)
                .unwrap_or_default()
        }
    }
}

/// Dates in ISO form compare as text, numbers as numbers.
fn compare(shown: &str, bound: &str) -> std::cmp::Ordering {
    match (shown.parse::<Decimal>(), bound.parse::<Decimal>()) {
        (Ok(shown), Ok(bound)) => shown.cmp(&bound),
        _ => shown.cmp(bound.get(..10).unwrap_or(bound)),
    }
}
