//! `serve`: passes on each connection's schedule, and hints from webhooks, until asked to stop.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use sync_adapters::TraceObserver;
use sync_core::engine::{Engine, SyncRequest};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::serve_http::{Change, Hints, Listener, hints};
use super::serve_inbox::Books;
use super::sync::code_of;
use crate::cli::Global;
use crate::config::ConnectionConfig;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Outcome};
use crate::output::{NoteView, Output, PassView, SyncView};
use crate::wiring::{self, App};

/// Longest sleep at a time: a clock that jumps, as after a suspended laptop, is noticed this soon.
const NAP_MAX: Duration = Duration::from_secs(30);
/// Time a pass under way has to end when the program is asked to stop. What is cut off then is taken up by the next run.
const GRACE: Duration = Duration::from_mins(1);
/// Audit entries read at once when looking for the last pass.
const PAGE: u32 = 10_000;

pub(super) async fn run(global: &Global, out: Output) -> Outcome {
    let app = Arc::new(App::open(global, out).await?);
    // Passes of one schedule are due at about the same time.
    app.export_together(|connection| connection.schedule.to_string())?;
    let (stop, stopping) = watch::channel(false);
    let mut workers = JoinSet::new();
    let mut books = Vec::new();
    for connection in app.connections()? {
        let account = app.account(connection).await?;
        let ledger = app.ledger(connection, account.clone())?;
        let (sender, receiver) = hints();
        books.push(Books::of(connection.id(), &ledger, &account, sender)?);
        let engine = app.engine_over(connection, ledger, Arc::new(TraceObserver))?;
        let worker = Worker {
            app: Arc::clone(&app),
            connection: connection.clone(),
            engine,
            hints: receiver,
        };
        workers.spawn(worker.run(stopping.clone()));
    }
    let listener = match &app.config().webhooks {
        Some(webhooks) => Some(Listener::start(webhooks, books, stopping).await?),
        None => None,
    };
    announce(&app, listener.as_ref())?;
    wiring::stopped().await;
    // Receivers live in the workers; if all have ended there is nobody left to tell.
    let _ = stop.send(true);
    if tokio::time::timeout(GRACE, async {
        while workers.join_next().await.is_some() {}
    })
    .await
    .is_err()
    {
        tracing::warn!("a pass did not end in time; the next run takes it up");
        workers.abort_all();
    }
    if let Some(listener) = listener {
        listener.end().await;
    }
    out.show(&NoteView::new("stopped", None))?;
    Ok(ExitCode::Done)
}

fn announce(app: &App, listener: Option<&Listener>) -> Result<(), Failure> {
    let mut lines = vec!["serving; stop with Ctrl-C or SIGTERM".to_owned()];
    for connection in app.connections()? {
        lines.push(format!(
            "connection {}: {}",
            connection.id(),
            connection.schedule
        ));
    }
    if let Some(listener) = listener {
        lines.push(format!(
            "listening on {}: /healthz, and FreshBooks' webhooks",
            listener.address
        ));
    }
    app.out().show(&NoteView::new(lines.join("\n"), None))
}

/// Runs one connection. Passes and hints take turns here, so that they never overlap.
#[derive(Debug)]
struct Worker {
    app: Arc<App>,
    connection: ConnectionConfig,
    engine: Engine,
    hints: Hints,
}

impl Worker {
    async fn run(mut self, mut stopping: watch::Receiver<bool>) {
        // Asked from the last pass the answer may lie in the past: then the missed runs are caught up, once.
        // Before the first pass of all, one is due at once.
        let mut last = self.last_pass().await.unwrap_or(DateTime::UNIX_EPOCH);
        loop {
            let due = self.connection.schedule.next_run(last);
            tokio::select! {
                biased;
                _ = stopping.changed() => return,
                Some(hint) = self.hints.next() => self.reread(hint).await,
                () = nap(self.app.now(), due) => {
                    let now = self.app.now();
                    if due.is_some_and(|due| due <= now) {
                        self.pass().await;
                        last = now;
                    }
                }
            }
        }
    }

    async fn pass(&self) {
        let out = self.app.out();
        let name = self.connection.id().as_str();
        let work = self
            .engine
            .sync(&self.connection.engine, SyncRequest::ordinary());
        let (done, signed) = self.app.witnessed(self.connection.id(), work).await;
        if let Err(failure) = signed {
            out.complain(&failure);
        }
        let view = match done {
            Ok(summary) => {
                tracing::info!(
                    connection = name,
                    exit_code = code_of(&summary).number(),
                    "pass done"
                );
                PassView::done(&summary)
            }
            Err(error) => {
                let failure = Failure::from(error);
                out.complain(&failure);
                PassView::failed(name, &failure)
            }
        };
        if let Err(failure) = out.show(&SyncView { passes: vec![view] }) {
            out.complain(&failure);
        }
    }

    async fn reread(&self, hint: Change) {
        let outcome = self
            .engine
            .reread(&self.connection.engine, hint.kind, hint.record)
            .await;
        match outcome {
            Ok(Some(entry)) => {
                tracing::info!(key = %entry.key, state = entry.state.name().as_str(), "looked again");
            }
            Ok(None) => tracing::debug!(record = %hint.record, "not a record of ours"),
            // The next pass compares every record anyway, so a lost hint only delays the news.
            Err(error) => {
                tracing::warn!(record = %hint.record, error = %error, "could not look again");
            }
        }
    }

    /// When the last pass began, from the audit trail; `None` before the first.
    async fn last_pass(&self) -> Option<DateTime<Utc>> {
        let (mut after, mut last) = (0, None);
        loop {
            let page = self
                .app
                .store()
                .audit(self.connection.id(), after, PAGE)
                .await
                .ok()?;
            let Some(end) = page.last() else { return last };
            after = end.seq;
            last = page
                .iter()
                .rev()
                .find(|entry| entry.draft.action == "pass_started")
                .map(|entry| entry.at)
                .or(last);
        }
    }
}

async fn nap(now: DateTime<Utc>, due: Option<DateTime<Utc>>) {
    let left = due.map_or(NAP_MAX, |due| (due - now).to_std().unwrap_or_default());
    tokio::time::sleep(left.min(NAP_MAX)).await;
}
