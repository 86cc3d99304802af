//! The sync inside an application of your own: store, vault, both services, engine, one pass, and what waits for a person.
//!
//! `cargo run -p sync-examples --example embed_in_app`

#![expect(clippy::print_stdout, reason = "an example shows its result")]

use std::sync::Arc;
use std::time::Duration;

use chrono::{Days, NaiveDate};
use sync_adapters::sqlite::{SqliteSettings, SqliteStore};
use sync_adapters::vault::{FileKey, SealedCredentials};
use sync_adapters::{
    CustodySettings, ExpensifySettings, ExpensifySource, FreshBooksAccount, FreshBooksLedger,
    FreshBooksSettings, GrantCustody, OsEntropy, SystemClock,
};
use sync_core::engine::{Connection, Engine, Ports, Settings, SyncRequest};
use sync_core::mapping::MappingRules;
use sync_core::model::{ConnectionId, StaffId, WorkspaceId};
use sync_core::ports::{Clock, CredentialStore, Entropy, Event, Observer, Store};
use sync_examples::{Outcome, credentials_of_the_demo};
use sync_sandbox::Sandbox;

/// Shows progress the way your application does.
#[derive(Debug)]
struct Progress;

impl Observer for Progress {
    fn on_event(&self, event: &Event) {
        if let Event::ReportPlanned { report, held } = event {
            println!(
                "  report {report}: {}",
                if *held {
                    "waits for a person"
                } else {
                    "planned"
                }
            );
        }
    }
}

/// How reports become records: everything else keeps its default.
fn connection(id: ConnectionId, today: NaiveDate) -> Connection {
    let mut rules =
        MappingRules::new(["0A1B2C3D4E5F6071", "1B2C3D4E5F607182"].map(WorkspaceId::new));
    rules.scope.start_date = today.checked_sub_days(Days::new(30));
    rules.scope.test_prefix = Some("[TEST]".to_owned());
    rules.staff.default = Some(StaffId::new(1));
    Connection {
        id,
        rules,
        settings: Settings::default(),
    }
}

#[tokio::main]
async fn main() -> Outcome {
    // In production leave the two base URLs at their defaults, and this line out.
    let sandbox = Sandbox::builder().rate_limits(false).start().await?;
    let folder = tempfile::tempdir()?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let entropy: Arc<dyn Entropy> = Arc::new(OsEntropy);
    let connection = connection(ConnectionId::new("northwind"), clock.now().date_naive());
    let id = &connection.id;

    // Everything durable is in one file; credentials lie in it sealed, under a key that lies elsewhere.
    let store = SqliteStore::open(folder.path().join("sync.db"), SqliteSettings::default()).await?;
    let key = Arc::new(FileKey::create(folder.path().join("sync.key"))?);
    let vault: Arc<dyn CredentialStore> =
        Arc::new(SealedCredentials::new(Arc::new(store.clone()), key));
    for credential in credentials_of_the_demo(clock.now()) {
        vault.replace(id, None, credential).await?;
    }

    let mut expensify = ExpensifySettings::new(id.clone(), &sandbox.expensify_url())?;
    expensify.client.download.first_after = Duration::ZERO; // a stand-in has its files at once
    let source = ExpensifySource::new(expensify, Arc::clone(&vault), Arc::clone(&clock));

    let custody = CustodySettings::default().at(&sandbox.freshbooks_url())?;
    let (time, chance) = (Arc::clone(&clock), Arc::clone(&entropy));
    let tokens = GrantCustody::new(id.clone(), vault, time, chance, custody);
    let uuid = "5ad3a3a5-2d0b-4d5c-9b1e-6f0a1c2b3d4e";
    let account = FreshBooksAccount::new("zDmNq", 77_128, Some(uuid))?;
    let books = FreshBooksSettings::new(account).at(&sandbox.freshbooks_url())?;
    let ledger = FreshBooksLedger::new(books, Arc::new(tokens), Arc::clone(&clock))?;

    let ports = Ports {
        source: Arc::new(source),
        ledger: Arc::new(ledger),
        store: Arc::new(store.clone()),
        clock,
        entropy,
        observer: Arc::new(Progress),
    };
    let engine = Engine::new(ports, "app:1");
    let summary = engine.sync(&connection, SyncRequest::ordinary()).await?;

    println!(
        "{} records written, {} read back and equal",
        summary.written, summary.verified
    );
    for item in store.review_items(id, true).await? {
        let (note, remedy) = (item.cause.note(), item.cause.remedy());
        println!("review {}: {note} ({remedy})", item.number);
    }
    let proof = engine.reconcile(&connection, None, None).await?;
    println!("totals agree to the cent: {}", proof.agrees());
    sandbox.shutdown().await;
    Ok(())
}
