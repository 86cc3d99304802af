//! `review`: what waits for a person, and what the person decides.

use sync_core::engine::{CorrectionKind, Decision, Differing};
use sync_core::model::RecordId;
use sync_core::plan::StepKey;
use sync_core::state::ReviewItem;

use crate::cli::{CorrectArgs, Global, ItemDecision, ReviewCommand};
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Outcome};
use crate::output::{DecisionView, Output, ReviewItemView, ReviewListView};
use crate::terminal;
use crate::wiring::App;

pub(super) async fn run(global: &Global, out: Output, command: ReviewCommand) -> Outcome {
    let app = App::open(global, out).await?;
    match command {
        ReviewCommand::List { all } => list(&app, !all).await,
        ReviewCommand::Show { item } => show(&app, item).await,
        ReviewCommand::Resolve(ItemDecision { item, reason }) => {
            let next = "run `ml-connector sync`: what the item held up is planned again";
            decide(&app, "resolved", Decision::Resolve { item, reason }, next).await
        }
        ReviewCommand::Skip(ItemDecision { item, reason }) => {
            decide(
                &app,
                "skipped",
                Decision::Skip { item, reason },
                "nothing; it is not written",
            )
            .await
        }
        ReviewCommand::Correct(args) => correct(&app, args).await,
        ReviewCommand::Adopt {
            key,
            record,
            reason,
        } => {
            let decision = Decision::Adopt {
                key: StepKey::from_stored(key),
                record: RecordId::new(record),
                reason,
            };
            decide(
                &app,
                "adopted",
                decision,
                "run `ml-connector sync`: the record is compared with the plan",
            )
            .await
        }
    }
}

async fn correct(app: &App, args: CorrectArgs) -> Outcome {
    let ItemDecision { item, reason } = args.decision;
    let (kind, word, next) = if args.way.update {
        (
            CorrectionKind::Update,
            "update ordered",
            "run `ml-connector sync` if a record is still `correcting`",
        )
    } else if args.way.void_and_repost {
        (
            CorrectionKind::VoidAndRepost,
            "void ordered",
            "run `ml-connector sync`: what the report still holds is written anew",
        )
    } else if let Some(record) = args.way.keep {
        let differing = if args.as_it_is {
            Differing::Accepted
        } else {
            Differing::Refused
        };
        let record = RecordId::new(record);
        (
            CorrectionKind::KeepOne { record, differing },
            "kept, the copies to be voided",
            "run `ml-connector sync` if the record is still `correcting`",
        )
    } else {
        (
            CorrectionKind::Accept,
            "left as it is",
            "nothing; `ml-connector reconcile` keeps naming the difference",
        )
    };
    decide(app, word, Decision::Correct { item, kind, reason }, next).await
}

async fn list(app: &App, open_only: bool) -> Outcome {
    let mut view = ReviewListView { items: Vec::new() };
    for connection in app.connections()? {
        let items = app.store().review_items(connection.id(), open_only).await?;
        view.push(connection.id().as_str(), &items, app.now());
    }
    let code = if view.items.is_empty() {
        ExitCode::Done
    } else {
        ExitCode::DoneWithReview
    };
    app.out().show(&view)?;
    Ok(if open_only { code } else { ExitCode::Done })
}

async fn show(app: &App, number: u64) -> Outcome {
    let connection = app.connection()?;
    let items = app.store().review_items(connection.id(), false).await?;
    let item: &ReviewItem = items
        .iter()
        .find(|item| item.number == number)
        .ok_or_else(|| {
            Failure::configuration(
                format!(
                    "failed to find review item {number} of connection {}",
                    connection.id()
                ),
                "run `ml-connector review list --all` to see the numbers",
            )
        })?;
    app.out().show(&ReviewItemView::of(
        connection.id().as_str(),
        item,
        app.now(),
    ))?;
    Ok(ExitCode::Done)
}

/// Writes a decision down, under the operating system's user, and says what it changed.
pub(super) async fn decide(
    app: &App,
    word: &'static str,
    decision: Decision,
    next: &str,
) -> Outcome {
    let connection = app.connection()?;
    let outcome = app
        .engine(connection)
        .await?
        .decide(&connection.engine, &terminal::operator(), decision)
        .await?;
    app.out().show(&DecisionView::of(word, &outcome, next))?;
    app.sign(connection.id()).await?;
    Ok(ExitCode::Done)
}
