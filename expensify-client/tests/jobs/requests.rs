//! A request of every job.

use expensify_client::{
    Categories, CategoriesUpdate, Category, CreateExpenseRule, CreateExpenses, CreatePolicy,
    CreateReport, Currency, Domain, DomainCardQuery, EmployeeSource, EmployeeUpdateOptions,
    ExpenseRuleId, Export, ExportQuery, ExportTemplate, FileName, Hundredths, Job, JobRequest,
    NewExpense, OnFinish, PdfExport, Plan, PolicyListQuery, PolicyQuery, PolicyScope, Receipts,
    Recipients, Reconciliation, ReconciliationFile, ReconciliationScope, ReconciliationTemplate,
    Reimburse, ReportId, RuleActions, SftpServer, TagApprover, UpdateEmployees, UpdateExpenseRule,
    UpdatePolicy, UpdateTagApprovers,
};
use secrecy::SecretString;
use url::Url;

use crate::{day, policy};

pub(crate) fn query() -> ExportQuery {
    ExportQuery::approved_after(day("2026-07-01"))
}

fn server() -> SftpServer {
    SftpServer {
        host: "sftp.acme.test".to_owned(),
        port: 22,
        login: "acme".to_owned(),
        password: SecretString::from("planted-sftp"),
    }
}

pub(crate) fn uploading() -> impl Job {
    Export::new(query(), ExportTemplate::reports()).on_finish(OnFinish::SftpUpload(server()))
}

pub(crate) fn fed() -> UpdateEmployees {
    let source = EmployeeSource::Feed {
        url: Url::parse("https://hr.acme.test/feed").unwrap(),
        user: "reader".to_owned(),
        password: SecretString::from("planted-feed"),
    };
    UpdateEmployees::new(source, EmployeeUpdateOptions::default())
}

pub(crate) fn fetched() -> UpdateEmployees {
    let source = EmployeeSource::Sftp {
        server: server(),
        file_name: "people.json".to_owned(),
    };
    UpdateEmployees::new(source, EmployeeUpdateOptions::default())
}

/// A request of every job there is.
pub(crate) fn every_request() -> Vec<JobRequest> {
    let date = day("2026-07-01");
    let domain = || Domain::new("acme.test").unwrap();
    let usd = Currency::new("USD").unwrap();
    let expense = NewExpense::new("Rail", date, Hundredths::new(1), usd);
    let template = ReconciliationTemplate::new("x");
    let scope = ReconciliationScope::All;
    let reconciliation = Reconciliation::new(domain(), date, date, scope, template).unwrap();
    let mailed = reconciliation
        .clone()
        .mailed_to(Recipients::new(["it@acme.test"]).unwrap());
    let rule = || CreateExpenseRule::new("jo@acme.test", policy(), RuleActions::billable(true));
    let list = PolicyListQuery {
        scope: PolicyScope::All,
        user_email: None,
    };
    let category = Category::new("Meals");
    let categories = CategoriesUpdate::merge([category]);
    let approver = [TagApprover::clear("Sales")];
    let requests = [
        Export::new(query(), ExportTemplate::reports()).to_request(),
        uploading().to_request(),
        PdfExport::new(query(), Receipts::FullPage).to_request(),
        reconciliation.to_request(),
        mailed.to_request(),
        list.to_request(),
        PolicyQuery::new([policy()], Categories).to_request(),
        DomainCardQuery::new(domain()).to_request(),
        CreateReport::new("jo@acme.test", policy(), "Trip").to_request(),
        CreateExpenses::new("jo@acme.test", [expense])
            .unwrap()
            .to_request(),
        CreatePolicy::new("Ops", Plan::Team).unwrap().to_request(),
        rule().to_request(),
        UpdateExpenseRule::new(ExpenseRuleId(1), rule()).to_request(),
        UpdatePolicy::of([policy()])
            .categories(categories)
            .to_request(),
        fed().to_request(),
        fetched().to_request(),
        Reimburse::reports([ReportId::new("R00A").unwrap()])
            .unwrap()
            .to_request(),
        UpdateTagApprovers::new(policy(), approver)
            .unwrap()
            .to_request(),
    ];
    let mut requests: Vec<JobRequest> = requests.map(Result::unwrap).into();
    requests.push(JobRequest::download(
        &FileName::new("export1.json").unwrap(),
    ));
    requests.push(JobRequest::download(
        &ReconciliationFile::new("is_1.csv").unwrap(),
    ));
    requests
}
