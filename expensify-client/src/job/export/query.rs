//! Which reports to export.

use std::collections::BTreeSet;
use std::num::NonZeroU32;

use chrono::{Months, NaiveDate};
use serde_json::{Map, Value};

use super::on_finish::Label;
use crate::error::Error;
use crate::ids::{PolicyId, ReportId};
use crate::job::envelope::date;

/// States of a report by which an export can be narrowed; the site's words are in parentheses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ReportState {
    /// Not submitted (Open).
    Open,
    /// Submitted (Processing).
    Submitted,
    /// Approved (Approved).
    Approved,
    /// Paid (Reimbursed).
    Reimbursed,
    /// Closed without payment (Closed).
    Archived,
}

impl ReportState {
    /// The service's word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "OPEN",
            Self::Submitted => "SUBMITTED",
            Self::Approved => "APPROVED",
            Self::Reimbursed => "REIMBURSED",
            Self::Archived => "ARCHIVED",
        }
    }
}

/// What an export is anchored to; without one of the three the service refuses it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Anchor {
    Reports(Vec<ReportId>),
    /// On max(submitted, created), inclusive.
    Since(NaiveDate),
    /// On the day of approval, exclusive.
    ApprovedAfter(NaiveDate),
}

/// Which reports to export. Starts from one of three anchors, so that an export of everything cannot be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportQuery {
    anchor: Anchor,
    until: Option<NaiveDate>,
    states: BTreeSet<ReportState>,
    policies: BTreeSet<PolicyId>,
    not_marked: Option<Label>,
    employee_email: Option<String>,
    limit: Option<NonZeroU32>,
}

impl ExportQuery {
    /// Reports approved after `day`: those approved on the day itself are left out by the service.
    ///
    /// The filter looks at approved reports only and may let others through, so give [`in_states`](Self::in_states) too.
    pub const fn approved_after(day: NaiveDate) -> Self {
        Self::anchored(Anchor::ApprovedAfter(day))
    }

    /// Reports last submitted, or if later created, on `day` or after.
    pub const fn since(day: NaiveDate) -> Self {
        Self::anchored(Anchor::Since(day))
    }

    /// The named reports.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) for an empty list.
    pub fn reports(ids: impl IntoIterator<Item = ReportId>) -> Result<Self, Error> {
        let ids: BTreeSet<ReportId> = ids.into_iter().collect();
        if ids.is_empty() {
            return Err(Error::invalid("the list of report IDs is empty"));
        }
        Ok(Self::anchored(Anchor::Reports(ids.into_iter().collect())))
    }

    const fn anchored(anchor: Anchor) -> Self {
        Self {
            anchor,
            until: None,
            states: BTreeSet::new(),
            policies: BTreeSet::new(),
            not_marked: None,
            employee_email: None,
            limit: None,
        }
    }

    /// Only reports last submitted, or if later created, on `day` or before (`endDate`). Needed when the anchor is more
    /// than a year ago; the range is a year at most. Next to [`approved_after`](Self::approved_after) its meaning is
    /// UNVERIFIED.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) if the range is empty or longer than a year.
    pub fn until(mut self, day: NaiveDate) -> Result<Self, Error> {
        let start = match &self.anchor {
            Anchor::Since(start) | Anchor::ApprovedAfter(start) => Some(*start),
            Anchor::Reports(_) => None,
        };
        if start.is_some_and(|start| day < start) {
            return Err(Error::invalid("the range of dates ends before it starts"));
        }
        if start
            .and_then(|start| start.checked_add_months(Months::new(12)))
            .is_some_and(|last| day > last)
        {
            return Err(Error::invalid("the range of dates is longer than a year"));
        }
        self.until = Some(day);
        Ok(self)
    }

    /// Only reports in these states (`reportState`); none given means all.
    #[must_use]
    pub fn in_states(mut self, states: impl IntoIterator<Item = ReportState>) -> Self {
        self.states.extend(states);
        self
    }

    /// Only reports of these policies (`policyIDList`); none given means all the account can see.
    #[must_use]
    pub fn in_policies(mut self, policies: impl IntoIterator<Item = PolicyId>) -> Self {
        self.policies.extend(policies);
        self
    }

    /// Only reports not yet marked as exported under exactly this label (`markedAsExported`).
    #[must_use]
    pub fn not_marked_as(mut self, label: Label) -> Self {
        self.not_marked = Some(label);
        self
    }

    /// Exports what this employee sees (`employeeEmail`); for certain domains only, and never open reports.
    #[must_use]
    pub fn as_employee(mut self, email: impl Into<String>) -> Self {
        self.employee_email = Some(email.into());
        self
    }

    /// At most so many reports (`limit`). Which ones is undocumented, so this cannot be used for paging.
    #[must_use]
    pub const fn at_most(mut self, reports: NonZeroU32) -> Self {
        self.limit = Some(reports);
        self
    }

    pub(crate) fn input_settings(&self) -> Value {
        let mut filters = Map::new();
        match &self.anchor {
            Anchor::Reports(ids) => filters.insert(
                "reportIDList".into(),
                joined(ids.iter().map(ReportId::as_str)),
            ),
            Anchor::Since(day) => filters.insert("startDate".into(), date(*day)),
            Anchor::ApprovedAfter(day) => filters.insert("approvedAfter".into(), date(*day)),
        };
        if let Some(day) = self.until {
            filters.insert("endDate".into(), date(day));
        }
        if !self.policies.is_empty() {
            filters.insert(
                "policyIDList".into(),
                joined(self.policies.iter().map(PolicyId::as_str)),
            );
        }
        if let Some(label) = &self.not_marked {
            filters.insert("markedAsExported".into(), label.as_str().into());
        }
        let mut settings = Map::new();
        settings.insert("type".into(), "combinedReportData".into());
        settings.insert("filters".into(), filters.into());
        if !self.states.is_empty() {
            settings.insert(
                "reportState".into(),
                joined(self.states.iter().map(|state| state.as_str())),
            );
        }
        if let Some(limit) = self.limit {
            // The service wants the number as a string.
            settings.insert("limit".into(), limit.to_string().into());
        }
        if let Some(email) = &self.employee_email {
            settings.insert("employeeEmail".into(), email.as_str().into());
        }
        settings.into()
    }
}

pub(crate) fn joined<'a>(words: impl Iterator<Item = &'a str>) -> Value {
    words.collect::<Vec<_>>().join(",").into()
}
