//! The two services, as the configuration describes them.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use expensify_client as expensify;
use freshbooks_client as freshbooks;
use sync_adapters::{
    CustodySettings, ExpensifySettings, ExpensifySource, FreshBooksAccount, FreshBooksBusiness,
    FreshBooksLedger, FreshBooksSettings, GrantCustody, ReferenceNames,
};
use sync_core::model::{Provider, WorkspaceId};
use sync_core::ports::Credential;

use super::App;
use crate::config::{ConnectionConfig, LedgerIds};
use crate::exit_code::ExitCode;
use crate::failure::{Failure, with_sources};

/// Longest wait for FreshBooks' time.
const TIME_WAIT_MAX: Duration = Duration::from_secs(10);

/// A category of a workspace, as its policy lists it.
#[derive(Clone, Debug)]
pub(crate) struct CategoryOfWorkspace {
    /// The workspace.
    pub(crate) workspace: WorkspaceId,
    /// Its name, `Parent:Child` where it has a parent.
    pub(crate) name: String,
    /// Its GL code.
    pub(crate) gl_code: Option<String>,
}

impl App {
    /// Expensify, with a connection's key pair.
    ///
    /// # Errors
    /// When its address is none.
    pub(crate) fn source(&self, connection: &ConnectionConfig) -> Result<ExpensifySource, Failure> {
        let settings = self.expensify_settings()?;
        let settings = ExpensifySettings::with_client(connection.id().clone(), settings);
        let source = ExpensifySource::new(settings, self.credentials(), self.clock());
        Ok(source.sharing(self.expensify()))
    }

    fn expensify_settings(&self) -> Result<expensify::Settings, Failure> {
        // Whether http may leave this machine was decided when the configuration was read.
        let mut settings = expensify::Settings::over_plain_http(&self.expensify_url())
            .map_err(|error| expensify_failure(&error))?;
        if self.config().services.unpaced {
            unpace(&mut settings);
        }
        Ok(settings)
    }

    /// The books of a connection: as configured, else as FreshBooks tells.
    ///
    /// # Errors
    /// When they are not configured and cannot be asked for, or are several.
    pub(crate) async fn account(
        &self,
        connection: &ConnectionConfig,
    ) -> Result<FreshBooksAccount, Failure> {
        match &connection.ledger {
            LedgerIds {
                account_id: Some(account),
                business_id: Some(business),
                business_uuid,
            } => Ok(FreshBooksAccount::new(
                account,
                *business,
                business_uuid.as_deref(),
            )?),
            incomplete => discovered(incomplete, &self.businesses(connection).await?),
        }
    }

    /// FreshBooks, with a connection's grant and these books.
    ///
    /// # Errors
    /// When the HTTP transport cannot be set up.
    pub(crate) fn ledger(
        &self,
        connection: &ConnectionConfig,
        account: FreshBooksAccount,
    ) -> Result<FreshBooksLedger, Failure> {
        let mut settings = FreshBooksSettings::new(account);
        settings.client = self.freshbooks_settings();
        if let Some(url) = self.freshbooks_url() {
            settings = settings.at(&url)?;
        }
        if connection.names_projects_or_clients() {
            settings.projects_and_clients = ReferenceNames::Used;
        }
        Ok(FreshBooksLedger::new(
            settings,
            self.custody(connection)?,
            self.clock(),
        )?)
    }

    /// The businesses whose books a connection's grant opens.
    ///
    /// # Errors
    /// When there is no grant, or FreshBooks does not answer.
    pub(crate) async fn businesses(
        &self,
        connection: &ConnectionConfig,
    ) -> Result<Vec<FreshBooksBusiness>, Failure> {
        let custody = self.custody(connection)?;
        Ok(sync_adapters::businesses(custody, self.freshbooks_url().as_deref()).await?)
    }

    /// FreshBooks' address, when it is not FreshBooks' own.
    pub(crate) fn freshbooks_url(&self) -> Option<String> {
        self.config()
            .services
            .freshbooks
            .as_ref()
            .map(ToString::to_string)
    }

    /// The time of FreshBooks' own clock; `None` when its answer states none.
    ///
    /// # Errors
    /// When FreshBooks cannot be reached.
    pub(crate) async fn freshbooks_time(&self) -> Result<Option<DateTime<Utc>>, Failure> {
        let url = match &self.config().services.freshbooks {
            Some(url) => url.clone(),
            None => {
                freshbooks::Endpoints::freshbooks()
                    .map_err(|error| unreachable(&error))?
                    .api
            }
        };
        let client = reqwest::Client::builder()
            // Nothing this program asks is asked of another host than the configured one.
            .redirect(reqwest::redirect::Policy::none())
            .timeout(TIME_WAIT_MAX)
            .build()
            .map_err(|error| unreachable(&error))?;
        let answer = client
            .head(url)
            .send()
            .await
            .map_err(|error| unreachable(&error.without_url()))?;
        let date = answer
            .headers()
            .get("date")
            .and_then(|date| date.to_str().ok());
        Ok(date
            .and_then(|date| DateTime::parse_from_rfc2822(date).ok())
            .map(|date| date.to_utc()))
    }

    /// The categories of a connection's workspaces that people can choose.
    ///
    /// # Errors
    /// When there is no key pair, or Expensify does not answer.
    pub(crate) async fn categories(
        &self,
        connection: &ConnectionConfig,
    ) -> Result<Vec<CategoryOfWorkspace>, Failure> {
        let stored = self
            .credentials()
            .load(connection.id(), Provider::Expensify)
            .await?;
        let Some(Credential::Expensify(key)) = stored.map(|stored| stored.credential) else {
            let what = "failed to read categories: no Expensify key pair is stored";
            return Err(Failure::new(
                ExitCode::NeedsReauth,
                what,
                "run `ml-connector connect expensify`",
            ));
        };
        let settings = self.expensify_settings()?;
        let credentials = expensify::Credentials::new(key.user_id.into(), key.user_secret);
        let budget = self.expensify().budget(&settings);
        let client = expensify::ClientBuilder::new(settings, credentials)
            .with_budget(budget)
            .build()
            .map_err(|error| expensify_failure(&error))?;
        let wanted = connection.engine.rules.scope.workspaces.iter();
        let wanted: Result<BTreeSet<_>, _> = wanted
            .map(|workspace| expensify::PolicyId::new(workspace.as_str()))
            .collect();
        let wanted = wanted.map_err(|error| expensify_failure(&error))?;
        let sections = BTreeSet::from([expensify::PolicySection::Categories]);
        let policies = client
            .run(&expensify::PolicyQuery::new(wanted, sections))
            .await
            .map_err(|error| expensify_failure(&error))?;
        Ok(policies
            .iter()
            .flat_map(|(workspace, policy)| categories_of(workspace, policy))
            .collect())
    }

    fn custody(&self, connection: &ConnectionConfig) -> Result<Arc<GrantCustody>, Failure> {
        let mut settings = CustodySettings {
            client: self.freshbooks_settings(),
            ..CustodySettings::default()
        };
        if let Some(url) = self.freshbooks_url() {
            settings = settings.at(&url)?;
        }
        let custody = GrantCustody::with_spill(
            connection.id().clone(),
            self.credentials(),
            Arc::new(self.vault().spill.clone()),
            self.clock(),
            self.entropy(),
            settings,
        );
        Ok(Arc::new(custody))
    }

    fn expensify_url(&self) -> String {
        self.config()
            .services
            .expensify
            .as_ref()
            .map_or_else(|| expensify::PRODUCTION_URL.to_owned(), ToString::to_string)
    }

    fn freshbooks_settings(&self) -> freshbooks::Settings {
        let mut settings = freshbooks::Settings::default();
        if self.config().services.unpaced {
            settings.pacing = freshbooks::Pacing::Off;
        }
        settings
    }
}

/// No budgets and no waiting: for stand-ins, which the configuration has checked them to be.
fn unpace(settings: &mut expensify::Settings) {
    settings.rate = Vec::new();
    settings.download.first_after = Duration::ZERO;
    settings.download.waits = vec![Duration::from_millis(50)];
}

/// The business that the ids given so far leave no doubt about.
fn discovered(
    ids: &LedgerIds,
    businesses: &[FreshBooksBusiness],
) -> Result<FreshBooksAccount, Failure> {
    let fits = |business: &&FreshBooksBusiness| {
        ids.account_id
            .as_deref()
            .is_none_or(|wanted| business.account.account_id() == wanted)
            && ids
                .business_id
                .is_none_or(|wanted| business.business_id() == wanted)
    };
    let candidates: Vec<_> = businesses.iter().filter(fits).collect();
    let [business] = candidates.as_slice() else {
        let what = format!(
            "failed to choose a FreshBooks business: {} fit the configuration",
            candidates.len()
        );
        let fix = "run `ml-connector connect freshbooks` or `ml-connector doctor` to see them, and put the three ids of one \
                   under [connection.freshbooks]";
        return Err(Failure::configuration(what, fix));
    };
    Ok(business.account.clone())
}

fn categories_of(
    workspace: &expensify::PolicyId,
    policy: &expensify::Policy,
) -> Vec<CategoryOfWorkspace> {
    let categories = policy
        .categories
        .iter()
        .flatten()
        .filter(|category| category.enabled);
    categories
        .map(|category| CategoryOfWorkspace {
            workspace: WorkspaceId::new(workspace.as_str()),
            name: category.name.clone(),
            gl_code: category.gl_code.clone(),
        })
        .collect()
}

fn unreachable(error: &(dyn std::error::Error + 'static)) -> Failure {
    Failure::new(
        ExitCode::Temporary,
        format!("failed to reach FreshBooks: {}", with_sources(error)),
        "check the network, proxies and services.freshbooks in the configuration",
    )
}

fn expensify_failure(error: &expensify::Error) -> Failure {
    let what = format!("failed to ask Expensify: {}", with_sources(error));
    if error.kind() == expensify::ErrorKind::Unauthenticated {
        Failure::new(
            ExitCode::NeedsReauth,
            what,
            "run `ml-connector connect expensify` with a key pair that works",
        )
    } else {
        Failure::new(
            ExitCode::Temporary,
            what,
            "try again later; if it stays, check services.expensify in the configuration",
        )
    }
}
