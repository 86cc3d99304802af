//! Polls for reports once and says what is new; what it remembers is lost when it ends.
//!
//! `EXPENSIFY_USER_ID=… EXPENSIFY_USER_SECRET=… cargo run -p expensify-client --example poll -- 2026-07-01`

#![expect(clippy::print_stdout, reason = "printing is what this example is for")]

use std::error::Error;
use std::sync::Arc;
use std::time::SystemTime;

use expensify_client::poll::{Novelty, PollSettings, PollState, ReportPoll};
use expensify_client::{ClientBuilder, Credentials, FileBudget, PRODUCTION_URL, Settings};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let start = std::env::args().nth(1).ok_or("the first day is missing")?;
    let url = std::env::var("EXPENSIFY_URL").unwrap_or_else(|_| PRODUCTION_URL.to_owned());
    let settings = Settings::new(&url)?;
    // Whoever else uses the same key pair on this machine keeps to the limits together with this program.
    let budget = std::env::temp_dir().join("expensify-budget");
    let budget = FileBudget::open(budget, settings.windows())?;
    let credentials = Credentials::new(
        std::env::var("EXPENSIFY_USER_ID")?.into(),
        std::env::var("EXPENSIFY_USER_SECRET")?.into(),
    );
    let client = ClientBuilder::new(settings, credentials)
        .with_budget(Arc::new(budget))
        .build()?;

    // A real one reads the state it stored the last time.
    let mut poll = ReportPoll::new(PollSettings::new(), PollState::starting(start.parse()?));
    poll.begin(SystemTime::now().into())?;
    while let Some(mut export) = poll.next_export() {
        let mut reports = client.reports(export.query()).await?;
        while let Some(report) = reports.next_report().await? {
            match export.see(&report) {
                Novelty::New => println!("{} is new", report.id),
                Novelty::Changed => println!("{} has changed", report.id),
                Novelty::Same => {}
            }
        }
        export.complete();
    }
    let state = poll.state();
    println!(
        "{} reports, approved up to {}",
        state.known.len(),
        state.watermark
    );
    Ok(())
}
