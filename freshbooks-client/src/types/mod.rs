//! The records of FreshBooks, one file per resource, named as its documentation names it.
//!
//! Reading is tolerant, writing is strict: read types accept what FreshBooks has been seen to send,
//! write types cannot express what FreshBooks would refuse or silently drop.

mod bill;
mod bill_payment;
mod bill_vendor;
mod billable_item;
mod callback;
mod change;
mod chart_of_accounts;
mod checkout_link;
mod client;
mod contact;
mod credit_note;
mod document_line;
mod estimate;
mod expense;
mod expense_category;
mod expense_profile;
mod expense_summary;
mod expense_vendor;
mod gateway;
mod identity;
mod invoice;
mod invoice_profile;
mod item;
mod journal_entry;
mod ledger_account;
mod manual_journal_entry;
mod other_income;
mod payment;
mod payment_option;
mod project;
mod rate;
mod report;
mod retainer;
mod service;
mod share_link;
mod staff;
mod system;
mod task;
mod tax;
mod team_member;
mod time_entry;
mod upload;

pub use bill::{
    Bill, BillFilter, BillLine, BillStatus, BillUpdate, LineCategory, NewBill, NewBillLine,
};
pub use bill_payment::{BillPayment, NewBillPayment, PaymentType};
pub use bill_vendor::{Balance, NewVendor, Vendor, VendorFilter, VendorTaxDefault, VendorUpdate};
pub use billable_item::{BillableItem, BillableItemRest, NewBillableItem};
pub(crate) use callback::CallbackAnswer;
pub use callback::{Callback, CallbackFilter, NewCallback};
pub use change::Change;
pub(crate) use chart_of_accounts::ChartReport;
pub use chart_of_accounts::{ChartAccount, ChartFilter};
pub use checkout_link::{CheckoutLink, NewCheckoutLink};
pub use client::{Client as ClientRecord, ClientFilter, ClientSort, ClientUpdate, NewClient};
pub use contact::{Contact, ContactUpdate, NewContact};
pub use credit_note::{CreditNote, CreditNoteFilter, CreditNoteUpdate, CreditType, NewCreditNote};
pub use document_line::{DocumentLine, EmailMessage, LineKind, NewDocumentLine, TaxFigure};
pub use estimate::{Estimate, EstimateFilter, EstimateInclude, EstimateUpdate, NewEstimate};
pub use expense::{
    Expense, ExpenseAttachment, ExpenseFilter, ExpenseInclude, ExpenseStatus, ExpenseTax,
    ExpenseUpdate, NewExpense, NewExpenseTax,
};
pub use expense_category::{ExpenseCategory, ExpenseCategoryFilter, NewExpenseCategory};
pub use expense_profile::{
    ExpenseProfile, ExpenseProfileFilter, ExpenseProfileRest, NewExpenseProfile,
};
pub use expense_summary::{ExpenseSummary, SummaryAmount};
pub use expense_vendor::ExpenseVendor;
pub(crate) use gateway::ConnectionList;
pub use gateway::{Gateway, GatewayConnection, GatewayConnections};
pub use identity::{Access as FeatureAccess, Business, Identity, MemberRole, Membership};
pub use invoice::{
    AllowedGateway, Invoice, InvoiceFilter, InvoiceInclude, InvoicePresentation, InvoiceSort,
    InvoiceStatus, InvoiceUpdate, NewInvoice, NewInvoiceStatus,
};
pub use invoice_profile::{
    InvoiceProfile, InvoiceProfileFilter, InvoiceProfileInclude, InvoiceProfileUpdate,
    NewInvoiceProfile,
};
pub use item::{Item, ItemFilter, ItemUpdate, NewItem};
pub use journal_entry::{
    JournalAccount, JournalAccountRef, JournalCause, JournalDetail, JournalEntry, JournalLine,
    JournalSubAccount, JournalSubAccountRef, NewJournalEntry, NewJournalLine, Unbalanced,
};
pub use ledger_account::{
    FullLedgerAccount, LedgerAccount, LedgerAccountState, LedgerAccountType, LedgerSubType,
    NewLedgerAccount,
};
pub(crate) use ledger_account::{LedgerData, NamedType};
pub use manual_journal_entry::{
    DateParts, JournalSide, ManualJournalEntry, ManualJournalLine, NewManualJournalEntry,
};
pub use other_income::{
    IncomeTax, NewOtherIncome, OtherIncome, OtherIncomeCategory, OtherIncomeFilter, OtherIncomeRest,
};
pub use payment::{NewPayment, Payment, PaymentFilter, PaymentRest, PaymentUpdate};
pub(crate) use payment_option::OptionsOf;
pub use payment_option::{Payable, PaymentOptions};
pub use project::{
    Ability, BillingMethod, NewProject, Project, ProjectFilter, ProjectRest, ProjectSort,
    ProjectType, ProjectUpdate,
};
pub use rate::{
    InvitationRate, NewTeamMemberRate, ProjectServiceRate, ServiceRate, TeamMemberRate,
};
pub use report::*;
pub use retainer::{NewRetainer, Retainer, RetainerUpdate};
pub use service::{NewService, Service};
pub use share_link::ShareLink;
pub(crate) use share_link::SharedLink;
pub use staff::{Staff, StaffUpdate};
pub use system::System;
pub use task::{NewTask, Task, TaskFilter, TaskUpdate};
pub use tax::{NewTax, Tax, TaxFilter, TaxUpdate};
pub(crate) use team_member::BusinessPeople;
pub use team_member::{BusinessMember, TeamMember, TeamMemberFilter};
pub use time_entry::{NewTimeEntry, TimeEntry, TimeEntryFilter, TimeEntryRest};
pub(crate) use upload::UploadReply;
pub use upload::{
    InvalidHandle, MediaType, UPLOAD_BYTES_MAX, UploadFile, UploadHandle, UploadRefused, Uploaded,
};
