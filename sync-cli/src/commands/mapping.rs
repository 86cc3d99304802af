//! `mapping`: what waiting reports miss, and rules that would supply it.

use crate::cli::{Global, MappingCommand};
use crate::exit_code::ExitCode;
use crate::failure::Outcome;
use crate::output::{MappingView, MissingReference, Output};
use crate::wiring::App;

pub(super) async fn run(global: &Global, out: Output, command: MappingCommand) -> Outcome {
    let app = App::open(global, out).await?;
    let mut missing = Vec::new();
    for connection in app.connections()? {
        let name = connection.id().as_str();
        let items = app.store().review_items(connection.id(), true).await?;
        missing.extend(
            items
                .iter()
                .filter_map(|item| MissingReference::of(name, item.number, &item.cause)),
        );
    }
    let code = if missing.is_empty() {
        ExitCode::Done
    } else {
        ExitCode::DoneWithReview
    };
    let propose = match command {
        MappingCommand::Suggest => true,
        MappingCommand::Check => false,
    };
    out.show(&MappingView { missing, propose })?;
    Ok(code)
}
