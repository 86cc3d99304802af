//! `status`: how far each connection has come. Asks neither service.

use super::grant;
use crate::cli::Global;
use crate::exit_code::ExitCode;
use crate::failure::Outcome;
use crate::output::{Output, StatusView};
use crate::wiring::App;

pub(super) async fn run(global: &Global, out: Output) -> Outcome {
    let app = App::open(global, out).await?;
    let mut view = StatusView::default();
    let mut code = ExitCode::Done;
    for connection in app.connections()? {
        let status = app.local_engine().status(connection.id()).await?;
        if status.open_items > 0 {
            code = code.max(ExitCode::DoneWithReview);
        }
        let (freshbooks, urgency) = grant::standing(&app, connection.id()).await;
        code = code.max(urgency);
        view.push(&status, &connection.schedule.to_string(), freshbooks);
    }
    out.show(&view)?;
    Ok(code)
}
