//! `connect`: credentials go from the environment or a prompt straight into the vault.

use std::time::Duration;

use secrecy::SecretString;
use sync_adapters::{Consent, FreshBooksBusiness, RedirectListener};
use sync_core::ErrorKind;
use sync_core::model::{ConnectionId, ExpensifyKey, Fingerprint, Provider};
use sync_core::ports::Credential;
use url::Url;

use crate::cli::{ConnectCommand, FreshbooksArgs, Global};
use crate::config::ConnectionConfig;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Outcome};
use crate::output::{NoteView, Output};
use crate::terminal;
use crate::wiring::App;

pub(super) async fn run(global: &Global, out: Output, command: ConnectCommand) -> Outcome {
    let app = App::open(global, out).await?;
    let connection = app.connection()?;
    match command {
        ConnectCommand::Expensify => expensify(&app, connection).await,
        ConnectCommand::Freshbooks(args) => freshbooks(&app, connection, args).await,
    }
}

async fn expensify(app: &App, connection: &ConnectionConfig) -> Outcome {
    let user_id = terminal::line("EXPENSIFY_USER_ID", "Expensify partnerUserID")?;
    let user_secret = terminal::secret(
        "EXPENSIFY_USER_SECRET",
        "Expensify partnerUserSecret (not shown)",
    )?;
    store(
        app,
        connection.id(),
        Credential::Expensify(ExpensifyKey {
            user_id,
            user_secret,
        }),
    )
    .await?;
    let done = format!(
        "Expensify's key pair is stored, sealed, for connection {}",
        connection.id()
    );
    app.out().show(&NoteView::new(
        done,
        Some("run `ml-connector doctor`: it tries the key pair"),
    ))?;
    Ok(ExitCode::Done)
}

/// Replaces whatever is stored; of two that do so at once, one is told of the conflict.
async fn store(
    app: &App,
    connection: &ConnectionId,
    credential: Credential,
) -> Result<(), Failure> {
    forget_unreadable(app, connection, credential.provider()).await?;
    let stored = app
        .credentials()
        .load(connection, credential.provider())
        .await?;
    app.credentials()
        .replace(connection, stored.map(|stored| stored.version), credential)
        .await?;
    Ok(())
}

/// A record that was altered, moved or put back helps nobody and must not keep its successor out.
async fn forget_unreadable(
    app: &App,
    connection: &ConnectionId,
    provider: Provider,
) -> Result<(), Failure> {
    match app.credentials().load(connection, provider).await {
        Err(error) if error.kind() == ErrorKind::Corrupt => {
            Ok(app.credentials().forget(connection, provider).await?)
        }
        _ => Ok(()),
    }
}

async fn freshbooks(app: &App, connection: &ConnectionConfig, args: FreshbooksArgs) -> Outcome {
    let client_id = terminal::line("FRESHBOOKS_CLIENT_ID", "FreshBooks client id")?;
    let client_secret = terminal::secret(
        "FRESHBOOKS_CLIENT_SECRET",
        "FreshBooks client secret (not shown)",
    )?;
    let base_url = app.freshbooks_url();
    let consent = |redirect: &Url, state: &str| {
        let (secret, state) = (client_secret.clone(), SecretString::from(state));
        Consent::new(
            &client_id,
            secret,
            redirect.as_str(),
            state,
            base_url.as_deref(),
        )
    };
    let (consent, redirected) = if args.listen {
        let listener = RedirectListener::bind(&args.redirect_uri, app.now()).await?;
        let consent = consent(listener.redirect_uri(), &random_state()?)?;
        let redirected = listened(listener, &consent, args.listen_timeout).await?;
        (consent, redirected)
    } else {
        let state = match terminal::from_environment("FRESHBOOKS_STATE") {
            Some(state) => state,
            None => random_state()?,
        };
        let consent = consent(&args.redirect_uri, &state)?;
        let page = consent.page(&[]);
        let Some(redirected) = redirected(&page)? else {
            let next = format!(
                "set FRESHBOOKS_STATE={state} and FRESHBOOKS_REDIRECTED_URL to the address the browser is sent to, \
                 and run the same command within five minutes"
            );
            app.out().show(&NoteView::new(
                format!("open {page} in a browser and grant access"),
                Some(&next),
            ))?;
            return Ok(ExitCode::Done);
        };
        (consent, redirected)
    };
    store_grant(app, connection, &consent, &redirected).await
}

/// Exchanges the answer for a grant, stores it and shows what it opens.
async fn store_grant(
    app: &App,
    connection: &ConnectionConfig,
    consent: &Consent,
    redirected: &str,
) -> Outcome {
    forget_unreadable(app, connection.id(), Provider::FreshBooks).await?;
    let (credentials, clock) = (app.credentials(), app.clock());
    consent
        .finish(
            redirected,
            connection.id(),
            credentials.as_ref(),
            clock.as_ref(),
        )
        .await?;
    let businesses = app.businesses(connection).await?;
    let list: Vec<_> = businesses.iter().map(business).collect();
    let done = format!(
        "access to FreshBooks is stored, sealed, for connection {}\n{}",
        connection.id(),
        list.join("\n")
    );
    let next = if connection.ledger.account_id.is_none() && businesses.len() > 1 {
        "choose a business: put its three ids under [connection.freshbooks], then run `ml-connector doctor`"
    } else {
        "run `ml-connector doctor`"
    };
    app.out().show(&NoteView::new(done, Some(next)))?;
    Ok(ExitCode::Done)
}

/// The address the browser was sent to; `None` when nobody can be asked and the environment does not say.
fn redirected(page: &str) -> Result<Option<String>, Failure> {
    const VARIABLE: &str = "FRESHBOOKS_REDIRECTED_URL";
    if terminal::from_environment(VARIABLE).is_none() && !terminal::is_terminal() {
        return Ok(None);
    }
    Output::ask(&format!(
        "Open this page and grant access:\n\n  {page}\n\nThe browser is then sent to an address that may not load. That is fine.\n"
    ));
    terminal::line(VARIABLE, "Paste that address").map(Some)
}

/// The address the browser was sent to, as the listener saw it.
async fn listened(
    listener: RedirectListener,
    consent: &Consent,
    seconds: u64,
) -> Result<String, Failure> {
    Output::ask(&format!(
        "Open this page within {seconds} s and grant access:\n\n  {}\n\n\
         The browser is then sent to {}, where this program listens; that must be registered at the application.\n\
         It will warn that the connection is not private, because nobody issues certificates for this machine and the program \
         made its own. Go on all the same (\"Advanced\", then \"Proceed to localhost\"). To be sure, look at the certificate: \
         its SHA-256 fingerprint must be\n\n  {}\n\n",
        consent.page(&[]),
        listener.redirect_uri(),
        listener.fingerprint()
    ));
    Ok(listener
        .answer(consent, Duration::from_secs(seconds))
        .await?)
}

/// 256 random bits as text: whoever brings it back has seen the page we made.
pub(super) fn random_state() -> Result<String, Failure> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(|error| {
        let what = format!("failed to draw random bytes: {error}");
        Failure::new(
            ExitCode::Temporary,
            what,
            "the operating system gives none: try again, or restart it",
        )
    })?;
    Ok(Fingerprint::from_bytes(bytes).to_string())
}

fn business(business: &FreshBooksBusiness) -> String {
    let uuid = business
        .business_uuid()
        .map(|uuid| format!(", business_uuid = {uuid:?}"))
        .unwrap_or_default();
    format!(
        "  {}: account_id = {:?}, business_id = {}{uuid}",
        business.name,
        business.account.account_id(),
        business.business_id()
    )
}

/// Which provider's credential is missing, for `doctor`.
pub(super) const fn command_for(provider: Provider) -> &'static str {
    match provider {
        Provider::Expensify => "run `ml-connector connect expensify`",
        Provider::FreshBooks => "run `ml-connector connect freshbooks`",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_states_differ() {
        let (one, other) = (random_state().unwrap(), random_state().unwrap());
        assert_eq!(one.len(), 64);
        assert_ne!(one, other);
    }
}
