//! What the `Store` port promises.

mod audit;
mod intake;
mod leases;
mod outbox;
mod plans;
mod reading;
mod review;

use std::future::Future;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::model::{ConnectionId, ExpenseReport, ReportId};
use crate::plan::{Step, StepKey};
use crate::ports::{EntryQuery, IntakeBatch, ReportQuery, Store, Transition};
use crate::state::{
    EntryEvent, Judgement, Lease, OutboxEntry, PlanChange, ReviewItem, StoredReport,
};
use crate::testing::samples;

/// How long the checks hold a lease.
const TTL: Duration = Duration::from_mins(2);

macro_rules! run_each_on_a_fresh_store {
    ($fresh:ident: $($check:path,)+) => {
        $({
            let (store, guard) = $fresh().await;
            $check(&store).await;
            drop(store);
            drop(guard);
        })+
    };
}

/// Checks every promise of [`Store`], each on a fresh store. `fresh` gives a store and what must live as long as it does,
/// such as a temporary directory.
///
/// # Panics
/// At the first promise that is not kept; the message and the place say which.
pub async fn store<S, G, F, Fut>(fresh: F)
where
    S: Store,
    G: Send,
    F: Fn() -> Fut + Sync,
    Fut: Future<Output = (S, G)> + Send,
{
    run_each_on_a_fresh_store!(fresh:
        leases::one_worker_holds_a_lease_until_it_runs_out_or_is_given_back,
        leases::fences_grow_and_never_repeat,
        leases::a_lease_is_renewed_only_while_it_is_current,
        leases::giving_back_a_lost_lease_changes_nothing,
        leases::every_write_under_a_stale_fence_is_refused_and_stores_nothing,
        leases::every_write_under_a_lease_that_ran_out_is_refused,
        leases::a_write_without_any_lease_is_refused,
        intake::new_changed_and_unchanged_reports_are_told_apart,
        intake::a_report_given_twice_in_a_batch_is_stored_once,
        intake::a_request_is_remembered,
        intake::looks_that_do_not_show_a_report_are_counted_until_it_is_shown,
        intake::the_watermark_moves_only_with_the_batch_that_brings_it,
        intake::an_unreadable_report_waits_in_review_until_it_is_read,
        intake::a_changed_report_is_new_again_even_after_a_person_skipped_it,
        intake::acknowledgements_are_kept_and_leave_no_trace_twice,
        intake::an_acknowledgement_of_an_unknown_report_stores_nothing,
        intake::a_persons_word_on_reports_is_kept_and_drops_what_held_them,
        reading::reports_come_in_order_by_page_and_filter,
        reading::entries_come_in_order_by_page_and_filter,
        reading::a_list_of_ids_is_paged_like_any_query,
        reading::counts_are_by_status_kind_and_state,
        reading::limits_are_bounded_by_the_store,
        reading::hostile_text_reads_back_as_it_was,
        reading::one_report_in_two_connections_is_two_rows,
        reading::connections_never_see_each_others_rows,
        plans::steps_are_inserted_replaced_and_withdrawn,
        plans::a_plan_of_content_that_changed_since_is_a_conflict_and_nothing_of_the_call_is_stored,
        plans::an_equal_plan_leaves_no_trace,
        plans::each_part_of_a_plan_that_changes_leaves_one_entry_in_the_trail,
        plans::a_word_on_a_report_ends_with_a_plan_that_does_not_leave_it_out,
        plans::a_replacement_by_an_equal_step_frees_what_is_held_and_changes_nothing_else,
        plans::an_illegal_change_stores_nothing_of_the_call,
        plans::a_withdrawn_step_can_be_planned_again_by_another_report,
        plans::a_vendor_two_reports_ask_for_is_one_entry,
        plans::an_entry_of_another_report_is_not_taken,
        plans::expenses_belong_to_their_entry_until_it_is_cancelled,
        plans::a_replacement_is_taken_only_once_what_it_replaces_is_voided,
        outbox::only_planned_and_due_entries_are_begun_and_each_once,
        outbox::a_key_of_another_connection_or_of_nothing_is_not_begun,
        outbox::events_are_recorded_in_order,
        outbox::one_illegal_event_undoes_the_whole_call,
        outbox::an_ordered_correction_is_begun_like_a_send_and_keeps_what_was_ordered,
        outbox::a_large_batch_is_one_unit,
        review::causes_are_items_and_reports_are_what_they_hold,
        review::a_number_stays_with_its_cause_when_the_item_opens_again,
        review::an_entry_in_review_holds_itself_up_until_it_leaves,
        review::findings_and_entries_of_one_cause_share_an_item,
        review::what_a_person_changed_in_the_books_holds_itself_up_until_it_is_accepted,
        audit::every_change_is_chained_in_its_own_transaction,
        audit::the_trail_is_read_by_page,
        audit::a_changed_configuration_is_noted_once_with_who_and_why,
        audit::each_connection_has_a_chain_of_its_own,
    );
}

fn t0() -> DateTime<Utc> {
    samples::start()
}

fn later(seconds: u32) -> DateTime<Utc> {
    t0() + chrono::Duration::seconds(i64::from(seconds))
}

/// The main connection's lease, taken at the start.
async fn leased(store: &dyn Store) -> Lease {
    store
        .acquire_lease(&samples::connection(), "check", TTL, t0())
        .await
        .unwrap()
}

async fn take_in(store: &dyn Store, lease: &Lease, reports: &[&ExpenseReport]) {
    let batch = IntakeBatch {
        reports: reports.iter().copied().cloned().collect(),
        ..IntakeBatch::default()
    };
    store.intake(lease, batch, t0()).await.unwrap();
}

/// Takes a report in and plans it as one bill.
async fn plan_bill(store: &dyn Store, lease: &Lease, report: &ExpenseReport) -> Step {
    take_in(store, lease, &[report]).await;
    let step = samples::bill_step(report);
    let plan = samples::planned(report, vec![PlanChange::Insert(step.clone())]);
    store.commit_plans(lease, vec![plan], t0()).await.unwrap();
    step
}

async fn entry(store: &dyn Store, key: &StepKey) -> Option<OutboxEntry> {
    let query = EntryQuery {
        keys: vec![key.clone()],
        limit: 2,
        ..EntryQuery::default()
    };
    store
        .entries(&samples::connection(), &query)
        .await
        .unwrap()
        .pop()
}

async fn stored(store: &dyn Store, id: &str) -> Option<StoredReport> {
    let query = ReportQuery {
        ids: vec![ReportId::new(id)],
        limit: 2,
        ..ReportQuery::default()
    };
    store
        .reports(&samples::connection(), &query)
        .await
        .unwrap()
        .pop()
}

/// A person's word that a report is left out.
fn skipped() -> Judgement {
    Judgement::Skip {
        by: "ann".to_owned(),
        reason: "paid by cheque".to_owned(),
    }
}

async fn items(store: &dyn Store) -> Vec<ReviewItem> {
    store
        .review_items(&samples::connection(), false)
        .await
        .unwrap()
}

async fn trail_length(store: &dyn Store, connection: &ConnectionId) -> usize {
    store.audit(connection, 0, 10_000).await.unwrap().len()
}

fn event(key: &StepKey, event: EntryEvent) -> Transition {
    Transition {
        key: key.clone(),
        event,
    }
}
