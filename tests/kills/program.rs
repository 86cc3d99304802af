//! The binary: found or built, configured, connected, run.

use std::ffi::OsStr;
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

use tokio::process::{Child, Command as AsyncCommand};

use crate::rig::{CONNECTION, FIELD_TEAM, STUDIO, SandboxClock, credentials_of};

/// Name of the database in an installation's folder.
pub(super) const DATABASE: &str = "ml-connector.db";

/// Builds the program with the profile and into the folder of the program that runs, and names it. Cargo gives a test the
/// binaries of its own package only. `KILLS_PROGRAM` in the environment names one that is built already.
pub fn binary() -> PathBuf {
    if let Some(built) = std::env::var_os("KILLS_PROGRAM") {
        return built.into();
    }
    let me = std::env::current_exe().unwrap();
    let profile = me
        .ancestors()
        .find(|folder| folder.join(".fingerprint").exists())
        .unwrap();
    let mut build = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    build
        .args(["build", "--quiet", "-p", "sync-cli", "--target-dir"])
        .arg(profile.parent().unwrap());
    match profile.file_name().and_then(|name| name.to_str()) {
        None | Some("debug") => {}
        Some(name) => drop(build.args(["--profile", name])),
    }
    assert!(
        build.status().unwrap().success(),
        "the program does not build"
    );
    profile.join("ml-connector")
}

/// Writes a configuration into a folder, with waits as short as one may have. A record that is killed on the wire again and
/// again may be sent again as often: with the default of one such send it would become a review item instead.
pub fn configure(folder: &Path, sandbox: &Sandbox) {
    let text = format!(
        "version = 1\ndatabase = {DATABASE:?}\n[vault]\nkey_file = \"ml-connector.key\"\n\
         [services]\nexpensify = {:?}\nfreshbooks = {:?}\nunpaced = true\n\
         [[connection]]\nname = {CONNECTION:?}\nworkspaces = [{STUDIO:?}, {FIELD_TEAM:?}]\nstart_date = 2020-01-01\n\
         exported_label = \"FreshBooks\"\n\
         [connection.freshbooks]\naccount_id = \"zDmNq\"\nbusiness_id = 77128\n\
         business_uuid = \"5ad3a3a5-2d0b-4d5c-9b1e-6f0a1c2b3d4e\"\n[connection.staff]\ndefault = 1\n\
         [connection.limits]\nsend_batch = 2\nsend_window = \"1s\"\nlease_ttl = \"2s\"\nquiet_time = \"1s\"\n\
         absence_spacing = \"0s\"\nretry_base = \"1s\"\nretry_cap = \"1s\"\nresends_max = 10\n",
        sandbox.expensify_url(),
        sandbox.freshbooks_url(),
    );
    std::fs::write(folder.join("ml-connector.toml"), text).unwrap();
}

/// Stores the key pair and a grant that the stand-ins accept now, as `connect` does, sealed with the installation's key.
/// The key is made when it is missing.
pub async fn authorize(folder: &Path, sandbox: &Sandbox) {
    let key = folder.join("ml-connector.key");
    let key = if key.exists() {
        FileKey::open(key)
    } else {
        FileKey::create(key)
    };
    let store = SqliteStore::open(folder.join(DATABASE), SqliteSettings::default())
        .await
        .unwrap();
    let vault = SealedCredentials::new(Arc::new(store.clone()), Arc::new(key.unwrap()));
    let mut scenario = Scenario::demo();
    let (access, refresh) = sandbox.live_tokens();
    // Where no access token is alive, the refresh token gets one.
    scenario.freshbooks.oauth.access_token = Some(access.unwrap_or_else(|| "void".to_owned()));
    scenario.freshbooks.oauth.refresh_token = refresh;
    let connection = ConnectionId::new(CONNECTION);
    for credential in credentials_of(&scenario, &SandboxClock(sandbox.clock().clone())) {
        let version = vault
            .load(&connection, credential.provider())
            .await
            .unwrap();
        vault
            .replace(
                &connection,
                version.map(|stored| stored.version),
                credential,
            )
            .await
            .unwrap();
    }
    store.close().await;
    assert!(sandbox.clock().now() <= Utc::now());
}

/// Starts the program, with these variables in its environment.
pub fn start(
    binary: &Path,
    folder: &Path,
    arguments: &[&str],
    environment: &[(&str, &OsStr)],
) -> Child {
    AsyncCommand::new(binary)
        .args(arguments)
        .envs(environment.iter().copied())
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
#[derive(Debug)]
pub struct Run {
    /// Its exit code; none when a signal ended it.
    pub code: Option<i32>,
    /// Its results.
    pub stdout: String,
    /// Its complaints.
    pub stderr: String,
}

impl Run {
    /// What it printed, as JSON; null when it printed none.
    pub fn result(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_default()
    }

    /// Both streams, for a test that fails.
    pub fn told(&self) -> String {
        format!("{:?} {}{}", self.code, self.stdout, self.stderr)
    }
}

/// Runs the program to its end.
pub async fn run(binary: &Path, folder: &Path, arguments: &[&str]) -> Run {
    let arguments: Vec<&str> = ["--output", "json"]
        .iter()
        .chain(arguments)
        .copied()
        .collect();
    ended(start(binary, folder, &arguments, &[])).await
}

/// Waits for a program to end.
pub async fn ended(program: Child) -> Run {
    let output = program.wait_with_output().await.unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Run {
        code: output.status.code(),
        stdout: text(&output.stdout),
        stderr: text(&output.stderr),
    }
}
