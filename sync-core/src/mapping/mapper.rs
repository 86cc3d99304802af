//! Rules and a snapshot, prepared for many expenses.

use std::collections::BTreeMap;

use super::condition::CompiledRule;
use super::{CompanyPaid, MappingRules};
use crate::model::{ExpenseReport, Snapshot, VendorId, normalized_name};

/// Answers, for one expense at a time, what it becomes. The ladders are in the files named after what they choose.
#[derive(Debug)]
pub(crate) struct Mapper<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) rules: &'a MappingRules,
    compiled: Vec<CompiledRule<'a>>,
    /// Normalised rate name or code → the table's key as written, and the FreshBooks tax.
    pub(super) taxes: BTreeMap<String, (&'a str, &'a str)>,
    /// Normalised card name or feed → vendor.
    pub(super) cards: BTreeMap<String, VendorId>,
}

impl<'a> Mapper<'a> {
    pub(crate) fn new(snapshot: &'a Snapshot, rules: &'a MappingRules) -> Self {
        let cards = match &rules.company_paid {
            CompanyPaid::Expenses => BTreeMap::new(),
            CompanyPaid::Bills(cards) => cards
                .iter()
                .map(|(card, vendor)| (normalized_name(card), *vendor))
                .collect(),
        };
        Self {
            snapshot,
            rules,
            compiled: rules.rules.iter().map(CompiledRule::new).collect(),
            taxes: rules
                .taxes
                .iter()
                .map(|(rate, tax)| (normalized_name(rate), (rate.as_str(), tax.as_str())))
                .collect(),
            cards,
        }
    }

    pub(crate) const fn snapshot(&self) -> &'a Snapshot {
        self.snapshot
    }

    pub(crate) const fn rules(&self) -> &'a MappingRules {
        self.rules
    }

    /// The rules that can apply to expenses of this report, in order. `employee` is its e-mail, normalised.
    pub(crate) fn rules_for(
        &self,
        report: &ExpenseReport,
        employee: &str,
    ) -> Vec<&CompiledRule<'a>> {
        self.compiled
            .iter()
            .filter(|rule| rule.concerns(report, employee))
            .collect()
    }
}
