//! FreshBooks as a [`Ledger`](sync_core::ports::Ledger), and the keeping of its single-use tokens.

mod businesses;
mod consent;
mod convert;
mod custody;
mod failure;
mod gate;
mod ledger;
mod listing;
#[cfg(feature = "redirect")]
mod redirect;
mod scopes;
mod send;
mod snapshot;

pub use businesses::{FreshBooksBusiness, businesses};
pub use consent::Consent;
pub use custody::{CustodySettings, GrantCustody};
pub use ledger::{FreshBooksAccount, FreshBooksLedger, FreshBooksSettings, ReferenceNames};
#[cfg(feature = "redirect")]
pub use redirect::RedirectListener;
pub use scopes::{FreshBooksUse, ScopeNeed, granted_scopes, scope_needs};
