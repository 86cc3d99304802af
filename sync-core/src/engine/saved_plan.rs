//! A plan saved for a later pass: exactly that plan, refused when anything it rests on has changed.

use serde::{Deserialize, Serialize};

use super::Engine;
use super::pass::PAGE;
use crate::error::{Error, Result};
use crate::model::{ConnectionId, Fingerprint, ReportId};
use crate::plan::StepKey;
use crate::ports::EntryQuery;

/// The only format this program writes and reads.
const FORMAT: &str = "ml-connector/plan/1";

/// What was planned and what it rests on, by hash. Equal states of both services give byte-equal files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedPlan {
    /// `ml-connector/plan/1`.
    pub format: String,
    /// Of which connection.
    pub connection: ConnectionId,
    /// Hash of the mapping rules.
    pub rules: Fingerprint,
    /// Hash of the ledger's reference data.
    pub snapshot: Fingerprint,
    /// The reports planned, by id.
    pub reports: Vec<SavedReport>,
    /// The records to write, by key.
    pub steps: Vec<SavedStep>,
}

/// A report a saved plan rests on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedReport {
    /// Its id.
    pub id: ReportId,
    /// Hash of its content.
    pub content: Fingerprint,
}

/// A record a saved plan writes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedStep {
    /// Its key.
    pub key: StepKey,
    /// Hash of its payload.
    pub payload: Fingerprint,
}

impl SavedPlan {
    /// A plan over these hashes; reports and steps are sorted.
    pub fn new(
        connection: ConnectionId,
        rules: Fingerprint,
        snapshot: Fingerprint,
        mut reports: Vec<SavedReport>,
        mut steps: Vec<SavedStep>,
    ) -> Self {
        reports.sort();
        steps.sort();
        Self {
            format: FORMAT.to_owned(),
            connection,
            rules,
            snapshot,
            reports,
            steps,
        }
    }

    /// Reads a plan file.
    ///
    /// # Errors
    /// `Invalid` when it is no plan file of this format.
    pub fn from_json(text: &str) -> Result<Self> {
        let plan: Self = serde_json::from_str(text).map_err(|error| {
            Error::invalid("read the plan file: it is not one that `plan --out` wrote")
                .with_source(error)
        })?;
        if plan.format == FORMAT {
            Ok(plan)
        } else {
            Err(Error::invalid(format!(
                "read the plan file: its format is not {FORMAT}"
            )))
        }
    }

    /// The plan as a file's text.
    ///
    /// # Errors
    /// None in practice: every field has a JSON form.
    pub fn to_json(&self) -> Result<String> {
        let mut text = serde_json::to_string_pretty(self)
            .map_err(|error| Error::invalid("write the plan file").with_source(error))?;
        text.push('\n');
        Ok(text)
    }

    /// Says what has changed between this plan and the same plan made now; `None` when nothing has.
    pub fn stale_because(&self, now: &Self) -> Option<String> {
        let changed = |what: &str| Some(format!("{what} changed since the plan was made"));
        if self.connection != now.connection {
            return Some(format!(
                "the plan is for connection {}, not {}",
                self.connection, now.connection
            ));
        }
        if self.rules != now.rules {
            return changed("the mapping");
        }
        if self.snapshot != now.snapshot {
            return changed("FreshBooks' vendors, categories or other reference data");
        }
        if self.reports != now.reports {
            let differs =
                first_difference(&self.reports, &now.reports, |report| report.id.as_str());
            return changed(&format!("report {differs}"));
        }
        if self.steps != now.steps {
            let differs = first_difference(&self.steps, &now.steps, |step| step.key.as_str());
            return changed(&format!("record {differs}"));
        }
        None
    }
}

impl Engine {
    /// Whether records of the plan are written already, in words. A plan holds only what was not written when it was made,
    /// so it was run since, or another pass wrote the same.
    pub(super) async fn already_run(&self, plan: &SavedPlan) -> Result<Option<String>> {
        let mut written = 0_usize;
        for steps in plan
            .steps
            .chunks(usize::try_from(PAGE).unwrap_or(usize::MAX))
        {
            let query = EntryQuery {
                keys: steps.iter().map(|step| step.key.clone()).collect(),
                limit: PAGE,
                ..EntryQuery::default()
            };
            let entries = self.ports.store.entries(&plan.connection, &query).await?;
            written += entries
                .iter()
                .filter(|entry| entry.state.record().is_some())
                .count();
        }
        let all = plan.steps.len();
        Ok(match written {
            0 => None,
            _ if written == all => Some(format!(
                "it has run already: all its records ({all}) are written, and nothing is left of it to do"
            )),
            _ => Some(format!(
                "it has run already, in part: {written} of its {all} records are written; an ordinary pass goes on with the rest"
            )),
        })
    }
}

/// Names the first element one sorted list has and the other has not.
fn first_difference<'a, T: Ord>(
    one: &'a [T],
    other: &'a [T],
    name: impl Fn(&'a T) -> &'a str,
) -> &'a str {
    let only = |a: &'a [T], b: &[T]| a.iter().find(|item| b.binary_search(item).is_err());
    only(one, other)
        .or_else(|| only(other, one))
        .map_or("list", name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FingerprintWriter;

    fn plan(report: &str) -> SavedPlan {
        let hash = FingerprintWriter::new(report).finish();
        let fixed = FingerprintWriter::new("fixed").finish();
        SavedPlan::new(
            ConnectionId::new("main"),
            fixed,
            fixed,
            vec![SavedReport {
                id: ReportId::new("R1"),
                content: hash,
            }],
            vec![],
        )
    }

    #[test]
    fn a_plan_reads_back_and_is_not_stale_against_itself() {
        let saved = SavedPlan::from_json(&plan("a").to_json().unwrap()).unwrap();
        assert_eq!(saved.stale_because(&plan("a")), None);
    }

    #[test]
    fn a_changed_report_is_named() {
        assert_eq!(
            plan("a").stale_because(&plan("b")).unwrap(),
            "report R1 changed since the plan was made"
        );
    }

    #[test]
    fn another_format_is_refused() {
        let text = plan("a").to_json().unwrap().replace("plan/1", "plan/2");
        assert!(SavedPlan::from_json(&text).is_err());
    }
}
