//! When a rule applies, and which rule decides what.

use super::text::normalized_path;
use super::{Choice, Condition, Rule, Source, TextMatch};
use crate::model::{Expense, ExpenseReport, normalized_name};

/// A rule with its texts normalised once instead of once per expense.
#[derive(Debug)]
pub(crate) struct CompiledRule<'a> {
    rule: &'a Rule,
    category: Option<Pattern>,
    gl_code: Option<&'a str>,
    tags: Vec<(usize, Pattern)>,
    employee: Option<String>,
    merchant: Option<Pattern>,
    card: Option<Pattern>,
    fields: String,
}

#[derive(Debug)]
enum Pattern {
    Is(String),
    StartsWith(String),
    Contains(String),
}

/// What conditions look at, normalised. What Expensify leaves out is empty, so that `Is("")` finds the uncategorised.
#[derive(Debug)]
struct Facts<'a> {
    expense: &'a Expense,
    category: String,
    merchant: String,
    card_bank: String,
    card_name: String,
    tags: Vec<String>,
}

/// For each thing to choose, the first matching rule that states it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Decided<'r> {
    pub(crate) category: Option<&'r CompiledRule<'r>>,
    pub(crate) vendor: Option<&'r CompiledRule<'r>>,
    pub(crate) project: Option<&'r CompiledRule<'r>>,
    pub(crate) client: Option<&'r CompiledRule<'r>>,
    pub(crate) tax: Option<&'r CompiledRule<'r>>,
    pub(crate) billable: Option<&'r CompiledRule<'r>>,
    pub(crate) staff: Option<&'r CompiledRule<'r>>,
}

impl<'a> CompiledRule<'a> {
    pub(crate) fn new(rule: &'a Rule) -> Self {
        let when = &rule.when;
        Self {
            rule,
            category: when
                .category
                .as_ref()
                .map(|text| Pattern::new(text, normalized_path)),
            gl_code: when.gl_code.as_deref().map(str::trim),
            tags: when
                .tags
                .iter()
                .map(|(level, text)| (usize::from(*level), Pattern::new(text, normalized_name)))
                .collect(),
            employee: when.employee.as_deref().map(normalized_name),
            merchant: when
                .merchant
                .as_ref()
                .map(|text| Pattern::new(text, normalized_name)),
            card: when
                .card
                .as_ref()
                .map(|text| Pattern::new(text, normalized_name)),
            fields: fields(when),
        }
    }

    /// What the rule chooses.
    pub(crate) const fn then(&self) -> &'a Choice {
        &self.rule.then
    }

    /// The rule as the source of a choice.
    pub(crate) fn source(&self) -> Source {
        Source::Rule(self.rule.name.clone())
    }

    /// The Expensify fields the rule looks at.
    pub(crate) fn fields(&self) -> &str {
        &self.fields
    }

    /// Whether the rule can apply to any expense of this report: what it says of the workspace and the employee holds.
    /// `employee` is the report's e-mail, [normalised](normalized_name).
    pub(crate) fn concerns(&self, report: &ExpenseReport, employee: &str) -> bool {
        let workspace = self.rule.when.workspace.as_ref();
        workspace.is_none_or(|wanted| *wanted == report.workspace)
            && self
                .employee
                .as_deref()
                .is_none_or(|wanted| wanted == employee)
    }

    /// Whether the rest holds too.
    fn holds(&self, facts: &Facts<'_>) -> bool {
        let expense = facts.expense;
        let same_code = |wanted| {
            expense
                .category_gl_code
                .as_deref()
                .is_some_and(|code| code.trim() == wanted)
        };
        let fits_card =
            |wanted: &Pattern| wanted.matches(&facts.card_bank) || wanted.matches(&facts.card_name);
        self.rule
            .when
            .reimbursable
            .is_none_or(|wanted| wanted == expense.reimbursable)
            && self
                .category
                .as_ref()
                .is_none_or(|wanted| wanted.matches(&facts.category))
            && self.gl_code.is_none_or(same_code)
            && self
                .merchant
                .as_ref()
                .is_none_or(|wanted| wanted.matches(&facts.merchant))
            && self.card.as_ref().is_none_or(fits_card)
            && self
                .tags
                .iter()
                .all(|(level, wanted)| wanted.matches(facts.tag(*level)))
    }
}

impl Pattern {
    fn new(text: &TextMatch, normalize: impl Fn(&str) -> String) -> Self {
        match text {
            TextMatch::Is(text) => Self::Is(normalize(text)),
            TextMatch::StartsWith(text) => Self::StartsWith(normalize(text)),
            TextMatch::Contains(text) => Self::Contains(normalize(text)),
        }
    }

    fn matches(&self, text: &str) -> bool {
        match self {
            Self::Is(wanted) => text == wanted,
            Self::StartsWith(wanted) => text.starts_with(wanted.as_str()),
            Self::Contains(wanted) => text.contains(wanted.as_str()),
        }
    }
}

impl<'a> Facts<'a> {
    fn new(expense: &'a Expense) -> Self {
        let card = expense.card.as_ref();
        Self {
            expense,
            category: expense
                .category
                .as_deref()
                .map(normalized_path)
                .unwrap_or_default(),
            merchant: normalized_name(&expense.merchant),
            card_bank: card
                .map(|card| normalized_name(&card.bank))
                .unwrap_or_default(),
            card_name: card
                .and_then(|card| card.name.as_deref())
                .map(normalized_name)
                .unwrap_or_default(),
            tags: expense
                .tags
                .iter()
                .map(|tag| normalized_name(&tag.name))
                .collect(),
        }
    }

    fn tag(&self, level: usize) -> &str {
        level
            .checked_sub(1)
            .and_then(|position| self.tags.get(position))
            .map_or("", String::as_str)
    }
}

/// Walks the rules that concern the report once, in order.
pub(crate) fn decide<'r>(rules: &[&'r CompiledRule<'r>], expense: &Expense) -> Decided<'r> {
    let mut decided = Decided::default();
    if rules.is_empty() {
        return decided;
    }
    let facts = Facts::new(expense);
    for rule in rules.iter().filter(|rule| rule.holds(&facts)) {
        let then = rule.then();
        for (slot, states) in [
            (&mut decided.category, then.category.is_some()),
            (&mut decided.vendor, then.vendor.is_some()),
            (&mut decided.project, then.project.is_some()),
            (&mut decided.client, then.client.is_some()),
            (&mut decided.tax, then.tax.is_some()),
            (&mut decided.billable, then.billable.is_some()),
            (&mut decided.staff, then.staff.is_some()),
        ] {
            if states && slot.is_none() {
                *slot = Some(rule);
            }
        }
    }
    decided
}

/// The Expensify fields a condition looks at, as the provenance names them.
fn fields(when: &Condition) -> String {
    let mut names: Vec<String> = [
        ("policyID", when.workspace.is_some()),
        ("category", when.category.is_some()),
        ("categoryGlCode", when.gl_code.is_some()),
        ("accountEmail", when.employee.is_some()),
        ("merchant", when.merchant.is_some()),
        ("bank", when.card.is_some()),
        ("reimbursable", when.reimbursable.is_some()),
    ]
    .into_iter()
    .filter(|(_, looked_at)| *looked_at)
    .map(|(name, _)| name.to_owned())
    .collect();
    names.extend(when.tags.keys().map(|level| format!("ntag{level}")));
    if names.is_empty() {
        "any".to_owned()
    } else {
        names.join(", ")
    }
}
