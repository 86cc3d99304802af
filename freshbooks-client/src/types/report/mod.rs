//! Reports of an account: what is asked, and what is answered.
//!
//! Only days and currencies narrow them; FreshBooks takes `search[...]` without a word and answers
//! for today.

mod reply;
mod request;

pub use reply::{
    AccountsAging, AgingBuckets, BalanceOn, BalanceSheet, BalanceSheetAccount, BalanceSheetGroup,
    ClientAging, ProfitAndLoss, ProfitAndLossRow, ReportText, TaxSummary, TaxSummaryRow,
    TrialBalance, TrialBalanceRow,
};
pub use request::{
    AccountsAgingReport, BalanceSheetReport, BankReconciliationReport, ClientStatementReport,
    ExpenseDetailsReport, InvoiceDetailsReport, ItemSalesReport, PaymentsCollectedReport,
    ProfitAndLossReport, Report, ReportPeriod, RevenueByClientReport, SalesType, TaxSummaryReport,
    TrialBalanceReport,
};
