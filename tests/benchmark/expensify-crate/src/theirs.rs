//! The crate `expensify`: its typed template, decoding into rows of the same fields.

use std::error::Error;

use expensify::{Client, Credentials, ExportTemplate, Json, ReportsQuery, Url};
use serde::Deserialize;

use crate::files;
use crate::measure::{self, Measured};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "decoded, like those that are looked at")]
struct Row {
    #[serde(rename = "transactionID")]
    transaction_id: String,
    #[serde(rename = "reportID")]
    report_id: String,
    r#type: String,
    merchant: String,
    modified_merchant: String,
    amount: String,
    modified_amount: String,
    converted_amount: String,
    currency: String,
    currency_conversion_rate: String,
    created: String,
    modified_created: String,
    inserted: String,
    category: String,
    category_gl_code: String,
    category_payroll_code: String,
    tag: String,
    tag_gl_code: String,
    ntag1: String,
    ntag1_gl_code: String,
    ntag2: String,
    ntag2_gl_code: String,
    comment: String,
    billable: String,
    reimbursable: String,
    bank: String,
    mcc: String,
    #[serde(rename = "modifiedMCC")]
    modified_mcc: String,
    has_tax: String,
    tax_amount: String,
    modified_tax_amount: String,
    tax_name: String,
    tax_rate_name: String,
    tax_code: String,
    tax_rate: String,
    #[serde(rename = "receiptID")]
    receipt_id: String,
    receipt_filename: String,
    #[serde(rename = "receiptObject.url")]
    receipt_url: String,
    is_distance: String,
    #[serde(rename = "externalID")]
    external_id: String,
}

/// A client of the local server, with the published limits or without limits.
pub fn client(base_url: &str, limited: bool) -> Result<Client, Box<dyn Error>> {
    let url = format!("{base_url}Integration-Server/ExpensifyIntegrations");
    let builder = Client::builder(Credentials::new("id", "secret")).base_url(Url::parse(&url)?);
    let builder = if limited { builder } else { builder.no_rate_limiting() };
    Ok(builder.build())
}

/// Reads so many expenses.
pub fn rows(url: &str, rows: u64) -> Result<Measured, Box<dyn Error>> {
    measure::run(rows, read(format!("{url}/{rows}/"), rows))
}

async fn read(base_url: String, rows: u64) -> Result<u64, Box<dyn Error>> {
    let client = client(&base_url, false)?;
    let template: ExportTemplate<Json<Vec<Row>>> = ExportTemplate::typed("[]");
    let query = ReportsQuery::approved_after(time::macros::date!(2026 - 07 - 01));
    let file = client.export_reports(&template, query).await?;
    let decoded = client.download(&file).await?;
    let amounts = decoded.iter().map(|row| row.amount.parse::<u64>());
    let total: u64 = amounts.sum::<Result<u64, _>>()?;
    if total != files::total(rows) {
        return Err("the amounts do not come to the total".into());
    }
    Ok(decoded.len().try_into()?)
}
