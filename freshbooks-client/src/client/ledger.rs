//! The ledger of a business.

use super::{Client, Listing};
use crate::calls;
use crate::error::Error;
use crate::types::LedgerAccount;
use crate::wire::{BusinessUuid, LedgerAccountId};

impl Client {
    /// All ledger accounts of a business, with the rows that could not be read.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn ledger_accounts(
        &self,
        business: &BusinessUuid,
    ) -> Result<Listing<LedgerAccount>, Error> {
        let page = self.send(&calls::ledger_accounts(business)).await?;
        Ok(Listing::of_one_page(page))
    }

    /// One ledger account.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn ledger_account(
        &self,
        business: &BusinessUuid,
        id: &LedgerAccountId,
    ) -> Result<LedgerAccount, Error> {
        self.send(&calls::ledger_account(business, id)).await
    }
}
