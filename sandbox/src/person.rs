//! What people do in the two web interfaces while a sync is running.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::freshbooks::{Delivery, Resource, VisState};
use crate::scenario::{Category, Report, ReportState, Vendor};
use crate::world::World;

/// One edit by a person. As JSON: `{"action":"delete_bill","id":100001}`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Person {
    /// Changes fields of a bill, named as the API names them.
    EditBill {
        /// Bill.
        id: u64,
        /// New values.
        changes: Map<String, Value>,
    },
    /// Changes fields of an expense, named as the API names them.
    EditExpense {
        /// Expense.
        id: u64,
        /// New values.
        changes: Map<String, Value>,
    },
    /// Deletes a bill.
    DeleteBill {
        /// Bill.
        id: u64,
    },
    /// Deletes an expense.
    DeleteExpense {
        /// Expense.
        id: u64,
    },
    /// Archives a bill.
    ArchiveBill {
        /// Bill.
        id: u64,
    },
    /// Deletes a vendor.
    DeleteVendor {
        /// Vendor.
        id: u64,
    },
    /// Makes a vendor.
    CreateVendor {
        /// Account; the first business when absent.
        #[serde(default)]
        account_id: Option<String>,
        /// The vendor; its id is given by the sandbox.
        vendor: Vendor,
    },
    /// Makes an expense category.
    CreateCategory {
        /// Account; the first business when absent.
        #[serde(default)]
        account_id: Option<String>,
        /// The category; its id is given by the sandbox.
        category: Category,
    },
    /// Pays what is open on a bill, today.
    PayBill {
        /// Bill.
        id: u64,
    },
    /// Consents to the same app elsewhere: the refresh token in use is spent.
    SpendRefreshToken,
    /// Adds a report, or puts it in place of the one with its id (an edit).
    PutReport {
        /// The report.
        report: Box<Report>,
    },
    /// Approves a report, now.
    ApproveReport {
        /// Report.
        id: String,
    },
    /// Takes the approval back: the report is open again and has no approval date.
    UnapproveReport {
        /// Report.
        id: String,
    },
    /// Sets a report's state and nothing else.
    SetReportState {
        /// Report.
        id: String,
        /// New state.
        state: ReportState,
    },
    /// Removes a report; it vanishes from every export.
    RemoveReport {
        /// Report.
        id: String,
    },
}

/// Why an edit was not possible.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("edit refused: {0}")]
pub struct PersonError(String);

/// Carries an edit out; the answer names the record that was made, if any.
pub(crate) fn act(world: &World, edit: Person) -> Result<Value, PersonError> {
    let (answer, deliveries) = apply(world, edit).map_err(PersonError)?;
    world.send(deliveries);
    Ok(answer)
}

fn apply(world: &World, edit: Person) -> Result<(Value, Vec<Delivery>), String> {
    let now = world.clock.now();
    let mut state = world.lock();
    let books = &mut state.freshbooks;
    let done = |deliveries| (json!({}), deliveries);
    match edit {
        Person::EditBill { id, changes } => books.edit(Resource::Bill, id, &changes, now).map(done),
        Person::EditExpense { id, changes } => {
            books.edit(Resource::Expense, id, &changes, now).map(done)
        }
        Person::DeleteBill { id } => books.delete(Resource::Bill, id, now).map(done),
        Person::DeleteExpense { id } => books.delete(Resource::Expense, id, now).map(done),
        Person::ArchiveBill { id } => books
            .show(Resource::Bill, id, VisState::Archived, now)
            .map(done),
        Person::DeleteVendor { id } => books.delete(Resource::BillVendor, id, now).map(done),
        Person::CreateVendor { account_id, vendor } => {
            let id = books.add_vendor(account_id.as_deref(), &vendor, now)?;
            Ok((json!({"id": id}), Vec::new()))
        }
        Person::CreateCategory {
            account_id,
            category,
        } => {
            let id = books.add_category(account_id.as_deref(), &category, now)?;
            Ok((json!({"id": id}), Vec::new()))
        }
        Person::PayBill { id } => books
            .pay(id, now)
            .map(|(payment, deliveries)| (json!({"id": payment}), deliveries)),
        Person::SpendRefreshToken => {
            books.oauth.spend_refresh_token();
            Ok(done(Vec::new()))
        }
        Person::PutReport { report } => {
            state.expensify.put(*report, now);
            Ok(done(Vec::new()))
        }
        Person::ApproveReport { id } => {
            state.expensify.approve(&id, now).map(|()| done(Vec::new()))
        }
        Person::UnapproveReport { id } => state.expensify.unapprove(&id).map(|()| done(Vec::new())),
        Person::SetReportState { id, state: wanted } => {
            state
                .expensify
                .report_mut(&id)
                .ok_or("no such report")?
                .state = wanted;
            Ok(done(Vec::new()))
        }
        Person::RemoveReport { id } => {
            state
                .expensify
                .scenario
                .reports
                .retain(|report| report.id != id);
            Ok(done(Vec::new()))
        }
    }
}
