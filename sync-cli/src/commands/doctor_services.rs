//! What `doctor` asks of the two services.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use sync_adapters::FreshBooksBusiness;
use sync_core::model::{
    Employee, Expense, ExpenseId, ExpenseReport, FieldOrigin, Money, Origins, Provider, ReportId,
    ReportState, Snapshot, WorkspaceId,
};
use sync_core::plan::{Cause, Planner};
use sync_core::ports::{Credential, ExpenseSource as _, Ledger as _, SourceWorkspace};

use super::connect::command_for;
use super::doctor::Report;
use super::doctor_scopes;
use super::grant::standing;
use crate::config::ConnectionConfig;
use crate::exit_code::ExitCode;
use crate::output::Check;
use crate::wiring::{App, CategoryOfWorkspace};

/// Clocks further apart than this make leases and token lifetimes unreliable.
const SKEW_MAX_SECONDS: i64 = 12;

/// Compares the machine's clock with FreshBooks'.
pub(super) async fn clock(app: &App, report: &mut Report) {
    let check = match app.freshbooks_time().await {
        Err(failure) => return report.failed("FreshBooks reachable", None, &failure),
        Ok(None) => Check::ok(
            "clock",
            "FreshBooks is reachable; its answer states no time to compare with",
        ),
        Ok(Some(theirs)) => skew(app.now(), theirs),
    };
    report.add(check, ExitCode::Configuration);
}

fn skew(ours: DateTime<Utc>, theirs: DateTime<Utc>) -> Check {
    let seconds = ours.signed_duration_since(theirs).num_seconds();
    if seconds.abs() <= SKEW_MAX_SECONDS {
        Check::ok("clock", "agrees with FreshBooks")
    } else {
        Check::warn(
            "clock",
            format!("differs from FreshBooks by {seconds} s"),
            "let the operating system set the clock (NTP)",
        )
    }
}

/// Checks one connection at both services.
pub(super) async fn connection(app: &App, connection: &ConnectionConfig, report: &mut Report) {
    let expensify = expensify(app, connection, report).await;
    let Some(snapshot) = freshbooks(app, connection, report).await else {
        return;
    };
    if !expensify {
        return;
    }
    match app.categories(connection).await {
        Ok(categories) => {
            let check = coverage(connection, &snapshot, &categories);
            report.add(check.of(connection.id().as_str()), ExitCode::Configuration);
        }
        Err(failure) => report.failed("mapping", Some(connection.id().as_str()), &failure),
    }
}

async fn stored(
    app: &App,
    connection: &ConnectionConfig,
    provider: Provider,
    what: &'static str,
    report: &mut Report,
) -> Option<Credential> {
    let name = connection.id().as_str();
    match app.credentials().load(connection.id(), provider).await {
        Ok(Some(stored)) => Some(stored.credential),
        Ok(None) => {
            report.add(
                Check::fail(what, "no credentials are stored", command_for(provider)).of(name),
                ExitCode::NeedsReauth,
            );
            None
        }
        Err(error) => {
            report.failed(what, Some(name), &error.into());
            None
        }
    }
}

async fn expensify(app: &App, connection: &ConnectionConfig, report: &mut Report) -> bool {
    const WHAT: &str = "Expensify";
    let name = connection.id().as_str();
    if stored(app, connection, Provider::Expensify, WHAT, report)
        .await
        .is_none()
    {
        return false;
    }
    let workspaces = match app.source(connection) {
        Ok(source) => source.workspaces().await.map_err(Into::into),
        Err(failure) => Err(failure),
    };
    match workspaces {
        Ok(workspaces) => {
            let found = format!(
                "reachable, the key pair opens {} workspace(s)",
                workspaces.len()
            );
            report.add(Check::ok(WHAT, found).of(name), ExitCode::NeedsReauth);
            for wanted in &connection.engine.rules.scope.workspaces {
                report.add(
                    workspace(wanted, &workspaces).of(name),
                    ExitCode::Configuration,
                );
            }
            true
        }
        Err(failure) => {
            report.failed(WHAT, Some(name), &failure);
            false
        }
    }
}

fn workspace(wanted: &WorkspaceId, visible: &[SourceWorkspace]) -> Check {
    const WHAT: &str = "workspace";
    let Some(found) = visible.iter().find(|workspace| workspace.id == *wanted) else {
        let names: Vec<_> = visible
            .iter()
            .map(|workspace| format!("{} {:?}", workspace.id, workspace.name))
            .collect();
        return Check::fail(
            WHAT,
            format!(
                "{wanted} is not visible to the key pair: its reports would silently be missing"
            ),
            format!(
                "correct the id, or have the key pair's owner made an admin of it; visible are {}",
                names.join(", ")
            ),
        );
    };
    if found.role.eq_ignore_ascii_case("admin") {
        Check::ok(
            WHAT,
            format!("{wanted} {:?}, role {}", found.name, found.role),
        )
    } else {
        Check::warn(
            WHAT,
            format!(
                "{wanted} {:?}: the key pair's role is {:?}, so reports of others may be missing",
                found.name, found.role
            ),
            "have the key pair's owner made an admin of the workspace in Expensify",
        )
    }
}

async fn freshbooks(
    app: &App,
    connection: &ConnectionConfig,
    report: &mut Report,
) -> Option<Snapshot> {
    const WHAT: &str = "FreshBooks";
    let name = connection.id().as_str();
    stored(app, connection, Provider::FreshBooks, WHAT, report).await?;
    let (grant, code) = standing(app, connection.id()).await;
    let check = match grant.fix {
        None => Check::ok("FreshBooks access", grant.found),
        Some(fix) => Check::fail("FreshBooks access", grant.found, fix),
    };
    report.add(check.of(name), code);
    if code != ExitCode::Done {
        return None;
    }
    match app.businesses(connection).await {
        Ok(businesses) => report.add(
            business(connection, &businesses).of(name),
            ExitCode::Configuration,
        ),
        Err(failure) => {
            report.failed(WHAT, Some(name), &failure);
            return None;
        }
    }
    let ledger = match app
        .account(connection)
        .await
        .and_then(|account| app.ledger(connection, account))
    {
        Ok(ledger) => ledger,
        Err(failure) => {
            report.failed(WHAT, Some(name), &failure);
            return None;
        }
    };
    scopes(app, connection, report).await;
    match ledger.snapshot().await {
        Ok(snapshot) => {
            for check in reference_data(connection, &snapshot) {
                report.add(check.of(name), ExitCode::Configuration);
            }
            Some(snapshot)
        }
        Err(error) => {
            report.failed("FreshBooks reference data", Some(name), &error.into());
            None
        }
    }
}

/// Read after FreshBooks was asked something: an access token that had ended has been renewed by then.
async fn scopes(app: &App, connection: &ConnectionConfig, report: &mut Report) {
    const WHAT: &str = "FreshBooks scopes";
    let grant = stored(app, connection, Provider::FreshBooks, WHAT, report).await;
    if let Some(Credential::FreshBooks(grant)) = grant {
        for check in doctor_scopes::checks(connection, &grant) {
            report.add(check.of(connection.id().as_str()), ExitCode::NeedsReauth);
        }
    }
}

fn business(connection: &ConnectionConfig, businesses: &[FreshBooksBusiness]) -> Check {
    const WHAT: &str = "FreshBooks business";
    let wanted = connection.ledger.account_id.as_deref();
    let found = businesses
        .iter()
        .find(|business| wanted.is_none_or(|wanted| business.account.account_id() == wanted));
    let Some(found) = found else {
        let accounts: Vec<_> = businesses
            .iter()
            .map(|business| business.account.account_id())
            .collect();
        let fix = format!(
            "correct account_id under [connection.freshbooks] (there are: {}), or connect as another person",
            accounts.join(", ")
        );
        let what = format!(
            "account {:?} is not among those of the person who granted access",
            wanted.unwrap_or_default()
        );
        return Check::fail(WHAT, what, fix);
    };
    let shown = format!(
        "{:?}, account {}, role {}",
        found.name,
        found.account.account_id(),
        found.role
    );
    if found.role == "client" {
        Check::fail(
            WHAT,
            shown,
            "connect as a person who works in the business: a client's writes are all refused",
        )
    } else {
        Check::ok(WHAT, shown)
    }
}

fn reference_data(connection: &ConnectionConfig, snapshot: &Snapshot) -> Vec<Check> {
    let parts = snapshot.parts();
    let found = format!(
        "readable: {} vendors, {} categories, {} taxes, {} staff",
        parts.vendors.len(),
        parts.categories.len(),
        parts.taxes.len(),
        parts.staff.len()
    );
    let mut checks = vec![Check::ok("FreshBooks reference data", found)];
    checks.push(match parts.capabilities.accounts_payable {
        Some(true) => Check::ok("accounts payable", "the plan includes it"),
        None => Check::warn(
            "accounts payable",
            "FreshBooks does not say whether the plan includes it",
            "if the first bill is refused, upgrade the plan or set company_paid and rules so that no bills are needed",
        ),
        Some(false) => Check::fail(
            "accounts payable",
            "the plan does not include it, so no bill can be written",
            "upgrade the FreshBooks plan to one with Accounts Payable",
        ),
    });
    // What no rule names is not read at all.
    let named = connection.names_projects_or_clients();
    let optional = [
        (
            "ledger accounts",
            "user:journal_entries:read",
            parts.ledger_accounts.is_some(),
        ),
        (
            "projects",
            "user:projects:read",
            !named || parts.projects.is_some(),
        ),
        (
            "clients",
            "user:clients:read",
            !named || parts.clients.is_some(),
        ),
    ];
    checks.extend(
        optional
            .into_iter()
            .filter(|(_, _, readable)| !readable)
            .map(|(what, scope, _)| {
                Check::warn(
                    "FreshBooks reference data",
                    format!("{what} cannot be read"),
                    format!("tick {scope} at the application and connect again"),
                )
            }),
    );
    checks
}

/// Which categories of the workspaces have no target: asked of the planner itself, with one expense each.
fn coverage(
    connection: &ConnectionConfig,
    snapshot: &Snapshot,
    categories: &[CategoryOfWorkspace],
) -> Check {
    const WHAT: &str = "mapping";
    let mut rules = connection.engine.rules.clone();
    rules.scope.start_date = None;
    rules.scope.mode = sync_core::mapping::RunMode::Live;
    rules.scope.test_prefix = None;
    let planner = Planner::new(snapshot, &rules);
    let currency = snapshot
        .parts()
        .base_currency
        .or_else(|| "USD".parse().ok());
    let Some(currency) = currency else {
        return Check::warn(
            WHAT,
            "cannot be checked without a currency",
            "set the business's currency in FreshBooks",
        );
    };
    let amount = Money::from_hundredths(100, currency);
    let missing: BTreeSet<&str> = categories
        .iter()
        .filter(|category| {
            let outcome = planner.plan(&example(category, amount));
            outcome.findings.iter().any(|finding| {
                matches!(
                    finding.cause,
                    Cause::CategoryUnmapped { .. } | Cause::CategoryAmbiguous { .. }
                )
            })
        })
        .map(|category| category.name.as_str())
        .collect();
    if missing.is_empty() {
        return Check::ok(
            WHAT,
            format!(
                "all {} categories of the workspaces have a target",
                categories.len()
            ),
        );
    }
    let names: Vec<_> = missing.iter().map(|name| format!("{name:?}")).collect();
    Check::warn(
        WHAT,
        format!(
            "{} of {} categories have no target: {}",
            missing.len(),
            categories.len(),
            names.join(", ")
        ),
        "add a [[connection.rule]] for each, or create a FreshBooks category of that name",
    )
}

fn example(category: &CategoryOfWorkspace, amount: Money) -> ExpenseReport {
    let day = chrono::NaiveDate::from_ymd_opt(2026, 1, 1);
    let expense = Expense {
        id: ExpenseId::new("1"),
        merchant: "example".to_owned(),
        date: day,
        amount,
        report_amount: Some(amount),
        category: Some(category.name.clone()),
        category_gl_code: category.gl_code.clone(),
        tags: Vec::new(),
        comment: String::new(),
        reimbursable: true,
        billable: false,
        card: None,
        tax: None,
        receipt: None,
        origins: Origins {
            merchant: FieldOrigin::Original,
            date: FieldOrigin::Original,
            amount: FieldOrigin::Original,
        },
    };
    ExpenseReport {
        id: ReportId::new("example"),
        name: "example".to_owned(),
        workspace: category.workspace.clone(),
        state: ReportState::Approved,
        currency: amount.currency(),
        total: Some(amount),
        employee: Employee {
            email: "example@example.invalid".to_owned(),
            account_id: None,
            name: None,
            custom_field_1: None,
            custom_field_2: None,
        },
        submitted_on: day,
        approved_on: day,
        expenses: vec![expense],
    }
}
