//! The ledger besides its accounts.

use super::read;
use crate::call::Call;
use crate::decode;
use crate::query::Query;
use crate::resource::Family;
use crate::types::{
    ChartAccount, ChartFilter, ChartReport, LedgerAccountType, LedgerData, LedgerSubType, NamedType,
};
use crate::wire::{BusinessUuid, LedgerSubTypeId};

/// The types a ledger account can have, the same for everyone.
pub fn ledger_types() -> Call<Vec<LedgerAccountType>> {
    let path = "/accounting/ledger_accounts/types".to_owned();
    read("list ledger types", path, |body| {
        let found = decode::flat::<LedgerData<Vec<NamedType>>>(body)?;
        Ok(found.data.into_iter().map(|named| named.name).collect())
    })
}

/// The sub types a ledger account can have, the same for everyone.
pub fn ledger_sub_types() -> Call<Vec<LedgerSubType>> {
    let path = "/accounting/ledger_accounts/sub_types".to_owned();
    read("list ledger sub types", path, |body| {
        decode::flat::<LedgerData<Vec<LedgerSubType>>>(body).map(|found| found.data)
    })
}

/// One sub type.
pub fn ledger_sub_type(id: LedgerSubTypeId) -> Call<LedgerSubType> {
    let path = format!("/accounting/ledger_accounts/sub_types/{id}");
    read("get ledger sub type", path, |body| {
        decode::flat::<LedgerData<LedgerSubType>>(body).map(|found| found.data)
    })
}

/// The chart of accounts with balances, sub accounts below their accounts.
pub fn chart_of_accounts(business: &BusinessUuid, filter: &ChartFilter) -> Call<Vec<ChartAccount>> {
    let mut query = Query::new();
    filter.write(&mut query);
    let path = query.onto(Family::Ledger.path(business, "reports/chart_of_accounts"));
    read("get chart of accounts", path, |body| {
        decode::result::<ChartReport>(body).map(|report| report.journal_entry_accounts)
    })
}
