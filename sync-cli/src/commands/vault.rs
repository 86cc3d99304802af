//! `vault`: which keys seal what; keys changed, and destroyed.

use std::collections::BTreeSet;
use std::sync::Arc;

use sync_adapters::sqlite::SqliteStore;
use sync_adapters::vault::{NoKeys, Occasion, SealedCredentials, SpillFiles};
use sync_core::model::ConnectionId;

use crate::cli::{Global, VaultCommand};
use crate::config::Config;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Outcome};
use crate::output::{NoteView, Output, VaultView};
use crate::terminal;
use crate::wiring::{App, Vault, put_key};

pub(super) async fn run(global: &Global, out: Output, command: VaultCommand) -> Outcome {
    match command {
        VaultCommand::Status => status(&App::open(global, out).await?).await,
        VaultCommand::RotateKey => rotate_key(&App::open(global, out).await?).await,
        VaultCommand::PutKey { file } => {
            let config = Config::load(&global.config)?;
            let (entry, id) = put_key(&config.key, &file).await?;
            out.show(&NoteView::new(
                format!("entry {entry:?} of the keyring holds key {id}"),
                Some("run `ml-connector doctor`; then keep the file where the database is not, or destroy it"),
            ))?;
            Ok(ExitCode::Done)
        }
        VaultCommand::RotateDataKeys => rotate_data_keys(&App::open(global, out).await?).await,
        VaultCommand::Shred {
            connection,
            confirm,
        } => shred(global, out, &ConnectionId::new(connection), confirm).await,
    }
}

async fn status(app: &App) -> Outcome {
    let vault = app.vault();
    let chain = vault.keys.chain().await?;
    let mut view = VaultView {
        current_key: chain.current().id(),
        retired_keys: chain.retired_ids(),
        connections: Vec::new(),
    };
    for (connection, key) in vault.credentials.key_ids().await? {
        let spilled = !vault.spill.paths(&connection)?.is_empty();
        view.push(connection.as_str(), key, spilled);
    }
    app.out().show(&view)?;
    Ok(ExitCode::Done)
}

/// Each step can be interrupted: the same command again goes on.
async fn rotate_key(app: &App) -> Outcome {
    let vault = app.vault();
    let writes_keys = vault.keys.begin_rotation().await?;
    let moved = vault.credentials.reseal(&occasion(app)).await?;
    for connection in &moved {
        app.sign(connection).await?;
    }
    let chain = vault.keys.chain().await?;
    let (current, retired) = (chain.current().id(), chain.retired_ids());
    let used = used_keys(vault).await?;
    let mut next = "run `ml-connector doctor`: it opens every credential";
    if retired.iter().all(|id| !used.contains(id)) {
        if writes_keys {
            vault.keys.end_rotation().await?;
        } else if retired.is_empty() {
            next = "to rotate, put a new key in front of this one, restart what runs, and run this command again";
        } else {
            next = "take the old keys away; only the first is used now";
        }
    }
    let done = format!(
        "key {current} seals every connection; {} moved to it, {} old key(s) not needed any more",
        moved.len(),
        retired.len()
    );
    app.out().show(&NoteView::new(done, Some(next)))?;
    Ok(ExitCode::Done)
}

async fn used_keys(vault: &Vault) -> Result<BTreeSet<String>, Failure> {
    let ids = vault.credentials.key_ids().await?;
    Ok(ids.into_iter().map(|(_, id)| id).collect())
}

async fn rotate_data_keys(app: &App) -> Outcome {
    let vault = app.vault();
    let mut rotated = Vec::new();
    for connection in app.connections()? {
        let id = connection.id();
        // What waits there is sealed under the data key that goes.
        if let Some(path) = vault.spill.paths(id)?.first() {
            return Err(Failure::new(
                ExitCode::Temporary,
                format!(
                    "failed to rotate the data key of {id}: tokens wait in {}",
                    path.display()
                ),
                "run `ml-connector doctor`, which stores them, then this command again",
            ));
        }
        if vault
            .credentials
            .rotate_data_key(id, &occasion(app))
            .await?
        {
            app.sign(id).await?;
            rotated.push(id.as_str());
        }
    }
    let done = match rotated.as_slice() {
        [] => "nothing is sealed yet".to_owned(),
        rotated => format!("new data keys for {}", rotated.join(", ")),
    };
    app.out().show(&NoteView::new(done, None))?;
    Ok(ExitCode::Done)
}

/// Needs no key and no configured connection: it must work when the key is lost or the connection is gone.
async fn shred(global: &Global, out: Output, connection: &ConnectionId, confirm: bool) -> Outcome {
    if !confirm {
        return Err(Failure::configuration(
            format!(
                "failed to shred the credentials of {connection}: this destroys its data key for good, and is not confirmed"
            ),
            "add --confirm if that is meant; reports, records and the audit trail stay",
        ));
    }
    let config = Config::load(&global.config)?;
    let store: SqliteStore = App::open_store(&config).await?;
    let vault = SealedCredentials::new(Arc::new(store), Arc::new(NoKeys));
    let occasion = Occasion {
        actor: terminal::operator(),
        at: chrono::Utc::now(),
    };
    let found = vault.shred(connection, &occasion).await?;
    SpillFiles::new(vault, &config.database).remove_all(connection)?;
    if !found {
        return Err(Failure::configuration(
            format!("failed to shred the credentials of {connection}: none are sealed"),
            "run `ml-connector vault status` to see which connections have some",
        ));
    }
    // While others are sealed under a lost key nothing can be opened; the next pass signs then.
    if let Ok(app) = App::open(global, out).await {
        app.sign(connection).await?;
    }
    out.show(&NoteView::new(
        format!("the credentials of {connection} are destroyed"),
        Some(
            "backups of the database still hold them, sealed: `ml-connector vault rotate-key` makes those useless, too, once \
             no copy of the old key is left; revoke the access at FreshBooks and Expensify if it is to end there",
        ),
    ))?;
    Ok(ExitCode::Done)
}

fn occasion(app: &App) -> Occasion {
    Occasion {
        actor: terminal::operator(),
        at: app.now(),
    }
}
