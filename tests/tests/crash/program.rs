//! The binary: found or built, configured, connected, run.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use chrono::Utc;
use serde_json::Value;
use sync_adapters::sqlite::{SqliteSettings, SqliteStore};
use sync_adapters::vault::{FileKey, SealedCredentials};
use sync_core::model::ConnectionId;
use sync_core::ports::CredentialStore;
use sync_sandbox::{Sandbox, Scenario};
use sync_tests::{CONNECTION, FIELD_TEAM, STUDIO, SandboxClock, credentials_of};
use tokio::process::{Child, Command as AsyncCommand};

/// Builds the program with the profile and into the folder of this test, and names it. Cargo gives a test the binaries
/// of its own package only.
pub(crate) fn binary() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let profile = test.ancestors().nth(2).unwrap();
    let mut build = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    build
        .args(["build", "--quiet", "-p", "sync-cli", "--target-dir"])
        .arg(profile.parent().unwrap());
    if profile.ends_with("release") {
        build.arg("--release");
    }
    assert!(
        build.status().unwrap().success(),
        "the program does not build"
    );
    profile.join("ml-connector")
}

/// An installation in a folder, with waits as short as the configuration allows. A record that is killed on the wire again
/// and again may be sent again as often: with the default of one such send it would become a review item instead.
pub(crate) async fn install(folder: &Path, sandbox: &Sandbox) {
    let text = format!(
        "version = 1\ndatabase = \"ml-connector.db\"\n[vault]\nkey_file = \"ml-connector.key\"\n\
         [services]\nexpensify = {:?}\nfreshbooks = {:?}\nunpaced = true\n\
         [[connection]]\nname = {CONNECTION:?}\nworkspaces = [{STUDIO:?}, {FIELD_TEAM:?}]\nstart_date = 2020-01-01\n\
         test_prefix = \"[TEST]\"\nexported_label = \"FreshBooks\"\n\
         [connection.freshbooks]\naccount_id = \"zDmNq\"\nbusiness_id = 77128\n\
         business_uuid = \"5ad3a3a5-2d0b-4d5c-9b1e-6f0a1c2b3d4e\"\n[connection.staff]\ndefault = 1\n\
         [connection.limits]\nsend_batch = 2\nsend_window = \"1s\"\nlease_ttl = \"2s\"\nquiet_time = \"1s\"\n\
         absence_spacing = \"0s\"\nretry_base = \"1s\"\nretry_cap = \"1s\"\nresends_max = 10\n",
        sandbox.expensify_url(),
        sandbox.freshbooks_url(),
    );
    std::fs::write(folder.join("ml-connector.toml"), text).unwrap();
    let store = SqliteStore::open(folder.join("ml-connector.db"), SqliteSettings::default())
        .await
        .unwrap();
    let key = FileKey::create(folder.join("ml-connector.key")).unwrap();
    let vault = SealedCredentials::new(Arc::new(store.clone()), Arc::new(key));
    for credential in credentials_of(&Scenario::demo(), &SandboxClock(sandbox.clock().clone())) {
        vault
            .replace(&ConnectionId::new(CONNECTION), None, credential)
            .await
            .unwrap();
    }
    store.close().await;
    assert!(sandbox.clock().now() <= Utc::now());
}

/// Starts the program.
pub(crate) fn start(binary: &Path, folder: &Path, arguments: &[&str]) -> Child {
    AsyncCommand::new(binary)
        .args(arguments)
        .current_dir(folder)
        .env_remove("ML_CONNECTOR_CONFIG")
        .env_remove("RUST_LOG")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

/// How a run ended, and what it printed.
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// What it printed, as JSON; null when it printed none.
    pub(crate) fn result(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_default()
    }

    /// Both streams, for a test that fails.
    pub(crate) fn told(&self) -> String {
        format!("{:?} {}{}", self.code, self.stdout, self.stderr)
    }
}

/// Runs the program to its end.
pub(crate) async fn run(binary: &Path, folder: &Path, arguments: &[&str]) -> Run {
    let arguments: Vec<&str> = ["--output", "json"]
        .iter()
        .chain(arguments)
        .copied()
        .collect();
    let output = start(binary, folder, &arguments)
        .wait_with_output()
        .await
        .unwrap();
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    Run {
        code: output.status.code(),
        stdout: text(&output.stdout),
        stderr: text(&output.stderr),
    }
}
