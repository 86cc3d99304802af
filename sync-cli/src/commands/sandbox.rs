//! `sandbox`: both services on loopback, until stopped.

use sync_sandbox::{Sandbox, Scenario};

use crate::cli::SandboxArgs;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Outcome, with_sources};
use crate::output::{Output, SandboxView};
use crate::wiring;

pub(super) async fn run(out: Output, args: SandboxArgs) -> Outcome {
    let mut scenario = match &args.scenario {
        None => Scenario::demo(),
        Some(path) => Scenario::from_file(path).map_err(|error| {
            let fix = "correct the file; the README of sync-sandbox describes scenarios";
            Failure::configuration(
                format!("failed to start the sandbox: {}", with_sources(&error)),
                fix,
            )
        })?,
    };
    if args.no_rate_limits {
        scenario.expensify.settings.rate_limits = false;
        scenario.freshbooks.settings.rate_limits = false;
    }
    let mut view = SandboxView::of(&scenario);
    let builder = Sandbox::builder()
        .scenario(scenario)
        .expensify_port(args.expensify_port)
        .freshbooks_port(args.freshbooks_port);
    let sandbox = builder.start().await.map_err(|error| {
        let fix =
            "stop what uses the port, or choose others with --expensify-port and --freshbooks-port";
        Failure::configuration(
            format!("failed to start the sandbox: {}", with_sources(&error)),
            fix,
        )
    })?;
    view.expensify_url = sandbox.expensify_url();
    view.freshbooks_url = sandbox.freshbooks_url();
    out.show(&view)?;
    wiring::stopped().await;
    sandbox.shutdown().await;
    Ok(ExitCode::Done)
}
