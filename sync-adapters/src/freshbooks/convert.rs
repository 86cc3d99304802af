//! Between our words and FreshBooks', with the reason for every conversion (FreshBooks reference 3.1 to 3.12).

mod drafts;
mod records;
mod reference;

pub(super) use drafts::{NewRecord, RecordUpdate, new_record, record_update};
pub(super) use records::{bill, expense, vendor};
pub(super) use reference::{
    category, client, ledger_account, project, staff_member, tax, vendor_reference,
};
