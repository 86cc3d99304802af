//! The resources of an account, listed.

use freshbooks_client::{
    BillFilter, CallbackFilter, ClientFilter, CreditNoteFilter, CreditType, EstimateFilter,
    ExpenseCategoryFilter, ExpenseFilter, ExpenseProfileFilter, InvoiceFilter,
    InvoiceProfileFilter, InvoiceStatus, ItemFilter, LineKind, NoFilter, OtherIncomeFilter,
    PaymentFilter, PaymentType, TaskFilter, TaxFigure, TaxFilter, VendorFilter,
};

use super::rows::{Wrap, check};
use crate::scripted::account;

const BASE: &str = "/accounting/account/ZyQ04o";

fn at(below: &str) -> String {
    format!("{BASE}/{below}")
}

#[tokio::test]
async fn bills_vendors_and_payments_of_bills() {
    let account = account();
    let row = r#"{"id":43221,"vendorid":5,"bill_number":"EXP-R0042","issue_date":"2026-01-31","due_date":"2026-03-02","due_offset_days":30,
        "currency_code":"USD","language":"en","amount":{"amount":"125.00","code":"USD"},"tax_amount":{"amount":"16.25","code":"USD"},
        "total_amount":{"amount":"141.25","code":"USD"},"paid":{"amount":"0.00","code":"USD"},"outstanding":{"amount":"141.25","code":"USD"},
        "status":"under_dispute","overall_category":"Travel","overall_description":"Hotel","attachment":null,"bill_payments":[],
        "lines":[{"id":1,"list_index":1,"category":{"id":65773,"categoryid":65773,"category":"Travel","vis_state":0},"description":"Hotel",
          "quantity":"1","unit_cost":{"amount":"125.00","code":"USD"},"amount":{"amount":"125.00","code":"USD"},"tax_name1":"HST","tax_percent1":"13",
          "tax_amount1":{"amount":"16.25","code":"USD"}}],
        "created_at":"2026-01-31 15:28:49","updated_at":"2026-01-31 15:28:49","vis_state":2}"#;
    let listed = (&*at("bills/bills"), Wrap::Nested("bills"), row);
    let of = |client: &freshbooks_client::Client| client.bills(&account);
    check(of, &account, listed, BillFilter::default(), |bill| {
        assert_eq!(bill.total_amount.unwrap().to_string(), "141.25 USD");
        assert_eq!(bill.status.as_ref().unwrap().as_str(), "under_dispute");
        assert_eq!(bill.lines[0].effective_category_id().unwrap().get(), 65773);
    })
    .await;

    let row = r#"{"vendorid":1563,"vendor_name":"ACME","currency_code":"USD","language":"en","account_number":"EXP-7","is_1099":true,
        "primary_contact_first_name":"Ann","primary_contact_last_name":"Lee","primary_contact_email":"ann@acme.example","phone":"4165551234",
        "website":null,"street":"1 Main St","street2":"","city":"Toronto","province":"Ontario","postal_code":"M5V 2T6","country":"Canada",
        "outstanding_balance":[{"amount":{"amount":"12.00","code":"USD"}}],"overdue_balance":[],
        "tax_defaults":[{"taxid":7,"system_taxid":7,"vendorid":1563,"enabled":true,"name":"HST","amount":"13.56","created_at":"2026-01-01 00:00:00"}],
        "created_at":"2026-01-01 00:00:00","updated_at":"2026-01-01 00:00:00","vis_state":0}"#;
    let listed = (
        &*at("bill_vendors/bill_vendors"),
        Wrap::Nested("bill_vendors"),
        row,
    );
    let of = |client: &freshbooks_client::Client| client.vendors(&account);
    check(of, &account, listed, VendorFilter::default(), |vendor| {
        assert_eq!(
            vendor.outstanding_balance[0].amount.to_string(),
            "12.00 USD"
        );
        assert_eq!(vendor.tax_defaults[0].percent.unwrap().to_string(), "13.56");
        assert_eq!(vendor.city.as_deref(), Some("Toronto"));
    })
    .await;

    let row = r#"{"id":3,"billid":7,"amount":{"amount":"100.00","code":"EUR"},"paid_date":"2026-02-01","payment_type":"Barter","note":"",
        "matched_with_expense":false,"vis_state":0}"#;
    let listed = (
        &*at("bill_payments/bill_payments"),
        Wrap::Nested("bill_payments"),
        row,
    );
    let of = |client: &freshbooks_client::Client| client.bill_payments(&account);
    check(of, &account, listed, NoFilter, |payment| {
        assert_eq!(
            payment.payment_type,
            Some(PaymentType::Other("Barter".to_owned()))
        );
    })
    .await;
}

#[tokio::test]
async fn expenses_their_categories_names_and_profiles() {
    let account = account();
    let row = r#"{"id":5510,"expenseid":5510,"amount":{"amount":"39.991","code":"USD"},"categoryid":131,"staffid":1,"date":"2026-06-29","vendor":"Cafe",
        "notes":"[EXP-1]","clientid":0,"projectid":0,"modern_projectid":null,"invoiceid":null,"billable":false,"markup_percent":"0","taxName1":"HST",
        "taxPercent1":"13","taxAmount1":{"amount":"4.60","code":"USD"},"taxName2":null,"taxPercent2":null,"taxAmount2":null,"compounded_tax":false,
        "has_receipt":true,"status":77,"isduplicate":true,"account_name":null,"bank_name":"","transactionid":null,
        "attachment":{"id":1,"attachmentid":1,"jwt":"a.b.c","media_type":"image/png"},"updated":"2026-06-29 12:48:49","vis_state":0,"bill_matches":[]}"#;
    let listed = (&*at("expenses/expenses"), Wrap::Nested("expenses"), row);
    let of = |client: &freshbooks_client::Client| client.expenses(&account);
    check(of, &account, listed, ExpenseFilter::default(), |expense| {
        assert_eq!(expense.amount.to_string(), "39.991 USD");
        assert_eq!(expense.status.unwrap().code(), 77);
        assert_eq!(
            expense.updated.as_ref().unwrap().at().unwrap().to_rfc3339(),
            "2026-06-29T16:48:49+00:00"
        );
    })
    .await;

    let row = r#"{"id":131,"categoryid":131,"category":"Office Expenses & Postage","parentid":12,"is_cogs":false,"is_editable":true,
        "transaction_posted":true,"created_at":"2026-11-01 01:30:00","updated_at":"2026-03-08 02:30:00","vis_state":0}"#;
    let listed = (&*at("expenses/categories"), Wrap::Nested("categories"), row);
    let of = |client: &freshbooks_client::Client| client.expense_categories(&account);
    check(
        of,
        &account,
        listed,
        ExpenseCategoryFilter::default(),
        |category| {
            // The hour that occurs twice is the earlier one; the hour that does not occur stays a text.
            let created = category.created_at.as_ref().unwrap().at().unwrap();
            assert_eq!(created.to_rfc3339(), "2026-11-01T05:30:00+00:00");
            assert_eq!(
                category.updated_at.as_ref().unwrap().to_string(),
                "2026-03-08 02:30:00"
            );
        },
    )
    .await;

    let listed = (
        &*at("expenses/vendors"),
        Wrap::Nested("vendors"),
        r#"{"vendor":"Shell"}"#,
    );
    let of = |client: &freshbooks_client::Client| client.expense_vendors(&account);
    check(of, &account, listed, NoFilter, |vendor| {
        assert_eq!(vendor.name, "Shell");
    })
    .await;

    let row = r#"{"profileid":4,"frequency":"m","start_date":"2026-01-01","end_date":null,"next_issue_date":"2026-02-01",
        "amount":{"amount":"20.00","code":"USD"},"categoryid":131,"staffid":1,"clientid":0,"vendor":"Host","notes":"","vis_state":0}"#;
    let listed = (
        &*at("expense_profiles/expense_profiles"),
        Wrap::Nested("expense_profiles"),
        row,
    );
    let of = |client: &freshbooks_client::Client| client.expense_profiles(&account);
    check(
        of,
        &account,
        listed,
        ExpenseProfileFilter::default(),
        |profile| {
            assert_eq!(profile.frequency.as_deref(), Some("m"));
            assert_eq!(profile.client_id, None);
        },
    )
    .await;
}

const LINES: &str = r#"[{"lineid":1,"type":0,"name":"Work","description":"","qty":"2.5","unit_cost":{"amount":"100.00","code":"CAD"},
    "amount":{"amount":"250.00","code":"CAD"},"taxName1":"HST","taxAmount1":"13","taxName2":"","taxAmount2":{"amount":"1.00","code":"CAD"},
    "compounded_tax":false,"expenseid":0,"updated":"2026-06-29 12:48:49"},{"lineid":2,"type":42,"name":null}]"#;

#[tokio::test]
async fn invoices_and_what_recurs() {
    let account = account();
    let row = format!(
        r##"{{"id":98,"invoiceid":98,"accountid":"ZyQ04o","accounting_systemid":"ZyQ04o","invoice_number":"0000013","customerid":9,"ownerid":1,
        "create_date":"2026-06-01","due_date":"2026-07-01","due_offset_days":30,"currency_code":"CAD","language":"en","status":12,"display_status":"draft",
        "v3_status":"draft","payment_status":"unpaid","amount":{{"amount":"282.50","code":"CAD"}},"paid":{{"amount":"0.00","code":"CAD"}},
        "outstanding":{{"amount":"282.50","code":"CAD"}},"discount_total":{{"amount":"-1.00","code":"CAD"}},"discount_value":"0.4","notes":"Thanks",
        "terms":null,"po_number":null,"organization":"ACME","fname":"Ann","lname":"Lee","street":"","city":"Toronto","code":"M5V","country":"Canada",
        "vat_name":null,"auto_bill":false,"show_attachments":false,"estimateid":0,"lines":{LINES},
        "presentation":{{"theme_primary_color":"#663399","theme_layout":"modern"}},"allowed_gateways":[{{"id":3,"gatewayid":3,"gateway_name":"stripe"}}],
        "created_at":"2026-06-01 09:00:00","updated":"2026-06-01 09:00:00","vis_state":0}}"##
    );
    let listed = (&*at("invoices/invoices"), Wrap::Nested("invoices"), &*row);
    let of = |client: &freshbooks_client::Client| client.invoices(&account);
    check(of, &account, listed, InvoiceFilter::default(), |invoice| {
        assert_eq!(invoice.status, Some(InvoiceStatus::Other(12)));
        assert_eq!(invoice.lines[0].tax1, Some(TaxFigure::Percent(13.into())));
        assert!(matches!(invoice.lines[0].tax2, Some(TaxFigure::Amount(_))));
        assert_eq!(invoice.lines[1].kind, Some(LineKind::Other(42)));
        assert_eq!(
            invoice
                .created_at
                .as_ref()
                .unwrap()
                .at()
                .unwrap()
                .to_rfc3339(),
            "2026-06-01T13:00:00+00:00"
        );
    })
    .await;

    let row = format!(
        r#"{{"id":5,"profileid":5,"customerid":9,"create_date":"2026-06-01","frequency":"2w","numberRecurring":0,"occurrences_to_date":2,"disable":false,
        "send_email":true,"include_unbilled_time":false,"require_auto_bill":false,"auto_bill":false,"due_offset_days":0,"currency_code":"CAD",
        "language":"en","amount":{{"amount":"250.00","code":"CAD"}},"discount_value":"0","retainer_id":null,"lines":{LINES},
        "updated":"2026-06-01 09:00:00","vis_state":0}}"#
    );
    let listed = (
        &*at("invoice_profiles/invoice_profiles"),
        Wrap::Nested("invoice_profiles"),
        &*row,
    );
    let of = |client: &freshbooks_client::Client| client.invoice_profiles(&account);
    check(
        of,
        &account,
        listed,
        InvoiceProfileFilter::default(),
        |profile| {
            assert_eq!(
                (profile.number_recurring, profile.send_email),
                (Some(0), true)
            );
        },
    )
    .await;
}

#[tokio::test]
async fn estimates_and_credit_notes() {
    let account = account();
    let row = format!(
        r#"{{"id":31,"estimateid":31,"estimate_number":"E-1","customerid":9,"create_date":"2026-06-01","currency_code":"CAD","language":"en","status":2,
        "display_status":"sent","ui_status":"sent","reply_status":null,"accepted":false,"invoiced":false,"amount":{{"amount":"250.00","code":"CAD"}},
        "discount_value":"0","rich_proposal":false,"require_client_signature":false,"ownerid":1,"lines":{LINES},"created_at":"2026-06-01 09:00:00",
        "updated":"2026-06-01 09:00:00","vis_state":0}}"#
    );
    let listed = (
        &*at("estimates/estimates"),
        Wrap::Nested("estimates"),
        &*row,
    );
    let of = |client: &freshbooks_client::Client| client.estimates(&account);
    check(
        of,
        &account,
        listed,
        EstimateFilter::default(),
        |estimate| {
            assert_eq!(estimate.lines.len(), 2);
        },
    )
    .await;

    let row = format!(
        r#"{{"id":"77","creditid":77,"credit_number":"C-1","clientid":9,"credit_type":"apology","create_date":"2026-06-01","currency_code":"CAD",
        "language":"en","status":"created","amount":{{"amount":"10.00","code":"CAD"}},"paid":{{"amount":"0.00","code":"CAD"}},"lines":{LINES},"vis_state":0}}"#
    );
    let listed = (
        &*at("credit_notes/credit_notes"),
        Wrap::Nested("credit_notes"),
        &*row,
    );
    let of = |client: &freshbooks_client::Client| client.credit_notes(&account);
    check(
        of,
        &account,
        listed,
        CreditNoteFilter::default(),
        |credit| {
            assert_eq!(credit.id.get(), 77);
            assert_eq!(
                credit.credit_type,
                Some(CreditType::Other("apology".to_owned()))
            );
        },
    )
    .await;
}

#[tokio::test]
async fn payments_and_other_income() {
    let account = account();
    let row = r#"{"id":6,"logid":6,"invoiceid":98,"clientid":9,"amount":{"amount":"10.00","code":"CAD"},"date":"2026-06-02","type":"Check","note":"",
        "gateway":null,"creditid":null,"overpaymentid":null,"from_credit":false,"orderid":null,"transactionid":"tx1","updated":"2026-06-02 09:00:00","vis_state":0}"#;
    let listed = (&*at("payments/payments"), Wrap::Nested("payments"), row);
    let of = |client: &freshbooks_client::Client| client.payments(&account);
    check(of, &account, listed, PaymentFilter::default(), |payment| {
        assert_eq!(payment.payment_type, Some(PaymentType::Check));
        assert_eq!(payment.transaction_id.as_deref(), Some("tx1"));
    })
    .await;

    let row = r#"{"incomeid":"12","amount":{"amount":"50.00","code":"CAD"},"category_name":"lottery","date":"2026-06-02","source":"Etsy","note":null,
        "payment_type":"VISA","taxes":[{"name":"HST","amount":"13"}],"created_at":"2026-06-02 09:00:00","updated_at":"whenever","vis_state":0}"#;
    let listed = (
        &*at("other_incomes/other_incomes"),
        Wrap::Nested("other_income"),
        row,
    );
    let of = |client: &freshbooks_client::Client| client.other_income(&account);
    check(
        of,
        &account,
        listed,
        OtherIncomeFilter::default(),
        |income| {
            assert_eq!(income.category.as_ref().unwrap().as_str(), "lottery");
            assert_eq!(income.updated_at.as_ref().unwrap().to_string(), "whenever");
            assert!(income.to_full().is_some());
        },
    )
    .await;
}

#[tokio::test]
async fn clients_items_and_tasks() {
    let account = account();
    let row = r#"{"id":9,"userid":9,"organization":"ACME","fname":"Ann","lname":"Lee","email":"a@b.co","username":"ann1","currency_code":"CAD",
        "language":"en","vat_name":"","note":"good","home_phone":null,"mob_phone":"","bus_phone":"416","fax":"","p_street":"1 Main","p_street2":"",
        "p_city":"Toronto","p_province":"Ontario","p_code":"M5V","p_country":"Canada","s_street":"","s_city":"",
        "contacts":[{"userid":10,"fname":"Bo","lname":"","email":"b@b.co","phone1":""}],"uuid":"6f0d","signup_date":"2026-06-29 16:48:49",
        "updated":"2026-06-29 12:48:49","vis_state":0}"#;
    let listed = (&*at("users/clients"), Wrap::Nested("clients"), row);
    let of = |client: &freshbooks_client::Client| client.clients(&account);
    check(of, &account, listed, ClientFilter::default(), |client| {
        // One is UTC, the other Eastern wall time: the same instant.
        assert_eq!(client.signup_date, client.updated);
        assert_eq!(client.contacts[0].id.get(), 10);
        assert_eq!(client.billing_city.as_deref(), Some("Toronto"));
    })
    .await;

    let row = r#"{"id":2,"itemid":2,"name":"Book","description":"","sku":"B-1","qty":"1.5","unit_cost":{"amount":"9.99","code":"CAD"},"inventory":"10",
        "tax1":7,"tax2":0,"account_uuid":null,"updated":"2026-06-29 12:48:49","vis_state":0}"#;
    let listed = (&*at("items/items"), Wrap::Nested("items"), row);
    let of = |client: &freshbooks_client::Client| client.items(&account);
    check(of, &account, listed, ItemFilter::default(), |item| {
        assert_eq!(
            (item.tax1.map(freshbooks_client::TaxId::get), item.tax2),
            (Some(7), None)
        );
        assert_eq!(item.quantity.unwrap().to_string(), "1.5");
    })
    .await;

    let row = r#"{"id":3,"taskid":3,"name":"Design","tname":"Design","description":"","tdesc":"","rate":{"amount":"80.00","code":"CAD"},"billable":true,
        "tax1":0,"tax2":0,"updated":"2026-06-29 12:48:49","vis_state":0}"#;
    let listed = (&*at("projects/tasks"), Wrap::Nested("tasks"), row);
    let of = |client: &freshbooks_client::Client| client.tasks(&account);
    check(of, &account, listed, TaskFilter::default(), |task| {
        assert_eq!(
            (task.name.as_deref(), task.billable),
            (Some("Design"), true)
        );
    })
    .await;
}

#[tokio::test]
async fn taxes_and_staff() {
    let account = account();
    let row = r#"{"id":2,"taxid":2,"name":"HST","amount":"13","number":"RT-1","compound":false,"updated":"2026-06-29 12:48:49"}"#;
    let listed = (&*at("taxes/taxes"), Wrap::Nested("taxes"), row);
    let of = |client: &freshbooks_client::Client| client.taxes(&account);
    check(of, &account, listed, TaxFilter::default(), |tax| {
        assert_eq!(tax.percent.unwrap().to_string(), "13");
    })
    .await;

    let row = r#"{"id":1,"userid":1,"fname":"Ann","lname":"Lee","email":"ann@x.example","display_name":"Ann","username":"ann","role":"admin",
        "bus_phone":"","rate":"80.00","note":null,"api_token":"secret","updated":"2026-06-29 12:48:49","vis_state":0}"#;
    let listed = (&*at("users/staffs"), Wrap::Nested("staff"), row);
    let of = |client: &freshbooks_client::Client| client.staff(&account);
    check(of, &account, listed, NoFilter, |staff| {
        assert_eq!(staff.role.as_deref(), Some("admin"));
        assert!(!format!("{staff:?}").contains("secret"));
    })
    .await;
}

#[tokio::test]
async fn the_old_journal_gateways_and_webhooks() {
    let account = account();
    let row = r#"{"id":1305458,"detailid":1305458,"name":"Expense","description":"Gasoline","detail_type":"expense","user_entered_date":"2026-04-24",
        "debit":{"amount":"70.56","code":"USD"},"credit":null,"balance":{"amount":"70.56","code":"USD"},
        "account":{"id":545908,"accountid":545908,"account_name":"Operating Expenses","account_number":"6000","account_type":"expense"},
        "sub_account":{"id":849638,"sub_accountid":849638,"account_sub_name":"Car","account_sub_number":"3","parentid":545908},
        "entry":{"id":625716,"entryid":625716,"expenseid":1825568,"clientid":null,"creditid":null,"incomeid":null,"invoiceid":null,"paymentid":null}}"#;
    let listed = (
        &*at("journal_entries/journal_entry_details"),
        Wrap::Nested("journal_entry_details"),
        row,
    );
    let of = |client: &freshbooks_client::Client| client.journal_details(&account);
    check(of, &account, listed, NoFilter, |detail| {
        assert_eq!(
            detail.cause.as_ref().unwrap().expense_id.unwrap().get(),
            1_825_568
        );
        assert_eq!(detail.credit, None);
    })
    .await;

    let row = r#"{"id":545908,"accountid":545908,"account_name":"Operating Expenses","account_number":"6000","account_type":"expense","currency_code":"USD",
        "balance":"70.560","sub_accounts":[{"id":849638,"sub_accountid":849638,"account_sub_name":"Car","account_sub_number":"3","parentid":545908,
        "balance":"70.560","custom":false,"transaction_posted":true}]}"#;
    let listed = (
        &*at("journal_entry_accounts/journal_entry_accounts"),
        Wrap::Nested("journal_entry_accounts"),
        row,
    );
    let of = |client: &freshbooks_client::Client| client.journal_accounts(&account);
    check(of, &account, listed, NoFilter, |found| {
        assert_eq!(found.sub_accounts[0].balance.unwrap().to_string(), "70.560");
    })
    .await;

    let listed = (
        &*at("systems/gateways"),
        Wrap::Nested("gateways"),
        r#"{"id":3,"sgid":3,"gateway_name":"stripe"}"#,
    );
    let of = |client: &freshbooks_client::Client| client.gateways(&account);
    check(of, &account, listed, NoFilter, |gateway| {
        assert_eq!(gateway.name.as_deref(), Some("stripe"));
    })
    .await;

    let row = r#"{"callbackid":2001,"event":"bill.create","uri":"https://x.example/hook","verified":false,"updated_at":"2021-10-17 05:48:42"}"#;
    let path = "/events/account/ZyQ04o/events/callbacks";
    let listed = (path, Wrap::Nested("callbacks"), row);
    let of = |client: &freshbooks_client::Client| client.callbacks(&account);
    check(
        of,
        &account,
        listed,
        CallbackFilter::default(),
        |callback| {
            assert_eq!((callback.id.get(), callback.verified), (2001, false));
        },
    )
    .await;
}
