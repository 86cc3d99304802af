//! The resources of a business and of its ledger, listed and read.

use freshbooks_client::{
    BusinessId, BusinessUuid, ChartFilter, Client, JournalSide, LedgerAccountType, MemberRole,
    NoFilter, PageRequest, ProjectFilter, ProjectType, TeamMemberFilter, TimeEntryFilter,
};

use super::rows::{Wrap, check};
use super::serving;

const BUSINESS: BusinessId = BusinessId::new(9);

fn uuid() -> BusinessUuid {
    BusinessUuid::new("ab-12").unwrap()
}

#[tokio::test]
async fn projects_services_and_their_rates() {
    let row = r#"{"id":1,"title":"Launch","description":null,"due_date":"2026-12-24","client_id":9,"internal":false,"budget":7200,"fixed_price":"100.50",
        "rate":null,"billing_method":"moon_phase","project_type":"fixed_price","project_manager_id":null,"active":true,"complete":false,"sample":false,
        "created_at":"2026-06-29T16:47:57","updated_at":"2026-06-29T16:47:57","logged_duration":null,"services":[{"id":4,"name":"Design","billable":true}],
        "billed_amount":"0.00","billed_status":"unbilled","retainer_id":null,"expense_markup":"0","service_estimate_type":null,"group_id":3}"#;
    let listed = ("/projects/business/9/projects", Wrap::Flat("projects"), row);
    let of = |client: &Client| client.projects(BUSINESS);
    check(of, &BUSINESS, listed, ProjectFilter::default(), |project| {
        assert_eq!(project.project_type, Some(ProjectType::FixedPrice));
        assert_eq!(
            project.billing_method.as_ref().unwrap().as_str(),
            "moon_phase"
        );
        assert_eq!(
            project
                .created_at
                .as_ref()
                .unwrap()
                .at()
                .unwrap()
                .to_rfc3339(),
            "2026-06-29T16:47:57+00:00"
        );
        assert_eq!(project.services[0].name.as_deref(), Some("Design"));
    })
    .await;

    let row = r#"{"id":4,"business_id":9,"name":"Design","billable":true,"project_default":false,"vis_state":0}"#;
    let listed = ("/comments/business/9/services", Wrap::Bare("services"), row);
    let of = |client: &Client| client.services(BUSINESS);
    check(of, &BUSINESS, listed, NoFilter, |service| {
        assert!(service.billable);
    })
    .await;

    let row = r#"{"rate":"80.25","service_id":4,"business_id":9}"#;
    let listed = (
        "/comments/business/9/service_rates",
        Wrap::Bare("service_rates"),
        row,
    );
    let of = |client: &Client| client.service_rates(BUSINESS);
    check(of, &BUSINESS, listed, NoFilter, |rate| {
        assert_eq!(rate.rate.unwrap().to_string(), "80.25");
    })
    .await;

    let listed = (
        "/comments/business/9/invitation_rates",
        Wrap::Bare("invitation_rates"),
        row,
    );
    let of = |client: &Client| client.invitation_rates(BUSINESS);
    check(of, &BUSINESS, listed, NoFilter, |rate| {
        assert_eq!(rate.service_id.get(), 4);
    })
    .await;

    let row = r#"{"rate":"80.25","identity_id":712052,"business_id":9}"#;
    let listed = (
        "/comments/business/9/team_member_rates",
        Wrap::Bare("team_member_rates"),
        row,
    );
    let of = |client: &Client| client.team_member_rates(BUSINESS);
    check(of, &BUSINESS, listed, NoFilter, |rate| {
        assert_eq!(rate.identity_id.get(), 712_052);
    })
    .await;
}

#[tokio::test]
async fn time_retainers_and_the_team() {
    let row = r#"{"id":60,"identity_id":712052,"timer":null,"is_logged":true,"started_at":"2026-06-29T10:00:00.000Z","created_at":"2026-06-29T10:00:00Z",
        "client_id":9,"project_id":1,"pending_client":null,"pending_project":null,"pending_task":null,"task_id":null,"service_id":4,"note":"Drew",
        "active":true,"billable":true,"billed":false,"internal":false,"retainer_id":null,"duration":5400,"local_started_at":"2026-06-29T13:00:00",
        "local_timezone":"Africa/Nairobi"}"#;
    let listed = (
        "/timetracking/business/9/time_entries",
        Wrap::Flat("time_entries"),
        row,
    );
    let of = |client: &Client| client.time_entries(BUSINESS);
    check(of, &BUSINESS, listed, TimeEntryFilter::default(), |entry| {
        assert_eq!(entry.duration_seconds, Some(5400));
        assert!(entry.to_full().is_some());
    })
    .await;

    let row = r#"{"id":8,"business_id":9,"system_id":1,"invoice_profile_id":5,"client_user_id":9,"start_date":"2026-06-01","next_period_start_date":"2026-07-01",
        "fee":"1000.50","excess_rate":"90.00","budgeted_time":36000,"active":true,"created_at":"2026-06-01T00:00:00Z","updated_at":"2026-06-01T00:00:00Z"}"#;
    let listed = (
        "/comments/business/9/retainers",
        Wrap::Bare("retainers"),
        row,
    );
    let of = |client: &Client| client.retainers(BUSINESS);
    check(of, &BUSINESS, listed, NoFilter, |retainer| {
        assert_eq!(retainer.fee.unwrap().to_string(), "1000.50");
    })
    .await;

    let row = r#"{"uuid":"6f0d7f3e-0000-4000-8000-000000000001","first_name":"Ann","middle_name":null,"last_name":"Lee","email":"ann@x.example","job_title":null,
        "street_1":null,"street_2":null,"city":null,"province":null,"country":null,"postal_code":null,"phone_number":null,"business_id":9,
        "business_role_name":"grand_vizier","active":true,"identity_id":null,"invitation_date_accepted":null,"created_at":"2026-06-01T00:00:00Z","updated_at":"2026-06-01T00:00:00Z"}"#;
    let listed = (
        "/auth/api/v1/businesses/9/team_members",
        Wrap::Flat("response"),
        row,
    );
    let of = |client: &Client| client.team_members(BUSINESS);
    check(
        of,
        &BUSINESS,
        listed,
        TeamMemberFilter::default(),
        |member| {
            assert!(matches!(member.role, Some(MemberRole::Other(_))));
            assert_eq!(member.id.as_str(), "6f0d7f3e-0000-4000-8000-000000000001");
        },
    )
    .await;
}

#[tokio::test]
async fn a_team_is_walked_by_the_rows_it_states() {
    let member = |n: u32| format!(r#"{{"uuid":"6f0d7f3e-{n}","email":"a{n}@x.example"}}"#);
    let body = format!(
        r#"{{"response":[{},{}],"meta":{{"page":1,"per_page":2,"total":2}}}}"#,
        member(1),
        member(2)
    );
    // The server answers once: a walk that asked for a second page would fail.
    let (_server, client) =
        serving("GET", "/auth/api/v1/businesses/9/team_members", 200, &body).await;
    let team = client
        .team_members(BUSINESS)
        .list(TeamMemberFilter::default());
    assert_eq!(team.collect().await.unwrap().items.len(), 2);
}

#[tokio::test]
async fn the_ledger_and_manual_entries() {
    let uuid = uuid();
    let row = r#"{"uuid":"e17f9556-c99f-4fdb-ad8b-089ac4798bae","name":"Cash","number":"1000","description":"","type":"asset","sub_type":"Cash & Bank",
        "system_account_name":"Cash","parent_account":null,"sub_accounts":["34bb2ff8-8c1b-4142-a66b-b6c35b2e143a"],"auto_created":true,"state":"dormant",
        "updated_at":"2026-09-22T08:47:04.668685Z","category_id":131,"jea_id":1,"jesa_id":2}"#;
    let listed = (
        "/accounting/businesses/ab-12/ledger_accounts/accounts",
        Wrap::Bare("data"),
        row,
    );
    let of = |client: &Client| client.ledger_accounts(&uuid);
    check(of, &uuid, listed, NoFilter, |account| {
        assert_eq!(account.account_type, Some(LedgerAccountType::Asset));
        assert_eq!(account.state.as_ref().unwrap().as_str(), "dormant");
        assert_eq!(account.category_id.unwrap().get(), 131);
        assert!(account.to_full().is_some());
    })
    .await;

    let row = r#"{"id":"0b1c-7","name":"Correction","journalEntryNumber":"JE-1","description":"","userEnteredDate":{"year":2026,"month":1,"day":31},
        "details":[{"accountId":"e17f9556-c99f","type":"TYPE_DEBIT","amount":{"amount":"10.00","code":"USD"}},
                   {"accountId":"34bb2ff8-8c1b","type":"TYPE_CREDIT","amount":{"amount":"10.00","code":"USD"}}]}"#;
    let listed = (
        "/accounting/businesses/ab-12/journal_entries",
        Wrap::Bare("manualJournalEntries"),
        row,
    );
    let of = |client: &Client| client.manual_journal_entries(&uuid);
    check(of, &uuid, listed, NoFilter, |entry| {
        assert_eq!(
            entry.user_entered_date.unwrap().date().unwrap().to_string(),
            "2026-01-31"
        );
        assert_eq!(entry.lines[1].side, JournalSide::Credit);
    })
    .await;
}

#[tokio::test]
async fn the_ledger_besides_its_accounts() {
    let body = r#"{"data":[{"name":"asset"},{"name":"crypto"}]}"#;
    let (_server, client) = serving("GET", "/accounting/ledger_accounts/types", 200, body).await;
    let types = client.ledger_types().await.unwrap();
    assert_eq!(
        types,
        [
            LedgerAccountType::Asset,
            LedgerAccountType::Other("crypto".to_owned())
        ]
    );

    let body = r#"{"data":[{"id":1,"type":"asset","name":"Cash & Bank","base_number":1000},{"id":"10","type":"expense","name":"Operating Expense","base_number":"6000"}]}"#;
    let (_server, client) =
        serving("GET", "/accounting/ledger_accounts/sub_types", 200, body).await;
    let sub_types = client.ledger_sub_types().await.unwrap();
    assert_eq!(sub_types[1].id.get(), 10);
    assert_eq!(sub_types[0].base_number.as_deref(), Some("1000"));

    let body = r#"{"data":{"id":1,"type":"asset","name":"Cash & Bank","base_number":1000}}"#;
    let (_server, client) =
        serving("GET", "/accounting/ledger_accounts/sub_types/1", 200, body).await;
    let sub_type = client.ledger_sub_type(1.into()).await.unwrap();
    assert_eq!(sub_type.name.as_deref(), Some("Cash & Bank"));

    let body = r#"{"response":{"result":{"journal_entry_accounts":[{"account_name":"Cash","account_number":"1000","account_type":"asset",
        "account_uuid":"e17f9556-c99f","account_sub_type":"Cash & Bank","balance":"0.000","currency_code":null,"system_account_name":null,"auto_created":true,
        "state":"active","parent_account_uuid":null,"sub_accounts":[{"account_name":"Petty","account_number":"1000-1","balance":"1.250"}]}]}}}"#;
    let at = "/accounting/businesses/ab-12/reports/chart_of_accounts";
    let (server, client) = serving("GET", at, 200, body).await;
    let chart = client
        .chart_of_accounts(&uuid(), &ChartFilter::default())
        .await
        .unwrap();
    assert_eq!(
        chart[0].sub_accounts[0].balance.unwrap().to_string(),
        "1.250"
    );
    let asked = server.received_requests().await.unwrap();
    assert!(
        asked[0]
            .url
            .query()
            .unwrap()
            .contains("use_ledger_entries=true")
    );
}

#[tokio::test]
async fn people_abilities_and_searched_time() {
    let body = r#"{"response":{"id":9,"business_uuid":"ab-12","business_group":{"id":1,"category":"business","members":[{"id":5,"group_id":1,"role":"owner",
        "identity_id":712052,"identity_uuid":"6f0d","first_name":"Ann","last_name":"Lee","email":"a@b.co","company":"","language":"en","active":true}]}}}"#;
    let (_server, client) = serving("GET", "/auth/api/v1/users/business/9", 200, body).await;
    let members = client.business_members(BUSINESS).await.unwrap();
    assert_eq!(members[0].identity_id.unwrap().get(), 712_052);

    let body = r#"{"abilities":[{"name":"can_create_project","value":true}]}"#;
    let (_server, client) = serving("GET", "/projects/business/9/abilities", 200, body).await;
    assert!(client.abilities(BUSINESS).await.unwrap()[0].value);

    let body = r#"{"time_entries":[{"id":60,"duration":60}],"meta":{"page":1,"pages":1,"per_page":100,"total":1}}"#;
    let page = PageRequest::default();
    let at = "/timetracking/business/9/time_entries/search";
    let (_server, client) = serving("GET", at, 200, body).await;
    assert_eq!(
        client
            .time_entries(BUSINESS)
            .search("Ann", page)
            .await
            .unwrap()
            .items
            .len(),
        1
    );
    let (_server, client) =
        serving("GET", "/comments/business/9/time_entries/search", 200, body).await;
    assert_eq!(
        client
            .time_entries(BUSINESS)
            .details(page)
            .await
            .unwrap()
            .items
            .len(),
        1
    );
}

#[tokio::test]
async fn rates_are_read_and_set() {
    let body = r#"{"service_rate":{"rate":"80.25","service_id":4,"business_id":9}}"#;
    for verb in ["GET", "POST", "PUT"] {
        let (_server, client) =
            serving(verb, "/comments/business/9/service/4/rate", 200, body).await;
        let rates = client.service_rates(BUSINESS);
        let rate = "80.25".parse().unwrap();
        let answered = match verb {
            "GET" => rates.of(4.into()).await,
            "POST" => rates.create_for(4.into(), rate).await,
            _ => rates.set(4.into(), rate).await,
        };
        assert_eq!(answered.unwrap().rate, Some(rate));
    }
    let body = r#"{"project_service_rate":{"rate":"80.25","service_id":4,"business_id":9,"project_id":1}}"#;
    let at = "/comments/business/9/project/1/service/4/rate";
    let (_server, client) = serving("PUT", at, 200, body).await;
    let rates = client.service_rates(BUSINESS);
    let set = rates
        .set_in_project(1.into(), 4.into(), "80.25".parse().unwrap())
        .await;
    assert_eq!(set.unwrap().project_id.unwrap().get(), 1);
}
