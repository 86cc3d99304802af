//! Jobs that update policies and people.

use expensify_client::{
    ApprovalLimit, CategoriesUpdate, Category, EmployeeRecord, EmployeeRole, EmployeeSource,
    EmployeeUpdateOptions, ErrorKind, Hundredths, NewReportField, NewTagLevel, PolicyId,
    PrimaryPolicy, Recipients, ReportFieldsUpdate, Tag, TagApprover, TagFile, TagFileFormat,
    TagLevels, TagsUpdate, UpdateEmployees, UpdatePolicy, UpdateTagApprovers,
};
use serde_json::json;

use crate::common::{Service, ok};
use crate::{POLICY, policy, run};

const DONE: &str = r#"{"responseCode":200}"#;

#[tokio::test]
async fn sections_of_a_policy_update_stand_beside_the_settings() {
    let mut rail = Category::new("Travel: Rail");
    rail.gl_code = Some("6210".to_owned());
    rail.payroll_code = Some("P1".to_owned());
    rail.are_comments_required = Some(true);
    rail.comment_hint = Some("from, to".to_owned());
    rail.max_expense_amount = Some(Hundredths::new(50_000));
    let mut meals = Category::new("Meals");
    meals.enabled = false;
    let fields = [
        NewReportField::dropdown("Project", ["Apollo", "Gemini"]).with_default("Apollo"),
        NewReportField::text("Reason"),
        NewReportField::date("Start"),
    ];
    let mut engineering = Tag::new("Engineering");
    engineering.gl_code = Some("D10".to_owned());
    let level = NewTagLevel {
        name: Some("Department".to_owned()),
        required: Some(true),
        tags: vec![engineering, Tag::new("Sales")],
    };
    let job = UpdatePolicy::of([policy()])
        .categories(CategoriesUpdate::merge([rail, meals]))
        .tags(TagsUpdate::replace_all([level]))
        .report_fields(ReportFieldsUpdate::replace_all(fields));
    let ((), sent) = run(&job, "update", ok(DONE)).await;
    let expected = json!({
        "type": "update", "inputSettings": {"type": "policy", "policyID": POLICY},
        "categories": {"action": "merge", "data": [
            {"name": "Travel: Rail", "enabled": true, "glCode": "6210", "payrollCode": "P1", "areCommentsRequired": true,
             "commentHint": "from, to", "maxExpenseAmount": 50000},
            {"name": "Meals", "enabled": false},
        ]},
        "tags": {"action": "replace", "source": "inline", "data": [{"name": "Department", "setRequired": true, "tags": [
            {"name": "Engineering", "enabled": true, "glCode": "D10"}, {"name": "Sales", "enabled": true},
        ]}]},
        "reportFields": {"action": "replace", "data": [
            {"name": "Project", "type": "dropdown", "values": ["Apollo", "Gemini"], "defaultValue": "Apollo"},
            {"name": "Reason", "type": "text"},
            {"name": "Start", "type": "date"},
        ]},
    });
    assert_eq!(sent, expected);
}

#[tokio::test]
async fn tags_of_dependent_levels_go_as_a_file() {
    for (levels, dependency, required) in [
        (TagLevels::Dependent { required: true }, true, json!(true)),
        (
            TagLevels::Independent {
                required: vec![true, false],
            },
            false,
            json!([true, false]),
        ),
    ] {
        let file = TagFile {
            text: "Dept,Code\r\nA & B,\"1+1\"\r\n".to_owned(),
            format: TagFileFormat::Csv,
            has_header: true,
            has_gl_codes: true,
            levels,
        };
        let service = Service::start().await;
        service.answer("update", vec![ok(DONE)]).await;
        let policies = [policy(), PolicyId::new("B2").unwrap()];
        let job = UpdatePolicy::of(policies).tags(TagsUpdate::replace_all_by_file(file));
        service.client.run(&job).await.unwrap();
        let sent = &service.jobs().await[0];
        assert_eq!(sent["inputSettings"]["policyIDList"], json!([POLICY, "B2"]));
        let config = json!({"dependency": dependency, "glCodes": true, "header": true, "setRequired": required, "fileType": "csv"});
        assert_eq!(
            sent["tags"],
            json!({"action": "replace", "source": "file", "config": config})
        );
        assert_eq!(
            service.first_field("file").await.unwrap(),
            "Dept,Code\r\nA & B,\"1+1\"\r\n"
        );
    }
}

#[tokio::test]
async fn an_update_that_would_delete_everything_or_nothing_is_not_sent() {
    let service = Service::start().await;
    for job in [
        UpdatePolicy::of([policy()]),
        UpdatePolicy::of([]).categories(CategoriesUpdate::merge([Category::new("x")])),
        UpdatePolicy::of([policy()]).categories(CategoriesUpdate::replace_all([])),
        UpdatePolicy::of([policy()])
            .categories(CategoriesUpdate::merge([Category::new("x")]))
            .tags(TagsUpdate::replace_all([])),
    ] {
        let error = service.client.run(&job).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
    }
    assert_eq!(service.jobs().await.len(), 0);
}

#[tokio::test]
async fn a_tag_approver_is_cleared_by_an_empty_text_only_if_asked_to() {
    let approvers = [
        TagApprover::set("Sales", "boss@acme.test").unwrap(),
        TagApprover::clear("Ops"),
    ];
    let job = UpdateTagApprovers::new(policy(), approvers).unwrap();
    let ((), sent) = run(&job, "update", ok(DONE)).await;
    let expected = json!({
        "type": "update", "inputSettings": {"type": "tagApprovers", "policyID": POLICY},
        "tagApprovers": [{"name": "Sales", "approver": "boss@acme.test"}, {"name": "Ops", "approver": ""}],
    });
    assert_eq!(sent, expected);
    assert!(TagApprover::set("Sales", " ").is_err());
    assert!(UpdateTagApprovers::new(policy(), []).is_err());
}

#[tokio::test]
async fn employees_are_sent_as_data_and_judged_by_the_lists() {
    let mut jo = EmployeeRecord::new("jo@acme.test", "boss@acme.test", "E-17", policy());
    jo.first_name = Some("Jo".to_owned());
    jo.approval_limit = Some(ApprovalLimit {
        limit: 5000,
        over_limit_approver: "cfo@acme.test".to_owned(),
    });
    jo.role = Some(EmployeeRole::Auditor);
    jo.on_leave = true;
    jo.additional_policies = vec![PolicyId::new("B2").unwrap()];
    jo.default_tags = vec!["Sales".to_owned()];
    let plain = EmployeeRecord::new("al@acme.test", "boss@acme.test", "E-18", policy());
    let options = EmployeeUpdateOptions {
        dry_run: true,
        primary_policy: PrimaryPolicy::OfNewEmployees,
        silent: true,
        ..EmployeeUpdateOptions::default()
    };
    let job = UpdateEmployees::new(EmployeeSource::Records(vec![jo, plain]), options)
        .mailed_to(Recipients::new(["it@acme.test", "hr@acme.test"]).unwrap());
    let service = Service::start().await;
    let reply = json!({
        "responseCode": 200, "dry-run": true, "updatedEmployeesCount": 1,
        "diff": {"diffToAdd": {POLICY: ["jo@acme.test"]}, "diffToRemove": {}},
        "securityGroupEmployeesMap": {"7": ["jo@acme.test"]},
        "skippedEmployees": [{"email": "al@acme.test", "reason": "no manager"}],
    });
    service.answer("update", vec![ok(reply.to_string())]).await;
    let outcome = service.client.run(&job).await.unwrap();
    assert_eq!((outcome.dry_run, outcome.updated), (Some(true), Some(1)));
    assert_eq!(outcome.added[POLICY], ["jo@acme.test"]);
    assert!(outcome.removed.is_empty());
    assert_eq!(outcome.groups["7"], ["jo@acme.test"]);
    assert_eq!(outcome.skipped[0].reason.as_deref(), Some("no manager"));

    let mut sent = service.jobs().await.remove(0);
    sent.as_object_mut().unwrap().remove("credentials");
    let expected = json!({
        "type": "update", "dataSource": "request", "inputSettings": {"type": "employees", "entity": "generic"},
        "dry-run": true, "setEmployeePrimaryPolicy": "new_employees", "shouldFixApprovalChains": true,
        "shouldSkipNotificationEmail": true,
        "onFinish": [{"actionName": "email", "recipients": "it@acme.test,hr@acme.test"}],
    });
    assert_eq!(sent, expected);
    let data = service.first_field("data").await.unwrap();
    let expected = json!([
        {"employeeEmail": "jo@acme.test", "managerEmail": "boss@acme.test", "employeeID": "E-17", "policyID": POLICY,
         "firstName": "Jo", "approvalLimit": 5000, "overLimitApprover": "cfo@acme.test", "role": "auditor",
         "workerStatus": "On Leave", "additionalPolicyIDs": ["B2"], "defaultTags": ["Sales"]},
        {"employeeEmail": "al@acme.test", "managerEmail": "boss@acme.test", "employeeID": "E-18", "policyID": POLICY},
    ]);
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&data).unwrap(),
        expected
    );
}

#[tokio::test]
async fn no_employees_are_not_sent() {
    let service = Service::start().await;
    let job = UpdateEmployees::new(
        EmployeeSource::Records(Vec::new()),
        EmployeeUpdateOptions::default(),
    );
    assert_eq!(
        service.client.run(&job).await.unwrap_err().kind(),
        ErrorKind::Invalid
    );
    assert_eq!(service.jobs().await.len(), 0);
}
