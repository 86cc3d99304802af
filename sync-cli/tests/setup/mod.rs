//! An installation in a folder of its own, and runs of the binary in it.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests, outside of test functions"
)]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use sha2::{Digest as _, Sha256};
use sync_sandbox::{Sandbox, Scenario};
use tempfile::TempDir;

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs the binary without a terminal.
pub(crate) fn run(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Run {
    let output = Command::new(env!("CARGO_BIN_EXE_ml-connector"))
        .args(arguments)
        .current_dir(folder)
        .env_remove("ML_CONNECTOR_CONFIG")
        .env_remove("RUST_LOG")
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    Run {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Reads a result.
pub(crate) fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// A folder with configuration, database and credentials.
#[derive(Debug)]
pub(crate) struct Installation {
    folder: TempDir,
}

impl Installation {
    /// Configured for the demo's workspaces and connected to both stand-ins, through the program's own commands.
    pub(crate) async fn connected(sandbox: &Sandbox) -> Self {
        let place = Self::configured(sandbox, &Scenario::demo());
        place.connect_again().await;
        place
    }

    /// Configured for a scenario's workspaces, and not connected.
    pub(crate) fn configured(sandbox: &Sandbox, scenario: &Scenario) -> Self {
        let place = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        let workspaces: Vec<_> = scenario
            .expensify
            .policies
            .iter()
            .map(|policy| format!("{:?}", policy.id))
            .collect();
        let text = format!(
            "version = 1\n[services]\nexpensify = {:?}\nfreshbooks = {:?}\nunpaced = true\n\
             [[connection]]\nname = \"main\"\nworkspaces = [{}]\nstart_date = 2020-01-01\ntest_prefix = \"[TEST]\"\n\
             [connection.staff]\ndefault = 1\n",
            sandbox.expensify_url(),
            sandbox.freshbooks_url(),
            workspaces.join(", ")
        );
        std::fs::write(place.folder().join("ml-connector.toml"), text).unwrap();
        place
    }

    /// Connected to both stand-ins of the demo, again or for the first time.
    pub(crate) async fn connect_again(&self) {
        let scenario = Scenario::demo();
        self.connect_expensify(
            &scenario.expensify.partner_user_id,
            &scenario.expensify.partner_user_secret,
        );
        self.connect_freshbooks(&scenario).await;
    }

    /// The folder.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Runs the binary in it.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        run(self.folder(), arguments, &[])
    }

    /// Stores a key pair.
    pub(crate) fn connect_expensify(&self, id: &str, secret: &str) {
        let environment = [("EXPENSIFY_USER_ID", id), ("EXPENSIFY_USER_SECRET", secret)];
        let result = run(self.folder(), &["connect", "expensify"], &environment);
        assert_eq!(result.code, 0, "{}", result.stderr);
        assert!(!result.stdout.contains(secret) && !result.stderr.contains(secret));
    }

    /// Grants access as a person does: opens the page the first run prints, and hands over the address it leads to. Gives
    /// the code in it.
    pub(crate) async fn connect_freshbooks(&self, scenario: &Scenario) -> String {
        let app = &scenario.freshbooks.oauth;
        let secrets = [
            ("FRESHBOOKS_CLIENT_ID", app.client_id.as_str()),
            ("FRESHBOOKS_CLIENT_SECRET", app.client_secret.as_str()),
        ];
        let asked = run(
            self.folder(),
            &["--output", "json", "connect", "freshbooks"],
            &secrets,
        );
        assert_eq!(asked.code, 0, "{}", asked.stderr);
        let done = json(&asked.stdout)["done"].as_str().unwrap().to_owned();
        let page = done
            .split_whitespace()
            .find(|word| word.starts_with("http"))
            .unwrap()
            .to_owned();
        let state = url::Url::parse(&page)
            .unwrap()
            .query_pairs()
            .find(|(key, _)| key == "state")
            .unwrap()
            .1
            .into_owned();
        let redirected = consent(&page).await;
        let [id, secret] = secrets;
        let environment = [
            id,
            secret,
            ("FRESHBOOKS_STATE", state.as_str()),
            ("FRESHBOOKS_REDIRECTED_URL", redirected.as_str()),
        ];
        let result = run(self.folder(), &["connect", "freshbooks"], &environment);
        assert_eq!(result.code, 0, "{}", result.stderr);
        let redirected = url::Url::parse(&redirected).unwrap();
        let code = redirected.query_pairs().find(|(key, _)| key == "code");
        code.unwrap().1.into_owned()
    }
}

/// `connect freshbooks --listen`, waiting for its redirect.
#[derive(Debug)]
pub(crate) struct Listening {
    program: Child,
    said: String,
}

impl Installation {
    /// Starts `connect freshbooks --listen`.
    pub(crate) fn listen_for_consent(&self, redirect: &str) -> Listening {
        let app = &Scenario::demo().freshbooks.oauth;
        let program = Command::new(env!("CARGO_BIN_EXE_ml-connector"))
            .args([
                "connect",
                "freshbooks",
                "--listen",
                "--redirect-uri",
                redirect,
            ])
            .current_dir(self.folder())
            .env_remove("ML_CONNECTOR_CONFIG")
            .env("FRESHBOOKS_CLIENT_ID", &app.client_id)
            .env("FRESHBOOKS_CLIENT_SECRET", &app.client_secret)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Listening {
            program,
            said: String::new(),
        }
    }
}

impl Listening {
    /// Opens the page the program names, goes where it leads, and returns the fingerprint of the certificate met there.
    pub(crate) async fn consent(&mut self) -> String {
        let mut lines = BufReader::new(self.program.stderr.as_mut().unwrap()).lines();
        let mut page = None;
        while page.is_none() {
            let line = lines.next().unwrap().unwrap();
            page = Some(line.trim().to_owned()).filter(|line| line.starts_with("http"));
            self.said.push_str(&line);
        }
        for line in lines {
            let line = line.unwrap();
            self.said.push_str(&line);
            // The fingerprint is the last that is said: 32 bytes with colons between.
            if line.trim().len() == 95 && line.contains(':') {
                break;
            }
        }
        let redirected = consent(&page.unwrap()).await;
        // As a person does: go on all the same, and look at the certificate.
        let browser = reqwest::Client::builder()
            .tls_danger_accept_invalid_certs(true)
            .tls_info(true)
            .build()
            .unwrap();
        let answer = browser.get(&redirected).send().await.unwrap();
        assert!(answer.status().is_success(), "{answer:?}");
        let info: &reqwest::tls::TlsInfo = answer.extensions().get().unwrap();
        let hash = Sha256::digest(info.peer_certificate().unwrap());
        let pairs: Vec<String> = hash.iter().map(|byte| format!("{byte:02X}")).collect();
        pairs.join(":")
    }

    /// Waits for the program; its exit code, and all it said.
    pub(crate) fn ended(self) -> (i32, String) {
        let ended = self.program.wait_with_output().unwrap();
        let said = self.said
            + &String::from_utf8_lossy(&ended.stdout)
            + &String::from_utf8_lossy(&ended.stderr);
        (ended.status.code().unwrap_or(-1), said)
    }
}

/// The stand-in's consent page stands where FreshBooks' own does, on a host of its own: `/oauth/authorize`. Below one base
/// URL the client expects it under `/auth`.
async fn consent(page: &str) -> String {
    let page = page.replace("/auth/oauth/authorize", "/oauth/authorize");
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let answer = client.get(page).send().await.unwrap();
    answer.headers()["location"].to_str().unwrap().to_owned()
}
