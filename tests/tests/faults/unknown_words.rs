//! Fields nobody announced and words in no vocabulary: they change nothing, or hold one report, and never a pass.

use std::sync::Arc;

use serde_json::{Value, json};
use sync_core::plan::SkipReason;
use sync_core::state::ReportStatus;
use sync_tests::{ChangedExport, ChangedReplies, Rig, RigOptions};

use crate::support::few;

async fn with_export(change: impl Fn(String) -> String + Send + Sync + 'static) -> Rig {
    let changed_export = Some(ChangedExport(Arc::new(change)));
    Rig::with(RigOptions {
        scenario: few(),
        changed_export,
        ..RigOptions::default()
    })
    .await
}

fn grow(value: &mut Value) {
    match value {
        Value::Object(object) => {
            object.values_mut().for_each(grow);
            object.insert("future_field".to_owned(), json!({"nested": [1, null, "x"]}));
        }
        Value::Array(items) => items.iter_mut().for_each(grow),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[tokio::test]
async fn extra_fields_in_every_object_of_both_services_change_nothing() {
    let change = |text: String| {
        text.replace("\"k\":\"rep\"", "\"k\":\"rep\",\"future\":\"x\"")
            .replace("\"k\":\"exp\"", "\"k\":\"exp\",\"future\":\"x\"")
    };
    let options = RigOptions {
        scenario: few(),
        changed_export: Some(ChangedExport(Arc::new(change))),
        changed_replies: Some(ChangedReplies(Arc::new(grow))),
        ..RigOptions::default()
    };
    let rig = Rig::with(options).await;
    assert_eq!(rig.sync().await.verified, 5);
    rig.assert_each_record_exists_once("extra fields").await;
}

#[tokio::test]
async fn unheard_of_words_in_freshbooks_enumerations_change_nothing() {
    let fields = [
        "status",
        "language",
        "overall_category",
        "sub_type",
        "account_type",
        "role",
        "ext_archive_reason",
        "background_jobid",
    ];
    let change = move |value: &mut Value| reword(value, &fields);
    let options = RigOptions {
        scenario: few(),
        changed_replies: Some(ChangedReplies(Arc::new(change))),
        ..RigOptions::default()
    };
    let rig = Rig::with(options).await;
    assert_eq!(rig.sync().await.verified, 5);
    rig.assert_each_record_exists_once("unheard-of words").await;
}

fn reword(value: &mut Value, fields: &[&str]) {
    match value {
        Value::Object(object) => {
            for (name, value) in object.iter_mut() {
                if fields.contains(&name.as_str()) && value.is_string() {
                    *value = json!("word_of_tomorrow");
                }
                reword(value, fields);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| reword(item, fields)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[tokio::test]
async fn a_report_in_an_unheard_of_state_is_left_alone_with_a_reason_and_the_others_go_through() {
    let rig = with_export(|text| {
        text.replacen("\"status\":\"Approved\"", "\"status\":\"Approved-ish\"", 1)
    })
    .await;
    let summary = rig.sync().await;
    assert!(summary.written == 1 || summary.written == 4, "{summary:?}");
    let reports = rig.reports().await;
    let left: Vec<_> = reports
        .iter()
        .filter(|stored| stored.status == ReportStatus::OutOfScope(SkipReason::NotApproved))
        .collect();
    assert_eq!(left.len(), 1);
    assert!(
        left[0].report.state.as_str().contains("Approved-ish"),
        "{:?}",
        left[0].report.state
    );
}

#[tokio::test]
async fn a_report_with_a_field_that_is_no_amount_is_held_alone_and_named() {
    let rig =
        with_export(|text| text.replacen("\"amount\":\"31840\"", "\"amount\":\"a lot\"", 1)).await;
    let summary = rig.sync().await;
    assert_eq!((summary.written, summary.unreadable), (4, 1));
    let note = rig.cause("unreadable").await.note();
    assert!(note.contains("amount") && !note.contains("a lot"), "{note}");
}
