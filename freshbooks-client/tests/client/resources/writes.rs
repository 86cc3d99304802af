//! What is written: everything FreshBooks needs, nothing it refuses or drops, in the spelling of its
//! family.

use chrono::NaiveDate;
use freshbooks_client::{
    AccountId, BillPayment, BusinessId, BusinessUuid, Call, Change, CheckoutLink, ClientRecord,
    ClientUpdate, Contact, ContactUpdate, CreditNote, CreditType, CurrencyCode, Endpoints,
    Estimate, Invoice, InvoiceFilter, InvoiceInclude, InvoiceProfile, InvoiceSort, InvoiceUpdate,
    Item, ItemUpdate, JournalEntry, JournalSide, LedgerAccount, LedgerAccountId,
    ManualJournalEntry, ManualJournalLine, Money, NewBillPayment, NewCheckoutLink, NewClient,
    NewContact, NewCreditNote, NewDocumentLine, NewEstimate, NewInvoice, NewInvoiceProfile,
    NewInvoiceStatus, NewItem, NewJournalEntry, NewJournalLine, NewLedgerAccount,
    NewManualJournalEntry, NewOtherIncome, NewPayment, NewProject, NewRetainer, NewService, NewTax,
    NewTeamMemberRate, NewTimeEntry, OtherIncome, OtherIncomeCategory, OtherIncomeRest,
    PageRequest, Payment, PaymentType, Project, ProjectFilter, ProjectRest, ProjectSort,
    ProjectType, ProjectUpdate, Retainer, RetainerUpdate, Service, Sort, Tax, TaxUpdate,
    TeamMemberRate, TimeEntry, TimeEntryFilter, TimeEntryRest, calls,
};
use http::Response;
use serde_json::{Value, json};

const BUSINESS: BusinessId = BusinessId::new(9);

fn account() -> AccountId {
    AccountId::new("ZyQ04o").unwrap()
}

fn uuid() -> BusinessUuid {
    BusinessUuid::new("ab-12").unwrap()
}

fn day() -> NaiveDate {
    "2026-01-31".parse().unwrap()
}

fn cad() -> CurrencyCode {
    CurrencyCode::new("CAD").unwrap()
}

fn money(amount: &str) -> Money {
    Money::new(amount.parse().unwrap(), cad())
}

/// Checks method, path with query, and body of a call.
fn check<R>(call: &Call<R>, line: &str, body: &Value) {
    let endpoints = Endpoints::at(&"http://fb.test".parse().unwrap()).unwrap();
    let request = call.request(&endpoints, None).unwrap();
    let target = request.uri().path_and_query().unwrap();
    assert_eq!(format!("{} {target}", request.method()), line);
    let sent = match request.body().as_ref() {
        b"" => Value::Null,
        body => serde_json::from_slice(body).unwrap(),
    };
    assert_eq!(&sent, body);
}

fn lines() -> Vec<NewDocumentLine> {
    let work = NewDocumentLine::item("Work", "2.5".parse().unwrap(), money("100.00"));
    vec![
        work.tax1("HST", 13.into()),
        NewDocumentLine::expense(5.into()),
    ]
}

fn lines_json() -> Value {
    json!([{"type":0,"name":"Work","qty":"2.5","unit_cost":{"amount":"100.00","code":"CAD"},"taxName1":"HST","taxAmount1":"13"},
           {"type":1,"expenseid":5}])
}

#[test]
fn documents_are_written() {
    let account = account();
    let rest = InvoiceUpdate {
        // What the constructor took wins, so that the key is written once.
        client_id: Some(1.into()),
        notes: Some("Thanks".to_owned()),
        status: Some(NewInvoiceStatus::Sent),
        ..InvoiceUpdate::default()
    };
    let invoice = NewInvoice::new(9.into(), day(), cad(), lines()).with(rest);
    check(
        &calls::create::<Invoice>(&account, &invoice).unwrap(),
        "POST /accounting/account/ZyQ04o/invoices/invoices",
        &json!({"invoice":{"customerid":9,"create_date":"2026-01-31","currency_code":"CAD","lines":lines_json(),"notes":"Thanks","status":2}}),
    );
    let change = InvoiceUpdate {
        terms: Change::Clear,
        allowed_gateway_ids: Some(Vec::new()),
        ..InvoiceUpdate::default()
    };
    check(
        &calls::update::<Invoice>(&account, &98.into(), &change).unwrap(),
        "PUT /accounting/account/ZyQ04o/invoices/invoices/98",
        &json!({"invoice":{"terms":null,"allowed_gatewayids":[]}}),
    );
    let profile = NewInvoiceProfile::new(9.into(), day(), "2w", 0, lines());
    check(
        &calls::create::<InvoiceProfile>(&account, &profile).unwrap(),
        "POST /accounting/account/ZyQ04o/invoice_profiles/invoice_profiles",
        &json!({"invoice_profile":{"customerid":9,"create_date":"2026-01-31","frequency":"2w","numberRecurring":0,"lines":lines_json()}}),
    );
    let estimate = NewEstimate::new(9.into(), day(), cad(), lines());
    check(
        &calls::create::<Estimate>(&account, &estimate).unwrap(),
        "POST /accounting/account/ZyQ04o/estimates/estimates",
        &json!({"estimate":{"customerid":9,"create_date":"2026-01-31","currency_code":"CAD","lines":lines_json()}}),
    );
    let credit = NewCreditNote::new(9.into(), CreditType::Prepayment, day(), cad(), lines());
    check(
        &calls::create::<CreditNote>(&account, &credit).unwrap(),
        "POST /accounting/account/ZyQ04o/credit_notes/credit_notes",
        &json!({"credit_note":{"clientid":9,"credit_type":"prepayment","create_date":"2026-01-31","currency_code":"CAD","lines":lines_json()}}),
    );
    let payment = NewPayment::new(98.into(), money("10.00"), day(), PaymentType::Check);
    check(
        &calls::create::<Payment>(&account, &payment).unwrap(),
        "POST /accounting/account/ZyQ04o/payments/payments",
        &json!({"payment":{"invoiceid":98,"amount":{"amount":"10.00","code":"CAD"},"date":"2026-01-31","type":"Check"}}),
    );
    let payment = NewBillPayment::new(7.into(), money("10.00"), day(), PaymentType::Ach);
    check(
        &calls::replace::<BillPayment>(&account, &3.into(), &payment).unwrap(),
        "PUT /accounting/account/ZyQ04o/bill_payments/bill_payments/3",
        &json!({"bill_payment":{"billid":7,"amount":{"amount":"10.00","code":"CAD"},"paid_date":"2026-01-31","payment_type":"ACH"}}),
    );
}

#[test]
fn clients_contacts_items_and_taxes_are_written() {
    let account = account();
    let rest = ClientUpdate {
        billing_city: "Toronto".to_owned().into(),
        contacts: Some(vec![NewContact::new("b@b.co")]),
        ..ClientUpdate::default()
    };
    check(
        &calls::create::<ClientRecord>(&account, &NewClient::new("ACME").with(rest)).unwrap(),
        "POST /accounting/account/ZyQ04o/users/clients",
        &json!({"client":{"organization":"ACME","p_city":"Toronto","contacts":[{"email":"b@b.co"}]}}),
    );
    let nobody = ClientUpdate {
        contacts: Some(Vec::new()),
        ..ClientUpdate::default()
    };
    check(
        &calls::update::<ClientRecord>(&account, &9.into(), &nobody).unwrap(),
        "PUT /accounting/account/ZyQ04o/users/clients/9",
        &json!({"client":{"contacts":[]}}),
    );
    let change = ContactUpdate {
        phone: Some("416".to_owned()),
        ..ContactUpdate::default()
    };
    check(
        &calls::update::<Contact>(&account, &10.into(), &change).unwrap(),
        "PUT /accounting/account/ZyQ04o/users/contacts/10",
        &json!({"contact":{"phone1":"416"}}),
    );
    let rest = ItemUpdate {
        name: Some("ignored".to_owned()),
        quantity: Some("1.50".parse().unwrap()),
        tax1: Some(7.into()),
        ..ItemUpdate::default()
    };
    check(
        &calls::create::<Item>(&account, &NewItem::new("Book").with(rest)).unwrap(),
        "POST /accounting/account/ZyQ04o/items/items",
        &json!({"item":{"name":"Book","qty":"1.50","tax1":7}}),
    );
    let rest = TaxUpdate {
        percent: Some(13.into()),
        ..TaxUpdate::default()
    };
    check(
        &calls::create::<Tax>(&account, &NewTax::new("HST").with(rest)).unwrap(),
        "POST /accounting/account/ZyQ04o/taxes/taxes",
        &json!({"tax":{"name":"HST","amount":"13"}}),
    );
    check(
        &calls::delete::<Tax>(&account, &2.into()),
        "DELETE /accounting/account/ZyQ04o/taxes/taxes/2",
        &Value::Null,
    );
    let link = NewCheckoutLink::new(2.into(), "Book", money("9.99"));
    check(
        &calls::create::<CheckoutLink>(&account, &link).unwrap(),
        "POST /payments/account/ZyQ04o/checkout-links",
        &json!({"item_id":"2","item_name":"Book","amount":"9.99","currency":"CAD","is_active":true}),
    );
}

#[test]
fn businesses_spell_everything_bare_and_in_the_singular() {
    let rest = ProjectRest {
        fixed_price: Some("100.50".parse().unwrap()),
        ..ProjectRest::default()
    };
    let project = NewProject::new("Launch", ProjectType::FixedPrice).with(rest);
    check(
        &calls::create::<Project>(&BUSINESS, &project).unwrap(),
        "POST /projects/business/9/project",
        &json!({"project":{"title":"Launch","project_type":"fixed_price","fixed_price":"100.50"}}),
    );
    let done = ProjectRest {
        complete: Some(true),
        due_date: Change::Clear,
        ..ProjectRest::default()
    };
    check(
        &calls::update::<Project>(&BUSINESS, &1.into(), &ProjectUpdate::new("Launch", done))
            .unwrap(),
        "PUT /projects/business/9/project/1",
        &json!({"project":{"title":"Launch","complete":true,"due_date":null}}),
    );
    check(
        &calls::delete::<Project>(&BUSINESS, &1.into()),
        "DELETE /projects/business/9/projects/1",
        &Value::Null,
    );
    check(
        &calls::create::<Service>(&BUSINESS, &NewService::new("Design", true)).unwrap(),
        "POST /comments/business/9/service",
        &json!({"service":{"name":"Design","billable":true}}),
    );
    let rate = NewTeamMemberRate::new(7.into(), "80.25".parse().unwrap());
    check(
        &calls::update::<TeamMemberRate>(&BUSINESS, &7.into(), &rate).unwrap(),
        "PUT /comments/business/9/team_member_rate/7",
        &json!({"team_member_rate":{"identity_id":7,"rate":"80.25"}}),
    );
    let retainer = NewRetainer::new(9.into(), day(), "1000.50".parse().unwrap());
    check(
        &calls::create::<Retainer>(&BUSINESS, &retainer).unwrap(),
        "POST /comments/business/9/retainers",
        &json!({"retainer":{"client_user_id":9,"start_date":"2026-01-31","fee":1000.50}}),
    );
    let gone = RetainerUpdate {
        active: Some(false),
        ..RetainerUpdate::default()
    };
    check(
        &calls::update::<Retainer>(&BUSINESS, &8.into(), &gone).unwrap(),
        "PUT /comments/business/9/retainer/8",
        &json!({"retainer":{"active":false}}),
    );
    let rest = TimeEntryRest {
        note: Some("Drew".to_owned()),
        ..TimeEntryRest::default()
    };
    let entry = NewTimeEntry::new("2026-06-29T10:00:00Z".parse().unwrap(), 5400, true).with(rest);
    check(
        &calls::replace::<TimeEntry>(&BUSINESS, &60.into(), &entry).unwrap(),
        "PUT /timetracking/business/9/time_entries/60",
        &json!({"time_entry":{"started_at":"2026-06-29T10:00:00Z","duration":5400,"is_logged":true,"note":"Drew"}}),
    );
}

#[test]
fn each_list_spells_filters_orders_and_includes_as_its_family_does() {
    let page = PageRequest::default();
    let mut filter = InvoiceFilter::default();
    filter.v3_status = Some("overdue".to_owned());
    filter.updated_min = Some(day());
    filter.sort = Some(Sort::descending(InvoiceSort::InvoiceDate));
    filter.include = vec![InvoiceInclude::Lines];
    check(
        &calls::list::<Invoice>(&account(), &filter, page),
        "GET /accounting/account/ZyQ04o/invoices/invoices?search%5Bv3_status%5D=overdue&search%5Bupdated_min%5D=2026-01-31\
         &sort=invoice_date_desc&include%5B%5D=lines&page=1&per_page=100",
        &Value::Null,
    );
    check(
        &calls::get_with::<Invoice>(&account(), &98.into(), &[InvoiceInclude::Presentation]),
        "GET /accounting/account/ZyQ04o/invoices/invoices/98?include%5B%5D=presentation",
        &Value::Null,
    );
    let mut filter = ProjectFilter::default();
    filter.active = Some(true);
    filter.sort = Some(Sort::descending(ProjectSort::DueDate));
    check(
        &calls::list::<Project>(&BUSINESS, &filter, page),
        "GET /projects/business/9/projects?active=true&sort=-due_date&page=1&per_page=100",
        &Value::Null,
    );
    let mut filter = TimeEntryFilter::default();
    filter.started_from = Some("2026-06-29T00:00:00Z".parse().unwrap());
    filter.team = Some(true);
    check(
        &calls::list::<TimeEntry>(&BUSINESS, &filter, page),
        "GET /timetracking/business/9/time_entries?started_from=2026-06-29T00%3A00%3A00Z&team=true&page=1&per_page=100",
        &Value::Null,
    );
    // Lists that take no page numbers get none.
    check(
        &calls::list::<Service>(&BUSINESS, &freshbooks_client::NoFilter, page),
        "GET /comments/business/9/services",
        &Value::Null,
    );
}

#[test]
fn journal_entries_balance_or_do_not_exist() {
    let lines = |credit: &str| {
        vec![
            NewJournalLine::debit(1.into(), "10.00".parse().unwrap()),
            NewJournalLine::credit(2.into(), credit.parse().unwrap()),
        ]
    };
    assert!(NewJournalEntry::new("Fix", day(), cad(), lines("9.99")).is_err());
    assert!(NewJournalEntry::new("Fix", day(), cad(), Vec::new()).is_err());
    let entry = NewJournalEntry::new("Fix", day(), cad(), lines("10")).unwrap();
    check(
        &calls::create::<JournalEntry>(&account(), &entry).unwrap(),
        "POST /accounting/account/ZyQ04o/journal_entries/journal_entries",
        &json!({"journal_entry":{"name":"Fix","currency_code":"CAD","user_entered_date":"2026-01-31",
            "details":[{"sub_accountid":"1","debit":"10.00"},{"sub_accountid":"2","credit":"10"}]}}),
    );

    let line = |side, amount| ManualJournalLine {
        account_id: LedgerAccountId::new("ab-1").unwrap(),
        side,
        amount: money(amount),
    };
    let odd = JournalSide::Other("TYPE_SIDEWAYS".to_owned());
    for lines in [
        vec![line(JournalSide::Debit, "10.00")],
        vec![line(JournalSide::Debit, "10.00"), line(odd, "10.00")],
    ] {
        assert!(NewManualJournalEntry::new("Fix", "JE-1", day(), lines).is_err());
    }
    let both = vec![
        line(JournalSide::Debit, "10.00"),
        line(JournalSide::Credit, "10.00"),
    ];
    let entry = NewManualJournalEntry::new("Fix", "JE-1", day(), both).unwrap();
    let call = calls::create::<ManualJournalEntry>(&uuid(), &entry).unwrap();
    check(
        &call,
        "POST /accounting/businesses/ab-12/journal_entries",
        &json!({"manualJournalEntry":{"name":"Fix","journalEntryNumber":"JE-1","userEnteredDate":{"year":2026,"month":1,"day":31},
            "details":[{"accountId":"ab-1","type":"TYPE_DEBIT","amount":{"amount":"10.00","code":"CAD"}},
                       {"accountId":"ab-1","type":"TYPE_CREDIT","amount":{"amount":"10.00","code":"CAD"}}]}}),
    );
    let endpoints = Endpoints::at(&"http://fb.test".parse().unwrap()).unwrap();
    let request = call.request(&endpoints, None).unwrap();
    assert_eq!(request.headers()["x-api-version"], "2023-09-25");
}

fn answered<R>(call: &Call<R>, body: &'static str) -> R {
    call.read(&Response::new(body.into())).unwrap()
}

#[test]
fn a_replaced_record_keeps_what_nobody_touched() {
    let row = r#"{"time_entry":{"id":60,"identity_id":7,"started_at":"2026-06-29T10:00:00Z","duration":"60","is_logged":true,"client_id":9,"project_id":1,
        "service_id":4,"note":"Drew","billable":true,"billed":false,"internal":false}}"#;
    let entry = answered(&calls::get::<TimeEntry>(&BUSINESS, &60.into()), row);
    check(
        &calls::replace::<TimeEntry>(&BUSINESS, &60.into(), &entry.to_full().unwrap()).unwrap(),
        "PUT /timetracking/business/9/time_entries/60",
        &json!({"time_entry":{"started_at":"2026-06-29T10:00:00Z","duration":60,"is_logged":true,"identity_id":7,"client_id":9,"project_id":1,
            "service_id":4,"note":"Drew","billable":true,"billed":false,"internal":false}}),
    );

    let row = r#"{"data":{"uuid":"ab-1","name":"Cash","number":"1000","description":"","type":"asset","sub_type":"Cash & Bank","parent_account":null,
        "sub_accounts":["ab-2"],"state":"active"}}"#;
    let account = answered(
        &calls::get::<LedgerAccount>(&uuid(), &LedgerAccountId::new("ab-1").unwrap()),
        row,
    );
    let mut full = account.to_full().unwrap();
    full.name = "Till".to_owned();
    check(
        &calls::replace::<LedgerAccount>(&uuid(), &account.id, &full).unwrap(),
        "PUT /accounting/businesses/ab-12/ledger_accounts/accounts/ab-1",
        &json!({"uuid":"ab-1","name":"Till","number":"1000","description":"","type":"asset","sub_type":"Cash & Bank","parent_account":null,"sub_accounts":["ab-2"]}),
    );
    let new = NewLedgerAccount::new("Till", "1003", "Cash & Bank").below(account.id);
    check(
        &calls::create::<LedgerAccount>(&uuid(), &new).unwrap(),
        "POST /accounting/businesses/ab-12/ledger_accounts/accounts",
        &json!({"name":"Till","number":"1003","sub_type":"Cash & Bank","parent_account":"ab-1"}),
    );

    let rest = OtherIncomeRest {
        note: Some("Shop".to_owned()),
        ..OtherIncomeRest::default()
    };
    let category = OtherIncomeCategory::OnlineSales;
    let income = NewOtherIncome::new(money("50.00"), category, day(), "Etsy").with(rest);
    check(
        &calls::replace::<OtherIncome>(&self::account(), &12.into(), &income).unwrap(),
        "PUT /accounting/account/ZyQ04o/other_incomes/other_incomes/12",
        &json!({"other_income":{"amount":{"amount":"50.00","code":"CAD"},"category_name":"online_sales","date":"2026-01-31","source":"Etsy","note":"Shop"}}),
    );
}
