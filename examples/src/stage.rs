//! Stand-ins of both services and an engine that talks to them.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Days, TimeDelta, Utc};
use freshbooks_client::Pacing;
use secrecy::SecretString;
use sync_adapters::sqlite::SqliteStore;
use sync_adapters::{
    CustodySettings, ExpensifySettings, ExpensifySource, FreshBooksAccount, FreshBooksLedger,
    FreshBooksSettings, GrantCustody, OsEntropy, SystemClock,
};
use sync_core::engine::{Connection, Engine, Ports, Settings};
use sync_core::mapping::MappingRules;
use sync_core::model::{
    ConnectionId, ExpensifyKey, FreshBooksGrant, GrantState, StaffId, WorkspaceId,
};
use sync_core::ports::{Clock, Credential, CredentialStore, NoObserver, Store};
use sync_core::testing::MemoryCredentials;
use sync_sandbox::{Sandbox, Scenario};

use crate::Outcome;

/// Stand-ins of both services with the demo's data, and an engine over them.
#[derive(Debug)]
pub struct Stage {
    /// Both services.
    pub sandbox: Sandbox,
    /// Rules and bounds.
    pub connection: Connection,
    /// FreshBooks, as the adapter shows it.
    pub ledger: Arc<FreshBooksLedger>,
    /// Runs passes.
    pub engine: Engine,
}

impl Stage {
    /// A stage with a SQLite store in memory.
    ///
    /// # Errors
    /// When no port can be opened on loopback.
    pub async fn open() -> Outcome<Self> {
        Self::with_store(Arc::new(SqliteStore::open_in_memory().await?)).await
    }

    /// A stage with a store of your own.
    ///
    /// # Errors
    /// As of [`open`](Self::open).
    pub async fn with_store(store: Arc<dyn Store>) -> Outcome<Self> {
        let sandbox = Sandbox::builder().rate_limits(false).start().await?;
        let (clock, entropy) = (Arc::new(SystemClock), Arc::new(OsEntropy));
        let mut rules =
            MappingRules::new(["0A1B2C3D4E5F6071", "1B2C3D4E5F607182"].map(WorkspaceId::new));
        rules.scope.start_date = clock.now().date_naive().checked_sub_days(Days::new(30));
        rules.scope.test_prefix = Some("[TEST]".to_owned());
        rules.staff.default = Some(StaffId::new(1));
        let connection = Connection {
            id: ConnectionId::new("demo"),
            rules,
            settings: Settings::default(),
        };
        let credentials = Arc::new(MemoryCredentials::new());
        for credential in credentials_of_the_demo(clock.now()) {
            credentials
                .replace(&connection.id, None, credential)
                .await?;
        }

        let mut expensify =
            ExpensifySettings::new(connection.id.clone(), &sandbox.expensify_url())?;
        expensify.client.download.first_after = Duration::ZERO;
        let source = ExpensifySource::new(
            expensify,
            Arc::<MemoryCredentials>::clone(&credentials),
            Arc::<SystemClock>::clone(&clock),
        );
        let custody = CustodySettings::default().at(&sandbox.freshbooks_url())?;
        let tokens = GrantCustody::new(
            connection.id.clone(),
            credentials,
            Arc::<SystemClock>::clone(&clock),
            Arc::<OsEntropy>::clone(&entropy),
            custody,
        );
        let account = FreshBooksAccount::new(
            "zDmNq",
            77_128,
            Some("5ad3a3a5-2d0b-4d5c-9b1e-6f0a1c2b3d4e"),
        )?;
        let mut freshbooks = FreshBooksSettings::new(account).at(&sandbox.freshbooks_url())?;
        freshbooks.client.pacing = Pacing::Off;
        let ledger = Arc::new(FreshBooksLedger::new(
            freshbooks,
            Arc::new(tokens),
            Arc::<SystemClock>::clone(&clock),
        )?);

        let ports = Ports {
            source: Arc::new(source),
            ledger: Arc::<FreshBooksLedger>::clone(&ledger),
            store,
            clock,
            entropy,
            observer: Arc::new(NoObserver),
        };
        let engine = Engine::new(ports, "example");
        Ok(Self {
            sandbox,
            connection,
            ledger,
            engine,
        })
    }
}

/// The made-up credentials that the stand-ins let in. Yours come from `ml-connector connect`, or from your own consent page.
pub fn credentials_of_the_demo(now: DateTime<Utc>) -> [Credential; 2] {
    let demo = Scenario::demo();
    let key = ExpensifyKey {
        user_id: demo.expensify.partner_user_id,
        user_secret: SecretString::from(demo.expensify.partner_user_secret),
    };
    let app = demo.freshbooks.oauth;
    let grant = FreshBooksGrant {
        client_id: app.client_id,
        client_secret: app.client_secret.into(),
        redirect_uri: "https://localhost/callback".to_owned(),
        access_token: app.access_token.unwrap_or_default().into(),
        refresh_token: app.refresh_token.unwrap_or_default().into(),
        expires_at: now + TimeDelta::hours(12),
        state: GrantState::Ready,
    };
    [Credential::Expensify(key), Credential::FreshBooks(grant)]
}
