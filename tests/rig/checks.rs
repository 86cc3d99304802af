//! What must hold whatever happened.

use std::collections::BTreeMap;

use serde_json::Value;
use sync_core::engine::Engine;
use sync_core::state::{EntryState, Reconciliation};

use super::Rig;
use crate::books::{Written, mark_of, standing};

impl Rig {
    /// The bills that are not deleted, by mark.
    pub fn bills(&self) -> Vec<Written> {
        sorted(standing(self.sandbox.bills()).iter().map(Written::bill))
    }

    /// The expenses that are not deleted, by mark.
    pub fn expenses(&self) -> Vec<Written> {
        sorted(
            standing(self.sandbox.expenses())
                .iter()
                .map(Written::expense),
        )
    }

    /// The number of the standing bill or expense under a mark.
    pub fn record_id(&self, mark: &str) -> u64 {
        let records: Vec<Value> = self
            .sandbox
            .bills()
            .into_iter()
            .chain(self.sandbox.expenses())
            .collect();
        let record = standing(records)
            .into_iter()
            .find(|record| mark_of(record) == mark)
            .unwrap();
        record["id"].as_u64().unwrap()
    }

    /// Reconciles everything.
    pub async fn reconcile(&self) -> Reconciliation {
        self.engine
            .reconcile(&self.connection, None, None)
            .await
            .unwrap()
    }

    /// Asserts that the books agree to the cent.
    pub async fn assert_agrees(&self, context: &str) {
        let reconciliation = self.reconcile().await;
        assert!(reconciliation.agrees(), "{context}: {reconciliation:#?}");
    }

    /// Asserts that every entry has exactly one standing record, is verified, and that nothing else carries a mark; that
    /// the audit trail is whole; and that the totals agree.
    pub async fn assert_each_record_exists_once(&self, context: &str) {
        let mut found: BTreeMap<String, usize> = BTreeMap::new();
        let records = self
            .sandbox
            .bills()
            .into_iter()
            .chain(self.sandbox.expenses())
            .chain(self.sandbox.vendors());
        for mark in standing(records.collect())
            .iter()
            .map(mark_of)
            .filter(|mark| !mark.is_empty())
        {
            *found.entry(mark).or_default() += 1;
        }
        let entries = self.entries().await;
        assert!(!entries.is_empty(), "{context}: nothing was planned");
        for entry in &entries {
            let count = found.remove(entry.key.as_str()).unwrap_or_default();
            assert_eq!(
                count, 1,
                "{context}: {} exists {count} times; its entry is {:?}",
                entry.key, entry.state
            );
            assert!(
                matches!(entry.state, EntryState::Verified { .. }),
                "{context}: {} is {:?}",
                entry.key,
                entry.state
            );
        }
        assert!(
            found.is_empty(),
            "{context}: records without an entry: {found:?}"
        );
        self.assert_audit_is_whole(context).await;
        self.assert_agrees(context).await;
    }

    /// Asserts that nobody cut, changed or reordered the audit trail.
    pub async fn assert_audit_is_whole(&self, context: &str) {
        let verdict = Engine::verify_audit(&self.engine, &self.connection.id)
            .await
            .unwrap();
        assert_eq!(verdict.fault, None, "{context}");
    }
}

fn sorted(records: impl Iterator<Item = Written>) -> Vec<Written> {
    let mut records: Vec<_> = records.collect();
    records.sort();
    records
}
