//! A typed client for the Expensify Integration Server: every documented job, a safe export template with its parser, a
//! ready model of reports and expenses, incremental polling, and rate limits that are kept.
//!
//! It knows Expensify and nothing of what its data is used for. It is not affiliated with Expensify.
//!
//! Expensify answers errors with HTTP 200, names the results of exports in a bare line of text, renders them with a
//! template the caller has to send, and has neither a sandbox nor a way to tell that a file is ready. This crate hides
//! all of that: [`Client::reports`] submits an [`ExportQuery`], waits for the file within the documented request
//! budget, and streams [`Report`]s that were checked line by line.
//!
//! # Jobs
//!
//! Each job is a type with its parameters. [`Client::run`] sends any of them, and its [`Job::Reply`] is what comes back.
//!
//! ```
//! use expensify_client::{Categories, Client, Error, ErrorKind, PolicyId, Reimburse, ReportId, Tax};
//!
//! async fn close(client: &Client, policy: &PolicyId, report: ReportId) -> Result<(), Error> {
//!     // The sections asked for decide what comes back: nothing else is there to be read.
//!     let (categories, tax) = client.policy(policy, (Categories, Tax)).await?;
//!     println!("{} categories, {} tax rates", categories.len(), tax.rates.len());
//!
//!     // A job that changes something is sent once; its effect says whether it may have been applied all the same.
//!     match client.run(&Reimburse::reports([report])?).await {
//!         Ok(outcome) => println!("{} reimbursed, {} skipped", outcome.reimbursed.len(), outcome.skipped.len()),
//!         Err(error) if error.kind() == ErrorKind::Forbidden => println!("not an admin of the policy"),
//!         Err(error) => return Err(error),
//!     }
//!     Ok(())
//! }
//! ```
//!
//! | To | run | |
//! | --- | --- | --- |
//! | export reports | [`Export`], with actions at its end [`FinishingExport`] | [`Client::reports`], [`Client::mark_exported`] |
//! | export them as PDF with receipts | [`PdfExport`] | one file for each report |
//! | download a file | | [`Client::download`], [`Client::content`], [`Client::rows`] |
//! | reconcile cards of a domain | [`Reconciliation`], [`MailedReconciliation`] | files of their own file system |
//! | list policies, read sections of them | [`PolicyListQuery`], [`PolicyQuery`] | [`Client::policy`] |
//! | list cards of a domain | [`DomainCardQuery`] | |
//! | create | [`CreateReport`], [`CreateExpenses`], [`CreatePolicy`], [`CreateExpenseRule`] | never sent twice |
//! | update | [`UpdatePolicy`], [`UpdateEmployees`], [`UpdateExpenseRule`], [`UpdateTagApprovers`] | never sent twice |
//! | set reports to Reimbursed | [`Reimburse`] | judged by the lists of the answer |
//!
//! Left out on purpose: merging tags, which deletes those not listed; reimbursing by date, which would pay reports nobody
//! named; the deprecated updater of employees; and sending anything by GET.
//!
//! What each job sends and gets back was seen live, documented, or inferred: [`evidence`] says which, by whose word.
//!
//! # Reading an export
//!
//! The parser needs neither network nor runtime. It takes bytes cut anywhere and gives out whole reports:
//!
//! ```
//! use expensify_client::{ExportParser, Hundredths, ParserLimits};
//!
//! let file = br#"{"k":"begin","v":1,"format":"ml-connector/export"}
//! {"k":"rep","i":"0","n":"1","reportID":"R00AbCdEf123","currency":"USD","total":"1250"}
//! {"k":"exp","r":"R00AbCdEf123","i":"0","transactionID":"4056343049275634494","amount":"999","modifiedAmount":"1250","currency":"USD"}
//! {"k":"end","reports":1,"expenses":1}
//! "#;
//! let mut parser = ExportParser::new(ParserLimits::default());
//! for chunk in file.chunks(100) {
//!     parser.push(chunk);
//!     while let Some(report) = parser.next_report()? {
//!         assert_eq!(report.expenses[0].amount_in("USD")?, Hundredths::new(1250));
//!     }
//! }
//! parser.finish();
//! while let Some(report) = parser.next_report()? {
//!     assert_eq!(report.id.as_str(), "R00AbCdEf123");
//! }
//! assert_eq!(parser.summary().map(|counts| counts.expenses), Some(1));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Main types
//!
//! - [`Client`], made by [`ClientBuilder`] from [`Settings`] and [`Credentials`]; [`Transport`] can be replaced.
//! - [`ExportQuery`]: which reports; starts from an anchor, so that an export of everything cannot be written.
//! - [`Report`] and [`Expense`]: raw fields, and accessors for the values that count.
//! - [`ExportTemplate`]: the FreeMarker program of an export, this crate's own or yours, typed by what it decodes to
//!   ([`Json`], [`Lines`], [`Text`]). [`ExportParser`] refuses a file of any other template or version than ours.
//! - [`Observer`]: sees every exchange without a secret in it.
//! - [`poll::ReportPoll`]: what to ask for since the last time and what of it is new, without a clock or a network.
//! - [`classify`] and [`SlidingWindows`]: the verdict on an answer, and the request budget, both pure.
//!
//! # Errors
//!
//! One opaque [`Error`]. [`Error::kind`] says what to do about it, [`Error::effect`] whether the request may have been
//! applied all the same. An [`ExportError`] names the line, the problem and the remedy.
//!
//! # Features
//!
//! | Feature | Default | What it adds |
//! | --- | --- | --- |
//! | `client` | yes | the HTTP client on reqwest and tokio |
//!
//! Without it the crate is types, template, parser and request building, and compiles for `wasm32-unknown-unknown`.
//!
//! # Minimum Rust version
//!
//! 1.94. It rises in minor releases only, to a version at least six months old.

#![cfg_attr(
    not(feature = "client"),
    expect(
        rustdoc::broken_intra_doc_links,
        reason = "what the client does is told here once; its links lead somewhere where there is one"
    )
)]

mod auth;
#[cfg(feature = "client")]
mod budget;
#[cfg(feature = "client")]
mod client;
#[cfg(feature = "client")]
mod download;
mod error;
pub mod evidence;
#[cfg(feature = "client")]
mod exchange;
mod export;
mod ids;
mod job;
mod limiter;
mod money;
#[cfg(feature = "client")]
mod observer;
#[cfg(feature = "client")]
mod pacer;
pub mod poll;
mod report_field;
#[cfg(feature = "client")]
mod report_stream;
mod response;
mod scalar;
#[cfg(feature = "client")]
mod settings;
mod template;
#[cfg(feature = "client")]
mod transport;

pub use auth::Credentials;
#[cfg(feature = "client")]
pub use budget::{FileBudget, LocalBudget, RequestBudget};
#[cfg(feature = "client")]
pub use client::{Client, ClientBuilder, Rows};
#[cfg(feature = "client")]
pub use download::Download;
pub use error::{Effect, Error, ErrorKind};
pub use export::{
    AckParser, Action, Approver, Expense, ExportError, ExportParser, ExportSummary, ParserLimits,
    Person, Problem, Report, ReportStatus, Stamp, TagLevel, Units, ValueError, Warning,
    WarningKind, split_tag,
};
pub use ids::{Domain, ExpenseId, FileName, PolicyId, ReconciliationFile, ReportId};
pub use job::{
    ApprovalLimit, Categories, CategoriesUpdate, Category, CreateExpenseRule, CreateExpenses,
    CreatePolicy, CreateReport, CreatedExpense, CreatedPolicy, CreatedReport, DomainCard,
    DomainCardQuery, Employee, EmployeeRecord, EmployeeRole, EmployeeSource, EmployeeUpdateOptions,
    EmployeeUpdateOutcome, Employees, ExpenseRuleId, Export, ExportQuery, ExportedFile,
    FinishingExport, FormBody, Job, JobRequest, Label, MailedReconciliation, NewExpense,
    NewExpenseTax, NewReportField, NewTagLevel, NotReimbursed, OnFinish, PdfExport, Plan, Policy,
    PolicyListQuery, PolicyQuery, PolicyScope, PolicySection, PolicySummary, PrimaryPolicy,
    Receipts, Recipients, Reconciliation, ReconciliationFormat, ReconciliationScope,
    ReconciliationTemplate, Reimburse, ReimburseOutcome, ReportExpense, ReportField, ReportFields,
    ReportFieldsUpdate, ReportState, RuleActions, SectionSet, SftpServer, SkippedEmployee,
    StoredFile, Tag, TagApprover, TagFile, TagFileFormat, TagLevelDefinition, TagLevels, Tags,
    TagsUpdate, Tax, TaxRate, Taxes, UpdateEmployees, UpdateExpenseRule, UpdatePolicy,
    UpdateTagApprovers,
};
pub use limiter::{RateWindow, SlidingWindows};
pub use money::{Currency, Hundredths};
#[cfg(feature = "client")]
pub use observer::{Exchanged, Observer};
pub use report_field::ReportFieldKey;
#[cfg(feature = "client")]
pub use report_stream::ReportStream;
pub use response::{Answer, Expected, Head, Reply, classify};
#[cfg(feature = "client")]
pub use settings::{
    BodyLimits, DownloadSettings, PRODUCTION_URL, PlainHttp, RetrySettings, Settings, Timeouts,
};
pub use template::{
    ExportTemplate, FileContent, FileFormat, Json, Lines, ReportIds, Reports, TEMPLATE_VERSION,
    Template, Text,
};
#[cfg(feature = "client")]
pub use transport::{Body, Chunks, HttpTransport, Transport, TransportError, TransportErrorKind};

/// The example of the README, compiled.
#[cfg(all(doctest, feature = "client"))]
#[doc = include_str!("../README.md")]
struct Readme;
