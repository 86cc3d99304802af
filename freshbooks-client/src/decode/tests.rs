use proptest::prelude::*;

use super::*;
use crate::types::{Bill, Expense, FeatureAccess, Identity, LedgerAccount, Project, Staff, Vendor};

const BILLS: &str = r#"{"response":{"result":{"bills":[
 {"id":"7","vendorid":5,"bill_number":"EXP-R1","issue_date":"2026-01-31","due_date":"2026-03-02","due_offset_days":"30",
  "currency_code":"USD","language":"en","amount":{"amount":"125.00","code":"USD"},"total_amount":{"amount":125.00,"code":"USD"},
  "status":"contested","lines":[
    {"id":1,"list_index":1,"category":{"id":65773,"categoryid":65773,"category":"Travel"},"quantity":"1","unit_cost":{"amount":"100.00","code":"USD"}},
    {"id":2,"list_index":2,"category":"Meals","quantity":1,"unit_cost":{"amount":25,"code":"USD"},"tax_name1":"","new_key":[1]}],
  "bill_payments":null,"created_at":"2026-01-31 15:28:49","updated_at":"2026-01-31 15:28:49","vis_state":0,"surprise":{"a":1}},
 {"id":8,"issue_date":"not a day"},
 {"id":9,"issue_date":"2026-02-01","vis_state":1}
],"page":"1","pages":1,"per_page":15,"total":3}}}"#;

#[test]
fn a_bad_row_is_reported_and_the_good_ones_are_kept() {
    let page = page::<Bill>(BILLS.as_bytes()).unwrap();
    let ids: Vec<u64> = page.items.iter().map(|bill| bill.id.get()).collect();
    assert_eq!(ids, [7, 9]);
    assert_eq!(
        (page.page, page.pages, page.total),
        (Some(1), Some(1), Some(3))
    );
    let [problem] = &page.problems[..] else {
        panic!("one problem expected")
    };
    assert_eq!((problem.position(), problem.id()), (1, Some(8)));
    assert!(problem.raw().contains("not a day"));
    assert!(!format!("{problem} {problem:?}").contains("not a day"));
}

#[test]
fn a_bill_is_read_in_both_of_its_dialects() {
    let page = page::<Bill>(BILLS.as_bytes()).unwrap();
    let bill = &page.items[0];
    assert_eq!(bill.total_amount.unwrap().to_string(), "125.00 USD");
    assert_eq!(bill.status.as_ref().unwrap().as_str(), "contested");
    assert_eq!(bill.due_offset_days, Some(30));
    assert_eq!(bill.lines[0].effective_category_id().unwrap().get(), 65773);
    assert_eq!(bill.lines[1].effective_category_id(), None);
    assert_eq!(
        bill.lines[1].category.as_ref().unwrap().name.as_deref(),
        Some("Meals")
    );
    assert_eq!(bill.lines[1].tax_name1, None);
    assert_eq!(
        bill.created_at.as_ref().unwrap().at().unwrap().to_rfc3339(),
        "2026-01-31T15:28:49+00:00"
    );
}

const EXPENSES: &str = r#"{"response":{"result":{"expenses":[
 {"id":5510,"expenseid":5510,"amount":{"amount":"39.991","code":"USD"},"categoryid":"131","staffid":1,"date":"2026-06-29",
  "vendor":"Cafe","notes":"","clientid":0,"projectid":0,"invoiceid":null,"billable":false,"markup_percent":"0",
  "taxName1":"HST","taxPercent1":"13","taxAmount1":{"amount":"9.17","code":"USD"},"taxName2":null,"taxPercent2":null,"taxAmount2":null,
  "compounded_tax":false,"has_receipt":true,"status":9,"isduplicate":true,"account_name":null,"bank_name":"","transactionid":null,
  "attachment":{"id":1,"attachmentid":1,"jwt":"a.b.c","media_type":"image/png"},
  "updated":"2026-06-29 12:48:49","version":"2026-06-29 12:48:49.000000","vis_state":0,"bill_matches":[]}
],"page":1,"pages":1,"per_page":100,"total":1}}}"#;

#[test]
fn an_expense_is_read_with_its_quirks() {
    let page = page::<Expense>(EXPENSES.as_bytes()).unwrap();
    assert!(page.problems.is_empty(), "{:?}", page.problems);
    let expense = &page.items[0];
    assert_eq!(expense.amount.to_string(), "39.991 USD");
    assert_eq!(expense.client_id, None);
    assert_eq!(expense.notes, None);
    assert_eq!(expense.tax1.as_ref().unwrap().name.as_deref(), Some("HST"));
    assert_eq!(expense.tax2, None);
    assert!(expense.is_duplicate);
    assert_eq!(
        expense.updated.as_ref().unwrap().at().unwrap().to_rfc3339(),
        "2026-06-29T16:48:49+00:00"
    );
}

#[test]
fn staff_are_found_under_either_key() {
    for key in ["staff", "staffs"] {
        let body = format!(
            r#"{{"response":{{"result":{{"{key}":[{{"id":1,"fname":"Ann","email":"a@b.co"}}],"page":1,"pages":1,"total":1}}}}}}"#
        );
        assert_eq!(page::<Staff>(body.as_bytes()).unwrap().items.len(), 1);
    }
}

#[test]
fn a_vendor_has_its_id_under_vendorid_and_balances_in_lists() {
    let body = br#"{"response":{"result":{"bill_vendor":{"vendorid":1563,"vendor_name":"ACME","currency_code":"USD","language":"en",
        "primary_contact_email":"ann@acme.example","is_1099":false,"outstanding_balance":[{"amount":{"amount":"12.00","code":"USD"}}],
        "overdue_balance":[],"tax_defaults":[],"created_at":"2026-01-01 00:00:00","vis_state":0}}}}"#;
    let vendor = one::<Vendor>(body).unwrap();
    assert_eq!(vendor.id.get(), 1563);
    assert_eq!(
        vendor.outstanding_balance[0].amount.to_string(),
        "12.00 USD"
    );
}

#[test]
fn identity_tells_accounts_and_features() {
    let body = br#"{"response":{"id":14468508,"identity_id":14468508,"email":"a@b.co","created_at":"2026-06-01T10:00:00Z",
        "permissions":{"ZyQ04o":{"accounts_payable.access":true,"attachments.access":false,"invoices.limit":5}},
        "business_memberships":[{"id":99,"role":"owner","business":{"id":14719708,"business_uuid":"6f0d7f3e-0000-4000-8000-000000000001",
          "name":"N","account_id":"ZyQ04o","active":true}},
          {"id":100,"role":"future_role","business":{"id":2,"account_id":null}}],"roles":[]}}"#;
    let me: Identity = response(body).unwrap();
    let account = me.memberships[0].business.account_id.clone().unwrap();
    assert_eq!(
        me.access(&account, "accounts_payable.access"),
        FeatureAccess::Granted
    );
    assert_eq!(
        me.access(&account, "attachments.access"),
        FeatureAccess::Denied
    );
    assert_eq!(
        me.access(&account, "invoices.limit"),
        FeatureAccess::Unknown
    );
    assert_eq!(me.memberships[1].business.account_id, None);
    assert_eq!(
        me.memberships[1].role.as_ref().unwrap().as_str(),
        "future_role"
    );
}

#[test]
fn projects_and_ledger_accounts_have_envelopes_of_their_own() {
    let page = page::<Project>(
        br#"{"projects":[{"id":1,"title":"Launch","client_id":null,"active":true,"created_at":"2026-06-29T16:47:57"},{"title":"no id"}],
            "meta":{"page":1,"pages":1,"per_page":30,"total":2,"sort":[]}}"#,
    )
    .unwrap();
    assert_eq!((page.items.len(), page.problems.len()), (1, 1));
    let page = super::page::<LedgerAccount>(
        br#"{"data":[{"uuid":"6f0d7f3e-0000-4000-8000-000000000001","name":"Travel","number":"6000-1","type":"expense",
            "sub_type":"Operating Expense","parent_account":null,"sub_accounts":[],"state":"active","category_id":131,"updated_at":"2026-01-01T00:00:00.000001Z"}]}"#,
    )
    .unwrap();
    assert_eq!(page.items[0].category_id.unwrap().get(), 131);
    assert_eq!(page.items[0].number.as_deref(), Some("6000-1"));
}

#[test]
fn a_result_is_not_believed_beside_an_error() {
    let bill = r#""result":{"bill":{"id":1,"issue_date":"2026-01-01"}}"#;
    let body = format!(r#"{{"response":{{{bill},"errors":[]}}}}"#);
    assert!(one::<Bill>(body.as_bytes()).is_ok());
    let body = format!(r#"{{"response":{{{bill},"errors":[{{"errno":1}}]}}}}"#);
    assert!(matches!(
        one::<Bill>(body.as_bytes()),
        Err(Unread::Contradictory)
    ));
    let body = br#"{"response":{"result":{"expense":{}}}}"#;
    assert!(matches!(one::<Bill>(body), Err(Unread::Missing("bill"))));
}

#[test]
fn an_empty_account_is_an_empty_page() {
    let body =
        br#"{"response":{"result":{"bills":[],"page":1,"pages":0,"per_page":15,"total":0}}}"#;
    assert!(page::<Bill>(body).unwrap().is_empty());
}

proptest! {
    #[test]
    fn decoding_damaged_bodies_never_panics(at in 0usize..1500, byte in any::<u8>(), cut in any::<bool>()) {
        for body in [BILLS, EXPENSES] {
            let mut body = body.as_bytes().to_vec();
            let at = at % body.len();
            body[at] = byte;
            if cut {
                body.truncate(at);
            }
            let _ = page::<Bill>(&body);
            let _ = page::<Expense>(&body);
            let _ = one::<Vendor>(&body);
            let _ = response::<Identity>(&body);
            let _ = nothing(&body);
            let _ = page::<Project>(&body);
            let _ = page::<LedgerAccount>(&body);
        }
    }

    #[test]
    fn decoding_noise_never_panics(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = page::<Bill>(&body);
        let _ = one::<Expense>(&body);
        let _ = nothing(&body);
    }
}
