//! How the shape of each request and reply is known.
//!
//! Expensify publishes no schema, its examples contain mistakes, and a shape guessed from another job's is the mistake
//! that every client of it has made. So each job states how its two shapes are known, and the compiler asks for it.
//!
#![doc = include_str!("evidence.md")]

/// How a shape is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Evidence {
    /// Seen on a live account, and published by who saw it.
    Observed,
    /// The official documentation shows or describes it for this very job.
    Documented,
    /// Concluded from other jobs or from what other clients send. The code says so where it relies on it.
    Inferred,
}

/// One shape, and how it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// The weakest grade among its parts that are relied on.
    pub evidence: Evidence,
    /// Whose word it is.
    pub source: &'static str,
    /// What it looks like, and which part of it is known less well.
    pub note: &'static str,
}

/// The two shapes of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JobShapes {
    /// Name of the job in this crate, in traces and in the table.
    pub job: &'static str,
    /// What tells it from others on the wire: `type`, and `inputSettings.type`.
    pub wire_type: &'static str,
    /// What is sent.
    pub request: Shape,
    /// What comes back on success.
    pub reply: Shape,
}

/// The shapes of all jobs: what the table above is printed from.
pub const JOBS: [JobShapes; 18] = [
    EXPORT,
    FINISHING_EXPORT,
    PDF_EXPORT,
    DOWNLOAD,
    RECONCILIATION,
    MAILED_RECONCILIATION,
    POLICY_LIST,
    POLICY,
    DOMAIN_CARDS,
    CREATE_REPORT,
    CREATE_EXPENSES,
    CREATE_POLICY,
    CREATE_EXPENSE_RULE,
    UPDATE_POLICY,
    UPDATE_EMPLOYEES,
    REIMBURSE,
    UPDATE_EXPENSE_RULE,
    UPDATE_TAG_APPROVERS,
];

/// Shapes that belong to no single job.
pub const COMMON: [(&str, Shape); 9] = [
    (
        "refusal",
        observed(
            "RS",
            "HTTP 200 with an object of `responseCode` and `responseMessage`",
        ),
    ),
    (
        "refusal as a page",
        documented(
            "OFF",
            "HTML of a servlet container; whether it still comes is not known",
        ),
    ),
    (
        "too many requests",
        inferred(
            "DOC",
            "429 as HTTP status or as `responseCode`, with or without `Retry-After`; all are taken for it",
        ),
    ),
    (
        "file that is not ready",
        inferred(
            "OFF, ODOO",
            "empty, cut off, an error object, a page, 404 or 500; all are waited out",
        ),
    ),
    (
        "no report found",
        inferred(
            "ODOO",
            "the template runs over an empty list, so the frame of ours is there",
        ),
    ),
    (
        "fields of reports",
        documented(
            "TPL",
            "`state`, `stateNum` and the members of the history are in staff-written templates only",
        ),
    ),
    (
        "fields of expenses",
        documented(
            "TPL",
            "`card*`, `posted`, `externalID`, `nameValuePairs` were seen in templates only",
        ),
    ),
    (
        "amounts",
        inferred(
            "LAB, ODOO",
            "hundredths in every currency; refunds are negative",
        ),
    ),
    (
        "template language",
        inferred(
            "TPL, DOC",
            "FreeMarker of unknown version, mode and locale; the templates print the same in all",
        ),
    ),
];

impl Evidence {
    /// The word for it in the table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Observed => "observed",
            Self::Documented => "documented",
            Self::Inferred => "inferred",
        }
    }
}

const fn observed(source: &'static str, note: &'static str) -> Shape {
    Shape {
        evidence: Evidence::Observed,
        source,
        note,
    }
}

const fn documented(source: &'static str, note: &'static str) -> Shape {
    Shape {
        evidence: Evidence::Documented,
        source,
        note,
    }
}

const fn inferred(source: &'static str, note: &'static str) -> Shape {
    Shape {
        evidence: Evidence::Inferred,
        source,
        note,
    }
}

pub(crate) const EXPORT: JobShapes = JobShapes {
    job: "export",
    wire_type: "file combinedReportData",
    request: documented(
        "DOC; RS, BA for `onReceive`",
        "filters as documented; what `endDate` means beside `approvedAfter` is not",
    ),
    reply: observed("RS, LAB", "the bare name of a file, as plain text"),
};

pub(crate) const FINISHING_EXPORT: JobShapes = JobShapes {
    job: "finishing_export",
    wire_type: "file combinedReportData, with onFinish",
    request: inferred(
        "DOC",
        "`test` is text in the table of parameters; that it works was never shown",
    ),
    reply: observed("RS, LAB", "the bare name of a file, as plain text"),
};

pub(crate) const DOWNLOAD: JobShapes = JobShapes {
    job: "download",
    wire_type: "download",
    request: observed("RS, BA", "without `inputSettings`, which is refused"),
    reply: observed(
        "RS, LAB",
        "the bytes of the file; not ready is told by no known sign",
    ),
};

pub(crate) const POLICY_LIST: JobShapes = JobShapes {
    job: "policy_list",
    wire_type: "get policyList",
    request: documented("DOC; RS without `userEmail`", "`adminOnly`, `userEmail`"),
    reply: observed(
        "RS",
        "`policyList`; kinds of policy beyond the documented ones",
    ),
};

pub(crate) const POLICY: JobShapes = JobShapes {
    job: "policy",
    wire_type: "get policy",
    request: documented(
        "DOC; RS without `userEmail`",
        "`policyIDList` is an array here",
    ),
    reply: observed(
        "RS",
        "`policyInfo` by policy, all five sections, tags in both shapes",
    ),
};

pub(crate) const REIMBURSE: JobShapes = JobShapes {
    job: "reimburse",
    wire_type: "update reportStatus",
    request: documented(
        "DOC; RS for all but `paymentSource`",
        "REIMBURSED is the only status accepted",
    ),
    reply: observed(
        "RS",
        "partial success under code 200, told by its lists; 207 is documented only",
    ),
};

pub(crate) const PDF_EXPORT: JobShapes = JobShapes {
    job: "pdf_export",
    wire_type: "file combinedReportData, fileExtension pdf",
    request: inferred(
        "DOC, GO, VBA",
        "documented but for the template, which a PDF seems to need without using it",
    ),
    reply: inferred("GO", "names joined by commas, one file for each report"),
};

pub(crate) const RECONCILIATION: JobShapes = JobShapes {
    job: "reconciliation",
    wire_type: "reconciliation",
    request: documented(
        "DOC",
        "`async` is always false; of the range nothing is said but the format",
    ),
    reply: documented(
        "DOC",
        "an object with `filename`; a bare name is read as well",
    ),
};

pub(crate) const MAILED_RECONCILIATION: JobShapes = JobShapes {
    job: "mailed_reconciliation",
    wire_type: "reconciliation, with onFinish",
    request: documented("DOC", "`email` is the only action"),
    reply: documented(
        "DOC",
        "an object with `filename`; a bare name is read as well",
    ),
};

pub(crate) const DOMAIN_CARDS: JobShapes = JobShapes {
    job: "domain_cards",
    wire_type: "get domainCardList",
    request: documented("DOC", "`domain`"),
    reply: documented("DOC", "`domainCardList`; empty text for absent"),
};

pub(crate) const CREATE_REPORT: JobShapes = JobShapes {
    job: "create_report",
    wire_type: "create report",
    request: inferred(
        "DOC, BA",
        "documented but for the case of report-field keys",
    ),
    reply: documented("DOC", "`reportID`, `reportName`"),
};

pub(crate) const CREATE_EXPENSES: JobShapes = JobShapes {
    job: "create_expenses",
    wire_type: "create expenses",
    request: documented(
        "DOC; RS for the required keys",
        "`employeeEmail` is needed, against the documentation",
    ),
    reply: observed(
        "RS",
        "`transactionList`, with a report the service opened by itself",
    ),
};

pub(crate) const CREATE_POLICY: JobShapes = JobShapes {
    job: "create_policy",
    wire_type: "create policy",
    request: documented("DOC; RS for the name", "`policyName`, `plan`"),
    reply: observed("RS", "`policyID`, `policyName`, as `application/json`"),
};

pub(crate) const CREATE_EXPENSE_RULE: JobShapes = JobShapes {
    job: "create_expense_rule",
    wire_type: "create expenseRules",
    request: documented("DOC, RS", "`actions` with `tag`, `defaultBillable`"),
    reply: observed("RS", "a code and OK; no number of the rule"),
};

pub(crate) const UPDATE_EXPENSE_RULE: JobShapes = JobShapes {
    job: "update_expense_rule",
    wire_type: "update expenseRules",
    request: documented("DOC", "`ruleID` is a number"),
    reply: inferred(
        "RS",
        "as when a rule is created; only the code is relied on",
    ),
};

pub(crate) const UPDATE_POLICY: JobShapes = JobShapes {
    job: "update_policy",
    wire_type: "update policy",
    request: inferred(
        "DOC; RS for tags, BA for categories",
        "documented but for `fileType`, which the table and the example of the documentation spell differently",
    ),
    reply: observed("RS, BA", "only the code"),
};

pub(crate) const UPDATE_EMPLOYEES: JobShapes = JobShapes {
    job: "update_employees",
    wire_type: "update employees, entity generic",
    request: documented("EMP", "records in the form field `data`, or a feed"),
    reply: documented("EMP", "counts, differences, `skippedEmployees`"),
};

pub(crate) const UPDATE_TAG_APPROVERS: JobShapes = JobShapes {
    job: "update_tag_approvers",
    wire_type: "update tagApprovers",
    request: documented(
        "DOC",
        "`tagApprovers` beside the settings; empty text clears",
    ),
    reply: documented("DOC", "only the code"),
};

#[cfg(test)]
mod tests;
