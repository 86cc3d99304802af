//! `demo`: a whole sync on stand-ins, in one process, and what a person does about what was held.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use sync_core::engine::{PassSummary, Selection, SyncRequest};
use sync_core::model::ReportId;
use sync_core::ports::{EntryQuery, ReportQuery};
use sync_core::state::{OutboxEntry, StateName};
use sync_sandbox::Sandbox;

use super::demo_scene as scene;
use crate::cli::{DemoArgs, Global, OutputFormat};
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Outcome};
use crate::output::{
    DemoView, LeftOut, LeftOutView, MissingReference, Output, PassView, PlanView, ReconcileView,
    RecordsView, ReviewListView, SyncView, TotalsView, View, WrittenRecord, amounts,
};
use crate::wiring::App;

/// Most reports and records the demo looks at.
const ALL: u32 = 1_000;

pub(super) async fn run(out: Output, args: &DemoArgs) -> Outcome {
    // Removed when it goes out of scope, at the end.
    let temporary = tempfile::tempdir()
        .map_err(|error| Failure::file("make a folder in", &std::env::temp_dir(), &error))?;
    let folder = match &args.keep {
        Some(folder) => std::fs::create_dir(folder)
            .map(|()| folder.as_path())
            .map_err(|error| Failure::file("make the folder", folder, &error))?,
        None => temporary.path(),
    };
    let sandbox = scene::start().await?;
    let played = play(out, &sandbox, folder).await;
    sandbox.shutdown().await;
    let view = played?;
    if args.keep.is_some() {
        out.say(&format!(
            "\nThe database, key and configuration are in {}.",
            folder.display()
        ))?;
    }
    if out.is_text() {
        out.say(&format!("\n{}", view.text()))?;
    } else {
        out.show(&view)?;
    }
    Ok(if view.succeeded {
        ExitCode::Done
    } else {
        ExitCode::Disagreement
    })
}

/// One configuration and what is opened with it. The demo changes the configuration half-way, as a person would.
struct Stage {
    app: App,
}

impl Stage {
    async fn open(config: PathBuf, out: Output) -> Result<Self, Failure> {
        let global = Global {
            config,
            output: OutputFormat::Text,
            connection: None,
            verbose: 0,
        };
        Ok(Self {
            app: App::open(&global, out).await?,
        })
    }

    async fn pass(&self) -> Result<PassSummary, Failure> {
        let connection = self.app.connection()?;
        let engine = self.app.engine(connection).await?;
        let work = engine.sync(&connection.engine, SyncRequest::ordinary());
        let (summary, signed) = self.app.witnessed(connection.id(), work).await;
        let summary = summary?;
        signed?;
        Ok(summary)
    }

    async fn written(&self) -> Result<Vec<OutboxEntry>, Failure> {
        let states = vec![StateName::Posted, StateName::Verified];
        let query = EntryQuery {
            states,
            limit: ALL,
            ..EntryQuery::default()
        };
        Ok(self
            .app
            .store()
            .entries(self.app.connection()?.id(), &query)
            .await?)
    }
}

async fn play(out: Output, sandbox: &Sandbox, folder: &Path) -> Result<DemoView, Failure> {
    let stage = Stage::open(scene::write_config(folder, sandbox, None)?, out).await?;
    scene::connect(stage.app.credentials().as_ref(), stage.app.now()).await?;
    out.say("Two stand-ins are running: an Expensify with fourteen reports, and a FreshBooks. Nothing is written yet.\n")?;

    let preview = preview(out, &stage).await?;
    out.say("\nFIRST PASS\n")?;
    let first = stage.pass().await?;
    let first_pass = tell(out, &first)?;
    let before = stage.written().await?;
    let written = records(out, "\nWritten to FreshBooks, each exactly once:", &before)?;
    let (held, blocked) = held(out, &stage).await?;
    let left_out = left_out(out, &stage, sandbox).await?;

    let fixed = fix(out, sandbox, folder)?;
    drop(stage);
    let stage = Stage::open(fixed.config, out).await?;
    out.say("\nSECOND PASS\n")?;
    let second = stage.pass().await?;
    let second_pass = tell(out, &second)?;
    let known: BTreeSet<_> = before.iter().map(|entry| entry.key.clone()).collect();
    let after: Vec<_> = stage
        .written()
        .await?
        .into_iter()
        .filter(|entry| !known.contains(&entry.key))
        .collect();
    let written_after_fix = records(
        out,
        "\nExactly the reports that were waiting for these two went through:",
        &after,
    )?;

    out.say("\nTHIRD PASS: nothing has changed, so nothing is written\n")?;
    let third = stage.pass().await?;
    let third_pass = tell(out, &third)?;

    let (reconciliation, totals) = prove(out, &stage, sandbox).await?;
    let freed: BTreeSet<_> = after.iter().map(|entry| entry.report.clone()).collect();
    let succeeded = freed == blocked
        && first.written > 0
        && third.written == 0
        && reconciliation.agrees()
        && totals.agrees;
    Ok(DemoView {
        preview,
        first_pass,
        written,
        held,
        left_out,
        fixed: fixed.steps,
        second_pass,
        written_after_fix,
        third_pass,
        reconciliation,
        totals,
        succeeded,
    })
}

async fn preview(out: Output, stage: &Stage) -> Result<PlanView, Failure> {
    let connection = stage.app.connection()?;
    let engine = stage.app.engine(connection).await?;
    let plan = engine
        .preview(&connection.engine, &Selection::SinceLastPass)
        .await?;
    let held = plan
        .reports
        .iter()
        .filter(|report| !report.findings.is_empty())
        .count();
    out.say(&format!(
        "`plan` would write {} records of {} reports and hold {held} reports for review.",
        plan.to_write().count(),
        plan.reports.len()
    ))?;
    Ok(PlanView { plans: vec![plan] })
}

fn tell(out: Output, summary: &PassSummary) -> Result<SyncView, Failure> {
    let view = SyncView {
        passes: vec![PassView::done(summary)],
    };
    out.say(&view.text())?;
    Ok(view)
}

fn records(out: Output, title: &str, entries: &[OutboxEntry]) -> Result<RecordsView, Failure> {
    let view = RecordsView {
        records: entries.iter().map(WrittenRecord::of).collect(),
    };
    out.say(&format!("{title}\n{}", view.text()))?;
    Ok(view)
}

/// The queue, and the reports that wait for nothing but a category or a vendor.
async fn held(out: Output, stage: &Stage) -> Result<(ReviewListView, BTreeSet<ReportId>), Failure> {
    let connection = stage.app.connection()?.id();
    let mut view = ReviewListView { items: Vec::new() };
    let items = stage.app.store().review_items(connection, true).await?;
    view.push(connection.as_str(), &items, stage.app.now());
    out.say(&format!(
        "\nHeld for review, one item per cause:\n{}",
        view.text()
    ))?;
    let missing = items.iter().filter(|item| {
        MissingReference::of(connection.as_str(), item.number, &item.cause).is_some()
    });
    let blocked = missing.flat_map(|item| item.reports().into_iter().cloned().collect::<Vec<_>>());
    Ok((view, blocked.collect()))
}

async fn left_out(out: Output, stage: &Stage, sandbox: &Sandbox) -> Result<LeftOutView, Failure> {
    let connection = stage.app.connection()?.id();
    let stored = stage
        .app
        .store()
        .reports(
            connection,
            &ReportQuery {
                limit: ALL,
                ..ReportQuery::default()
            },
        )
        .await?;
    let mut view = LeftOutView::default();
    for report in &stored {
        for skip in &report.skips {
            view.left_out.push(LeftOut {
                report: report.report.id.to_string(),
                name: report.report.name.clone(),
                part: skip
                    .expense
                    .as_ref()
                    .map_or_else(|| "all of it".to_owned(), |id| format!("expense {id}")),
                reason: skip.reason.as_str().to_owned(),
            });
        }
    }
    // What is not approved is never asked for, so only Expensify itself knows of it.
    let known: BTreeSet<_> = stored
        .iter()
        .map(|report| report.report.id.as_str())
        .collect();
    for report in sandbox
        .reports()
        .into_iter()
        .filter(|report| !known.contains(report.id.as_str()))
    {
        let reason = format!(
            "not approved, so never asked for ({})",
            report.state.status_word()
        );
        view.left_out.push(LeftOut {
            report: report.id,
            name: report.name,
            part: "all of it".to_owned(),
            reason,
        });
    }
    out.say(&format!("\nLeft out, deliberately:\n{}", view.text()))?;
    Ok(view)
}

/// What a person did.
struct Fixed {
    config: PathBuf,
    steps: Vec<String>,
}

fn fix(out: Output, sandbox: &Sandbox, folder: &Path) -> Result<Fixed, Failure> {
    let category = scene::fix(sandbox)?;
    let config = scene::write_config(folder, sandbox, Some(category))?;
    let steps = vec![
        "created the vendor \"Elif Demir\" in FreshBooks".to_owned(),
        format!("created the category \"Gifts to Clients\" ({category}) in FreshBooks"),
        format!("added a rule to the configuration: category \"Client Gifts\" = {category}"),
    ];
    out.say(&format!(
        "\nA PERSON FIXES TWO OF THEM\n\n- {}",
        steps.join("\n- ")
    ))?;
    Ok(Fixed { config, steps })
}

async fn prove(
    out: Output,
    stage: &Stage,
    sandbox: &Sandbox,
) -> Result<(ReconcileView, TotalsView), Failure> {
    let connection = stage.app.connection()?;
    let reconciliation = stage
        .app
        .engine(connection)
        .await?
        .reconcile(&connection.engine, None, None)
        .await?;
    let mut view = ReconcileView::default();
    view.push(connection.id().as_str(), &reconciliation);
    out.say(&format!("\nPROOF\n\n{}", view.text()))?;

    let approved = scene::approved(sandbox);
    let bills = scene::recorded(&sandbox.bills(), "total_amount");
    let expenses = scene::recorded(&sandbox.expenses(), "amount");
    let recorded = scene::sum(&[&bills, &expenses]);
    let rows = reconciliation.rows.iter();
    let waiting: Vec<_> = rows.clone().map(|row| row.in_review).collect();
    let left_out: Vec<_> = rows.map(|row| row.skipped).collect();
    let (waiting, left_out) = (scene::sum(&[&waiting]), scene::sum(&[&left_out]));
    let totals = TotalsView {
        agrees: approved == scene::sum(&[&recorded, &waiting, &left_out]),
        expensify_approved: amounts(&approved),
        freshbooks_bills: amounts(&bills),
        freshbooks_expenses: amounts(&expenses),
        freshbooks_total: amounts(&recorded),
        in_review: amounts(&waiting),
        left_out: amounts(&left_out),
    };
    out.say(&format!("\n{}", totals.text()))?;
    Ok((view, totals))
}
