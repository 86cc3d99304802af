//! Opening and closing of review items.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::TouchedCause;
use crate::plan::{Cause, CauseKey};
use crate::state::{Block, ReviewItem, ReviewStatus};

/// A review item without what it holds up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemHead {
    /// See [`ReviewItem::number`].
    pub number: u64,
    /// See [`ReviewItem::key`].
    pub key: CauseKey,
    /// See [`ReviewItem::cause`].
    pub cause: Cause,
    /// See [`ReviewItem::status`].
    pub status: ReviewStatus,
    /// See [`ReviewItem::opened_at`].
    pub opened_at: DateTime<Utc>,
    /// See [`ReviewItem::changed_at`].
    pub changed_at: DateTime<Utc>,
}

impl ItemHead {
    /// The whole item; `blocks` in any order.
    pub fn with_blocks(self, mut blocks: Vec<Block>) -> ReviewItem {
        blocks.sort_by(|a, b| (&a.report, &a.entry).cmp(&(&b.report, &b.entry)));
        ReviewItem {
            number: self.number,
            key: self.key,
            cause: self.cause,
            status: self.status,
            opened_at: self.opened_at,
            changed_at: self.changed_at,
            blocks,
        }
    }
}

/// The items to write once a call's blocks are written.
///
/// `known` are the items of the touched causes as stored, `holding` those of the causes that hold anything up now,
/// `last_number` is the highest number given out. A cause keeps its number for good: people write it down.
pub fn settle_items(
    touched: &[TouchedCause],
    known: &BTreeMap<CauseKey, ItemHead>,
    holding: &BTreeSet<CauseKey>,
    last_number: u64,
    now: DateTime<Utc>,
) -> Vec<ItemHead> {
    let mut number = last_number;
    let mut items = Vec::new();
    for TouchedCause { key, cause } in touched {
        let status = if holding.contains(key) {
            ReviewStatus::Open
        } else {
            ReviewStatus::Closed
        };
        match (known.get(key), cause) {
            (Some(item), cause) => {
                let mut next = item.clone();
                if let Some(cause) = cause {
                    next.cause = cause.clone();
                }
                if next.status != status {
                    next.status = status;
                    next.changed_at = now;
                }
                if next != *item {
                    items.push(next);
                }
            }
            (None, Some(cause)) if status == ReviewStatus::Open => {
                number = number.saturating_add(1);
                items.push(ItemHead {
                    number,
                    key: key.clone(),
                    cause: cause.clone(),
                    status,
                    opened_at: now,
                    changed_at: now,
                });
            }
            // It came and went within one call, or was never an item: nothing waits for a person.
            (None, _) => {}
        }
    }
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_that_came_and_went_within_one_call_takes_no_number() {
        let cause = Cause::NegativeBill;
        let went = TouchedCause {
            key: cause.key(),
            cause: Some(cause.clone()),
        };
        let touched = std::slice::from_ref(&went);
        let now = DateTime::UNIX_EPOCH;
        let nothing = settle_items(touched, &BTreeMap::new(), &BTreeSet::new(), 4, now);
        assert_eq!(nothing, []);
        let holding = BTreeSet::from([cause.key()]);
        let items = settle_items(touched, &BTreeMap::new(), &holding, 4, now);
        assert_eq!(items[0].number, 5);
    }
}
