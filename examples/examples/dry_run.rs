//! What a pass would write, and why; then exactly that plan, and what happens when it has gone stale.
//!
//! `cargo run -p sync-examples --example dry_run`

#![expect(clippy::print_stdout, reason = "an example shows its result")]

use sync_core::engine::{SavedPlan, Selection, SyncRequest};
use sync_core::model::Money;
use sync_examples::{Outcome, Stage};

#[tokio::main]
async fn main() -> Outcome {
    let stage = Stage::open().await?;
    let (engine, connection) = (&stage.engine, &stage.connection);

    // Reads both services, writes to neither.
    let plan = engine
        .preview(connection, &Selection::SinceLastPass)
        .await?;
    for step in plan.to_write() {
        println!(
            "{} {} {}",
            step.draft.kind().as_str(),
            step.key,
            step.amount
                .as_ref()
                .map(Money::to_string)
                .unwrap_or_default()
        );
        for line in &step.provenance {
            let because = |(what, chosen): &(String, _)| because(what, chosen);
            println!(
                "  expense {}: {}",
                line.expense,
                line.choices
                    .iter()
                    .map(because)
                    .collect::<Vec<_>>()
                    .join("; ")
            );
        }
    }
    for report in plan
        .reports
        .iter()
        .filter(|report| !report.findings.is_empty())
    {
        let notes: Vec<String> = report
            .findings
            .iter()
            .map(|finding| finding.cause.note())
            .collect();
        println!(
            "held: {} ({}): {}",
            report.id,
            report.name,
            notes.join("; ")
        );
    }

    // A person looks at the file, and this very plan is run: what differs by then refuses it.
    let file = plan.to_saved().to_json()?;
    let saved = || {
        SavedPlan::from_json(&file).map(|plan| SyncRequest {
            exactly: Some(plan),
            ..SyncRequest::ordinary()
        })
    };
    let summary = engine.sync(connection, saved()?).await?;
    println!("ran the plan: {} records written", summary.written);
    match engine.sync(connection, saved()?).await {
        Ok(_) => println!("the plan ran twice"),
        Err(why) => println!("the same plan again is refused: failed to {why}"),
    }
    stage.sandbox.shutdown().await;
    Ok(())
}

fn because(what: &str, chosen: &sync_core::plan::Chosen) -> String {
    format!(
        "{what} = {} by {} from {}",
        chosen.value, chosen.by, chosen.field
    )
}
