//! Between Rust values and columns.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::{QueryBuilder, Sqlite};
use sync_core::model::Fingerprint;
use sync_core::{Error, ErrorKind, Result};

/// Rows a statement writes at once: enough that its fixed cost vanishes, few enough that memory stays small.
pub(super) const ROWS_PER_STATEMENT: usize = 500;

/// Rows as the JSON array a statement takes apart with `json_each`: one statement and one bound value, however many rows.
pub(super) fn json_rows<T: Serialize>(rows: &T) -> Result<String> {
    serde_json::to_string(rows)
        .map_err(|error| Error::new(ErrorKind::Internal, "write rows as JSON").with_source(error))
}

/// Pushes `words` and the closing bracket of an `IN (`. A few words known to this program, one bound value each: with a
/// single one SQLite then reads an index in its order instead of sorting.
pub(super) fn push_words(
    sql: &mut QueryBuilder<Sqlite>,
    opening: &str,
    words: impl IntoIterator<Item = &'static str>,
) {
    sql.push(opening);
    let mut list = sql.separated(", ");
    for word in words {
        list.push_bind(word);
    }
    sql.push(")");
}

/// Those of a caller's list that a page still has to look at. Left to SQL, the bound would make it walk every row after it.
pub(super) fn after<'a, T: Ord>(wanted: &'a [T], bound: Option<&T>) -> Vec<&'a T> {
    wanted
        .iter()
        .filter(|id| bound.is_none_or(|bound| *id > bound))
        .collect()
}

pub(super) fn to_column(number: u64) -> Result<i64> {
    i64::try_from(number).map_err(|error| {
        Error::new(ErrorKind::Internal, "store a number beyond 63 bits").with_source(error)
    })
}

pub(super) fn from_column(number: i64) -> Result<u64> {
    u64::try_from(number)
        .map_err(|error| Error::corrupt("read a negative number from a count").with_source(error))
}

pub(super) fn time(micros: i64) -> Result<DateTime<Utc>> {
    DateTime::from_timestamp_micros(micros)
        .ok_or_else(|| Error::corrupt("read a time beyond the calendar"))
}

pub(super) fn fingerprint(hex: &str) -> Result<Fingerprint> {
    Fingerprint::from_hex(hex)
        .ok_or_else(|| Error::corrupt("read a hash that is no 64 hexadecimal digits"))
}
