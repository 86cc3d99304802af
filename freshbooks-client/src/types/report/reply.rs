//! What reports answer.

use chrono::NaiveDate;

use std::fmt;

use crate::wire::{
    ClientId, CurrencyCode, DownloadToken, JournalSubAccountId, Money, flag, list, optional,
    optional_date, optional_id, optional_text,
};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// A report whose form is not known well enough for a type: its JSON text.
///
/// `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct ReportText(Box<str>);

impl ReportText {
    /// The report as FreshBooks sent it.
    pub fn as_json(&self) -> &str {
        &self.0
    }

    /// The token by which it can be had as a file, if it came with one.
    pub fn download_token(&self) -> Option<DownloadToken> {
        #[derive(Deserialize)]
        struct Token {
            download_token: DownloadToken,
        }
        let token: Option<Token> = serde_json::from_str(&self.0).ok();
        token.map(|token| token.download_token)
    }
}

impl<'de> Deserialize<'de> for ReportText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        Ok(Self(raw.get().into()))
    }
}

impl fmt::Debug for ReportText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReportText({} bytes)", self.0.len())
    }
}

/// What is owed, by how long it has been.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct AgingBuckets {
    /// Up to 30 days.
    #[serde(default, rename = "0-30")]
    pub days_0_to_30: Option<Money>,
    /// 31 to 60 days.
    #[serde(default, rename = "31-60")]
    pub days_31_to_60: Option<Money>,
    /// 61 to 90 days.
    #[serde(default, rename = "61-90")]
    pub days_61_to_90: Option<Money>,
    /// 91 days and more.
    #[serde(default, rename = "91+")]
    pub days_91_plus: Option<Money>,
    /// In all.
    #[serde(default)]
    pub total: Option<Money>,
}

/// What one client owes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct ClientAging {
    /// The client.
    #[serde(default, rename = "userid", deserialize_with = "optional_id")]
    pub client_id: Option<ClientId>,
    /// Its organization.
    #[serde(default, deserialize_with = "optional_text")]
    pub organization: Option<String>,
    /// Given name of the contact.
    #[serde(default, rename = "fname", deserialize_with = "optional_text")]
    pub first_name: Option<String>,
    /// Family name of the contact.
    #[serde(default, rename = "lname", deserialize_with = "optional_text")]
    pub last_name: Option<String>,
    /// E-mail.
    #[serde(default, deserialize_with = "optional_text")]
    pub email: Option<String>,
    /// Up to 30 days.
    #[serde(default, rename = "0-30")]
    pub days_0_to_30: Option<Money>,
    /// 31 to 60 days.
    #[serde(default, rename = "31-60")]
    pub days_31_to_60: Option<Money>,
    /// 61 to 90 days.
    #[serde(default, rename = "61-90")]
    pub days_61_to_90: Option<Money>,
    /// 91 days and more.
    #[serde(default, rename = "91+")]
    pub days_91_plus: Option<Money>,
    /// In all.
    #[serde(default)]
    pub total: Option<Money>,
}

/// What clients owe, by how long they owe it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct AccountsAging {
    /// By client.
    #[serde(default, deserialize_with = "list")]
    pub accounts: Vec<ClientAging>,
    /// Together.
    #[serde(default)]
    pub totals: Option<AgingBuckets>,
    /// In which currency.
    #[serde(default, deserialize_with = "optional")]
    pub currency_code: Option<CurrencyCode>,
    /// On which day.
    #[serde(default, deserialize_with = "optional_date")]
    pub end_date: Option<NaiveDate>,
    /// By which it can be had as a file.
    #[serde(default, deserialize_with = "optional")]
    pub download_token: Option<DownloadToken>,
}

/// A balance on a day.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct BalanceOn {
    /// The day.
    #[serde(default, deserialize_with = "optional_date")]
    pub date: Option<NaiveDate>,
    /// The balance.
    #[serde(default)]
    pub balance: Option<Money>,
}

/// An account of the balance sheet.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct BalanceSheetAccount {
    /// Its name.
    #[serde(default, rename = "account_name", deserialize_with = "optional_text")]
    pub name: Option<String>,
    /// Its number.
    #[serde(default, rename = "account_number", deserialize_with = "optional_text")]
    pub number: Option<String>,
    /// Its balances.
    #[serde(default, deserialize_with = "list")]
    pub balances: Vec<BalanceOn>,
}

/// A group of the balance sheet.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct BalanceSheetGroup {
    /// The type of its accounts.
    #[serde(default, deserialize_with = "optional_text")]
    pub account_type: Option<String>,
    /// Its name.
    #[serde(default, deserialize_with = "optional_text")]
    pub category: Option<String>,
    /// Its balances.
    #[serde(default, deserialize_with = "list")]
    pub balances: Vec<BalanceOn>,
    /// Its accounts.
    #[serde(default, deserialize_with = "list")]
    pub accounts: Vec<BalanceSheetAccount>,
}

/// What the business has and owes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct BalanceSheet {
    /// By group.
    #[serde(default, rename = "data", deserialize_with = "list")]
    pub groups: Vec<BalanceSheetGroup>,
    /// What it has.
    #[serde(default, deserialize_with = "list")]
    pub assets_total: Vec<BalanceOn>,
    /// What it owes, to others and to its owners.
    #[serde(default, deserialize_with = "list")]
    pub liabilities_and_equity_total: Vec<BalanceOn>,
    /// In which currency.
    #[serde(default, deserialize_with = "optional")]
    pub currency_code: Option<CurrencyCode>,
    /// By which it can be had as a file.
    #[serde(default, deserialize_with = "optional")]
    pub download_token: Option<DownloadToken>,
}

/// A row of the profit and loss report.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct ProfitAndLossRow {
    /// What it is.
    #[serde(default, deserialize_with = "optional_text")]
    pub description: Option<String>,
    /// Debit or credit, as a word.
    #[serde(default, deserialize_with = "optional_text")]
    pub entry_type: Option<String>,
    /// What it comes to.
    #[serde(default)]
    pub total: Option<Money>,
    /// The rows below it.
    #[serde(default, deserialize_with = "list")]
    pub children: Vec<Self>,
}

/// What was earned and spent.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct ProfitAndLoss {
    /// What was earned.
    #[serde(default, deserialize_with = "list")]
    pub income: Vec<ProfitAndLossRow>,
    /// What was spent.
    #[serde(default, deserialize_with = "list")]
    pub expenses: Vec<ProfitAndLossRow>,
    /// Earned in all.
    #[serde(default)]
    pub total_income: Option<ProfitAndLossRow>,
    /// Spent in all.
    #[serde(default)]
    pub total_expenses: Option<ProfitAndLossRow>,
    /// The difference.
    #[serde(default)]
    pub net_profit: Option<ProfitAndLossRow>,
    /// By when money moved instead of when it was billed.
    #[serde(default, deserialize_with = "flag")]
    pub cash_based: bool,
    /// In which currency.
    #[serde(default, deserialize_with = "optional")]
    pub currency_code: Option<CurrencyCode>,
    /// From which day.
    #[serde(default, deserialize_with = "optional_date")]
    pub start_date: Option<NaiveDate>,
    /// To which day.
    #[serde(default, deserialize_with = "optional_date")]
    pub end_date: Option<NaiveDate>,
    /// By which it can be had as a file.
    #[serde(default, deserialize_with = "optional")]
    pub download_token: Option<DownloadToken>,
}

/// A tax of the tax summary.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct TaxSummaryRow {
    /// Its name.
    #[serde(default, rename = "tax_name", deserialize_with = "optional_text")]
    pub name: Option<String>,
    /// Collected from clients.
    #[serde(default)]
    pub tax_collected: Option<Money>,
    /// Paid with expenses.
    #[serde(default)]
    pub tax_paid: Option<Money>,
    /// The difference.
    #[serde(default)]
    pub net_tax: Option<Money>,
    /// What the tax from clients was on.
    #[serde(default)]
    pub taxable_amount_collected: Option<Money>,
    /// What the tax with expenses was on.
    #[serde(default)]
    pub taxable_amount_paid: Option<Money>,
    /// The difference.
    #[serde(default)]
    pub net_taxable_amount: Option<Money>,
}

/// Which taxes were collected and paid.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct TaxSummary {
    /// By tax.
    #[serde(default, deserialize_with = "list")]
    pub taxes: Vec<TaxSummaryRow>,
    /// Billed in all.
    #[serde(default)]
    pub total_invoiced: Option<Money>,
    /// By when money moved instead of when it was billed.
    #[serde(default, deserialize_with = "flag")]
    pub cash_based: bool,
    /// In which currency.
    #[serde(default, deserialize_with = "optional")]
    pub currency_code: Option<CurrencyCode>,
    /// From which day.
    #[serde(default, deserialize_with = "optional_date")]
    pub start_date: Option<NaiveDate>,
    /// To which day.
    #[serde(default, deserialize_with = "optional_date")]
    pub end_date: Option<NaiveDate>,
    /// By which it can be had as a file.
    #[serde(default, deserialize_with = "optional")]
    pub download_token: Option<DownloadToken>,
}

/// A row of the trial balance.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct TrialBalanceRow {
    /// Name of the account.
    #[serde(default, deserialize_with = "optional_text")]
    pub account_name: Option<String>,
    /// Number of the account.
    #[serde(default, deserialize_with = "optional_text")]
    pub account_number: Option<String>,
    /// Name of the sub account.
    #[serde(
        default,
        rename = "account_sub_name",
        deserialize_with = "optional_text"
    )]
    pub sub_account_name: Option<String>,
    /// Number of the sub account.
    #[serde(
        default,
        rename = "account_sub_number",
        deserialize_with = "optional_text"
    )]
    pub sub_account_number: Option<String>,
    /// The sub account.
    #[serde(default, rename = "sub_accountid", deserialize_with = "optional_id")]
    pub sub_account_id: Option<JournalSubAccountId>,
    /// Debits.
    #[serde(default)]
    pub debit: Option<Money>,
    /// Credits.
    #[serde(default)]
    pub credit: Option<Money>,
}

/// Debits and credits of every account.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct TrialBalance {
    /// By sub account.
    #[serde(default, rename = "data", deserialize_with = "list")]
    pub rows: Vec<TrialBalanceRow>,
    /// In which currency.
    #[serde(default, deserialize_with = "optional")]
    pub currency_code: Option<CurrencyCode>,
}
