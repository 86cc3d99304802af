//! Why something needs a person: one enum, one text, one remedy.

use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::model::{Currency, Money, RecordId, RecordKind};

/// A reference a person may choose instead.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Candidate {
    /// The ledger's number for it.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// Why it is offered: `nearest name`, `equal GL code`, `equal e-mail`, ….
    pub why: String,
}

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

/// Why a report or a record needs a person. The text of [`note`](Self::note) names what, where and what to do.
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
        /// Where it stands now.
        state: String,
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
    /// What makes two causes the same item of the review queue.
    pub fn key(&self) -> CauseKey {
        unimplemented!()
    }
    /// note
    pub fn note(&self) -> String {
        unimplemented!()
    }
}
