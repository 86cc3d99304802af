//! The reports that can be asked for.

use chrono::NaiveDate;
use serde::de::DeserializeOwned;

use super::{AccountsAging, BalanceSheet, ProfitAndLoss, ReportText, TaxSummary, TrialBalance};
use crate::query::Query;
use crate::resource::sealed::Sealed;
use crate::wire::{ClientId, CurrencyCode, closed_words};

/// A report that can be asked for.
pub trait Report: Sealed {
    /// What is answered.
    type Reply: DeserializeOwned;
    #[doc(hidden)]
    const NAME: &'static str;
    #[doc(hidden)]
    const KEY: &'static str;
    #[doc(hidden)]
    const OPERATION: &'static str;

    #[doc(hidden)]
    fn write(&self, query: &mut Query);
}

/// For which time, and in which currency. What is not set is FreshBooks' own choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReportPeriod {
    /// From this day.
    pub start_date: Option<NaiveDate>,
    /// To this day.
    pub end_date: Option<NaiveDate>,
    /// In this currency.
    pub currency_code: Option<CurrencyCode>,
}

impl ReportPeriod {
    fn write(&self, query: &mut Query) {
        query
            .bare("start_date", self.start_date)
            .bare("end_date", self.end_date)
            .bare("currency_code", self.currency_code);
    }
}

closed_words! {
    /// Which revenue counts. Only one word has been seen.
    SalesType {
        /// What was paid.
        Collected = "collected",
    }
}

/// What clients owe, by how long they owe it. Observed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AccountsAgingReport;

impl Sealed for AccountsAgingReport {}
impl Report for AccountsAgingReport {
    type Reply = AccountsAging;
    const NAME: &'static str = "accounts_aging";
    const KEY: &'static str = "accounts_aging";
    const OPERATION: &'static str = "get accounts aging report";

    fn write(&self, _: &mut Query) {}
}

/// What the business has and owes. Observed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BalanceSheetReport {
    /// On which days.
    pub dates: Vec<NaiveDate>,
    /// In this currency.
    pub currency_code: Option<CurrencyCode>,
}

impl Sealed for BalanceSheetReport {}
impl Report for BalanceSheetReport {
    type Reply = BalanceSheet;
    const NAME: &'static str = "balance_sheet";
    const KEY: &'static str = "balance_sheet";
    const OPERATION: &'static str = "get balance sheet report";

    fn write(&self, query: &mut Query) {
        query
            .each("dates[]", &self.dates)
            .bare("currency_code", self.currency_code);
    }
}

/// How books and bank agree. Documented; no answer has been seen.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BankReconciliationReport {
    /// On which day.
    pub date: Option<NaiveDate>,
    /// In this currency.
    pub currency_code: Option<CurrencyCode>,
    /// Of which bank account.
    pub bank_account_id: Option<u64>,
}

impl Sealed for BankReconciliationReport {}
impl Report for BankReconciliationReport {
    type Reply = ReportText;
    const NAME: &'static str = "bank_reconciliation_summary";
    const KEY: &'static str = "bank_reconciliation_summary";
    const OPERATION: &'static str = "get bank reconciliation summary report";

    fn write(&self, query: &mut Query) {
        query
            .bare("date", self.date)
            .bare("currency_code", self.currency_code)
            .bare("bank_accountid", self.bank_account_id);
    }
}

/// What one client was billed and paid. Documented; no answer has been seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientStatementReport {
    /// Which client.
    pub client_id: ClientId,
    /// For which time.
    pub period: ReportPeriod,
}

impl Sealed for ClientStatementReport {}
impl Report for ClientStatementReport {
    type Reply = ReportText;
    const NAME: &'static str = "account_statement";
    const KEY: &'static str = "account_statement";
    const OPERATION: &'static str = "get client account statement report";

    fn write(&self, query: &mut Query) {
        query.bare("clientid", Some(self.client_id));
        self.period.write(query);
    }
}

/// Expenses one by one. Documented; no answer has been seen.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ExpenseDetailsReport {
    /// For which time.
    pub period: ReportPeriod,
}

impl Sealed for ExpenseDetailsReport {}
impl Report for ExpenseDetailsReport {
    type Reply = ReportText;
    const NAME: &'static str = "expense_details";
    const KEY: &'static str = "expense_details";
    const OPERATION: &'static str = "get expense details report";

    fn write(&self, query: &mut Query) {
        self.period.write(query);
    }
}

/// Invoices one by one. Observed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InvoiceDetailsReport {
    /// For which time.
    pub period: ReportPeriod,
}

impl Sealed for InvoiceDetailsReport {}
impl Report for InvoiceDetailsReport {
    type Reply = ReportText;
    const NAME: &'static str = "invoice_details";
    const KEY: &'static str = "invoice_details";
    const OPERATION: &'static str = "get invoice details report";

    fn write(&self, query: &mut Query) {
        self.period.write(query);
    }
}

/// What was sold, by item. Observed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ItemSalesReport {
    /// For which time.
    pub period: ReportPeriod,
}

impl Sealed for ItemSalesReport {}
impl Report for ItemSalesReport {
    type Reply = ReportText;
    const NAME: &'static str = "item_sales";
    const KEY: &'static str = "item_sales";
    const OPERATION: &'static str = "get item sales report";

    fn write(&self, query: &mut Query) {
        self.period.write(query);
    }
}

/// What was paid. Observed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PaymentsCollectedReport {
    /// For which time.
    pub period: ReportPeriod,
}

impl Sealed for PaymentsCollectedReport {}
impl Report for PaymentsCollectedReport {
    type Reply = ReportText;
    const NAME: &'static str = "payments_collected";
    const KEY: &'static str = "payments_collected";
    const OPERATION: &'static str = "get payments collected report";

    fn write(&self, query: &mut Query) {
        self.period.write(query);
    }
}

/// What was earned and spent. Observed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProfitAndLossReport {
    /// For which time.
    pub period: ReportPeriod,
}

impl Sealed for ProfitAndLossReport {}
impl Report for ProfitAndLossReport {
    type Reply = ProfitAndLoss;
    const NAME: &'static str = "profitloss_entity";
    const KEY: &'static str = "profitloss";
    const OPERATION: &'static str = "get profit and loss report";

    fn write(&self, query: &mut Query) {
        self.period.write(query);
    }
}

/// What was earned, by client. Observed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevenueByClientReport {
    /// Which revenue counts; FreshBooks insists on it.
    pub sales_type: SalesType,
    /// For which time.
    pub period: ReportPeriod,
}

impl Sealed for RevenueByClientReport {}
impl Report for RevenueByClientReport {
    type Reply = ReportText;
    const NAME: &'static str = "revenue_by_client";
    const KEY: &'static str = "revenue_by_client";
    const OPERATION: &'static str = "get revenue by client report";

    fn write(&self, query: &mut Query) {
        query.bare("sales_type", Some(self.sales_type));
        self.period.write(query);
    }
}

/// Which taxes were collected and paid. Observed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TaxSummaryReport {
    /// For which time.
    pub period: ReportPeriod,
    /// By when money moved instead of when it was billed.
    pub cash_based: Option<bool>,
}

impl Sealed for TaxSummaryReport {}
impl Report for TaxSummaryReport {
    type Reply = TaxSummary;
    const NAME: &'static str = "taxsummary";
    const KEY: &'static str = "taxsummary";
    const OPERATION: &'static str = "get tax summary report";

    fn write(&self, query: &mut Query) {
        self.period.write(query);
        query.bare("cash_based", self.cash_based);
    }
}

/// Debits and credits of every account. Observed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TrialBalanceReport {
    /// For which time.
    pub period: ReportPeriod,
}

impl Sealed for TrialBalanceReport {}
impl Report for TrialBalanceReport {
    type Reply = TrialBalance;
    const NAME: &'static str = "trial_balance";
    const KEY: &'static str = "trial_balance";
    const OPERATION: &'static str = "get trial balance report";

    fn write(&self, query: &mut Query) {
        self.period.write(query);
    }
}
