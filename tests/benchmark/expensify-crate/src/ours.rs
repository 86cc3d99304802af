//! `expensify-client`: reports decoded while they are downloaded.

use std::error::Error;
use std::time::Duration;

use expensify_client::{Client, ClientBuilder, Credentials, ExportQuery, Settings};

use crate::files;
use crate::measure::{self, Measured};

/// A client of the local server, with the published limits or without limits.
pub fn client(base_url: &str, limited: bool) -> Result<Client, expensify_client::Error> {
    let mut settings = Settings::new(base_url)?;
    // The file is there at once.
    settings.download.first_after = Duration::ZERO;
    if !limited {
        settings.rate.clear();
    }
    let credentials = Credentials::new("id".into(), "secret".into());
    ClientBuilder::new(settings, credentials).build()
}

/// Reads so many expenses.
pub fn rows(url: &str, rows: u64) -> Result<Measured, Box<dyn Error>> {
    measure::run(rows, read(format!("{url}/{rows}/"), rows))
}

async fn read(base_url: String, rows: u64) -> Result<u64, Box<dyn Error>> {
    let client = client(&base_url, false)?;
    let query = ExportQuery::approved_after("2026-07-01".parse()?);
    let mut reports = client.reports(&query).await?;
    let (mut count, mut total) = (0, 0);
    while let Some(report) = reports.next_report().await? {
        for expense in &report.expenses {
            count += 1;
            total += u64::try_from(expense.amount.ok_or("no amount")?.value())?;
        }
    }
    if total != files::total(rows) {
        return Err("the amounts do not come to the total".into());
    }
    Ok(count)
}
