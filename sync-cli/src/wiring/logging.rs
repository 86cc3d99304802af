//! Logs, and the signal to stop.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

/// Logs to standard error; `RUST_LOG` overrides `-v`. No log line holds a secret or a body: the libraries see to it.
pub(crate) fn start_logging(verbose: u8) {
    let default = match verbose {
        0 => "warn",
        1 => "info",
        2 => "debug",
        3.. => "trace",
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    let started = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        .try_init();
    // Only a second start in one process fails, and then the first one's logs go on.
    drop(started);
}

/// Waits for SIGTERM or Ctrl-C.
pub(crate) async fn stopped() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupted => {}
                _ = terminated.recv() => {}
            }
            return;
        }
    }
    // Without signals nobody can ask to stop; the operating system still can.
    let _ = interrupted.await;
}
