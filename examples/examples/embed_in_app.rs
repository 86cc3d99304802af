//! The sync inside an application of your own: store, vault, both services, engine, one pass, and what waits for a person.
//!
//! `cargo run -p sync-examples --example embed_in_app`

#![expect(clippy::print_stdout, reason = "an example shows its result")]

use std::sync::Arc;
use std::time::Duration;

use chrono::Days;
use sync_adapters::sqlite::{SqliteSettings, SqliteStore};
use sync_adapters::vault::{FileKey, SealedCredentials};
use sync_adapters::{
    CustodySettings, ExpensifySettings, ExpensifySource, FreshBooksAccount, FreshBooksLedger,
    FreshBooksSettings, GrantCustody, OsEntropy, SystemClock,
};
use sync_core::engine::{Connection, Engine, Ports, Settings, SyncRequest};
use sync_core::mapping::MappingRules;
use sync_core::model::{ConnectionId, StaffId, WorkspaceId};
use sync_core::ports::{Clock, CredentialStore, Event, Observer, Store};
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

#[tokio::main]
async fn main() -> Outcome {
    // In production leave the two base URLs at their defaults, and this line out.
    let sandbox = Sandbox::builder().rate_limits(false).start().await?;
    let folder = tempfile::tempdir()?;
    let (clock, entropy) = (Arc::new(SystemClock), Arc::new(OsEntropy));
    let id = ConnectionId::new("northwind");

    // Everything durable is in one file; credentials lie in it sealed, under a key that lies elsewhere.
    let store = Arc::new(
        SqliteStore::open(folder.path().join("sync.db"), SqliteSettings::default()).await?,
    );
    let key = Arc::new(FileKey::create(folder.path().join("sync.key"))?);
    let vault = Arc::new(SealedCredentials::new(store.clone(), key));
    for credential in credentials_of_the_demo(clock.now()) {
        vault.replace(&id, None, credential).await?;
    }

    let mut expensify = ExpensifySettings::new(id.clone(), &sandbox.expensify_url())?;
    expensify.client.download.first_after = Duration::ZERO; // a stand-in has its files at once
    let source = Arc::new(ExpensifySource::new(
        expensify,
        vault.clone(),
        clock.clone(),
    ));

    let custody = CustodySettings::default().at(&sandbox.freshbooks_url())?;
    let tokens = GrantCustody::new(id.clone(), vault, clock.clone(), entropy.clone(), custody);
    let account = FreshBooksAccount::new(
        "zDmNq",
        77_128,
        Some("5ad3a3a5-2d0b-4d5c-9b1e-6f0a1c2b3d4e"),
    )?;
    let books = FreshBooksSettings::new(account).at(&sandbox.freshbooks_url())?;
    let ledger = Arc::new(FreshBooksLedger::new(
        books,
        Arc::new(tokens),
        clock.clone(),
    )?);

    let mut rules =
        MappingRules::new(["0A1B2C3D4E5F6071", "1B2C3D4E5F607182"].map(WorkspaceId::new));
    rules.scope.start_date = clock.now().date_naive().checked_sub_days(Days::new(30));
    rules.scope.test_prefix = Some("[TEST]".to_owned());
    rules.staff.default = Some(StaffId::new(1));
    let connection = Connection {
        id,
        rules,
        settings: Settings::default(),
    };

    let observer = Arc::new(Progress);
    let engine = Engine::new(
        Ports {
            source,
            ledger,
            store: store.clone(),
            clock,
            entropy,
            observer,
        },
        "app:1",
    );
    let summary = engine.sync(&connection, SyncRequest::ordinary()).await?;

    println!(
        "{} records written, {} read back and equal",
        summary.written, summary.verified
    );
    for item in store.review_items(&connection.id, true).await? {
        println!(
            "review {}: {} ({})",
            item.number,
            item.cause.note(),
            item.cause.remedy()
        );
    }
    let proof = engine.reconcile(&connection, None, None).await?;
    println!("totals agree to the cent: {}", proof.agrees());
    sandbox.shutdown().await;
    Ok(())
}
