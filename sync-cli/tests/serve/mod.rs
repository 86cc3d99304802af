//! `serve`, as a service manager runs it: passes when they are due, webhooks as hints, and an end on SIGTERM.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests, outside of test functions"
)]

use std::io::Write as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sync_sandbox::{Person, Sandbox};

use crate::setup::Installation;

/// A running `serve`, killed if a test ends early.
struct Serving(Option<Child>);

impl Serving {
    fn start(place: &Installation) -> Self {
        let child = Command::new(env!("CARGO_BIN_EXE_ml-connector"))
            .arg("serve")
            .current_dir(place.folder())
            .env_remove("ML_CONNECTOR_CONFIG")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Self(Some(child))
    }

    /// Asks it to stop as a service manager does; its exit code and what it said.
    fn stop(mut self) -> (Option<i32>, String) {
        let child = self.0.take().unwrap();
        let asked = Command::new("kill")
            .args(["-TERM", &child.id().to_string()])
            .status()
            .unwrap();
        assert!(asked.success());
        let ended = child.wait_with_output().unwrap();
        let said =
            String::from_utf8(ended.stdout).unwrap() + &String::from_utf8(ended.stderr).unwrap();
        (ended.status.code(), said)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            let _ = child.kill();
        }
    }
}

async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_mins(1), "never: {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn serve_makes_a_due_pass_hears_of_a_change_at_once_and_ends_when_asked() {
    let sandbox = Sandbox::builder().rate_limits(false).start().await.unwrap();
    let place = Installation::connected(&sandbox).await;
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let config = place.folder().join("ml-connector.toml");
    let mut config = std::fs::OpenOptions::new()
        .append(true)
        .open(config)
        .unwrap();
    write!(
        config,
        "[connection.schedule]\nevery = \"1h\"\n[webhooks]\nlisten = \"{address}\"\npublic_url = \"http://{address}\"\n"
    )
    .unwrap();
    let serving = Serving::start(&place);
    until("the first pass writes all records", || {
        sandbox.bills().len() + sandbox.expenses().len() == 15
    })
    .await;
    let verified = || {
        place
            .run(&["--output", "json", "status"])
            .stdout
            .contains("verified")
    };
    until("they are read back", verified).await;

    let health = reqwest::get(format!("http://{address}/healthz"))
        .await
        .unwrap();
    assert_eq!(health.status(), 204);
    // Who knows no path of ours is told nothing.
    let stranger = reqwest::Client::new()
        .post(format!("http://{address}/webhooks/freshbooks/guessed"))
        .body("name=bill.update&object_id=1")
        .send()
        .await
        .unwrap();
    assert!(stranger.status().is_client_error(), "{}", stranger.status());

    // The next pass is an hour away; FreshBooks calls now.
    let bill = sandbox.bills()[0]["id"].as_u64().unwrap();
    sandbox.person(Person::DeleteBill { id: bill }).unwrap();
    until("the deletion is noticed", || {
        place
            .run(&["--output", "json", "status"])
            .stdout
            .contains("drifted")
    })
    .await;
    assert_eq!(
        sandbox
            .posts()
            .iter()
            .filter(|post| post.path.ends_with("/bills/bills"))
            .count(),
        7
    );

    let (code, said) = serving.stop();
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("connection main: every 1 h"), "{said}");
    assert!(said.trim_end().ends_with("stopped"), "{said}");
    sandbox.shutdown().await;
}
