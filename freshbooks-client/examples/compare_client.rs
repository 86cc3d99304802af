//! This crate's part in `benches/compare/run`, which drives the official SDKs with the same work.
//!
//! `compare_client bench N` creates N expenses, lists and decodes them all, and prints their sum;
//! `compare_client post expense|bill` makes one record and prints what is known of it afterwards.

use std::error::Error;
use std::io::Write as _;
use std::sync::Arc;

use chrono::NaiveDate;
use freshbooks_client::{
    AccountId, CategoryId, Client, CurrencyCode, Endpoints, ExpenseFilter, FixedToken, Money,
    NewBill, NewBillLine, NewExpense, Pacing, Settings, StaffId, VendorId, WriteConnections,
};
use rust_decimal::Decimal;
use serde_json::json;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

struct Setting {
    client: Client,
    account: AccountId,
    category: CategoryId,
}

fn setting() -> Outcome<Setting> {
    let variable = |name: &str| std::env::var(name).map_err(|_| format!("{name} is not set"));
    let mut settings = Settings::default();
    // The server of the comparison does not throttle, and the SDKs do not pace.
    settings.pacing = Pacing::Off;
    if std::env::var("COMPARE_WRITES").is_ok_and(|writes| writes == "fresh") {
        settings.http.write_connections = WriteConnections::Fresh;
    }
    let token = FixedToken::new(variable("COMPARE_TOKEN")?);
    Ok(Setting {
        client: Client::builder(Arc::new(token))
            .with_settings(settings)
            .with_endpoints(Endpoints::at(&variable("COMPARE_URL")?.parse()?)?)
            .build()?,
        account: AccountId::new(&variable("COMPARE_ACCOUNT")?)?,
        category: CategoryId::new(variable("COMPARE_CATEGORY")?.parse()?),
    })
}

fn expense(setting: &Setting, number: u32) -> Outcome<NewExpense> {
    let hundredths = i64::from(1_000 + number % 9_000);
    let amount = Money::new(Decimal::new(hundredths, 2), CurrencyCode::new("USD")?);
    let new = NewExpense::new(amount, setting.category, StaffId::new(1), day()?);
    Ok(new.vendor("Comparison").notes(format!("number {number}")))
}

fn day() -> Outcome<NaiveDate> {
    Ok("2026-03-02".parse()?)
}

async fn bench(setting: &Setting, records: u32) -> Outcome<serde_json::Value> {
    let expenses = setting.client.expenses(&setting.account);
    for number in 0..records {
        expenses.create(&expense(setting, number)?).await?;
    }
    let listed = expenses.list(ExpenseFilter::default()).collect().await?;
    let sum: Decimal = listed.items.iter().map(|row| row.amount.amount).sum();
    Ok(json!({"listed": listed.items.len(), "sum": format!("{sum:.2}"), "peak_kib": peak_kib()?}))
}

async fn post(setting: &Setting, kind: &str) -> Outcome<serde_json::Value> {
    let made = if kind == "bill" {
        let usd = CurrencyCode::new("USD")?;
        let line = NewBillLine::new(setting.category, Money::new(Decimal::new(12_500, 2), usd));
        let bill = NewBill::new(VendorId::new(1), day()?, 30, usd, vec![line]);
        let made = setting.client.bills(&setting.account).create(&bill).await;
        made.map(|bill| bill.id.to_string())
    } else {
        let expenses = setting.client.expenses(&setting.account);
        let made = expenses.create(&expense(setting, 0)?).await;
        made.map(|expense| expense.id.to_string())
    };
    Ok(match made {
        Ok(id) => json!({"says": "created", "detail": format!("id {id}")}),
        Err(error) => {
            let known = format!("{:?}, effect {:?}", error.kind(), error.effect());
            json!({"says": "error", "detail": known})
        }
    })
}

/// Most memory this process held at once, as the kernel counts it.
fn peak_kib() -> Outcome<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let text = line.ok_or("the kernel does not say")?;
    Ok(text.trim().trim_end_matches(" kB").parse()?)
}

async fn act(arguments: Vec<String>) -> Outcome<serde_json::Value> {
    let setting = setting()?;
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["bench", records] => bench(&setting, records.parse()?).await,
        ["post", kind] => post(&setting, kind).await,
        _ => Err("usage: compare_client bench N | post expense|bill".into()),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // As a task: the runtime wakes tasks for less than the future it blocks on.
    let answer = tokio::spawn(act(arguments)).await??;
    writeln!(std::io::stdout(), "{answer}")?;
    Ok(())
}
