//! What is done with documents, reports and online payments besides the usual.

use freshbooks_client::{
    AccountsAgingReport, BalanceSheetReport, DownloadToken, EmailMessage, ErrorKind,
    InvoiceDetailsReport, InvoiceId, Payable, PaymentOptions, ProfitAndLossReport,
    TaxSummaryReport, TrialBalanceReport,
};
use secrecy::ExposeSecret;

use super::serving;
use crate::scripted::account;

const INVOICES: &str = "/accounting/account/ZyQ04o/invoices/invoices";
const ID: InvoiceId = InvoiceId::new(98);

#[tokio::test]
async fn an_invoice_is_sent_shared_and_fetched_as_a_file() {
    let body = r#"{"response":{"result":{"invoice":{"id":98,"status":2,"vis_state":0}}}}"#;
    let (server, client) = serving("PUT", &format!("{INVOICES}/98"), 200, body).await;
    let message = EmailMessage {
        recipients: vec!["a@b.co".to_owned()],
        subject: Some("Yours".to_owned()),
        body: None,
    };
    client
        .invoices(&account())
        .send(ID, &message)
        .await
        .unwrap();
    let asked = server.received_requests().await.unwrap();
    let sent: serde_json::Value = asked[0].body_json().unwrap();
    assert_eq!(
        sent,
        serde_json::json!({"invoice":{"action_email":true,"email_recipients":["a@b.co"],"invoice_customized_email":{"subject":"Yours"}}})
    );

    let body = r#"{"response":{"result":{"share_link":{"clientid":9,"resource_type":"invoice","resourceid":"98","share_link":"https://x.example/secret","share_method":"share_link"}}}}"#;
    let (_server, client) = serving("GET", &format!("{INVOICES}/98/share_link"), 200, body).await;
    let link = client.invoices(&account()).share_link(ID).await.unwrap();
    assert_eq!(link.url.expose_secret(), "https://x.example/secret");
    assert!(!format!("{link:?}").contains("secret\""), "{link:?}");

    let at = format!("{INVOICES}/98/pdf");
    let (_server, client) = serving("GET", &at, 200, "%PDF-1.7 ...").await;
    assert!(
        client
            .invoices(&account())
            .pdf(ID)
            .await
            .unwrap()
            .starts_with(b"%PDF-")
    );
    let (_server, client) = serving("GET", &at, 200, "<html>log in</html>").await;
    let error = client.invoices(&account()).pdf(ID).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unexpected);
}

#[tokio::test]
async fn estimates_are_accepted_and_expenses_summed() {
    let body = r#"{"response":{"result":{"estimate":{"id":31,"accepted":true}}}}"#;
    let at = "/accounting/account/ZyQ04o/estimates/estimates/31";
    let (_server, client) = serving("PUT", at, 200, body).await;
    assert!(
        client
            .estimates(&account())
            .accept(31.into())
            .await
            .unwrap()
            .accepted
    );
    let (_server, client) = serving("PUT", at, 200, body).await;
    let message = EmailMessage::default();
    client
        .estimates(&account())
        .send(31.into(), &message)
        .await
        .unwrap();

    let body = r#"{"response":{"result":{"summaries":[{"id":"grand_total","counts":3,"amounts":[{"amount":"70.56","code":"USD","count":3}]}]}}}"#;
    let at = "/accounting/account/ZyQ04o/expenses/summaries";
    let (_server, client) = serving("GET", at, 200, body).await;
    let summaries = client.expenses(&account()).summaries().await.unwrap();
    assert_eq!(summaries[0].amounts[0].amount.unwrap().to_string(), "70.56");

    let body = r##"{"response":{"result":{"presentation":{"theme_primary_color":"#663399","theme_layout":"simple"}}}}"##;
    let at = "/accounting/account/ZyQ04o/invoices/presentations";
    let (_server, client) = serving("GET", at, 200, body).await;
    let looks = client.invoices(&account()).presentation().await.unwrap();
    assert_eq!(looks.theme_layout.as_deref(), Some("simple"));

    let body = r#"{"response":{"result":{"system":{"id":7,"systemid":7,"accountid":"ZyQ04o","name":"N","active":true,"currency_code":"CAD","business_uuid":null}}}}"#;
    let at = "/accounting/account/ZyQ04o/systems/systems/7";
    let (_server, client) = serving("GET", at, 200, body).await;
    let system = client.systems(&account()).get(7.into()).await.unwrap();
    assert_eq!(system.currency_code.unwrap().as_str(), "CAD");
}

#[tokio::test]
async fn online_payments_are_shown_and_set() {
    let body = r#"{"gateway_connections":[{"stripe":null,"stripe_unified":{"id":"1","stripe_account_id":"acct_1","country":"US","publishable_key":"pk_live_1",
        "account_status":"fully_enabled","stripe_email":"o@x.example","capabilities":[{"capability":"card_payments","is_active":true}]},"paypal":null}]}"#;
    let (_server, client) = serving("GET", "/payments/account/ZyQ04o/gateway", 200, body).await;
    let gateways = client.gateway_connections(&account()).await.unwrap();
    let stripe = gateways[0].stripe_unified.as_ref().unwrap();
    assert_eq!(stripe.state.as_deref(), Some("fully_enabled"));
    assert_eq!(gateways[0].stripe, None);

    let options = PaymentOptions {
        gateway_name: "stripe".to_owned(),
        has_credit_card: true,
        has_ach_transfer: false,
        allow_partial_payments: false,
    };
    let at = "/payments/account/ZyQ04o/invoice/98/payment_options";
    let payable = Payable::Invoice(ID);
    let (_server, client) = serving("POST", at, 201, "null").await;
    client
        .set_payment_options(&account(), &payable, &options)
        .await
        .unwrap();
    let refusal = r#"{"error_type":"no_gateway","message":"There is none."}"#;
    let (_server, client) = serving("POST", at, 200, refusal).await;
    client
        .set_payment_options(&account(), &payable, &options)
        .await
        .unwrap_err();
    let body = r#"{"payment_options":{"gateway_name":"stripe","has_credit_card":true,"entity_type":"invoice","entity_id":"98"}}"#;
    let (_server, client) = serving("GET", at, 200, body).await;
    assert_eq!(
        client.payment_options(&account(), &payable).await.unwrap(),
        options
    );
}

const REPORTS: &str = "/accounting/account/ZyQ04o/reports/accounting";

fn answer(key: &str, report: &str) -> String {
    format!(r#"{{"response":{{"result":{{"{key}":{report}}}}}}}"#)
}

#[tokio::test]
async fn results_and_taxes_are_read() {
    let account = account();
    let money = r#"{"amount":"10.50","code":"CAD"}"#;
    let row = format!(
        r#"{{"description":"Sales","entry_type":"credit","total":{money},"data":[],"children":[{{"description":"Web","total":{money},"children":[]}}]}}"#
    );
    let body = answer(
        "profitloss",
        &format!(
            r#"{{"cash_based":false,"currency_code":"CAD","income":[{row}],"expenses":[],"net_profit":{row},"start_date":"2026-01-01","end_date":"2026-12-31","download_token":"abc"}}"#
        ),
    );
    let (_server, client) =
        serving("GET", &format!("{REPORTS}/profitloss_entity"), 200, &body).await;
    let report = client
        .report(&account, &ProfitAndLossReport::default())
        .await
        .unwrap();
    assert_eq!(
        report.income[0].children[0].total.unwrap().to_string(),
        "10.50 CAD"
    );
    assert_eq!(report.download_token.unwrap().as_str(), "abc");

    let body = answer(
        "taxsummary",
        &format!(
            r#"{{"taxes":[{{"tax_name":"HST","tax_collected":{money},"tax_paid":{money},"net_tax":{money}}}],"total_invoiced":{money},"cash_based":true}}"#
        ),
    );
    let (_server, client) = serving("GET", &format!("{REPORTS}/taxsummary"), 200, &body).await;
    let report = client
        .report(&account, &TaxSummaryReport::default())
        .await
        .unwrap();
    assert_eq!(report.taxes[0].net_tax.unwrap().to_string(), "10.50 CAD");

    let body = answer(
        "trial_balance",
        &format!(
            r#"{{"currency_code":"CAD","data":[{{"account_name":"Cash","account_number":"1000","account_sub_name":"Petty","sub_accountid":7,"debit":{money},"credit":{money}}}]}}"#
        ),
    );
    let (_server, client) = serving("GET", &format!("{REPORTS}/trial_balance"), 200, &body).await;
    let report = client
        .report(&account, &TrialBalanceReport::default())
        .await
        .unwrap();
    assert_eq!(report.rows[0].sub_account_id.unwrap().get(), 7);
}

#[tokio::test]
async fn balances_are_read() {
    let account = account();
    let money = r#"{"amount":"10.50","code":"CAD"}"#;
    let buckets =
        format!(r#""0-30":{money},"31-60":{money},"61-90":{money},"91+":{money},"total":{money}"#);
    let body = answer(
        "accounts_aging",
        &format!(
            r#"{{"accounts":[{{"userid":9,"organization":"ACME","email":"a@b.co",{buckets}}}],"totals":{{{buckets}}},"end_date":"2026-12-31"}}"#
        ),
    );
    let (_server, client) = serving("GET", &format!("{REPORTS}/accounts_aging"), 200, &body).await;
    let report = client.report(&account, &AccountsAgingReport).await.unwrap();
    assert_eq!(
        report.accounts[0].days_91_plus.unwrap().to_string(),
        "10.50 CAD"
    );

    let body = answer(
        "balance_sheet",
        &format!(
            r#"{{"data":[{{"account_type":"asset","category":"Assets","accounts":[{{"account_name":"Cash","account_number":"1000","balances":[{{"balance":{money},"date":"2026-12-31"}}]}}],"balances":[]}}],"assets_total":[{{"balance":{money},"date":"2026-12-31"}}]}}"#
        ),
    );
    let (_server, client) = serving("GET", &format!("{REPORTS}/balance_sheet"), 200, &body).await;
    let report = client
        .report(&account, &BalanceSheetReport::default())
        .await
        .unwrap();
    assert_eq!(
        report.groups[0].accounts[0].balances[0]
            .balance
            .unwrap()
            .to_string(),
        "10.50 CAD"
    );
}

#[tokio::test]
async fn a_report_of_unknown_form_is_kept_as_text_and_can_be_had_as_a_file() {
    let account = account();
    let body = answer(
        "invoice_details",
        r#"{"clients":[],"download_token":"tok-1"}"#,
    );
    let (_server, client) = serving("GET", &format!("{REPORTS}/invoice_details"), 200, &body).await;
    let report = client
        .report(&account, &InvoiceDetailsReport::default())
        .await
        .unwrap();
    assert_eq!(
        report.as_json(),
        r#"{"clients":[],"download_token":"tok-1"}"#
    );
    assert_eq!(
        report.download_token(),
        Some(DownloadToken::new("tok-1").unwrap())
    );

    let at = "/accounting/account/ZyQ04o/links/reports/tok-1/invoice_details.csv";
    let token = DownloadToken::new("tok-1").unwrap();
    let (_server, client) = serving("GET", at, 200, "Client,Total\nACME,1.00\n").await;
    assert!(
        client
            .invoice_details_csv(&account, &token)
            .await
            .unwrap()
            .starts_with(b"Client")
    );
    let (_server, client) = serving("GET", at, 200, "<html>").await;
    client
        .invoice_details_csv(&account, &token)
        .await
        .unwrap_err();

    // The wrong report under the right address is no report.
    let (_server, client) = serving("GET", &format!("{REPORTS}/trial_balance"), 200, &body).await;
    let error = client
        .report(&account, &TrialBalanceReport::default())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unexpected);
}
