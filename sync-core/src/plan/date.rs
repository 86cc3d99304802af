//! Which day a record is dated, and the closed books.

use chrono::{Days, NaiveDate};

use super::line::Line;
use super::{Cause, Chosen, Source};
use crate::mapping::{BillDate, ClosedPeriod, MappingRules};
use crate::model::ExpenseReport;

/// A day with the Expensify field it came from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dated {
    pub(super) day: NaiveDate,
    pub(super) field: &'static str,
    /// The day before it was moved out of the closed books.
    moved_from: Option<NaiveDate>,
}

impl Dated {
    pub(super) const fn new(day: NaiveDate, field: &'static str) -> Self {
        Self {
            day,
            field,
            moved_from: None,
        }
    }

    /// The day of a bill by the setting. Absent when no expense has a date either, which is a finding already.
    pub(super) fn of_bill(
        report: &ExpenseReport,
        lines: &[Line<'_, '_>],
        setting: BillDate,
    ) -> Option<Self> {
        let approved = report.approved_on.map(|day| Self::new(day, "approved"));
        let submitted = report.submitted_on.map(|day| Self::new(day, "submitted"));
        let last = lines
            .iter()
            .filter_map(|line| Some(Self::new(line.date?, line.date_field())))
            .max_by_key(|dated| dated.day);
        match setting {
            BillDate::Approved => approved.or(submitted).or(last),
            BillDate::Submitted => submitted.or(last),
            BillDate::LastExpense => last,
        }
    }

    /// Keeps the day out of the closed books: moves it or says why not, by the setting.
    pub(super) fn open(self, rules: &MappingRules) -> Result<Self, Cause> {
        let Some(closed_until) = rules.closed_until.filter(|closed| self.day <= *closed) else {
            return Ok(self);
        };
        match (
            rules.closed_period,
            closed_until.checked_add_days(Days::new(1)),
        ) {
            (ClosedPeriod::MoveToFirstOpenDay, Some(day)) => Ok(Self {
                day,
                field: self.field,
                moved_from: Some(self.day),
            }),
            (ClosedPeriod::Hold, _) | (ClosedPeriod::MoveToFirstOpenDay, None) => {
                Err(Cause::ClosedPeriod { closed_until })
            }
        }
    }

    /// As provenance shows it.
    pub(super) fn chosen(self) -> Chosen {
        match self.moved_from {
            None => Chosen {
                value: self.day.to_string(),
                by: Source::Expensify,
                field: self.field.to_owned(),
            },
            Some(from) => Chosen {
                value: format!("{}, first open day after {from}", self.day),
                by: Source::Default,
                field: self.field.to_owned(),
            },
        }
    }
}
