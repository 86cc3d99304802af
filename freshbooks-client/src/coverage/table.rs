//! The table of everything this crate can ask for. Its tests fail when it says too much or too little.

use super::{
    At, Covered, Evidence, Grade, Source, create, delete, get, list, replace, set_vis_state, update,
};
use crate::resource::Family;
use crate::types::{
    Bill, BillPayment, BillableItem, Callback, CheckoutLink, ClientRecord, Contact, CreditNote,
    Estimate, Expense, ExpenseCategory, ExpenseProfile, ExpenseVendor, Gateway, InvitationRate,
    Invoice, InvoiceProfile, Item, JournalAccount, JournalDetail, JournalEntry, LedgerAccount,
    ManualJournalEntry, OtherIncome, Payment, Project, Retainer, Service, ServiceRate, Staff,
    System, Task, Tax, TeamMember, TeamMemberRate, TimeEntry, Vendor,
};

/// The rows of one resource.
macro_rules! rows {
    ($resource:ident $accessor:ident: $($verb:ident $grade:ident $source:ident),+) => {
        &[$($verb::<$resource>(Evidence {
            function: concat!(stringify!($verb), "::<", stringify!($resource), ">"),
            method: concat!("Client::", stringify!($accessor), "().", stringify!($verb)),
            grade: Grade::$grade,
            source: Source::$source,
        })),+]
    };
}

/// The row of a call of its own.
macro_rules! row {
    ($family:ident $function:literal = $operation:literal, $verb:ident $path:literal, $method:literal, $grade:ident $source:ident) => {
        &[Covered {
            family: Family::$family,
            operation: $operation,
            method: $method,
            grade: Grade::$grade,
            source: Source::$source,
            function: $function,
            verb: stringify!($verb),
            at: At::Path($path),
        }]
    };
}

/// Every call of this crate, resource by resource.
#[rustfmt::skip]
pub(super) const COVERAGE: &[&[Covered]] = &[
    rows!(Expense expenses: list Observed Recorded, get Observed Recorded, create Observed Recorded, update Observed Recorded, set_vis_state Observed Recorded),
    rows!(ExpenseCategory expense_categories: list Observed Recorded, get Observed Collection, create Observed Collection),
    rows!(ExpenseVendor expense_vendors: list Observed Probed),
    rows!(ExpenseProfile expense_profiles: list Inferred Sdk, get Inferred Sdk, create Documented Collection),
    rows!(Bill bills: list Observed Collection, get Documented Docs, create Observed Collection, update Documented Docs, set_vis_state Observed Collection),
    rows!(Vendor vendors: list Observed Collection, get Documented Docs, create Observed Collection, update Documented Collection, set_vis_state Observed Collection),
    rows!(BillPayment bill_payments: list Documented Docs, get Documented Docs, create Observed Collection, replace Observed Collection, set_vis_state Documented Docs),
    rows!(Tax taxes: list Observed Collection, get Observed Collection, create Observed Collection, update Observed Collection, delete Documented Collection),
    rows!(ClientRecord clients: list Observed Recorded, get Observed Recorded, create Observed Recorded, update Observed Recorded, set_vis_state Observed Recorded),
    rows!(Contact contacts: update Documented Collection, delete Documented Collection),
    rows!(Item items: list Observed Collection, get Observed Collection, create Observed Collection, update Observed Collection, set_vis_state Observed Collection),
    rows!(Invoice invoices: list Observed Recorded, get Observed Recorded, create Observed Recorded, update Observed Recorded, set_vis_state Observed Recorded),
    rows!(InvoiceProfile invoice_profiles: list Observed Collection, get Observed Collection, create Observed Collection, update Observed Collection, set_vis_state Observed Collection),
    rows!(Payment payments: list Observed Recorded, get Observed Recorded, create Observed Recorded, update Observed Collection, set_vis_state Observed Recorded),
    rows!(Estimate estimates: list Observed Recorded, get Observed Collection, create Observed Recorded, update Observed Recorded, set_vis_state Observed Recorded),
    rows!(CreditNote credit_notes: list Observed Collection, get Documented Docs, create Observed Collection, update Observed Collection, set_vis_state Observed Collection),
    rows!(OtherIncome other_income: list Observed Collection, get Inferred Sdk, create Observed Collection, replace Observed Collection, set_vis_state Observed Collection, delete Inferred Sdk),
    rows!(Task tasks: list Observed Collection, get Observed Collection, create Observed Collection, update Observed Collection, set_vis_state Observed Collection),
    rows!(BillableItem billable_items: get Documented Collection, create Documented Collection),
    rows!(JournalEntry journal_entries: create Documented Collection),
    rows!(JournalDetail journal_details: list Observed Collection),
    rows!(JournalAccount journal_accounts: list Observed Collection),
    rows!(Staff staff: list Observed Probed, get Observed Collection, update Observed Collection, set_vis_state Documented Collection),
    rows!(System systems: get Observed Collection),
    rows!(Gateway gateways: list Inferred Sdk, delete Inferred Sdk),
    rows!(CheckoutLink checkout_links: create Documented Collection, replace Documented Collection, delete Documented Collection),
    rows!(Callback callbacks: list Observed Probed, get Inferred Sdk, create Documented Collection, delete Documented Collection),
    rows!(LedgerAccount ledger_accounts: list Observed Probed, get Observed Collection, create Observed Collection, replace Observed Collection),
    rows!(ManualJournalEntry manual_journal_entries: list Documented Docs, get Inferred Sdk, create Documented Docs, replace Inferred Sdk, delete Inferred Sdk),
    rows!(Project projects: list Observed Recorded, get Observed Recorded, create Observed Recorded, update Observed Recorded, delete Observed Recorded),
    rows!(Service services: list Observed Collection, get Observed Collection, create Documented Docs),
    rows!(ServiceRate service_rates: list Observed Collection),
    rows!(TeamMemberRate team_member_rates: list Observed Collection, update Observed Collection),
    rows!(InvitationRate invitation_rates: list Observed Collection),
    rows!(TimeEntry time_entries: list Observed Recorded, get Observed Recorded, create Observed Recorded, replace Observed Recorded, delete Observed Recorded),
    rows!(Retainer retainers: list Observed Collection, get Observed Collection, create Documented Collection, update Documented Collection),
    rows!(TeamMember team_members: list Observed Collection, get Observed Collection),
    row!(Auth "identity" = "get identity", GET "/auth/api/v1/users/me", "Client::identity", Observed Recorded),
    row!(Auth "business_members" = "list business members", GET "/auth/api/v1/users/business/{business}", "Client::business_members", Observed Probed),
    row!(Projects "abilities" = "list abilities", GET "/projects/business/{business}/abilities", "Client::abilities", Observed Collection),
    row!(Accounting "send_invoice" = "send invoice", PUT "/accounting/account/{account}/invoices/invoices/{id}", "Client::invoices().send", Observed Recorded),
    row!(Accounting "invoice_pdf" = "get invoice PDF", GET "/accounting/account/{account}/invoices/invoices/{id}/pdf", "Client::invoices().pdf", Documented Collection),
    row!(Accounting "share_link" = "get share link", GET "/accounting/account/{account}/invoices/invoices/{id}/share_link", "Client::invoices().share_link", Observed Collection),
    row!(Accounting "invoice_presentation" = "get invoice presentation", GET "/accounting/account/{account}/invoices/presentations", "Client::invoices().presentation", Observed Collection),
    row!(Accounting "send_estimate" = "send estimate", PUT "/accounting/account/{account}/estimates/estimates/{id}", "Client::estimates().send", Documented Collection),
    row!(Accounting "accept_estimate" = "accept estimate", PUT "/accounting/account/{account}/estimates/estimates/{id}", "Client::estimates().accept", Documented Collection),
    row!(Accounting "expense_summaries" = "get expense summaries", GET "/accounting/account/{account}/expenses/summaries", "Client::expenses().summaries", Observed Collection),
    row!(Ledger "ledger_types" = "list ledger types", GET "/accounting/ledger_accounts/types", "Client::ledger_types", Observed Probed),
    row!(Ledger "ledger_sub_types" = "list ledger sub types", GET "/accounting/ledger_accounts/sub_types", "Client::ledger_sub_types", Observed Probed),
    row!(Ledger "ledger_sub_type" = "get ledger sub type", GET "/accounting/ledger_accounts/sub_types/{id}", "Client::ledger_sub_type", Observed Probed),
    row!(Ledger "chart_of_accounts" = "get chart of accounts", GET "/accounting/businesses/{uuid}/reports/chart_of_accounts", "Client::chart_of_accounts", Documented Docs),
    row!(Payments "gateway_connections" = "get gateway connections", GET "/payments/account/{account}/gateway", "Client::gateway_connections", Observed Probed),
    row!(Payments "payment_options" = "get payment options", GET "/payments/account/{account}/{payable}/{id}/payment_options", "Client::payment_options", Inferred Sdk),
    row!(Payments "set_payment_options" = "set payment options", POST "/payments/account/{account}/{payable}/{id}/payment_options", "Client::set_payment_options", Documented Collection),
    row!(Comments "service_rate" = "get service rate", GET "/comments/business/{business}/service/{id}/rate", "Client::service_rates().of", Observed Collection),
    row!(Comments "create_service_rate" = "create service rate", POST "/comments/business/{business}/service/{id}/rate", "Client::service_rates().create_for", Inferred Sdk),
    row!(Comments "set_service_rate" = "update service rate", PUT "/comments/business/{business}/service/{id}/rate", "Client::service_rates().set", Inferred Sdk),
    row!(Comments "set_project_service_rate" = "update project service rate", PUT "/comments/business/{business}/project/{project}/service/{id}/rate", "Client::service_rates().set_in_project", Observed Collection),
    row!(TimeTracking "search_time_entries" = "search time entries", GET "/timetracking/business/{business}/time_entries/search", "Client::time_entries().search", Documented Collection),
    row!(Comments "time_entry_details" = "get time entry details", GET "/comments/business/{business}/time_entries/search", "Client::time_entries().details", Observed Collection),
    row!(Events "verify_callback" = "verify callback", PUT "/events/account/{account}/events/callbacks/{id}", "Client::callbacks().verify", Documented Docs),
    row!(Events "resend_verifier" = "resend verifier", PUT "/events/account/{account}/events/callbacks/{id}", "Client::callbacks().resend_verifier", Documented Docs),
    row!(Accounting "invoice_details_csv" = "get invoice details CSV", GET "/accounting/account/{account}/links/reports/{token}/invoice_details.csv", "Client::invoice_details_csv", Documented Collection),
    row!(Uploads "upload_attachment" = "upload attachment", POST "/uploads/account/{account}/attachments", "Client::upload_attachment", Observed Collection),
    row!(Uploads "upload_image" = "upload image", POST "/uploads/account/{account}/images", "Client::upload_image", Observed Collection),
    row!(Uploads "upload_public_image" = "upload public image", POST "/uploads/images", "Client::upload_public_image", Documented Collection),
    row!(Uploads "attachment" = "get attachment", GET "/uploads/attachments/{handle}", "Client::attachment", Inferred Sdk),
    row!(Uploads "image" = "get image", GET "/uploads/images/{handle}", "Client::image", Inferred Sdk),
    row!(Auth "oauth::exchange_code" = "exchange code", POST "/auth/oauth/token", "OAuthClient::exchange_code", Observed Probed),
    row!(Auth "oauth::refresh" = "refresh token", POST "/auth/oauth/token", "OAuthClient::refresh", Observed Probed),
    row!(Auth "oauth::revoke" = "revoke token", POST "/auth/oauth/revoke", "OAuthClient::revoke", Observed Probed),
    row!(Accounting "report::<AccountsAgingReport>" = "get accounts aging report", GET "/accounting/account/{account}/reports/accounting/accounts_aging", "Client::report", Observed Collection),
    row!(Accounting "report::<BalanceSheetReport>" = "get balance sheet report", GET "/accounting/account/{account}/reports/accounting/balance_sheet", "Client::report", Observed Collection),
    row!(Accounting "report::<BankReconciliationReport>" = "get bank reconciliation summary report", GET "/accounting/account/{account}/reports/accounting/bank_reconciliation_summary", "Client::report", Documented Collection),
    row!(Accounting "report::<ClientStatementReport>" = "get client account statement report", GET "/accounting/account/{account}/reports/accounting/account_statement", "Client::report", Documented Collection),
    row!(Accounting "report::<ExpenseDetailsReport>" = "get expense details report", GET "/accounting/account/{account}/reports/accounting/expense_details", "Client::report", Documented Collection),
    row!(Accounting "report::<InvoiceDetailsReport>" = "get invoice details report", GET "/accounting/account/{account}/reports/accounting/invoice_details", "Client::report", Observed Collection),
    row!(Accounting "report::<ItemSalesReport>" = "get item sales report", GET "/accounting/account/{account}/reports/accounting/item_sales", "Client::report", Observed Collection),
    row!(Accounting "report::<PaymentsCollectedReport>" = "get payments collected report", GET "/accounting/account/{account}/reports/accounting/payments_collected", "Client::report", Observed Collection),
    row!(Accounting "report::<ProfitAndLossReport>" = "get profit and loss report", GET "/accounting/account/{account}/reports/accounting/profitloss_entity", "Client::report", Observed Collection),
    row!(Accounting "report::<RevenueByClientReport>" = "get revenue by client report", GET "/accounting/account/{account}/reports/accounting/revenue_by_client", "Client::report", Observed Collection),
    row!(Accounting "report::<TaxSummaryReport>" = "get tax summary report", GET "/accounting/account/{account}/reports/accounting/taxsummary", "Client::report", Observed Collection),
    row!(Accounting "report::<TrialBalanceReport>" = "get trial balance report", GET "/accounting/account/{account}/reports/accounting/trial_balance", "Client::report", Observed Collection),
];
