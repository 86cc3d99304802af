//! `plan`: what a pass would do, without doing it.

use std::io::Write as _;

use sync_core::engine::{PlanPreview, Selection};
use sync_core::model::ReportId;

use crate::cli::{Global, PlanArgs, SelectionArgs};
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Outcome};
use crate::output::{Output, PlanView};
use crate::private_file;
use crate::wiring::App;

pub(super) async fn run(global: &Global, out: Output, args: &PlanArgs) -> Outcome {
    let app = App::open(global, out).await?;
    let selection = selection(&args.selection)?;
    let connections = match &args.out {
        None => app.connections()?,
        // A saved plan is of one connection.
        Some(_) => vec![app.connection()?],
    };
    let mut plans = Vec::new();
    for connection in connections {
        let engine = app.engine(connection).await?;
        plans.push(engine.preview(&connection.engine, &selection).await?);
    }
    if let (Some(path), Some(plan)) = (&args.out, plans.first()) {
        let text = plan.to_saved().to_json()?;
        private_file::create(path)
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .map_err(|error| Failure::file("write the plan to", path, &error))?;
    }
    let held = plans.iter().any(is_held);
    out.show(&PlanView { plans })?;
    Ok(if held {
        ExitCode::DoneWithReview
    } else {
        ExitCode::Done
    })
}

fn is_held(plan: &PlanPreview) -> bool {
    plan.reports
        .iter()
        .any(|report| !report.findings.is_empty() || report.unreadable.is_some())
}

/// Which reports the arguments ask for.
pub(super) fn selection(args: &SelectionArgs) -> Result<Selection, Failure> {
    if !args.reports.is_empty() {
        return Ok(Selection::Reports(
            args.reports.iter().map(ReportId::new).collect(),
        ));
    }
    match (args.from, args.to) {
        (Some(from), Some(to)) if from > to => Err(Failure::configuration(
            format!("failed to select reports: {from} is after {to}"),
            "give --from an earlier day than --to",
        )),
        (Some(from), Some(to)) => Ok(Selection::Backfill { from, to }),
        // clap lets neither stand alone.
        (None | Some(_), None) | (None, Some(_)) => Ok(Selection::SinceLastPass),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_that_ends_before_it_begins_is_refused() {
        let day = |day: u32| chrono::NaiveDate::from_ymd_opt(2026, 10, day);
        let backwards = SelectionArgs {
            from: day(2),
            to: day(1),
            ..SelectionArgs::default()
        };
        assert_eq!(
            selection(&backwards).unwrap_err().code,
            ExitCode::Configuration
        );
        let forwards = SelectionArgs {
            from: day(1),
            to: day(2),
            ..SelectionArgs::default()
        };
        assert!(matches!(
            selection(&forwards),
            Ok(Selection::Backfill { .. })
        ));
        assert_eq!(
            selection(&SelectionArgs::default()),
            Ok(Selection::SinceLastPass)
        );
    }
}
