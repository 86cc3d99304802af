use chrono::NaiveDate;
use rust_decimal::Decimal;
use secrecy::SecretString;
use serde_json::{Value, json};
use url::Url;

use super::*;
use crate::endpoints::Endpoints;
use crate::resource::NoFilter;
use crate::types::{
    Bill, BillFilter, BillPayment, BillStatus, BillUpdate, Callback, Change, Expense,
    ExpenseCategory, ExpenseFilter, ExpenseUpdate, LedgerAccount, NewBill, NewBillLine,
    NewBillPayment, NewCallback, NewExpense, NewExpenseCategory, NewExpenseTax, NewVendor,
    PaymentType, Project, ProjectFilter, Staff, Vendor,
};
use crate::wire::{
    AccountId, BillId, BusinessId, BusinessUuid, CallbackId, CategoryId, CurrencyCode, ExpenseId,
    Money, StaffId, VendorId,
};

fn account() -> AccountId {
    AccountId::new("ZyQ04o").unwrap()
}

fn usd(cents: i64) -> Money {
    Money::new(Decimal::new(cents, 2), CurrencyCode::new("USD").unwrap())
}

fn day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 1, 31).unwrap()
}

/// Checks method, path with query, and body of a call.
fn check<R>(call: &Call<R>, line: &str, body: &Value) {
    let endpoints = Endpoints::at(&Url::parse("http://fb.test").unwrap()).unwrap();
    let request = call
        .request(&endpoints, Some(&SecretString::from("t0ken")))
        .unwrap();
    let target = request.uri().path_and_query().unwrap();
    assert_eq!(format!("{} {target}", request.method()), line);
    assert_eq!(request.headers()["authorization"], "Bearer t0ken");
    assert!(request.headers()["authorization"].is_sensitive());
    assert_eq!(
        request.headers().contains_key("content-type"),
        !body.is_null()
    );
    let sent = if request.body().is_empty() {
        Value::Null
    } else {
        serde_json::from_slice(request.body()).unwrap()
    };
    assert_eq!(&sent, body);
}

#[test]
fn reads_go_where_the_reference_says() {
    let account = account();
    let page = PageRequest::default();
    check(
        &get::<Bill>(&account, &BillId::new(7)),
        "GET /accounting/account/ZyQ04o/bills/bills/7",
        &Value::Null,
    );
    let filter = BillFilter {
        vendor_id: Some(VendorId::new(5)),
        statuses: vec![BillStatus::Unpaid, BillStatus::Partial],
        issue_date_min: Some(day()),
        bill_number: Some("EXP-R&1".to_owned()),
        vis_state: Some(VisState::Deleted),
        ..BillFilter::default()
    };
    check(
        &list::<Bill>(&account, &filter, PageRequest::new(2, 500)),
        "GET /accounting/account/ZyQ04o/bills/bills?search%5Bvendorid%5D=5&search%5Bstatuses%5D%5B%5D=unpaid\
         &search%5Bstatuses%5D%5B%5D=partial&search%5Bissue_date_min%5D=2026-01-31&search%5Bbill_number%5D=EXP-R%261\
         &search%5Bvis_state%5D=1&page=2&per_page=100",
        &Value::Null,
    );
    check(
        &list::<Staff>(&account, &NoFilter, page),
        "GET /accounting/account/ZyQ04o/users/staffs?page=1&per_page=100",
        &Value::Null,
    );
    let filter = ExpenseFilter {
        amount_min: Some(Decimal::new(1250, 2)),
        has_receipt: Some(true),
        ..ExpenseFilter::default()
    };
    check(
        &list::<Expense>(&account, &filter, page),
        "GET /accounting/account/ZyQ04o/expenses/expenses?search%5Bamount_min%5D=12.50&has_receipt=true&page=1&per_page=100",
        &Value::Null,
    );
    check(&identity(), "GET /auth/api/v1/users/me", &Value::Null);
    check(
        &list::<Project>(&BusinessId::new(9), &ProjectFilter::default(), page),
        "GET /projects/business/9/projects?page=1&per_page=100",
        &Value::Null,
    );
    check(
        &list::<LedgerAccount>(&BusinessUuid::new("6f0d7f3e-1").unwrap(), &NoFilter, page),
        "GET /accounting/businesses/6f0d7f3e-1/ledger_accounts/accounts",
        &Value::Null,
    );
    check(
        &delete::<Callback>(&account, &CallbackId::new(3)),
        "DELETE /events/account/ZyQ04o/events/callbacks/3",
        &Value::Null,
    );
}

#[test]
fn a_bill_is_written_with_all_that_is_required_and_snake_case_taxes() {
    let line = NewBillLine::new(CategoryId::new(65773), usd(12500))
        .description("Hotel")
        .tax1("HST", Decimal::from(13));
    let currency = CurrencyCode::new("USD").unwrap();
    let bill =
        NewBill::new(VendorId::new(5), day(), 30, currency, vec![line]).bill_number("EXP-R0042");
    check(
        &create::<Bill>(&account(), &bill).unwrap(),
        "POST /accounting/account/ZyQ04o/bills/bills",
        &json!({"bill":{"vendorid":5,"bill_number":"EXP-R0042","issue_date":"2026-01-31","due_offset_days":30,
            "currency_code":"USD","language":"en","lines":[{"categoryid":65773,"description":"Hotel","quantity":1,
            "unit_cost":{"amount":"125.00","code":"USD"},"tax_name1":"HST","tax_percent1":"13"}]}}),
    );
}

#[test]
fn an_expense_is_written_with_camel_case_taxes() {
    let expense = NewExpense::new(usd(2500), CategoryId::new(131), StaffId::new(1), day())
        .vendor("Cafe")
        .notes("[EXP-1]")
        .tax1(NewExpenseTax::Percent {
            name: "HST".to_owned(),
            percent: Decimal::from(13),
        })
        .tax2(NewExpenseTax::Amount {
            name: "City".to_owned(),
            amount: usd(50),
        });
    check(
        &create::<Expense>(&account(), &expense).unwrap(),
        "POST /accounting/account/ZyQ04o/expenses/expenses",
        &json!({"expense":{"amount":{"amount":"25.00","code":"USD"},"categoryid":131,"staffid":1,"date":"2026-01-31",
            "vendor":"Cafe","notes":"[EXP-1]","taxName1":"HST","taxPercent1":"13","taxName2":"City",
            "taxAmount2":{"amount":"0.50","code":"USD"}}}),
    );
}

#[test]
fn an_update_sends_only_what_changes() {
    let update = ExpenseUpdate {
        vendor: Change::Clear,
        notes: Some(String::new()),
        ..ExpenseUpdate::default()
    };
    check(
        &super::update::<Expense>(&account(), &ExpenseId::new(4), &update).unwrap(),
        "PUT /accounting/account/ZyQ04o/expenses/expenses/4",
        &json!({"expense":{"vendor":null,"notes":""}}),
    );
    let update = BillUpdate {
        bill_number: "N-2".to_owned().into(),
        ..BillUpdate::default()
    };
    check(
        &super::update::<Bill>(&account(), &BillId::new(4), &update).unwrap(),
        "PUT /accounting/account/ZyQ04o/bills/bills/4",
        &json!({"bill":{"bill_number":"N-2"}}),
    );
}

#[test]
fn a_vis_state_travels_alone() {
    check(
        &set_vis_state::<Bill>(&account(), &BillId::new(4), VisState::Deleted).unwrap(),
        "PUT /accounting/account/ZyQ04o/bills/bills/4",
        &json!({"bill":{"vis_state":1}}),
    );
}

#[test]
fn the_smaller_writes_are_spelled_right() {
    let account = account();
    let vendor = NewVendor::new("Ann Lee", CurrencyCode::new("USD").unwrap())
        .email("ann@x.example")
        .account_number("EXP-1");
    check(
        &create::<Vendor>(&account, &vendor).unwrap(),
        "POST /accounting/account/ZyQ04o/bill_vendors/bill_vendors",
        &json!({"bill_vendor":{"vendor_name":"Ann Lee","currency_code":"USD","language":"en",
            "primary_contact_email":"ann@x.example","account_number":"EXP-1"}}),
    );
    let payment = NewBillPayment::new(BillId::new(7), usd(100), day(), PaymentType::BankTransfer);
    check(
        &create::<BillPayment>(&account, &payment).unwrap(),
        "POST /accounting/account/ZyQ04o/bill_payments/bill_payments",
        &json!({"bill_payment":{"billid":7,"amount":{"amount":"1.00","code":"USD"},"paid_date":"2026-01-31","payment_type":"Bank Transfer"}}),
    );
    let category = NewExpenseCategory::new("Trains", CategoryId::new(12));
    check(
        &create::<ExpenseCategory>(&account, &category).unwrap(),
        "POST /accounting/account/ZyQ04o/expenses/categories",
        &json!({"category":{"category":"Trains","is_cogs":false,"is_editable":true,"parentid":12,"subcategories":[]}}),
    );
    let callback = NewCallback::new("bill", "https://x.example/hook");
    check(
        &create::<Callback>(&account, &callback).unwrap(),
        "POST /events/account/ZyQ04o/events/callbacks",
        &json!({"callback":{"event":"bill","uri":"https://x.example/hook"}}),
    );
    let call = verify_callback(&account, CallbackId::new(3), &"s3cret".into()).unwrap();
    check(
        &call,
        "PUT /events/account/ZyQ04o/events/callbacks/3",
        &json!({"callback":{"verifier":"s3cret"}}),
    );
    assert!(!format!("{call:?}").contains("s3cret"));
}
