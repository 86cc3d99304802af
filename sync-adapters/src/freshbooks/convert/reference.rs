//! Reference data: what bills and expenses refer to.

use freshbooks_client as wire;
use sync_core::model::{
    CategoryId, Client, ClientId, Currency, ExpenseCategory, LedgerAccount, Project, ProjectId,
    Staff, StaffId, Tax, TaxId, Vendor, VendorId,
};

/// A vendor to owe to; `None` for a deleted one.
pub(in crate::freshbooks) fn vendor_reference(raw: wire::Vendor) -> Option<Vendor> {
    Some(Vendor {
        id: VendorId::new(raw.id.get()),
        name: raw.name.unwrap_or_default(),
        email: raw.primary_contact_email,
        currency: raw
            .currency_code
            .and_then(|code| Currency::parse(code.as_str()).ok()),
        active: is_active(raw.vis_state)?,
    })
}

/// A category; `None` for a deleted one.
pub(in crate::freshbooks) fn category(raw: wire::ExpenseCategory) -> Option<ExpenseCategory> {
    Some(ExpenseCategory {
        id: CategoryId::new(raw.id.get()),
        name: raw.name.unwrap_or_default(),
        parent: raw.parent_id.map(|id| CategoryId::new(id.get())),
        active: is_active(raw.vis_state)?,
    })
}

/// An account of the chart of accounts. One whose state is not told is taken to be in use.
pub(in crate::freshbooks) fn ledger_account(raw: wire::LedgerAccount) -> LedgerAccount {
    LedgerAccount {
        number: raw.number.unwrap_or_default(),
        name: raw.name.unwrap_or_default(),
        category: raw.category_id.map(|id| CategoryId::new(id.get())),
        active: raw
            .state
            .is_none_or(|state| state == wire::LedgerAccountState::Active),
    }
}

/// A tax.
pub(in crate::freshbooks) fn tax(raw: wire::Tax) -> Tax {
    Tax {
        id: TaxId::new(raw.id.get()),
        name: raw.name.unwrap_or_default(),
        percent: raw.percent,
    }
}

/// A project. A finished one may still be charged, so only `active` counts.
pub(in crate::freshbooks) fn project(raw: wire::Project) -> Project {
    Project {
        id: ProjectId::new(raw.id.get()),
        title: raw.title.unwrap_or_default(),
        active: raw.active,
    }
}

/// A client; `None` for a deleted one.
pub(in crate::freshbooks) fn client(raw: wire::ClientRecord) -> Option<Client> {
    Some(Client {
        id: ClientId::new(raw.id.get()),
        name: raw
            .organization
            .unwrap_or_else(|| joined(raw.first_name, raw.last_name)),
        active: is_active(raw.vis_state)?,
    })
}

/// A staff member; `None` for a deleted one.
pub(in crate::freshbooks) fn staff_member(raw: wire::Staff) -> Option<Staff> {
    is_active(raw.vis_state)?;
    Some(Staff {
        id: StaffId::new(raw.id.get()),
        email: raw.email,
        name: raw
            .display_name
            .unwrap_or_else(|| joined(raw.first_name, raw.last_name)),
    })
}

fn joined(first: Option<String>, last: Option<String>) -> String {
    [first, last]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" ")
}

/// Whether it may be used; `None` when it is deleted. Not told means in use, as lists leave deleted ones out (3.0).
fn is_active(state: Option<wire::VisState>) -> Option<bool> {
    match state {
        Some(wire::VisState::Deleted) => None,
        None | Some(wire::VisState::Active) => Some(true),
        Some(_) => Some(false),
    }
}
