//! The ledger of a business.

use super::{Client, Collection};
use crate::calls;
use crate::error::Error;
use crate::types::{
    ChartAccount, ChartFilter, LedgerAccount, LedgerAccountType, LedgerSubType, ManualJournalEntry,
};
use crate::wire::{BusinessUuid, LedgerSubTypeId};

impl Client {
    /// The ledger accounts of a business.
    pub fn ledger_accounts(&self, business: &BusinessUuid) -> Collection<LedgerAccount> {
        Collection::new(self, business)
    }

    /// The manual journal entries of a business.
    pub fn manual_journal_entries(
        &self,
        business: &BusinessUuid,
    ) -> Collection<ManualJournalEntry> {
        Collection::new(self, business)
    }

    /// The types a ledger account can have, the same for everyone.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn ledger_types(&self) -> Result<Vec<LedgerAccountType>, Error> {
        self.send(&calls::ledger_types()).await
    }

    /// The sub types a ledger account can have, the same for everyone.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn ledger_sub_types(&self) -> Result<Vec<LedgerSubType>, Error> {
        self.send(&calls::ledger_sub_types()).await
    }

    /// One sub type.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn ledger_sub_type(&self, id: LedgerSubTypeId) -> Result<LedgerSubType, Error> {
        self.send(&calls::ledger_sub_type(id)).await
    }

    /// The chart of accounts with balances.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn chart_of_accounts(
        &self,
        business: &BusinessUuid,
        filter: &ChartFilter,
    ) -> Result<Vec<ChartAccount>, Error> {
        self.send(&calls::chart_of_accounts(business, filter)).await
    }
}
