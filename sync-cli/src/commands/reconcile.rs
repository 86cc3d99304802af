//! `reconcile`: approved in Expensify against what is in FreshBooks and what waits, to the cent.

use crate::cli::{Global, PeriodArgs};
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Outcome};
use crate::output::{Output, ReconcileView};
use crate::wiring::App;

pub(super) async fn run(global: &Global, out: Output, args: PeriodArgs) -> Outcome {
    if let (Some(from), Some(to)) = (args.from, args.to)
        && from > to
    {
        let what = format!("failed to reconcile: {from} is after {to}");
        return Err(Failure::configuration(
            what,
            "give --from an earlier day than --to",
        ));
    }
    let app = App::open(global, out).await?;
    let mut view = ReconcileView::default();
    for connection in app.connections()? {
        let engine = app.engine(connection).await?;
        let reconciliation = engine
            .reconcile(&connection.engine, args.from, args.to)
            .await?;
        view.push(connection.id().as_str(), &reconciliation);
        app.sign(connection.id()).await?;
    }
    out.show(&view)?;
    Ok(if view.agrees() {
        ExitCode::Done
    } else {
        ExitCode::Disagreement
    })
}
