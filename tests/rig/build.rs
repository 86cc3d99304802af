//! Putting a rig together.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Days, TimeDelta};
use freshbooks_client::Pacing;
use sync_adapters::sqlite::{SqliteSettings, SqliteStore};
use sync_adapters::{
    CustodySettings, ExpensifySettings, ExpensifySource, FreshBooksAccount, FreshBooksLedger,
    FreshBooksSettings, GrantCustody, SharedExpensify,
};
use sync_core::engine::{Connection, Engine, Ports, Settings};
use sync_core::mapping::{MappingRules, StaffSettings};
use sync_core::model::{
    ConnectionId, ExpensifyKey, FreshBooksGrant, GrantState, StaffId, WorkspaceId,
};
use sync_core::ports::{Clock, Credential, CredentialStore, NoObserver};
use sync_core::testing::{MemoryCredentials, SeededEntropy};
use sync_sandbox::{Sandbox, Scenario};

use crate::meddle::{ExpensifyTransport, FreshBooksTransport};

use super::{CONNECTION, FIELD_TEAM, NOW, Rig, RigOptions, STUDIO, SandboxClock};

impl Rig {
    /// Starts both services and an installation with an empty store.
    pub async fn with(options: RigOptions) -> Self {
        let clock = sync_sandbox::Clock::fixed(DateTime::from_timestamp(NOW, 0).unwrap());
        let builder = Sandbox::builder()
            .scenario(options.scenario.clone())
            .clock(clock)
            .rate_limits(false);
        Self::over(Arc::new(builder.start().await.unwrap()), options).await
    }

    /// Another installation on the same accounts, with an empty store of its own.
    pub async fn second_installation(&self) -> Self {
        let mut second = Self::over(Arc::clone(&self.sandbox), self.options.clone()).await;
        second.connection = self.connection.clone();
        second
    }

    /// The same installation, bound to another business and workspace: as a second connection in one configuration.
    #[must_use]
    pub fn beside(&self, name: &str, account: &str, workspace: &str) -> (Connection, Engine) {
        let connection = connection_over(
            name,
            &[workspace],
            &SandboxClock(self.sandbox.clock().clone()),
        );
        let ledger = ledger(
            &self.sandbox,
            &self.options,
            &connection.id,
            Some(account),
            &self.credentials,
        );
        let source = source(
            &self.sandbox,
            &self.options,
            &connection.id,
            &self.credentials,
        );
        let source = source.sharing(&self.shared);
        let ports = Ports {
            source: Arc::new(source),
            ledger: Arc::new(ledger),
            ..self.engine.ports().clone()
        };
        (connection, Engine::new(ports, "beside"))
    }

    async fn over(sandbox: Arc<Sandbox>, options: RigOptions) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(folder.path().join("rig.db"), SqliteSettings::default())
            .await
            .unwrap();
        let store = Arc::new(store);
        let clock = SandboxClock(sandbox.clock().clone());
        let connection = connection_over(CONNECTION, &[STUDIO, FIELD_TEAM], &clock);
        let credentials = Arc::new(MemoryCredentials::new());
        for credential in credentials_of(&options.scenario, &clock) {
            credentials
                .replace(&connection.id, None, credential)
                .await
                .unwrap();
        }
        let shared = SharedExpensify::default();
        let source = source(&sandbox, &options, &connection.id, &credentials).sharing(&shared);
        let source = Arc::new(source);
        let ledger = Arc::new(ledger(
            &sandbox,
            &options,
            &connection.id,
            None,
            &credentials,
        ));
        let ports = Ports {
            source: Arc::<ExpensifySource>::clone(&source),
            ledger: Arc::<FreshBooksLedger>::clone(&ledger),
            store: Arc::<SqliteStore>::clone(&store),
            clock: Arc::new(clock),
            entropy: Arc::new(SeededEntropy::new(7)),
            observer: Arc::new(NoObserver),
        };
        let engine = Engine::new(ports, "rig");
        Self {
            sandbox,
            store,
            credentials,
            source,
            ledger,
            connection,
            engine,
            shared,
            options,
            _folder: folder,
        }
    }
}

/// A connection with default rules, from thirty days ago on, in live mode with the demo's test prefix.
pub fn connection_over(name: &str, workspaces: &[&str], clock: &SandboxClock) -> Connection {
    let mut rules = MappingRules::new(workspaces.iter().map(|id| WorkspaceId::new(*id)));
    rules.scope.start_date = clock.now().date_naive().checked_sub_days(Days::new(30));
    rules.scope.test_prefix = Some("[TEST]".to_owned());
    rules.staff = StaffSettings {
        by_employee: BTreeMap::new(),
        default: Some(StaffId::new(1)),
    };
    Connection {
        id: ConnectionId::new(name),
        rules,
        settings: Settings::default(),
    }
}

/// The credentials a scenario lets in.
pub fn credentials_of(scenario: &Scenario, clock: &SandboxClock) -> [Credential; 2] {
    let key = ExpensifyKey {
        user_id: scenario.expensify.partner_user_id.clone(),
        user_secret: scenario.expensify.partner_user_secret.clone().into(),
    };
    let app = &scenario.freshbooks.oauth;
    let grant = FreshBooksGrant {
        client_id: app.client_id.clone(),
        client_secret: app.client_secret.clone().into(),
        redirect_uri: "https://localhost/callback".to_owned(),
        access_token: app.access_token.clone().unwrap_or_default().into(),
        refresh_token: app.refresh_token.clone().unwrap_or_default().into(),
        expires_at: clock.now() + TimeDelta::hours(12),
        state: GrantState::Ready,
    };
    [Credential::Expensify(key), Credential::FreshBooks(grant)]
}

fn source(
    sandbox: &Sandbox,
    options: &RigOptions,
    connection: &ConnectionId,
    credentials: &Arc<MemoryCredentials>,
) -> ExpensifySource {
    let mut settings =
        ExpensifySettings::new(connection.clone(), &sandbox.expensify_url()).unwrap();
    let client = &mut settings.client;
    client.rate.clear();
    client.timeouts.reply = options.file_patience;
    client.timeouts.chunk = options.file_patience;
    client.retry.throttled_after = Duration::from_millis(5);
    client.retry.failed_after = Duration::from_millis(5);
    client.retry.after_max = Duration::from_millis(20);
    client.download.first_after = Duration::ZERO;
    client.download.waits = vec![Duration::from_millis(5)];
    client.download.deadline = options.file_patience;
    let credentials: Arc<dyn CredentialStore> = Arc::<MemoryCredentials>::clone(credentials);
    let clock = Arc::new(SandboxClock(sandbox.clock().clone()));
    let Some(change) = options.changed_export.clone() else {
        return ExpensifySource::new(settings, credentials, clock);
    };
    let inner = expensify_client::HttpTransport::new(&settings.client.timeouts).unwrap();
    ExpensifySource::with_transport(
        settings,
        credentials,
        clock,
        Arc::new(ExpensifyTransport { inner, change }),
    )
}

fn ledger(
    sandbox: &Sandbox,
    options: &RigOptions,
    connection: &ConnectionId,
    account: Option<&str>,
    credentials: &Arc<MemoryCredentials>,
) -> FreshBooksLedger {
    let businesses = &options.scenario.freshbooks.businesses;
    let wanted = |id: &Option<String>| account.is_none() || id.as_deref() == account;
    let business = businesses
        .iter()
        .find(|business| wanted(&business.account_id))
        .unwrap();
    let account_id = business.account_id.clone().unwrap_or_default();
    let account =
        FreshBooksAccount::new(&account_id, business.business_id, Some(&business.uuid)).unwrap();
    let mut settings = FreshBooksSettings::new(account)
        .at(&sandbox.freshbooks_url())
        .unwrap();
    let client = &mut settings.client;
    client.pacing = Pacing::Off;
    client.http.request_timeout = options.patience;
    client.retry_pause = Duration::from_millis(5);
    client.retry_pause_max = Duration::from_millis(20);
    let clock = Arc::new(SandboxClock(sandbox.clock().clone()));
    let custody = CustodySettings {
        client: settings.client.clone(),
        ..CustodySettings::default()
    };
    let custody = custody.at(&sandbox.freshbooks_url()).unwrap();
    let store: Arc<dyn CredentialStore> = Arc::<MemoryCredentials>::clone(credentials);
    let own_clock = Arc::<SandboxClock>::clone(&clock);
    let tokens = GrantCustody::new(
        connection.clone(),
        store,
        own_clock,
        Arc::new(SeededEntropy::new(11)),
        custody,
    );
    let Some(change) = options.changed_replies.clone() else {
        return FreshBooksLedger::new(settings, Arc::new(tokens), clock).unwrap();
    };
    let inner = freshbooks_client::HttpTransport::new(&settings.client.http).unwrap();
    let transport = Arc::new(FreshBooksTransport { inner, change });
    FreshBooksLedger::with_transport(settings, Arc::new(tokens), clock, transport).unwrap()
}
