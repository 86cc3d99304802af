//! The demo's stage: stand-ins of both services, a configuration, credentials, and what a person does in between.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Days, Utc};
use rust_decimal::Decimal;
use secrecy::SecretString;
use serde_json::Value;
use sync_core::model::{ConnectionId, Currency, ExpensifyKey, FreshBooksGrant, GrantState, Money};
use sync_core::ports::{Credential, CredentialStore};
use sync_sandbox::{Category, Person, ReportState, Sandbox, Scenario, Vendor};

use crate::exit_code::ExitCode;
use crate::failure::Failure;

/// The connection's name.
pub(super) const CONNECTION: &str = "demo";

/// Writes the demo's configuration. The same file serves `--config` afterwards, as long as a sandbox runs.
pub(super) fn write_config(
    folder: &Path,
    sandbox: &Sandbox,
    rule: Option<u64>,
) -> Result<PathBuf, Failure> {
    let path = folder.join("ml-connector.toml");
    let start = Utc::now()
        .date_naive()
        .checked_sub_days(Days::new(60))
        .unwrap_or_default();
    let rule = rule.map_or_else(String::new, |category| {
        format!(
            "\n[[connection.rule]]\nname = \"client gifts\"\nwhen = {{ category = \"Client Gifts\" }}\n\
             then = {{ category = {category} }}\n"
        )
    });
    let workspaces: Vec<_> = Scenario::demo()
        .expensify
        .policies
        .iter()
        .map(|policy| format!("{:?}", policy.id))
        .collect();
    let text = format!(
        "version = 1\ndatabase = \"ml-connector.db\"\n\n[vault]\nkey_file = \"ml-connector.key\"\n\n\
         [services]\nexpensify = {:?}\nfreshbooks = {:?}\nunpaced = true\n\n\
         [[connection]]\nname = {CONNECTION:?}\nworkspaces = [{}]\nstart_date = {start}\n\
         mode = \"live\"\ntest_prefix = \"[TEST]\"\nexported_label = \"FreshBooks\"\n\n\
         [connection.freshbooks]\naccount_id = \"zDmNq\"\nbusiness_id = 77128\n\
         business_uuid = \"5ad3a3a5-2d0b-4d5c-9b1e-6f0a1c2b3d4e\"\n\n[connection.staff]\ndefault = 1\n{rule}",
        sandbox.expensify_url(),
        sandbox.freshbooks_url(),
        workspaces.join(", "),
    );
    std::fs::write(&path, text).map_err(|error| Failure::file("write", &path, &error))?;
    Ok(path)
}

/// Starts both services as they are on the demo's first morning.
pub(super) async fn start() -> Result<Sandbox, Failure> {
    Sandbox::builder()
        .rate_limits(false)
        .start()
        .await
        .map_err(|error| {
            let what = format!(
                "failed to start the stand-ins: {}",
                crate::failure::with_sources(&error)
            );
            Failure::new(
                ExitCode::Temporary,
                what,
                "allow this program to listen on 127.0.0.1, then run the demo again",
            )
        })
}

/// Stores the made-up credentials of the demo's scenario.
pub(super) async fn connect(
    credentials: &dyn CredentialStore,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let demo = Scenario::demo();
    let connection = ConnectionId::new(CONNECTION);
    let key = ExpensifyKey {
        user_id: demo.expensify.partner_user_id,
        user_secret: SecretString::from(demo.expensify.partner_user_secret),
    };
    credentials
        .replace(&connection, None, Credential::Expensify(key))
        .await?;
    let app = demo.freshbooks.oauth;
    let grant = FreshBooksGrant {
        client_id: app.client_id,
        client_secret: SecretString::from(app.client_secret),
        redirect_uri: "https://localhost/callback".to_owned(),
        access_token: SecretString::from(app.access_token.unwrap_or_default()),
        refresh_token: SecretString::from(app.refresh_token.unwrap_or_default()),
        expires_at: now + chrono::TimeDelta::hours(12),
        state: GrantState::Ready,
    };
    credentials
        .replace(&connection, None, Credential::FreshBooks(grant))
        .await?;
    Ok(())
}

/// What a person does about the review queue: the missing vendor and the missing category are made in FreshBooks. Gives the
/// category's number, for a rule.
pub(super) fn fix(sandbox: &Sandbox) -> Result<u64, Failure> {
    let vendor = Vendor {
        name: "Elif Demir".to_owned(),
        email: Some("elif@northwind.example".to_owned()),
        first_name: Some("Elif".to_owned()),
        last_name: Some("Demir".to_owned()),
        ..Vendor::default()
    };
    act(
        sandbox,
        Person::CreateVendor {
            account_id: None,
            vendor,
        },
    )?;
    let category = Category {
        name: "Gifts to Clients".to_owned(),
        ..Category::default()
    };
    let made = act(
        sandbox,
        Person::CreateCategory {
            account_id: None,
            category,
        },
    )?;
    made["id"]
        .as_u64()
        .ok_or_else(|| internal("the stand-in named no category"))
}

fn act(sandbox: &Sandbox, edit: Person) -> Result<Value, Failure> {
    sandbox
        .person(edit)
        .map_err(|error| internal(&error.to_string()))
}

fn internal(what: &str) -> Failure {
    Failure::new(
        ExitCode::Internal,
        format!("failed to play the person of the demo: {what}"),
        "please report this",
    )
}

/// Approved in Expensify, from the stand-in's own reports: per currency.
pub(super) fn approved(sandbox: &Sandbox) -> Vec<Money> {
    let mut sums = BTreeMap::new();
    for report in sandbox.reports() {
        let approved = match report.state {
            ReportState::Approved | ReportState::Reimbursed | ReportState::Archived => true,
            ReportState::Open | ReportState::Submitted => false,
        };
        if !approved {
            continue;
        }
        let hundredths = report.expenses.iter().map(|expense| {
            expense
                .converted_amount
                .or(expense.modified_amount)
                .unwrap_or(expense.amount)
        });
        let total = report.total.unwrap_or_else(|| hundredths.sum());
        add(
            &mut sums,
            Decimal::new(total, 2),
            report.currency.as_deref().unwrap_or("USD"),
        );
    }
    into_money(sums)
}

/// The sum of records that count, as the stand-in itself shows them.
pub(super) fn recorded(records: &[Value], field: &str) -> Vec<Money> {
    let mut sums = BTreeMap::new();
    for record in records.iter().filter(|record| record["vis_state"] != 1) {
        let amount = record[field]["amount"]
            .as_str()
            .and_then(|amount| amount.parse().ok());
        let code = record[field]["code"].as_str().unwrap_or("USD");
        add(&mut sums, amount.unwrap_or_default(), code);
    }
    into_money(sums)
}

/// Sums of several lists, per currency.
pub(super) fn sum(lists: &[&[Money]]) -> Vec<Money> {
    let mut sums = BTreeMap::new();
    for money in lists.iter().flat_map(|list| list.iter()) {
        add(&mut sums, money.amount(), money.currency().as_str());
    }
    into_money(sums)
}

fn add(sums: &mut BTreeMap<String, Decimal>, amount: Decimal, code: &str) {
    let sum = sums.entry(code.to_owned()).or_default();
    *sum = sum.saturating_add(amount);
}

fn into_money(sums: BTreeMap<String, Decimal>) -> Vec<Money> {
    let sums = sums.into_iter().filter(|(_, amount)| !amount.is_zero());
    sums.filter_map(|(code, amount)| Some(Money::new(amount, Currency::parse(&code).ok()?)))
        .collect()
}
