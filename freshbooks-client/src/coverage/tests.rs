//! The table against the sources, the requests, the page of the documentation, and the official
//! collection.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use http::Request;
use rust_decimal::Decimal;
use url::Url;

use super::*;
use crate::calls as requests;
use crate::endpoints::Endpoints;
use crate::oauth::OAuthApp;
use crate::page::PageRequest;
use crate::types::{
    AccountsAgingReport, BalanceSheetReport, BankReconciliationReport, ChartFilter,
    ClientStatementReport, EmailMessage, ExpenseDetailsReport, InvoiceDetailsReport,
    ItemSalesReport, MediaType, Payable, PaymentOptions, PaymentsCollectedReport,
    ProfitAndLossReport, Report, ReportPeriod, RevenueByClientReport, SalesType, TaxSummaryReport,
    TrialBalanceReport, UploadFile, UploadHandle,
};
use crate::wire::{AccountId, BusinessId, BusinessUuid, DownloadToken, InvoiceId};

const HOME: &str = env!("CARGO_MANIFEST_DIR");

/// The text of all sources below a folder, tests left out.
fn sources(below: &str) -> String {
    fn gather(at: &Path, all: &mut String) {
        let mut entries: Vec<_> = std::fs::read_dir(at)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        entries.sort();
        for path in entries {
            if path.is_dir() {
                gather(&path, all);
            } else if !path.ends_with("tests.rs") {
                all.push_str(&std::fs::read_to_string(&path).unwrap());
            }
        }
    }
    let mut all = String::new();
    gather(&Path::new(HOME).join(below), &mut all);
    all
}

/// What the sources can ask for, as the table names it.
fn implemented() -> BTreeSet<String> {
    let verbs = BTreeMap::from([
        ("List", "list"),
        ("Get", "get"),
        ("Create", "create"),
        ("Update", "update"),
        ("Replace", "replace"),
        ("SoftDelete", "set_vis_state"),
        ("HardDelete", "delete"),
    ]);
    let mut found = BTreeSet::new();
    for line in sources("src/types").lines() {
        let Some((of, resource)) = line
            .strip_prefix("impl ")
            .and_then(|rest| rest.split_once(" for "))
        else {
            continue;
        };
        let resource = resource.split([' ', '{']).next().unwrap();
        // Outside its file it has another name, because the client has this one.
        let resource = if resource == "Client" {
            "ClientRecord"
        } else {
            resource
        };
        if let Some(verb) = verbs.get(of) {
            found.insert(format!("{verb}::<{resource}>"));
        } else if of == "Report" {
            found.insert(format!("report::<{resource}>"));
        }
    }
    let generic = [
        "list",
        "get",
        "get_with",
        "create",
        "update",
        "replace",
        "set_vis_state",
        "delete",
        "report",
    ];
    let calls =
        sources("src/calls") + &std::fs::read_to_string(format!("{HOME}/src/calls.rs")).unwrap();
    for line in calls.lines() {
        let Some(rest) = line.strip_prefix("pub fn ") else {
            continue;
        };
        let name = rest.split(['(', '<']).next().unwrap();
        if !generic.contains(&name) {
            found.insert(name.to_owned());
        }
    }
    found
}

#[test]
fn the_table_names_every_call_and_no_other() {
    let named: BTreeSet<String> = calls()
        .map(|row| row.function.to_owned())
        .filter(|function| !function.starts_with("oauth::"))
        .collect();
    assert_eq!(named, implemented());
    assert!(named.len() > 150, "{} calls", named.len());
}

#[test]
fn every_method_of_the_table_exists() {
    let client = sources("src/client");
    for row in calls() {
        let (_, names) = row.method.split_once("::").unwrap();
        for name in names.split("().") {
            let is_there = ["fn ", "async fn "].iter().any(|kind| {
                ["(", "<"]
                    .iter()
                    .any(|next| client.contains(&format!("pub {kind}{name}{next}")))
            });
            assert!(is_there, "{}: no {name}", row.method);
        }
    }
}

#[test]
fn no_two_rows_are_the_same() {
    let mut seen = BTreeSet::new();
    for row in calls() {
        assert!(seen.insert(row.function), "{} twice", row.function);
    }
}

fn sent<T>(call: &crate::Call<T>) -> (String, String) {
    let endpoints = Endpoints::at(&Url::parse("http://fb.test").unwrap()).unwrap();
    line(call.operation(), &call.request(&endpoints, None).unwrap())
}

fn line<B>(operation: &str, request: &Request<B>) -> (String, String) {
    let path = request.uri().path();
    (operation.to_owned(), format!("{} {path}", request.method()))
}

fn account() -> AccountId {
    AccountId::new("acct").unwrap()
}

/// The calls that no resource has, each with what it asks.
fn own_calls() -> Vec<(String, String)> {
    let (account, business, id) = (account(), BusinessId::new(7), 9);
    let uuid = BusinessUuid::new("ab-12").unwrap();
    let message = EmailMessage::default();
    let payable = Payable::Invoice(InvoiceId::new(id));
    let options = PaymentOptions {
        gateway_name: "stripe".to_owned(),
        has_credit_card: true,
        has_ach_transfer: false,
        allow_partial_payments: false,
    };
    let rate = Decimal::ONE;
    let page = PageRequest::default();
    let token = DownloadToken::new("token").unwrap();
    let handle = UploadHandle::new("handle").unwrap();
    let app = OAuthApp::new(
        "id",
        "secret".into(),
        Url::parse("https://x.example/cb").unwrap(),
    );
    vec![
        sent(&requests::identity()),
        sent(&requests::business_members(business)),
        sent(&requests::abilities(business)),
        sent(&requests::send_invoice(&account, id.into(), &message).unwrap()),
        sent(&requests::invoice_pdf(&account, id.into())),
        sent(&requests::share_link(&account, id.into())),
        sent(&requests::invoice_presentation(&account)),
        sent(&requests::send_estimate(&account, id.into(), &message).unwrap()),
        sent(&requests::accept_estimate(&account, id.into()).unwrap()),
        sent(&requests::expense_summaries(&account)),
        sent(&requests::ledger_types()),
        sent(&requests::ledger_sub_types()),
        sent(&requests::ledger_sub_type(id.into())),
        sent(&requests::chart_of_accounts(&uuid, &ChartFilter::default())),
        sent(&requests::gateway_connections(&account)),
        sent(&requests::payment_options(&account, &payable)),
        sent(&requests::set_payment_options(&account, &payable, &options).unwrap()),
        sent(&requests::service_rate(business, id.into())),
        sent(&requests::create_service_rate(business, id.into(), rate).unwrap()),
        sent(&requests::set_service_rate(business, id.into(), rate).unwrap()),
        sent(&requests::set_project_service_rate(business, 8.into(), id.into(), rate).unwrap()),
        sent(&requests::search_time_entries(business, "Ann", page)),
        sent(&requests::time_entry_details(business, page)),
        sent(&requests::verify_callback(&account, id.into(), &"s".into()).unwrap()),
        sent(&requests::resend_verifier(&account, id.into()).unwrap()),
        sent(&requests::invoice_details_csv(&account, &token)),
        sent(&requests::attachment(&handle)),
        sent(&requests::image(&handle)),
        sent(&app.exchange_code(&"code".into(), None)),
        sent(&app.refresh(&"old".into())),
        sent(&app.revoke(&"old".into())),
    ]
}

fn uploads() -> Vec<(String, String)> {
    let endpoints = Endpoints::at(&Url::parse("http://fb.test").unwrap()).unwrap();
    let file = UploadFile::new("a.png", MediaType::Png, 3).unwrap();
    [
        requests::upload_attachment(&account(), &file),
        requests::upload_image(&account(), &file).unwrap(),
        requests::upload_public_image(&file).unwrap(),
    ]
    .iter()
    .map(|call| line(call.operation(), &call.request(&endpoints, None).unwrap()))
    .collect()
}

fn reports() -> Vec<(String, String)> {
    fn asked<R: Report>(report: &R) -> (String, String) {
        sent(&requests::report(&account(), report))
    }
    let client = ClientStatementReport {
        client_id: 9.into(),
        period: ReportPeriod::default(),
    };
    let revenue = RevenueByClientReport {
        sales_type: SalesType::Collected,
        period: ReportPeriod::default(),
    };
    vec![
        asked(&AccountsAgingReport),
        asked(&BalanceSheetReport::default()),
        asked(&BankReconciliationReport::default()),
        asked(&client),
        asked(&ExpenseDetailsReport::default()),
        asked(&InvoiceDetailsReport::default()),
        asked(&ItemSalesReport::default()),
        asked(&PaymentsCollectedReport::default()),
        asked(&ProfitAndLossReport::default()),
        asked(&revenue),
        asked(&TaxSummaryReport::default()),
        asked(&TrialBalanceReport::default()),
    ]
}

#[test]
fn each_row_without_a_resource_says_what_its_call_asks() {
    let asked: BTreeMap<String, String> = own_calls()
        .into_iter()
        .chain(uploads())
        .chain(reports())
        .collect();
    let mut told = BTreeMap::new();
    for row in
        calls().filter(|row| !row.function.contains("::<") || row.function.starts_with("report::"))
    {
        let path = row
            .path()
            .replace("{account}", "acct")
            .replace("{business}", "7")
            .replace("{uuid}", "ab-12")
            .replace("{project}", "8")
            .replace("{payable}", "invoice")
            .replace("{token}", "token")
            .replace("{handle}", "handle")
            .replace("{id}", "9");
        told.insert(row.operation.to_owned(), format!("{} {path}", row.verb()));
    }
    assert_eq!(told, asked);
}

/// One line of the collection's requests.
struct Asked<'l> {
    count: usize,
    request: String,
    operation: Option<&'l str>,
    note: &'l str,
}

fn collection(text: &str) -> Vec<Asked<'_>> {
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let mut fields = line.split('\t');
            let mut field = || fields.next().unwrap_or_default();
            let (count, verb, path) = (field(), field(), field());
            let operation = Some(field()).filter(|operation| *operation != "-");
            Asked {
                count: count.parse().unwrap(),
                request: format!("{verb} {path}"),
                operation,
                note: field(),
            }
        })
        .collect()
}

fn collection_text() -> String {
    std::fs::read_to_string(format!("{HOME}/tests/data/collection.tsv")).unwrap()
}

fn count(asked: &[Asked<'_>], covered: bool) -> usize {
    let of_kind = asked
        .iter()
        .filter(|line| line.operation.is_some() == covered);
    of_kind.map(|line| line.count).sum()
}

#[test]
fn the_official_collection_is_covered_but_for_argued_gaps() {
    let text = collection_text();
    let asked = collection(&text);
    assert_eq!((count(&asked, true), count(&asked, false)), (196, 17));
    for line in &asked {
        let Some(operation) = line.operation else {
            assert!(
                line.note.len() > 20,
                "{} is a gap without a reason",
                line.request
            );
            continue;
        };
        let same: Vec<_> = calls().filter(|row| row.operation == operation).collect();
        assert!(
            !same.is_empty(),
            "{operation} is no operation of this crate"
        );
        // Another address than the collection's needs a word on it.
        let is_same = same
            .iter()
            .any(|row| line.request == format!("{} {}", row.verb(), row.path()));
        assert!(
            is_same || !line.note.is_empty(),
            "{} is not {operation}",
            line.request
        );
    }
}

/// The page of the documentation, from the table and the collection.
fn page() -> String {
    let text = collection_text();
    let asked = collection(&text);
    let (covered, gaps) = (count(&asked, true), count(&asked, false));
    let mut page = format!(
        "What this crate can ask for, and how well each call is known to work.\n\n\
         {} calls. Of the {} requests of FreshBooks' official Postman collection {covered} have a method; the other \
         {gaps} are left out for the reasons below.\n\n\
         | Grade | Meaning |\n| --- | --- |\n\
         | observed | seen in recorded traffic of the real service |\n\
         | documented | written down by FreshBooks, as request or as answer |\n\
         | inferred | concluded from code of others, or from what its siblings do |\n\n\
         | Source | Meaning |\n| --- | --- |\n\
         | collection | the official Postman collection, with the replies it holds |\n\
         | docs | FreshBooks' documentation |\n\
         | probed | found by others who asked the real service |\n\
         | recorded | traffic others recorded, with headers |\n\
         | sdk | code of SDKs and of others' clients |\n",
        calls().count(),
        covered + gaps
    );
    let mut families: BTreeMap<Family, Vec<&Covered>> = BTreeMap::new();
    for row in calls() {
        families.entry(row.family).or_default().push(row);
    }
    for (family, rows) in families {
        let name = if family == Family::TimeTracking {
            "Time tracking".to_owned()
        } else {
            format!("{family:?}")
        };
        write!(
            page,
            "\n# {name}\n\n| Method | Request | Grade | Source |\n| --- | --- | --- | --- |\n"
        )
        .unwrap();
        for row in rows {
            let (verb, path) = (row.verb(), row.path());
            writeln!(
                page,
                "| `{}` | `{verb} {path}` | {} | {} |",
                row.method, row.grade, row.source
            )
            .unwrap();
        }
    }
    page.push_str("\n# Left out\n\n| Request | Why |\n| --- | --- |\n");
    for line in asked.iter().filter(|line| line.operation.is_none()) {
        writeln!(page, "| `{}` | {} |", line.request, line.note).unwrap();
    }
    page
}

/// To write it anew: `UPDATE_COVERAGE=1 cargo test -p freshbooks-client --all-features coverage`.
#[test]
fn the_page_of_the_documentation_is_current() {
    let path = format!("{HOME}/docs/coverage.md");
    if std::env::var_os("UPDATE_COVERAGE").is_some() {
        std::fs::write(&path, page()).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap();
    assert!(written == page(), "docs/coverage.md is stale");
}

#[test]
fn what_is_told_elsewhere_is_what_is_counted() {
    let text = collection_text();
    let asked = collection(&text);
    let (covered, gaps) = (count(&asked, true), count(&asked, false));
    for page in ["README.md", "CHANGELOG.md"] {
        let told = std::fs::read_to_string(format!("{HOME}/{page}")).unwrap();
        let figures = [
            format!("{} calls", calls().count()),
            format!("{covered}"),
            format!("{}", covered + gaps),
        ];
        for figure in figures {
            assert!(told.contains(&figure), "{page} does not say {figure}");
        }
    }
}
