//! The ledger of a business.

use super::{Client, Collection};
use crate::types::LedgerAccount;
use crate::wire::BusinessUuid;

impl Client {
    /// The ledger accounts of a business.
    pub fn ledger_accounts(&self, business: &BusinessUuid) -> Collection<LedgerAccount> {
        Collection::new(self, business)
    }
}
