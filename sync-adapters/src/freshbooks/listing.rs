//! Windows of records, read to FreshBooks' own end mark or not at all.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use freshbooks_client as wire;
use sync_core::model::{LedgerRecord, Marker, RecordId, RecordKind};
use sync_core::ports::{Listing, ListingWindow};
use sync_core::{Error, Result};

use super::ledger::FreshBooksLedger;
use super::{convert, failure};

/// How often a listing is begun anew because rows came or went while it was read.
const WALKS_MAX: u32 = 3;

/// What was found of one kind, and how to walk it.
struct Walk<R> {
    rows: Vec<R>,
    problems: Vec<wire::RowProblem>,
    /// Whether the stated total stayed the same: else a row that went away can have hidden its neighbour.
    steady: bool,
}

impl FreshBooksLedger {
    /// Live and archived rows by one listing, deleted ones by another: FreshBooks leaves them out of the first (3.0).
    /// Where it should ignore the filter on the state (UNVERIFIED for bills and vendors), the second listing repeats
    /// the first, which does no harm: rows are kept by id.
    pub(super) async fn list_window(&self, window: &ListingWindow) -> Result<Listing> {
        let mut records: BTreeMap<RecordId, LedgerRecord> = BTreeMap::new();
        for state in [None, Some(wire::VisState::Deleted)] {
            let found = match window.kind {
                RecordKind::Bill => {
                    let filter = bill_filter(window, state);
                    let walk = self
                        .complete("list bills", || {
                            self.client().bills(self.account()).list(filter.clone())
                        })
                        .await?;
                    walk.iter().map(convert::bill).collect::<Vec<_>>()
                }
                RecordKind::Expense => {
                    let filter = expense_filter(window, state);
                    let expenses = || self.client().expenses(self.account()).list(filter.clone());
                    self.complete("list expenses", expenses)
                        .await?
                        .iter()
                        .map(convert::expense)
                        .collect()
                }
                RecordKind::Vendor => {
                    let mut filter = wire::VendorFilter::default();
                    filter.vis_state = state;
                    let vendors = || self.client().vendors(self.account()).list(filter);
                    self.complete("list vendors", vendors)
                        .await?
                        .iter()
                        .map(convert::vendor)
                        .collect()
                }
            };
            // FreshBooks ignores filters it does not know, so each row is looked at again.
            records.extend(
                found
                    .into_iter()
                    .filter(|row| is_inside(window, row))
                    .map(|row| (row.id, row)),
            );
        }
        Ok(Listing {
            records: records.into_values().collect(),
        })
    }

    /// All rows of a listing that proves absence: read to its end, steady, and every row of ours readable.
    async fn complete<R: wire::List>(
        &self,
        action: &'static str,
        pager: impl Fn() -> wire::Pager<R> + Sync,
    ) -> Result<Vec<R>> {
        let walk = self
            .walk_until_steady(&pager)
            .await
            .map_err(|failed| failed.told(action))?;
        for problem in &walk.problems {
            // A row without any mark of ours cannot be ours, however odd it is; with one, absence is unproven.
            if Marker::scan(problem.raw()).next().is_some() {
                return Err(Error::unavailable(format!(
                    "{action}: {problem}, and it carries a mark of ours"
                )));
            }
            tracing::warn!(action, %problem, "passed over: it carries no mark of ours");
        }
        Ok(walk.rows)
    }

    /// All readable rows of reference data; the others are told and left out.
    pub(super) async fn readable<R: wire::List>(
        &self,
        action: &'static str,
        pager: impl Fn() -> wire::Pager<R> + Sync,
    ) -> Result<Vec<R>, Failed> {
        let walk = self.walk_until_steady(&pager).await?;
        for problem in &walk.problems {
            tracing::warn!(action, %problem, "left out");
        }
        Ok(walk.rows)
    }

    async fn walk_until_steady<R: wire::List>(
        &self,
        pager: &(impl Fn() -> wire::Pager<R> + Sync),
    ) -> Result<Walk<R>, Failed> {
        for _ in 0..WALKS_MAX {
            let walk = walk(pager()).await.map_err(Failed::Client)?;
            if walk.steady {
                return Ok(walk);
            }
        }
        Err(Failed::Unsteady)
    }
}

/// Why a listing is none.
#[derive(Debug)]
pub(super) enum Failed {
    /// A page could not be had.
    Client(wire::Error),
    /// Rows kept coming or going.
    Unsteady,
}

impl Failed {
    pub(super) fn told(&self, action: &str) -> Error {
        match self {
            Self::Client(error) => failure::read(action, error),
            Self::Unsteady => Error::unavailable(format!(
                "{action}: rows came or went while it was read; try again"
            )),
        }
    }
}

async fn walk<R: wire::List>(mut pager: wire::Pager<R>) -> Result<Walk<R>, wire::Error> {
    let mut walk = Walk {
        rows: Vec::new(),
        problems: Vec::new(),
        steady: true,
    };
    let mut total = None;
    while let Some(page) = pager.next_page().await? {
        // Pages past the last state no total worth comparing.
        if !page.is_empty() {
            walk.steady &= total.is_none_or(|total| total == page.total);
            total = Some(page.total);
        }
        walk.rows.extend(page.items);
        walk.problems.extend(page.problems);
    }
    Ok(walk)
}

/// The end of a date filter is documented as exclusive and coded as inclusive by an SDK (3.1), so a day more is asked for.
fn day_after(day: Option<NaiveDate>) -> Option<NaiveDate> {
    day.and_then(|day| day.succ_opt())
}

fn bill_filter(window: &ListingWindow, state: Option<wire::VisState>) -> wire::BillFilter {
    let mut filter = wire::BillFilter::default();
    filter.vendor_id = window
        .vendor
        .map(|vendor| wire::VendorId::new(vendor.get()));
    filter.issue_date_min = window.from;
    filter.issue_date_max = day_after(window.to);
    filter.vis_state = state;
    filter
}

fn expense_filter(window: &ListingWindow, state: Option<wire::VisState>) -> wire::ExpenseFilter {
    let mut filter = wire::ExpenseFilter::default();
    filter.date_min = window.from;
    filter.date_max = day_after(window.to);
    filter.vis_state = state;
    filter
}

/// What a row does not tell cannot put it outside: a mark on it must not be missed.
fn is_inside(window: &ListingWindow, row: &LedgerRecord) -> bool {
    let after_start = window
        .from
        .is_none_or(|from| row.date.is_none_or(|date| date >= from));
    let before_end = window
        .to
        .is_none_or(|to| row.date.is_none_or(|date| date <= to));
    let of_vendor = window
        .vendor
        .is_none_or(|vendor| row.vendor.is_none_or(|found| found == vendor));
    after_start && before_end && of_vendor
}
