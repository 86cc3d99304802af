//! `sync-sandbox`: both services on loopback, for other processes.

use std::error::Error;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use chrono::{DateTime, Utc};
use clap::Parser;
use serde_json::json;
use sync_sandbox::{Clock, Sandbox, Scenario};

/// Stand-ins for Expensify and FreshBooks on loopback, with faults on demand.
///
/// Prints one line of JSON with both base URLs and the credentials, then serves until SIGTERM or Ctrl-C.
#[derive(Debug, Parser)]
#[command(name = "sync-sandbox", version)]
struct Arguments {
    /// Scenario file (TOML, or JSON when its name ends in .json), or `demo`
    #[arg(long, default_value = "demo")]
    scenario: PathBuf,
    /// Port of the Expensify side; 0 takes any free one
    #[arg(long, default_value_t = 0)]
    port_expensify: u16,
    /// Port of the FreshBooks side; 0 takes any free one
    #[arg(long, default_value_t = 0)]
    port_freshbooks: u16,
    /// Let the clock stand at this instant (RFC 3339) instead of running
    #[arg(long)]
    now: Option<DateTime<Utc>>,
    /// Do not enforce the request budgets of the services
    #[arg(long)]
    no_rate_limits: bool,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report(error.as_ref());
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let mut scenario = match arguments.scenario.to_str() {
        Some("demo") => Scenario::demo(),
        Some(_) | None => Scenario::from_file(&arguments.scenario)?,
    };
    if arguments.no_rate_limits {
        scenario.expensify.settings.rate_limits = false;
        scenario.freshbooks.settings.rate_limits = false;
    }
    let clock = arguments.now.map_or_else(Clock::system, Clock::fixed);
    let greeting = greeting(&scenario);
    let ports = (arguments.port_expensify, arguments.port_freshbooks);
    let builder = Sandbox::builder()
        .scenario(scenario)
        .clock(clock)
        .expensify_port(ports.0)
        .freshbooks_port(ports.1);
    let sandbox = builder.start().await?;
    let mut line = greeting;
    line["expensify"]["url"] = sandbox.expensify_url().into();
    line["freshbooks"]["url"] = sandbox.freshbooks_url().into();
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()?;
    drop(out);
    stopped().await?;
    sandbox.shutdown().await;
    Ok(())
}

fn greeting(scenario: &Scenario) -> serde_json::Value {
    let oauth = &scenario.freshbooks.oauth;
    let accounts: Vec<_> = scenario
        .freshbooks
        .businesses
        .iter()
        .map(|it| json!({"account_id": it.account_id, "business_id": it.business_id, "business_uuid": it.uuid, "name": it.name}))
        .collect();
    json!({
        "expensify": {
            "partner_user_id": scenario.expensify.partner_user_id,
            "partner_user_secret": scenario.expensify.partner_user_secret,
            "policies": scenario.expensify.policies.iter().map(|it| json!({"id": it.id, "name": it.name})).collect::<Vec<_>>(),
        },
        "freshbooks": {
            "client_id": oauth.client_id, "client_secret": oauth.client_secret,
            "access_token": oauth.access_token, "refresh_token": oauth.refresh_token, "accounts": accounts,
        },
    })
}

#[cfg(unix)]
async fn stopped() -> std::io::Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn stopped() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}

fn report(error: &dyn Error) {
    let mut text = format!("sync-sandbox: {error}");
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    // There is nowhere left to say that standard error is closed.
    let _ = writeln!(std::io::stderr(), "{text}");
}
