//! Why something needs a person: one enum, one text, one remedy.

use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::mapping::Candidate;
use crate::model::{Currency, FingerprintWriter, Money, RecordId, RecordKind};

/// What differs between a plan and a ledger record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RecordDifference {
    /// Which field: `total`, `vendor`, `date`, `category of line 2`, `deleted`.
    pub field: String,
    /// What was planned.
    pub planned: String,
    /// What the ledger shows.
    pub observed: String,
}

/// Why a report or a record needs a person. [`note`](Self::note) names what and where, [`remedy`](Self::remedy) what to
/// do about it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Cause {
    /// Expensify's data of the report could not be read as a report.
    Unreadable {
        /// What was wrong, without the data itself.
        why: String,
    },
    /// No rule and no ladder step covers a category.
    CategoryUnmapped {
        /// Expensify category; `None` for uncategorised expenses.
        category: Option<String>,
        /// Its GL code.
        gl_code: Option<String>,
        /// Nearest names and equal GL codes.
        suggestions: Vec<Candidate>,
    },
    /// Two or more categories fit equally.
    CategoryAmbiguous {
        /// Expensify category.
        category: String,
        /// Those that fit.
        candidates: Vec<Candidate>,
    },
    /// No vendor stands for an employee.
    VendorMissing {
        /// The employee's e-mail.
        employee: String,
        /// The employee's name.
        name: Option<String>,
        /// Nearest names.
        suggestions: Vec<Candidate>,
    },
    /// Two or more vendors fit equally.
    VendorAmbiguous {
        /// The employee's e-mail.
        employee: String,
        /// Those that fit.
        candidates: Vec<Candidate>,
    },
    /// A card has no vendor, and company-paid expenses are set to become bills.
    CardVendorMissing {
        /// The card feed, empty for cash.
        card: String,
    },
    /// A rule or setting names something the ledger does not have, or has deactivated.
    ReferenceMissing {
        /// Rule or setting that names it.
        named_by: String,
        /// `category`, `vendor`, `project`, `client`, `tax`, `staff`.
        kind: String,
        /// The id or name.
        reference: String,
        /// True when it exists but is deleted, archived or inactive.
        inactive: bool,
    },
    /// No staff member is set for an employee's expense.
    StaffMissing {
        /// The employee's e-mail.
        employee: String,
    },
    /// A foreign expense came without an amount in the report's currency.
    NotConverted {
        /// Currency it was spent in.
        spent: Currency,
        /// The report's currency.
        report: Currency,
    },
    /// The expenses do not sum to the report's total.
    TotalsDisagree {
        /// Total Expensify states.
        stated: Money,
        /// Sum of the expenses.
        summed: Money,
    },
    /// A negative amount, and refunds are not set to be sent.
    Refund,
    /// The bill or report as a whole is negative, which no ledger record can be.
    NegativeBill,
    /// An expense without a readable date.
    DateMissing,
    /// Dated in the closed books.
    ClosedPeriod {
        /// Last closed day.
        closed_until: NaiveDate,
    },
    /// With this tax rate no net amount gives back the gross to the cent.
    TaxInexact {
        /// The tax.
        tax: String,
    },
    /// An amount finer than its currency allows.
    AmountInexact {
        /// The currency.
        currency: Currency,
    },
    /// The report changed after its records were written.
    ChangedAfterPosting {
        /// The record.
        key: String,
        /// What would have to change in FreshBooks.
        corrections: Vec<RecordDifference>,
    },
    /// An expense left its report after its record was written.
    RemovedAfterPosting {
        /// The record.
        key: String,
    },
    /// A report that was posted is no longer approved.
    UnapprovedAfterPosting {
        /// The report.
        report: String,
        /// Where it stands now.
        state: String,
    },
    /// A report that was posted is not shown by Expensify any more.
    VanishedAfterPosting {
        /// The report.
        report: String,
        /// Its workspace, which the credentials still see.
        workspace: String,
        /// When Expensify last showed it.
        shown: DateTime<Utc>,
        /// Complete exports by its id since then that did not have it.
        looks: u32,
        /// When the first of them was made.
        since: DateTime<Utc>,
        /// When the last of them was made.
        last: DateTime<Utc>,
    },
    /// An expense of this report is already in another record.
    PostedElsewhere {
        /// The other record.
        key: String,
        /// The report it belongs to.
        report: String,
    },
    /// FreshBooks refused the record as it is.
    Refused {
        /// Which kind.
        kind: RecordKind,
        /// The field it named.
        field: Option<String>,
        /// Its message, shortened.
        message: String,
    },
    /// FreshBooks refuses this kind of record on the account's plan or for the user's role.
    NotPermitted {
        /// Which kind.
        kind: RecordKind,
        /// Its message, shortened.
        message: String,
    },
    /// A record with our mark exists and differs from the plan.
    MarkedRecordDiffers {
        /// The record's key.
        key: String,
        /// The record in FreshBooks.
        record: RecordId,
        /// What differs.
        differences: Vec<RecordDifference>,
    },
    /// More than one record carries the same mark.
    DuplicateRecords {
        /// The mark.
        key: String,
        /// The records.
        records: Vec<RecordId>,
    },
    /// A record with our mark was found deleted before we knew we had written it.
    MarkedRecordDeleted {
        /// The mark.
        key: String,
        /// The record.
        record: RecordId,
    },
    /// A person changed a record in FreshBooks after it was proven written.
    RecordEdited {
        /// The record's key.
        key: String,
        /// The record in FreshBooks.
        record: RecordId,
        /// What differs.
        differences: Vec<RecordDifference>,
    },
    /// A person deleted a record in FreshBooks after it was proven written.
    RecordDeleted {
        /// The record's key.
        key: String,
        /// The record in FreshBooks.
        record: RecordId,
    },
    /// A correction was ordered, and the bill has been paid meanwhile.
    BillPaid {
        /// The record's key.
        key: String,
        /// The bill in FreshBooks.
        record: RecordId,
    },
    /// FreshBooks refuses the bill number as taken, yet no bill with it can be found.
    NumberTaken {
        /// The bill number.
        key: String,
    },
    /// A write whose outcome could not be proven either way within the attempts allowed.
    Unproven {
        /// The record's key.
        key: String,
        /// Attempts made.
        attempts: u32,
    },
    /// Attempts are used up though each was certainly not applied.
    AttemptsExhausted {
        /// The record's key.
        key: String,
        /// The last refusal.
        last: String,
    },
}

/// What makes two causes the same item of the review queue.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CauseKey(String);

impl CauseKey {
    /// A key read back from a store.
    pub fn from_stored(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CauseKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for CauseKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CauseKey({})", self.0)
    }
}

impl Cause {
    /// Its name in stored rows, keys and machine-readable output.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "unreadable",
            Self::CategoryUnmapped { .. } => "category_unmapped",
            Self::CategoryAmbiguous { .. } => "category_ambiguous",
            Self::VendorMissing { .. } => "vendor_missing",
            Self::VendorAmbiguous { .. } => "vendor_ambiguous",
            Self::CardVendorMissing { .. } => "card_vendor_missing",
            Self::ReferenceMissing { .. } => "reference_missing",
            Self::StaffMissing { .. } => "staff_missing",
            Self::NotConverted { .. } => "not_converted",
            Self::TotalsDisagree { .. } => "totals_disagree",
            Self::Refund => "refund",
            Self::NegativeBill => "negative_bill",
            Self::DateMissing => "date_missing",
            Self::ClosedPeriod { .. } => "closed_period",
            Self::TaxInexact { .. } => "tax_inexact",
            Self::AmountInexact { .. } => "amount_inexact",
            Self::ChangedAfterPosting { .. } => "changed_after_posting",
            Self::RemovedAfterPosting { .. } => "removed_after_posting",
            Self::UnapprovedAfterPosting { .. } => "unapproved_after_posting",
            Self::VanishedAfterPosting { .. } => "vanished_after_posting",
            Self::PostedElsewhere { .. } => "posted_elsewhere",
            Self::Refused { .. } => "refused",
            Self::NotPermitted { .. } => "not_permitted",
            Self::MarkedRecordDiffers { .. } => "marked_record_differs",
            Self::DuplicateRecords { .. } => "duplicate_records",
            Self::MarkedRecordDeleted { .. } => "marked_record_deleted",
            Self::RecordEdited { .. } => "record_edited",
            Self::RecordDeleted { .. } => "record_deleted",
            Self::BillPaid { .. } => "bill_paid",
            Self::NumberTaken { .. } => "number_taken",
            Self::Unproven { .. } => "unproven",
            Self::AttemptsExhausted { .. } => "attempts_exhausted",
        }
    }

    /// What makes two causes the same item of the review queue: the kind and what identifies the matter. Suggestions,
    /// amounts and messages are left out, so that an item stays the same while these vary from report to report.
    pub fn key(&self) -> CauseKey {
        let mut key = KeyWriter(self.kind().to_owned());
        match self {
            Self::Unreadable { why } => key.part(why),
            Self::CategoryUnmapped {
                category,
                gl_code,
                suggestions: _,
            } => key
                .optional(category.as_deref())
                .optional(gl_code.as_deref()),
            Self::CategoryAmbiguous {
                category,
                candidates: _,
            } => key.part(category),
            Self::VendorMissing { employee, .. }
            | Self::VendorAmbiguous {
                employee,
                candidates: _,
            }
            | Self::StaffMissing { employee } => key.part(&employee.trim().to_lowercase()),
            Self::CardVendorMissing { card } => key.part(card),
            Self::ReferenceMissing {
                named_by,
                kind,
                reference,
                inactive: _,
            } => key.part(named_by).part(kind).part(reference),
            Self::NotConverted { spent, report } => key.part(spent.as_str()).part(report.as_str()),
            Self::ClosedPeriod { closed_until } => key.part(&closed_until.to_string()),
            Self::TaxInexact { tax } => key.part(tax),
            Self::AmountInexact { currency } => key.part(currency.as_str()),
            Self::UnapprovedAfterPosting { report, state: _ }
            | Self::VanishedAfterPosting { report, .. } => key.part(report),
            Self::Refused {
                kind,
                field,
                message: _,
            } => key.part(kind.as_str()).optional(field.as_deref()),
            Self::NotPermitted { kind, message: _ } => key.part(kind.as_str()),
            Self::ChangedAfterPosting { key: record, .. }
            | Self::RemovedAfterPosting { key: record }
            | Self::PostedElsewhere { key: record, .. }
            | Self::MarkedRecordDiffers { key: record, .. }
            | Self::DuplicateRecords { key: record, .. }
            | Self::MarkedRecordDeleted { key: record, .. }
            | Self::RecordEdited { key: record, .. }
            | Self::RecordDeleted { key: record, .. }
            | Self::BillPaid { key: record, .. }
            | Self::NumberTaken { key: record }
            | Self::Unproven { key: record, .. }
            | Self::AttemptsExhausted { key: record, .. } => key.part(record),
            Self::TotalsDisagree { .. } | Self::Refund | Self::NegativeBill | Self::DateMissing => {
                &mut key
            }
        };
        CauseKey(key.0)
    }
}

/// Longer parts go into a key as a hash: keys are stored, indexed and printed.
const PART_BYTES_MAX: usize = 80;

/// Joins the parts of a key so that different parts never give the same key.
struct KeyWriter(String);

impl KeyWriter {
    fn part(&mut self, text: &str) -> &mut Self {
        self.0.push('|');
        let plain = text.len() <= PART_BYTES_MAX
            && text.chars().all(|c| !c.is_control() && c != '|')
            && !text.starts_with(['#', '~']);
        if plain {
            self.0.push_str(text);
        } else {
            let mut hash = FingerprintWriter::new("cause/v1");
            hash.text(text);
            self.0.push('#');
            self.0.push_str(&hash.finish().short(16));
        }
        self
    }

    fn optional(&mut self, text: Option<&str>) -> &mut Self {
        if let Some(text) = text {
            self.part(text)
        } else {
            self.0.push_str("|~");
            self
        }
    }
}
