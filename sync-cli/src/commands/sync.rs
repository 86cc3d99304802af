//! `sync`: one pass per connection; what goes wrong with one does not touch the others.

use sync_core::ErrorKind;
use sync_core::engine::{BrakePolicy, PassSummary, SavedPlan, SyncRequest};

use super::plan::selection;
use crate::cli::{Global, SyncArgs};
use crate::config::ConnectionConfig;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Outcome};
use crate::output::{Output, PassView, SyncView};
use crate::wiring::App;

/// What to do about a saved plan that is not run.
const NEW_PLAN: &str =
    "make a new plan with `ml-connector plan --out FILE`, look at it, and run that one";

pub(super) async fn run(global: &Global, out: Output, args: &SyncArgs) -> Outcome {
    let app = App::open(global, out).await?;
    let request = request(args)?;
    let connections = match &request.exactly {
        None => app.connections()?,
        Some(plan) => vec![
            app.config()
                .single(Some(app.name().unwrap_or(plan.connection.as_str())))?,
        ],
    };
    let mut view = SyncView { passes: Vec::new() };
    let mut code = ExitCode::Done;
    for connection in connections {
        let work = pass(&app, connection, &request);
        let (done, signed) = app.witnessed(connection.id(), work).await;
        let (pass, outcome) = match done {
            Ok(summary) => (PassView::done(&summary), code_of(&summary)),
            Err(failure) => {
                out.complain(&failure);
                (
                    PassView::failed(connection.id().as_str(), &failure),
                    failure.code,
                )
            }
        };
        view.passes.push(pass);
        code = code.max(outcome);
        if let Err(failure) = signed {
            out.complain(&failure);
            code = code.max(failure.code);
        }
    }
    out.show(&view)?;
    Ok(code)
}

async fn pass(
    app: &App,
    connection: &ConnectionConfig,
    request: &SyncRequest,
) -> Result<PassSummary, Failure> {
    let engine = app.engine(connection).await?;
    let done = engine.sync(&connection.engine, request.clone()).await;
    done.map_err(|error| {
        // A saved plan is never corrected, only made anew.
        let of_plan = request.exactly.is_some() && error.kind() == ErrorKind::Invalid;
        let failure = Failure::from(error);
        if of_plan {
            failure.advising(NEW_PLAN)
        } else {
            failure
        }
    })
}

fn request(args: &SyncArgs) -> Result<SyncRequest, Failure> {
    let exactly = match &args.plan {
        None => None,
        Some(path) => {
            let text = std::fs::read_to_string(path)
                .map_err(|error| Failure::file("read the plan", path, &error))?;
            Some(SavedPlan::from_json(&text)?)
        }
    };
    let brake = if args.confirm {
        BrakePolicy::Confirmed
    } else {
        BrakePolicy::Enforced
    };
    Ok(SyncRequest {
        selection: selection(&args.selection)?,
        exactly,
        brake,
    })
}

/// How a pass ended. Work that is kept for the next pass is not done yet.
pub(super) fn code_of(summary: &PassSummary) -> ExitCode {
    let unfinished =
        summary.interrupted.is_some() || summary.unconfirmed > 0 || summary.waiting > 0;
    let refused = summary
        .interrupted
        .as_ref()
        .is_some_and(|stop| stop.kind == ErrorKind::Unauthorized);
    if summary.braked.is_some() {
        ExitCode::Braked
    } else if refused {
        ExitCode::NeedsReauth
    } else if unfinished {
        ExitCode::Temporary
    } else if summary.open_items > 0 {
        ExitCode::DoneWithReview
    } else {
        ExitCode::Done
    }
}
