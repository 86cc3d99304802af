//! How a connection's access to FreshBooks stands, for `status` and `doctor`. Asks nobody.

use sync_core::model::{ConnectionId, GrantState, Provider};
use sync_core::ports::Credential;

use super::connect::command_for;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::output::GrantStanding;
use crate::wiring::App;

/// How it stands, and how a command that tells only this ends.
pub(super) async fn standing(app: &App, connection: &ConnectionId) -> (GrantStanding, ExitCode) {
    const PROVIDER: Provider = Provider::FreshBooks;
    let told = |state, found: String, fix: Option<String>| GrantStanding { state, found, fix };
    let connect = || {
        Some(format!(
            "{}; work waits, nothing is lost",
            command_for(PROVIDER)
        ))
    };
    let stored = match app.credentials().load(connection, PROVIDER).await {
        Ok(stored) => stored.map(|stored| stored.credential),
        Err(error) => {
            let failure = Failure::from(error);
            let complaint = failure.complaints.into_iter().next();
            let (what, fix) = complaint.map(|told| (told.what, told.fix)).unzip();
            return (
                told("unreadable", what.unwrap_or_default(), fix),
                failure.code,
            );
        }
    };
    let Some(Credential::FreshBooks(grant)) = stored else {
        // A connection that is not set up yet is no failure.
        let fix = Some(command_for(PROVIDER).to_owned());
        return (
            told("missing", "not connected".to_owned(), fix),
            ExitCode::Done,
        );
    };
    let until = grant.expires_at.format("%Y-%m-%d %H:%M UTC");
    match grant.state {
        GrantState::Ready => {
            let found = format!("access until {until}, renewed by itself before");
            (told("ready", found, None), ExitCode::Done)
        }
        GrantState::Refreshing { since } => {
            let found = format!(
                "a renewal was begun on {} and has not ended; if it was interrupted, the next pass tries the old token once",
                since.format("%Y-%m-%d %H:%M UTC")
            );
            (told("renewing", found, None), ExitCode::Done)
        }
        GrantState::NeedsReauth => {
            let found = "the refresh token is spent: only a person's consent helps".to_owned();
            (
                told("needs_reauthorization", found, connect()),
                ExitCode::NeedsReauth,
            )
        }
    }
}
