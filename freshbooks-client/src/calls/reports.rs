//! Reports.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde_json::value::RawValue;

use super::read;
use crate::call::{Call, Unread};
use crate::decode;
use crate::query::Query;
use crate::resource::Family;
use crate::types::Report;
use crate::wire::{AccountId, DownloadToken};

/// A report.
pub fn report<R: Report>(account: &AccountId, report: &R) -> Call<R::Reply> {
    let mut query = Query::new();
    report.write(&mut query);
    let below = format!("reports/accounting/{}", R::NAME);
    let path = query.onto(Family::Accounting.path(account, &below));
    read(R::OPERATION, path, |body| {
        let mut result = decode::result::<BTreeMap<String, Box<RawValue>>>(body)?;
        let report = result.remove(R::KEY).ok_or(Unread::Missing(R::KEY))?;
        serde_json::from_str(report.get()).map_err(Unread::Malformed)
    })
}

/// The invoice details report as a CSV file, by the token the report came with.
pub fn invoice_details_csv(account: &AccountId, token: &DownloadToken) -> Call<Bytes> {
    let below = format!("links/reports/{token}/invoice_details.csv");
    let path = Family::Accounting.path(account, &below);
    let csv: fn(&[u8]) -> Result<Bytes, Unread> = |body| {
        // A login page or an error under HTTP 200 is no table.
        if body.starts_with(b"<") || body.starts_with(b"{") {
            return Err(Unread::Missing("CSV"));
        }
        decode::file(body, b"", "CSV")
    };
    read("get invoice details CSV", path, csv).accepting("text/csv")
}
