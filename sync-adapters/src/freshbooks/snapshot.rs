//! Reference data, as planning needs it.

use freshbooks_client as wire;
use sync_core::model::{
    Capabilities, Client, LedgerAccount, LedgerId, Project, Snapshot, SnapshotParts, Staff, Tax,
    Vendor,
};
use sync_core::{ErrorKind, Result};

use super::ledger::{FreshBooksLedger, ReferenceNames};
use super::listing::Failed;
use super::{convert, failure};

/// The plan feature that bills, bill vendors and bill payments need.
const ACCOUNTS_PAYABLE: &str = "accounts_payable.access";

impl FreshBooksLedger {
    pub(super) async fn read_snapshot(&self) -> Result<Snapshot> {
        let (
            vendors,
            categories,
            ledger_accounts,
            taxes,
            (projects, clients),
            staff,
            accounts_payable,
        ) = tokio::try_join!(
            self.vendors(),
            self.categories(),
            self.ledger_accounts(),
            self.taxes(),
            self.charged(),
            self.staff(),
            self.accounts_payable(),
        )?;
        let capabilities = Capabilities {
            // A refusal for want of the feature is surer than what users/me says.
            accounts_payable: if vendors.is_none() {
                Some(false)
            } else {
                accounts_payable
            },
        };
        Ok(Snapshot::new(SnapshotParts {
            ledger: LedgerId::new(self.account().as_str()),
            // No endpoint in the reference tells it; every amount is sent with its currency, so nothing falls back to it.
            base_currency: None,
            vendors: vendors.unwrap_or_default(),
            categories,
            ledger_accounts,
            taxes,
            projects,
            clients,
            staff,
            capabilities,
        }))
    }

    /// `None` when the plan has no bills: then expenses can be synced all the same.
    async fn vendors(&self) -> Result<Option<Vec<Vendor>>> {
        let action = "list the vendors of FreshBooks";
        let vendors = || {
            self.client()
                .vendors(self.account())
                .list(wire::VendorFilter::default())
        };
        match self.readable(action, vendors).await {
            Ok(rows) => Ok(Some(
                rows.into_iter()
                    .filter_map(convert::vendor_reference)
                    .collect(),
            )),
            Err(Failed::Client(error)) if error.feature().is_some() => Ok(None),
            Err(failed) => Err(failed.told(action)),
        }
    }

    async fn categories(&self) -> Result<Vec<sync_core::model::ExpenseCategory>> {
        let action = "list the expense categories of FreshBooks";
        let categories = || {
            self.client()
                .expense_categories(self.account())
                .list(wire::ExpenseCategoryFilter::default())
        };
        let rows = self
            .readable(action, categories)
            .await
            .map_err(|failed| failed.told(action))?;
        Ok(rows.into_iter().filter_map(convert::category).collect())
    }

    /// `None` when it cannot be read: the scope it needs is UNVERIFIED (1.6), and rules and names do without it. But a
    /// failure that passes is an error, or else the same plan would come out differently an hour later.
    async fn ledger_accounts(&self) -> Result<Option<Vec<LedgerAccount>>> {
        let action = "list the ledger accounts of FreshBooks";
        let Some(business) = &self.settings().account.business_uuid else {
            return Ok(None);
        };
        let accounts = self.client().ledger_accounts(business);
        match accounts.list(wire::NoFilter).collect().await {
            Ok(listing) => {
                for problem in &listing.problems {
                    tracing::warn!(action, %problem, "left out");
                }
                Ok(Some(
                    listing
                        .items
                        .into_iter()
                        .map(convert::ledger_account)
                        .collect(),
                ))
            }
            Err(error) if is_passing(&error) => Err(failure::read(action, &error)),
            Err(error) => {
                tracing::info!(action, %error, "not readable; GL codes are not compared with account numbers");
                Ok(None)
            }
        }
    }

    async fn taxes(&self) -> Result<Vec<Tax>> {
        let action = "list the taxes of FreshBooks";
        let taxes = || {
            self.client()
                .taxes(self.account())
                .list(wire::TaxFilter::default())
        };
        let rows = optional(action, self.readable(action, taxes).await)?;
        Ok(rows.into_iter().map(convert::tax).collect())
    }

    async fn staff(&self) -> Result<Vec<Staff>> {
        let action = "list the staff of FreshBooks";
        let staff = || self.client().staff(self.account()).list(wire::NoFilter);
        let rows = optional(action, self.readable(action, staff).await)?;
        Ok(rows.into_iter().filter_map(convert::staff_member).collect())
    }

    /// Projects and clients, when rules name them.
    async fn charged(&self) -> Result<(Option<Vec<Project>>, Option<Vec<Client>>)> {
        if self.settings().projects_and_clients == ReferenceNames::Unused {
            return Ok((None, None));
        }
        let action = "list the projects of FreshBooks";
        let business = self.settings().account.business;
        let projects = || {
            self.client()
                .projects(business)
                .list(wire::ProjectFilter::default())
        };
        let projects = self
            .readable(action, projects)
            .await
            .map_err(|failed| failed.told(action))?;
        let action = "list the clients of FreshBooks";
        let clients = || {
            self.client()
                .clients(self.account())
                .list(wire::ClientFilter::default())
        };
        let clients = self
            .readable(action, clients)
            .await
            .map_err(|failed| failed.told(action))?;
        Ok((
            Some(projects.into_iter().map(convert::project).collect()),
            Some(clients.into_iter().filter_map(convert::client).collect()),
        ))
    }

    async fn accounts_payable(&self) -> Result<Option<bool>> {
        let identity = self.client().identity().await;
        let identity = identity
            .map_err(|error| failure::read("read who granted access to FreshBooks", &error))?;
        Ok(granted(&identity, self.account()))
    }
}

/// Whether the plan of an account has bills; `None` when nothing is said, which means nothing (2).
pub(super) fn granted(identity: &wire::Identity, account: &wire::AccountId) -> Option<bool> {
    match identity.access(account, ACCOUNTS_PAYABLE) {
        wire::FeatureAccess::Granted => Some(true),
        wire::FeatureAccess::Denied => Some(false),
        wire::FeatureAccess::Unknown => None,
    }
}

/// Rows that planning can do without: where a scope is missing there are none, and a rule that names one is a finding.
fn optional<R>(action: &'static str, rows: Result<Vec<R>, Failed>) -> Result<Vec<R>> {
    match rows {
        Ok(rows) => Ok(rows),
        Err(Failed::Client(error))
            if error.kind() == wire::ErrorKind::Forbidden && !error.is_inactive_account() =>
        {
            tracing::warn!(action, %error, "not permitted; taken as empty");
            Ok(Vec::new())
        }
        Err(failed) => Err(failed.told(action)),
    }
}

fn is_passing(error: &wire::Error) -> bool {
    failure::read("", error).kind() == ErrorKind::Unavailable
        && !matches!(
            error.kind(),
            wire::ErrorKind::TooLarge | wire::ErrorKind::Unexpected
        )
        || error.kind() == wire::ErrorKind::Unauthenticated
}
