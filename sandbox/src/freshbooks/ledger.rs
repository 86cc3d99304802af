//! The chart of accounts, in both of its listings.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::account::Account;
use super::error::Refusal;
use crate::http::Reply;
use crate::scenario::{Business, LedgerAccount};

/// One account of the chart.
#[derive(Debug)]
pub(crate) struct LedgerRow {
    pub(crate) uuid: String,
    account: LedgerAccount,
    updated: DateTime<Utc>,
}

/// (id, type, name, base number) of the sub types.
const SUB_TYPES: &[(u8, &str, &str, &str)] = &[
    (1, "asset", "Cash & Bank", "1000"),
    (2, "asset", "Current Asset", "1200"),
    (3, "asset", "Property, Plant, and Equipment", "1500"),
    (4, "asset", "Long-Term Asset", "1300"),
    (5, "liability", "Current Liability", "2000"),
    (6, "liability", "Long-Term Liability", "2500"),
    (7, "equity", "Equity", "3000"),
    (8, "income", "Income", "4000"),
    (9, "expense", "Cost of Goods Sold", "5000"),
    (10, "expense", "Operating Expense", "6000"),
];

/// The rows of a business; UUIDs follow from the position.
pub(crate) fn rows(business: &Business, now: DateTime<Utc>) -> Vec<LedgerRow> {
    let numbered = business.ledger_accounts.iter().zip(1_u64..);
    numbered
        .map(|(account, index)| LedgerRow {
            uuid: format!("7e57a000-0000-4000-8000-{index:012}"),
            account: account.clone(),
            updated: now,
        })
        .collect()
}

impl LedgerRow {
    fn account_type(&self) -> &str {
        self.account.account_type.as_deref().unwrap_or("expense")
    }

    fn sub_type(&self) -> &str {
        self.account
            .sub_type
            .as_deref()
            .unwrap_or("Operating Expense")
    }

    fn state(&self) -> &'static str {
        if self.account.inactive {
            "inactive"
        } else {
            "active"
        }
    }
}

fn children<'a>(account: &'a Account, row: &'a LedgerRow) -> impl Iterator<Item = &'a LedgerRow> {
    account
        .ledger
        .iter()
        .filter(|other| other.account.parent.as_ref() == Some(&row.account.number))
}

fn parent<'a>(account: &'a Account, row: &LedgerRow) -> Option<&'a str> {
    let number = row.account.parent.as_ref()?;
    account
        .ledger
        .iter()
        .find(|other| other.account.number == *number)
        .map(|other| other.uuid.as_str())
}

fn ledger_account(account: &Account, row: &LedgerRow) -> Value {
    json!({
        "uuid": row.uuid, "name": row.account.name, "number": row.account.number, "description": "",
        "type": row.account_type(), "sub_type": row.sub_type(), "system_account_name": null,
        "parent_account": parent(account, row), "sub_accounts": children(account, row).map(|it| it.uuid.as_str()).collect::<Vec<_>>(),
        "auto_created": false, "state": row.state(), "updated_at": row.updated.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string(),
        "category_id": row.account.category_id, "jea_id": null, "jesa_id": null,
    })
}

/// `GET /accounting/businesses/{uuid}/ledger_accounts/accounts[/{uuid}]`.
pub(crate) fn accounts(account: &Account, uuid: Option<&str>) -> Result<Reply, Refusal> {
    let data = match uuid {
        None => account
            .ledger
            .iter()
            .map(|row| ledger_account(account, row))
            .collect::<Vec<_>>()
            .into(),
        Some(uuid) => {
            let row = account.ledger.iter().find(|row| row.uuid == uuid);
            ledger_account(
                account,
                row.ok_or_else(|| Refusal::not_found("account", uuid))?,
            )
        }
    };
    Ok(Reply::json(200, &json!({"data": data})))
}

/// `GET /accounting/ledger_accounts/types`.
pub(crate) fn types() -> Reply {
    let names =
        ["asset", "equity", "expense", "income", "liability"].map(|name| json!({"name": name}));
    Reply::json(200, &json!({"data": names}))
}

/// `GET /accounting/ledger_accounts/sub_types`.
pub(crate) fn sub_types() -> Reply {
    let rows: Vec<Value> =
        SUB_TYPES.iter().map(|(id, kind, name, base)| json!({"id": id, "type": kind, "name": name, "base_number": base})).collect();
    Reply::json(200, &json!({"data": rows}))
}

/// `GET /accounting/businesses/{uuid}/reports/chart_of_accounts`; `use_ledger_entries=true` is required.
pub(crate) fn chart(account: &Account, query: &[(String, String)]) -> Result<Reply, Refusal> {
    let value = |name: &str| {
        query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    };
    if value("use_ledger_entries") != Some("true") {
        return Err(Refusal::field(
            422,
            1001,
            "report",
            "use_ledger_entries",
            "use_ledger_entries is a required field",
        ));
    }
    let wanted = |row: &&LedgerRow| {
        value("state").is_none_or(|state| state == row.state())
            && value("account_type").is_none_or(|kind| kind == row.account_type())
    };
    let top = account
        .ledger
        .iter()
        .filter(|row| row.account.parent.is_none())
        .filter(wanted);
    let accounts: Vec<Value> = top
        .map(|row| {
            let mut shown = chart_row(account, row);
            shown["sub_accounts"] = children(account, row)
                .filter(wanted)
                .map(|child| chart_row(account, child))
                .collect();
            shown
        })
        .collect();
    Ok(Reply::json(
        200,
        &json!({"response": {"result": {"journal_entry_accounts": accounts}}}),
    ))
}

fn chart_row(account: &Account, row: &LedgerRow) -> Value {
    json!({
        "account_name": row.account.name, "account_number": row.account.number, "account_type": row.account_type(),
        "account_uuid": row.uuid, "account_sub_type": row.sub_type(), "balance": "0.000",
        "currency_code": account.business.base_currency, "system_account_name": null, "auto_created": false, "state": row.state(),
        "parent_account_uuid": parent(account, row), "sub_accounts": [],
    })
}
