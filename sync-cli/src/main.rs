//! `ml-connector`: approved Expensify reports become FreshBooks bills and expenses.

mod cli;
mod commands;
mod config;
mod exit_code;
mod failure;
mod output;
mod private_file;
mod progress;
mod terminal;
mod wiring;

#[tokio::main]
async fn main() -> std::process::ExitCode {
    commands::run(cli::parse()).await.into()
}
