//! A record as the API shows it.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::America::New_York;
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::account::Account;
use super::resources::{Resource, Zone};
use super::schema::{amount_of, date_of, int_of, money_value, text_of};
use super::table::{Record, VisState};

/// An instant in the form and zone a resource uses.
pub(crate) fn stamp(zone: Zone, instant: DateTime<Utc>) -> String {
    let format = "%Y-%m-%d %H:%M:%S";
    match zone {
        Zone::Eastern => instant.with_timezone(&New_York).format(format).to_string(),
        Zone::Utc => instant.format(format).to_string(),
    }
}

/// The record with all its fields; `includes` names what `include[]` asked for.
pub(crate) fn record(
    account: &Account,
    resource: Resource,
    record: &Record,
    includes: &[String],
    now: DateTime<Utc>,
) -> Value {
    let shape = resource.shape();
    let mut shown = Map::new();
    for field in shape.fields {
        if let Some(value) = record
            .fields
            .get(field.name)
            .cloned()
            .or_else(|| field.blank.value())
        {
            shown.insert(field.name.to_owned(), value);
        }
    }
    for id in shape.ids {
        shown.insert((*id).to_owned(), Value::from(record.id));
    }
    shown.insert("vis_state".to_owned(), Value::from(record.vis.code()));
    if let Some(created) = shape.created {
        shown.insert(created.to_owned(), stamp(shape.zone, record.created).into());
    }
    if let Some(updated) = shape.updated {
        shown.insert(updated.to_owned(), stamp(shape.zone, record.updated).into());
    }
    match resource {
        Resource::Bill => bill(account, record, &mut shown, now),
        Resource::BillVendor => vendor(account, record, &mut shown, now),
        Resource::Expense => expense(account, record, &mut shown, includes),
        Resource::Project => project(record, &mut shown),
        Resource::Client | Resource::Tax | Resource::Staff => {
            shown.insert(
                "accounting_systemid".to_owned(),
                account.account_id().into(),
            );
        }
        Resource::BillPayment | Resource::Category => {}
    }
    Value::Object(shown)
}

fn expense(
    account: &Account,
    record: &Record,
    shown: &mut Map<String, Value>,
    includes: &[String],
) {
    if !includes.iter().any(|include| include == "attachment") {
        shown.remove("attachment");
    }
    if includes.iter().any(|include| include == "category")
        && let Some(category) =
            int_of(&record.fields, "categoryid").and_then(|id| account.get(Resource::Category, id))
    {
        shown.insert(
            "category".to_owned(),
            json!({"id": category.id, "category": text_of(&category.fields, "category")}),
        );
    }
    let twins = account.alike(Resource::Expense, &record.fields, Some(record.id));
    shown.insert("isduplicate".to_owned(), (!twins.is_empty()).into());
    shown.insert(
        "accounting_systemid".to_owned(),
        account.account_id().into(),
    );
    let version = record
        .updated
        .with_timezone(&New_York)
        .format("%Y-%m-%d %H:%M:%S%.6f")
        .to_string();
    shown.insert("version".to_owned(), version.into());
}

fn project(record: &Record, shown: &mut Map<String, Value>) {
    let format = "%Y-%m-%dT%H:%M:%S";
    shown.remove("vis_state");
    shown.insert(
        "created_at".to_owned(),
        record.created.format(format).to_string().into(),
    );
    shown.insert(
        "updated_at".to_owned(),
        record.updated.format(format).to_string().into(),
    );
}

/// What is paid on a bill by the payments that are not deleted.
pub(crate) fn paid_on(account: &Account, bill: u64) -> Decimal {
    let payments = account.table(Resource::BillPayment);
    let live = payments
        .into_iter()
        .flat_map(|table| table.of_owner(bill).filter_map(|id| table.get(id)));
    live.filter(|payment| payment.vis != VisState::Deleted)
        .filter_map(|payment| amount_of(&payment.fields, "amount"))
        .sum()
}

/// What is still owed on a bill.
pub(crate) fn outstanding_on(account: &Account, bill: &Record) -> Decimal {
    amount_of(&bill.fields, "total_amount").unwrap_or_default() - paid_on(account, bill.id)
}

/// `unpaid`, `overdue`, `partial` or `paid`.
pub(crate) fn bill_status(account: &Account, bill: &Record, today: NaiveDate) -> &'static str {
    let paid = paid_on(account, bill.id);
    let total = amount_of(&bill.fields, "total_amount").unwrap_or_default();
    if paid >= total && !paid.is_zero() {
        "paid"
    } else if !paid.is_zero() {
        "partial"
    } else if date_of(&bill.fields, "due_date").is_some_and(|due| due < today) {
        "overdue"
    } else {
        "unpaid"
    }
}

fn bill(account: &Account, bill: &Record, shown: &mut Map<String, Value>, now: DateTime<Utc>) {
    let code = text_of(&bill.fields, "currency_code");
    shown.insert(
        "paid".to_owned(),
        money_value(paid_on(account, bill.id), code),
    );
    shown.insert(
        "outstanding".to_owned(),
        money_value(outstanding_on(account, bill), code),
    );
    shown.insert(
        "status".to_owned(),
        bill_status(account, bill, now.date_naive()).into(),
    );
    if let Some(payments) = account.table(Resource::BillPayment) {
        let payments: Vec<Value> = payments
            .of_owner(bill.id)
            .filter_map(|id| payments.get(id))
            .filter(|payment| payment.vis != VisState::Deleted)
            .map(|payment| record(account, Resource::BillPayment, payment, &[], now))
            .collect();
        shown.insert("bill_payments".to_owned(), payments.into());
    }
}

/// Sums what is owed to a vendor by currency; the key is missing from the arrays when nothing is.
fn vendor(account: &Account, vendor: &Record, shown: &mut Map<String, Value>, now: DateTime<Utc>) {
    let Some(bills) = account.table(Resource::Bill) else {
        return;
    };
    let mut owed = std::collections::BTreeMap::<String, (Decimal, Decimal)>::new();
    for bill in bills
        .of_owner(vendor.id)
        .filter_map(|id| bills.get(id))
        .filter(|bill| bill.vis != VisState::Deleted)
    {
        let open = outstanding_on(account, bill);
        let sums = owed
            .entry(text_of(&bill.fields, "currency_code").to_owned())
            .or_default();
        sums.0 += open;
        if date_of(&bill.fields, "due_date").is_some_and(|due| due < now.date_naive()) {
            sums.1 += open;
        }
    }
    let balances = |pick: fn(&(Decimal, Decimal)) -> Decimal| -> Vec<Value> {
        let open = owed.iter().filter(|(_, sums)| !pick(sums).is_zero());
        open.map(|(code, sums)| json!({"amount": money_value(pick(sums), code)}))
            .collect()
    };
    shown.insert(
        "outstanding_balance".to_owned(),
        balances(|sums| sums.0).into(),
    );
    shown.insert("overdue_balance".to_owned(), balances(|sums| sums.1).into());
}
