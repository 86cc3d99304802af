//! One expense on its way to a line: amount, date and category checked, choices noted.

use std::fmt;

use chrono::NaiveDate;

use super::date::Dated;
use super::sum::effective_amount;
use super::{AmountSource, Cause, Chosen, Finding, LineProvenance, Planned, Skip, SkipReason};
use crate::mapping::{
    BrokenReference, CompiledRule, Decided, Gap, Mapper, Named, Picked, RefundPolicy, Source,
    clean, decide,
};
use crate::model::{CategoryId, Expense, ExpenseReport, FieldOrigin, Money, TaxRate};
use crate::planted::{Bug, is_on};

/// An expense that is to be written, as far as it could be mapped.
#[derive(Debug)]
pub(super) struct Line<'e, 'r> {
    pub(super) expense: &'e Expense,
    /// Amount in the report's currency, tax inside.
    pub(super) gross: Money,
    pub(super) decided: Decided<'r>,
    /// Absent when a finding says why.
    pub(super) date: Option<NaiveDate>,
    /// Absent when a finding says why.
    pub(super) category: Option<CategoryId>,
    pub(super) tax: Option<TaxRate>,
    pub(super) choices: Vec<(String, Chosen)>,
    amount: AmountSource,
}

/// Checks and maps one expense. `None` when it is skipped or has no usable amount; what stands in the way of the rest
/// becomes findings.
pub(super) fn line_of<'e, 'r>(
    mapper: &Mapper<'_>,
    report: &ExpenseReport,
    expense: &'e Expense,
    rules: &[&'r CompiledRule<'r>],
    planned: &mut Planned,
) -> Option<Line<'e, 'r>> {
    let id = || Some(expense.id.clone());
    let (gross, origin) = match effective_amount(expense, report) {
        Ok(amount) => amount,
        Err(cause) => {
            planned.findings.push(Finding {
                cause,
                expense: id(),
                amount: None,
            });
            return None;
        }
    };
    let gross = if is_on(Bug::CentsCutOff) {
        let decimals = gross.currency().decimals().saturating_sub(1);
        Money::new(gross.amount().trunc_with_scale(decimals), gross.currency())
    } else {
        gross
    };
    if gross.is_zero() {
        let reason = SkipReason::ZeroAmount;
        planned.skips.push(Skip {
            reason,
            expense: id(),
            amount: Some(gross),
        });
        return None;
    }
    let mut line = Line {
        expense,
        gross,
        decided: decide(rules, expense),
        date: expense.date,
        category: None,
        tax: None,
        choices: Vec::with_capacity(6),
        amount: AmountSource(origin),
    };
    line.check(mapper, &mut planned.findings);
    line.choose_category(mapper, &mut planned.findings);
    line.choose_tax(mapper, &mut planned.findings);
    Some(line)
}

impl Line<'_, '_> {
    /// A finding about this line.
    pub(super) fn finding(&self, cause: Cause) -> Finding {
        Finding {
            cause,
            expense: Some(self.expense.id.clone()),
            amount: Some(self.gross),
        }
    }

    /// Notes a choice.
    pub(super) fn note(&mut self, what: &str, value: String, by: Source, field: impl Into<String>) {
        self.choices.push((
            what.to_owned(),
            Chosen {
                value,
                by,
                field: field.into(),
            },
        ));
    }

    /// Notes what a rule or table chose, and takes it; what cannot be used becomes a finding.
    pub(super) fn take<T>(
        &mut self,
        what: &str,
        named: Named<T>,
        label: impl Fn(&T) -> String,
        findings: &mut Vec<Finding>,
    ) -> Option<T> {
        match named? {
            Ok(Picked { value, by, field }) => {
                self.note(what, label(&value), by, field);
                Some(value)
            }
            Err(broken) => {
                findings.push(self.finding(broken.into()));
                None
            }
        }
    }

    /// The reasons of this line, once all choices are made; the record's date is the last of them.
    pub(super) fn into_provenance(mut self, dated: Dated) -> LineProvenance {
        self.choices.push(("date".to_owned(), dated.chosen()));
        LineProvenance {
            expense: self.expense.id.clone(),
            amount: self.amount,
            choices: self.choices,
        }
    }

    /// The Expensify field the date came from.
    pub(super) const fn date_field(&self) -> &'static str {
        match self.expense.origins.date {
            FieldOrigin::Original | FieldOrigin::Converted => "created",
            FieldOrigin::Modified => "modifiedCreated",
        }
    }

    fn check(&self, mapper: &Mapper<'_>, findings: &mut Vec<Finding>) {
        if !self.gross.is_exact() {
            findings.push(self.finding(Cause::AmountInexact {
                currency: self.gross.currency(),
            }));
        }
        if self.gross.is_negative() && mapper.rules().refunds == RefundPolicy::Review {
            findings.push(self.finding(Cause::Refund));
        }
        if self.date.is_none() {
            findings.push(self.finding(Cause::DateMissing));
        }
    }

    fn choose_category(&mut self, mapper: &Mapper<'_>, findings: &mut Vec<Finding>) {
        match mapper.category(self.expense, &self.decided) {
            Ok(picked) => {
                let Picked { value, by, field } = picked;
                self.note("category", named(&value.name, &value.id), by, field);
                self.category = Some(value.id);
            }
            Err(gap) => {
                let category = self
                    .expense
                    .category
                    .clone()
                    .filter(|name| !name.trim().is_empty());
                let gl_code = self
                    .expense
                    .category_gl_code
                    .clone()
                    .filter(|code| !code.trim().is_empty());
                findings.push(self.finding(match gap {
                    Gap::Ambiguous(candidates) => Cause::CategoryAmbiguous {
                        category: category.or(gl_code).unwrap_or_default(),
                        candidates,
                    },
                    Gap::Missing(suggestions) => Cause::CategoryUnmapped {
                        category,
                        gl_code,
                        suggestions,
                    },
                    Gap::Broken(broken) => broken.into(),
                }));
            }
        }
    }

    fn choose_tax(&mut self, mapper: &Mapper<'_>, findings: &mut Vec<Finding>) {
        let tax = mapper.tax(self.expense, &self.decided);
        self.tax = self.take(
            "tax",
            tax,
            |rate| format!("{} {} %", clean(&rate.name, 80), rate.percent.normalize()),
            findings,
        );
    }
}

/// A reference as provenance shows it: `Travel (65773)`.
pub(super) fn named(name: &str, id: &dyn fmt::Display) -> String {
    format!("{} ({id})", clean(name, 80))
}

impl From<BrokenReference> for Cause {
    fn from(broken: BrokenReference) -> Self {
        Self::ReferenceMissing {
            named_by: broken.named_by.to_string(),
            kind: broken.kind.to_owned(),
            reference: broken.reference,
            inactive: broken.inactive,
        }
    }
}
