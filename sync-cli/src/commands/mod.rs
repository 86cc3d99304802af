//! The commands: each parses nothing, decides nothing about money, and prints nothing itself.

mod audit;
mod audit_report;
mod connect;
mod demo;
mod demo_scene;
mod doctor;
mod doctor_scopes;
mod doctor_services;
mod grant;
mod init;
mod mapping;
mod plan;
mod reconcile;
mod replay;
mod review;
mod sandbox;
mod serve;
mod serve_http;
mod serve_inbox;
mod status;
mod sync;
mod vault;

use crate::cli::{Cli, Command, Global};
use crate::exit_code::ExitCode;
use crate::failure::Outcome;
use crate::output::Output;

/// Runs the command given and says why it failed, if it did.
pub(crate) async fn run(cli: Cli) -> ExitCode {
    crate::wiring::start_logging(cli.global.verbose);
    let out = Output::new(cli.global.output);
    match dispatch(&cli.global, cli.command, out).await {
        Ok(code) => code,
        Err(failure) => {
            out.complain(&failure);
            failure.code
        }
    }
}

async fn dispatch(global: &Global, command: Command, out: Output) -> Outcome {
    match command {
        Command::Demo(args) => demo::run(out, &args).await,
        Command::Init(args) => init::run(global, out, &args),
        Command::Connect(args) => connect::run(global, out, args).await,
        Command::Doctor => doctor::run(global, out).await,
        Command::Plan(args) => plan::run(global, out, &args).await,
        Command::Sync(args) => sync::run(global, out, &args).await,
        Command::Serve => serve::run(global, out).await,
        Command::Status => status::run(global, out).await,
        Command::Review(args) => review::run(global, out, args).await,
        Command::Replay(args) => replay::run(global, out, args).await,
        Command::Audit(args) => audit::run(global, out, args).await,
        Command::Vault(command) => vault::run(global, out, command).await,
        Command::Reconcile(args) => reconcile::run(global, out, args).await,
        Command::Mapping(args) => mapping::run(global, out, args).await,
        Command::Sandbox(args) => sandbox::run(out, args).await,
    }
}
