//! The jobs of the Integration Server, as typed parameters, and the requests that carry them.

mod contract;
mod create_expenses;
mod create_policy;
mod create_report;
mod domain_cards;
mod download;
mod employees;
mod envelope;
mod expense_rules;
mod export;
mod pdf_export;
mod policy;
mod reconciliation;
mod report_status;
mod tag_approvers;
mod update_policy;

pub use contract::Job;
pub use create_expenses::{CreateExpenses, CreatedExpense, NewExpense, NewExpenseTax};
pub use create_policy::{CreatePolicy, CreatedPolicy, Plan};
pub use create_report::{CreateReport, CreatedReport, ReportExpense};
pub use domain_cards::{DomainCard, DomainCardQuery};
pub use download::StoredFile;
pub use employees::{
    ApprovalLimit, EmployeeRecord, EmployeeRole, EmployeeSource, EmployeeUpdateOptions,
    EmployeeUpdateOutcome, PrimaryPolicy, SkippedEmployee, UpdateEmployees,
};
pub use envelope::{FormBody, JobRequest};
pub use expense_rules::{CreateExpenseRule, ExpenseRuleId, RuleActions, UpdateExpenseRule};
pub use export::{
    Export, ExportQuery, ExportedFile, FinishingExport, Label, OnFinish, Recipients, ReportState,
    SftpServer,
};
pub use pdf_export::{PdfExport, Receipts};
pub use policy::{
    Categories, Category, Employee, Employees, Policy, PolicyListQuery, PolicyQuery, PolicyScope,
    PolicySection, PolicySummary, ReportField, ReportFields, SectionSet, Tag, TagLevelDefinition,
    Tags, Tax, TaxRate, Taxes,
};
pub use reconciliation::{
    MailedReconciliation, Reconciliation, ReconciliationFormat, ReconciliationScope,
    ReconciliationTemplate,
};
pub use report_status::{NotReimbursed, Reimburse, ReimburseOutcome};
pub use tag_approvers::{TagApprover, UpdateTagApprovers};
pub use update_policy::{
    CategoriesUpdate, NewReportField, NewTagLevel, ReportFieldsUpdate, TagFile, TagFileFormat,
    TagLevels, TagsUpdate, UpdatePolicy,
};
