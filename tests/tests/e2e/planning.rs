//! The dry run: what it says, that it says it again, and that a plan is run as it was saved or not at all.

use sync_core::ErrorKind;
use sync_core::engine::{PlanPreview, SavedPlan, Selection, SyncRequest};
use sync_sandbox::{Category, Person};
use sync_tests::Rig;

async fn preview(rig: &Rig) -> PlanPreview {
    rig.engine
        .preview(&rig.connection, &Selection::SinceLastPass)
        .await
        .unwrap()
}

#[tokio::test]
async fn planning_twice_is_byte_identical_and_writes_nothing() {
    let rig = Rig::demo().await;
    let (first, second) = (preview(&rig).await, preview(&rig).await);
    assert_eq!(
        serde_json::to_vec(&first).unwrap(),
        serde_json::to_vec(&second).unwrap()
    );
    assert_eq!(
        first.to_saved().to_json().unwrap(),
        second.to_saved().to_json().unwrap()
    );
    assert_eq!(first.to_write().count(), 15);
    assert!(rig.sandbox.posts().is_empty() && rig.entries().await.is_empty());
    // Another installation comes to the very same plan.
    let other = rig.second_installation().await;
    assert_eq!(
        serde_json::to_vec(&preview(&other).await).unwrap(),
        serde_json::to_vec(&first).unwrap()
    );
}

#[tokio::test]
async fn a_plan_names_the_rule_and_the_source_field_behind_every_line() {
    let rig = Rig::demo().await;
    let plan = preview(&rig).await;
    for step in plan.to_write() {
        assert_eq!(step.provenance.len(), step.expenses.len(), "{}", step.key);
        for line in &step.provenance {
            let names: Vec<&str> = line.choices.iter().map(|(what, _)| what.as_str()).collect();
            assert!(
                names.contains(&"category") && names.contains(&"date"),
                "{} {names:?}",
                step.key
            );
            for (what, choice) in &line.choices {
                assert!(
                    !choice.field.is_empty() && !choice.by.to_string().is_empty(),
                    "{} {what}",
                    step.key
                );
            }
        }
    }
}

#[tokio::test]
async fn each_step_of_the_ladders_is_named_as_the_reason_of_its_choice() {
    let rig = Rig::demo().await;
    let plan = preview(&rig).await;
    let of = |key: &str, expense: &str, what: &str| {
        let step = plan
            .to_write()
            .find(|step| step.key.as_str() == key)
            .unwrap();
        let line = step
            .provenance
            .iter()
            .find(|line| line.expense.as_str() == expense)
            .unwrap();
        let (_, choice) = line.choices.iter().find(|(name, _)| name == what).unwrap();
        (
            choice.value.clone(),
            choice.by.to_string(),
            choice.field.clone(),
        )
    };
    let text =
        |value: &str, by: &str, field: &str| (value.to_owned(), by.to_owned(), field.to_owned());
    assert_eq!(
        of("EXP-R00DemoAmara1", "4056343049275630101", "category"),
        text(
            "Airfare (8002)",
            "GL code 6010 = ledger account number",
            "categoryGlCode"
        )
    );
    assert_eq!(
        of("EXP-R00DemoDmitri", "4056343049275630402", "category"),
        text("Telephone & Internet (8009)", "equal name", "category")
    );
    assert_eq!(
        of("EXP-R00DemoChiara", "4056343049275630303", "vendor").1,
        "equal name"
    );
    assert_eq!(
        of("EXP-R00DemoAmara1", "4056343049275630101", "vendor").1,
        "contact e-mail"
    );
    let chiara = plan
        .to_write()
        .find(|step| step.key.as_str() == "EXP-R00DemoChiara")
        .unwrap();
    let amounts: Vec<String> = chiara
        .provenance
        .iter()
        .map(|line| line.amount.to_string())
        .collect();
    assert_eq!(
        amounts,
        ["convertedAmount", "convertedAmount", "modifiedAmount"]
    );
}

#[tokio::test]
async fn a_saved_plan_is_run_as_it_is_and_says_so_when_it_is_run_again() {
    let rig = Rig::demo().await;
    let text = preview(&rig).await.to_saved().to_json().unwrap();
    let request = SyncRequest {
        exactly: Some(SavedPlan::from_json(&text).unwrap()),
        ..SyncRequest::ordinary()
    };
    assert_eq!(
        rig.engine
            .sync(&rig.connection, request.clone())
            .await
            .unwrap()
            .written,
        15
    );
    rig.assert_each_record_exists_once("a saved plan").await;
    let again = rig.engine.sync(&rig.connection, request).await.unwrap_err();
    assert_eq!(again.kind(), ErrorKind::Invalid);
    let said = "it has run already: all its records (15) are written";
    assert!(again.to_string().contains(said), "{again}");
    assert_eq!(rig.sandbox.posts().len(), 15);
}

/// What happens between a plan and its run.
type Change = fn(&mut Rig);

#[tokio::test]
async fn a_stale_plan_is_refused_and_says_what_changed() {
    let stale: [(&str, Change); 3] = [
        ("report R00DemoAmara1 changed", |rig| {
            assert!(
                rig.sandbox
                    .edit_report("R00DemoAmara1", |report| report.expenses[2].amount += 1)
            );
        }),
        ("reference data changed", |rig| {
            let category = Category {
                name: "Postage".to_owned(),
                ..Category::default()
            };
            rig.sandbox
                .person(Person::CreateCategory {
                    account_id: None,
                    category,
                })
                .unwrap();
        }),
        ("the mapping changed", |rig| {
            rig.connection.rules.bills.due_days = 14;
        }),
    ];
    for (expected, change) in stale {
        let mut rig = Rig::demo().await;
        let saved = preview(&rig).await.to_saved();
        change(&mut rig);
        let request = SyncRequest {
            exactly: Some(saved),
            ..SyncRequest::ordinary()
        };
        let refused = rig.engine.sync(&rig.connection, request).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Invalid);
        assert!(refused.to_string().contains(expected), "{refused}");
        assert!(rig.sandbox.posts().is_empty(), "{expected}");
    }
}
