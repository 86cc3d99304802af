//! What a command works with.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use sync_adapters::sqlite::{SqliteSettings, SqliteStore};
use sync_adapters::{FreshBooksLedger, OsEntropy, SharedExpensify, SystemClock};
use sync_core::ErrorKind;
use sync_core::engine::{Engine, Ports};
use sync_core::ports::{Clock, CredentialStore, Entropy, Observer, Store};

use super::Vault;
use super::offline::NoServices;
use crate::cli::Global;
use crate::config::{Config, ConnectionConfig};
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::output::Output;
use crate::progress::Progress;
use crate::terminal;

/// The configuration, the database and the vault, open.
#[derive(Debug)]
pub(crate) struct App {
    config: Config,
    out: Output,
    name: Option<String>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    store: Arc<dyn Store>,
    vault: Vault,
    expensify: SharedExpensify,
}

impl App {
    /// Opens everything the configuration names. Neither service is asked for anything.
    ///
    /// # Errors
    /// What is wrong with configuration, key or database.
    pub(crate) async fn open(global: &Global, out: Output) -> Result<Self, Failure> {
        let config = Config::load(&global.config)?;
        let sqlite = Self::open_store(&config).await?;
        let vault = Vault::open(&config.key, &config.database, sqlite.clone()).await?;
        let app = Self {
            config,
            out,
            name: global.connection.clone(),
            clock: Arc::new(SystemClock),
            entropy: Arc::new(OsEntropy),
            store: Arc::new(sqlite),
            vault,
            expensify: SharedExpensify::default(),
        };
        // A wrong name is said before any work begins. One command's passes run one after the other: together.
        app.export_together(|_| String::new())?;
        Ok(app)
    }

    /// Lets connections of a group export together, where they have the same key pair and the same query.
    ///
    /// # Errors
    /// When the connection named is not configured.
    pub(crate) fn export_together(
        &self,
        group: impl Fn(&ConnectionConfig) -> String,
    ) -> Result<(), Failure> {
        for connection in self.connections()? {
            let workspaces = connection.engine.rules.scope.workspaces.iter().cloned();
            self.expensify
                .join(&group(connection), connection.id(), workspaces);
        }
        Ok(())
    }

    /// What the connections share at Expensify.
    pub(super) const fn expensify(&self) -> &SharedExpensify {
        &self.expensify
    }

    /// Opens the database alone.
    ///
    /// # Errors
    /// Why it cannot be used.
    pub(crate) async fn open_store(config: &Config) -> Result<SqliteStore, Failure> {
        let opened = SqliteStore::open(&config.database, SqliteSettings::default()).await;
        opened.map_err(|error| {
            // Nothing of it can be looked into: it is the wrong file, or one for a newer program.
            let wrong_file = error.kind() == ErrorKind::Corrupt;
            let mut failure = Failure::from(error);
            if wrong_file {
                failure.code = ExitCode::Configuration;
                return failure.advising(
                    "name another file as `database` in the configuration, or use the version of ml-connector that wrote this one",
                );
            }
            failure.advising(
                "nothing is lost: check that this user may read and write the file and its folder; if another program has it \
                 open, run the same command again later",
            )
        })
    }

    /// The configuration.
    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    /// Where results go.
    pub(crate) fn out(&self) -> Output {
        self.out
    }

    /// The connection named on the command line.
    pub(crate) fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The connections the command is about.
    ///
    /// # Errors
    /// When the one named is not configured.
    pub(crate) fn connections(&self) -> Result<Vec<&ConnectionConfig>, Failure> {
        self.config.selected(self.name())
    }

    /// The one connection the command is about.
    ///
    /// # Errors
    /// When there are several and none is named.
    pub(crate) fn connection(&self) -> Result<&ConnectionConfig, Failure> {
        self.config.single(self.name())
    }

    /// The store.
    pub(crate) fn store(&self) -> &dyn Store {
        self.store.as_ref()
    }

    /// Credentials.
    pub(crate) fn credentials(&self) -> Arc<dyn CredentialStore> {
        Arc::new(self.vault.credentials.clone())
    }

    /// The vault.
    pub(crate) const fn vault(&self) -> &Vault {
        &self.vault
    }

    /// The clock.
    pub(crate) fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.clock)
    }

    /// Randomness for jitter.
    pub(crate) fn entropy(&self) -> Arc<dyn Entropy> {
        Arc::clone(&self.entropy)
    }

    /// Now.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// An engine for what the store alone can answer; it has no services to ask.
    pub(crate) fn local_engine(&self) -> Engine {
        let ports = Ports {
            source: Arc::new(NoServices),
            ledger: Arc::new(NoServices),
            store: Arc::clone(&self.store),
            clock: Arc::clone(&self.clock),
            entropy: Arc::clone(&self.entropy),
            observer: Arc::new(sync_core::ports::NoObserver),
        };
        Engine::new(ports, holder())
    }

    /// An engine for a connection, with progress where a person watches.
    ///
    /// # Errors
    /// When its services cannot be set up, or its books are not known yet and cannot be asked for.
    pub(crate) async fn engine(&self, connection: &ConnectionConfig) -> Result<Engine, Failure> {
        let ledger = self.ledger(connection, self.account(connection).await?)?;
        self.engine_over(
            connection,
            ledger,
            Arc::new(Progress::new(self.out.draws_progress())),
        )
    }

    /// An engine over a ledger that is set up already.
    ///
    /// # Errors
    /// When Expensify cannot be set up.
    pub(crate) fn engine_over(
        &self,
        connection: &ConnectionConfig,
        ledger: FreshBooksLedger,
        observer: Arc<dyn Observer>,
    ) -> Result<Engine, Failure> {
        let ports = Ports {
            source: Arc::new(self.source(connection)?),
            ledger: Arc::new(ledger),
            store: Arc::clone(&self.store),
            clock: Arc::clone(&self.clock),
            entropy: Arc::clone(&self.entropy),
            observer,
        };
        let audit = &self.config.audit;
        let by = audit.changed_by.clone().unwrap_or_else(terminal::operator);
        let reason = audit
            .change_reason
            .clone()
            .unwrap_or_else(|| "no reason given (audit.change_reason)".to_owned());
        Ok(Engine::new(ports, holder()).configured_by(by, reason))
    }
}

/// Names this worker in leases: who holds one should be found without guessing.
fn holder() -> String {
    let host = ["HOSTNAME", "COMPUTERNAME"]
        .into_iter()
        .find_map(terminal::from_environment);
    format!(
        "{}:{}",
        host.as_deref().unwrap_or("ml-connector"),
        std::process::id()
    )
}
