//! What a user can settle about mapping. Plain data: made from a configuration, compared by content.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::Serialize;

use crate::model::{
    CategoryId, ClientId, Fingerprint, FingerprintWriter, ProjectId, StaffId, VendorId, WorkspaceId,
};

/// All that decides how reports become records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MappingRules {
    /// Which reports are looked at.
    pub scope: Scope,
    /// Ordered rules. For each thing to choose (category, vendor, project, …) the first rule that matches and states it
    /// wins; its name is kept with the line.
    pub rules: Vec<Rule>,
    /// The built-in steps after the rules.
    pub ladders: Ladders,
    /// How bills are cut and dated.
    pub bills: BillSettings,
    /// What company-paid expenses become.
    pub company_paid: CompanyPaid,
    /// Whom expenses name as staff.
    pub staff: StaffSettings,
    /// What happens to negative amounts.
    pub refunds: RefundPolicy,
    /// Last day of the closed books; what is dated on or before it is held or moved.
    pub closed_until: Option<NaiveDate>,
    /// Which of the two.
    pub closed_period: ClosedPeriod,
    /// Takes tax over from Expensify: its rate name or code → name of a FreshBooks tax. What is not listed is posted
    /// gross, without tax. Keys are compared without letter case.
    pub taxes: BTreeMap<String, String>,
}

/// Which reports are looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Scope {
    /// Workspaces of the connection; reports of others are left out.
    pub workspaces: BTreeSet<WorkspaceId>,
    /// Reports approved before this day are left out, unless a backfill asks for them.
    pub start_date: Option<NaiveDate>,
    /// Whether the test prefix selects or excludes.
    pub mode: RunMode,
    /// Report names that start with it are test reports. Empty or absent: there are none.
    pub test_prefix: Option<String>,
}

/// Whether test reports are all, or none, of what is synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum RunMode {
    /// Only reports that carry the test prefix.
    Test,
    /// Only reports that do not.
    Live,
}

/// One rule: when all stated conditions hold, its stated choices are taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// Unique name; kept with every line it decided.
    pub name: String,
    /// When it applies.
    pub when: Condition,
    /// What it chooses.
    pub then: Choice,
}

/// Conditions of a [`Rule`]; absent ones hold. Names are compared [normalised](crate::model::normalized_name).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Condition {
    /// Expensify workspace.
    pub workspace: Option<WorkspaceId>,
    /// Expensify category.
    pub category: Option<TextMatch>,
    /// GL code of the category.
    pub gl_code: Option<String>,
    /// Tag name per level, counted from 1.
    pub tags: BTreeMap<u8, TextMatch>,
    /// Employee's e-mail.
    pub employee: Option<String>,
    /// Merchant.
    pub merchant: Option<TextMatch>,
    /// Card feed or card name.
    pub card: Option<TextMatch>,
    /// Owed to the employee, or paid by the company.
    pub reimbursable: Option<bool>,
}

/// How a condition compares text, without letter case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum TextMatch {
    /// The whole text.
    Is(String),
    /// Its beginning.
    StartsWith(String),
    /// Any part.
    Contains(String),
}

/// What a [`Rule`] chooses; absent things are left to later rules and the ladders.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// Expense category.
    pub category: Option<CategoryId>,
    /// Vendor of the bill.
    pub vendor: Option<VendorId>,
    /// Project, on company-paid expenses.
    pub project: Option<ProjectId>,
    /// Client, on company-paid expenses.
    pub client: Option<ClientId>,
    /// Name of a FreshBooks tax; empty text means "no tax".
    pub tax: Option<String>,
    /// Overrides Expensify's billable flag.
    pub billable: Option<bool>,
    /// Staff member, on company-paid expenses.
    pub staff: Option<StaffId>,
}

/// The built-in steps, each switchable. They come after the rules, in the order of the fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each step is its own switch in the configuration"
)]
pub struct Ladders {
    /// Category: the GL code equals the number of one active ledger account that links to a category.
    pub category_by_gl_code: bool,
    /// Category: an active FreshBooks category of equal normalised name (for `Parent:Child` also by `Child` alone
    /// under a parent of that name).
    pub category_by_name: bool,
    /// Vendor: the contact's e-mail equals the employee's.
    pub vendor_by_email: bool,
    /// Vendor: the name equals the employee's full name, normalised.
    pub vendor_by_name: bool,
    /// A vendor that is missing is created; off by default.
    pub create_missing_vendors: bool,
}

impl Default for Ladders {
    fn default() -> Self {
        Self {
            category_by_gl_code: true,
            category_by_name: true,
            vendor_by_email: true,
            vendor_by_name: true,
            create_missing_vendors: false,
        }
    }
}

/// How bills are cut and dated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct BillSettings {
    /// How many bills a report becomes.
    pub grouping: BillGrouping,
    /// Which day a bill is dated.
    pub date: BillDate,
    /// Days until it is due; FreshBooks wants the number. Default 30.
    pub due_days: u32,
}

impl Default for BillSettings {
    fn default() -> Self {
        Self {
            grouping: BillGrouping::PerReport,
            date: BillDate::Approved,
            due_days: 30,
        }
    }
}

/// How many bills a report becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum BillGrouping {
    /// One, with a line per expense.
    PerReport,
    /// One per expense.
    PerExpense,
    /// One per Expensify category, with a line per expense.
    PerCategory,
}

/// Which day a bill is dated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum BillDate {
    /// The day of approval; the day of submission, then of the last expense, where there is none.
    Approved,
    /// The day of submission; the day of the last expense where there is none.
    Submitted,
    /// The day of the last expense on the bill.
    LastExpense,
}

/// What company-paid expenses become.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum CompanyPaid {
    /// One FreshBooks expense each.
    Expenses,
    /// Bills of the card's vendor: card feed or card name (normalised) → vendor. A card without an entry is a finding.
    Bills(BTreeMap<String, VendorId>),
}

/// Whom expenses name as staff.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct StaffSettings {
    /// Employee e-mail, lower case → staff member.
    pub by_employee: BTreeMap<String, StaffId>,
    /// For everyone else. Absent: an expense without an entry is a finding.
    pub default: Option<StaffId>,
}

/// What happens to negative amounts. Whether FreshBooks takes them is UNVERIFIED (reference 7), hence the default.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum RefundPolicy {
    /// They hold the report for review.
    Review,
    /// They are sent as they are.
    Send,
}

/// What happens to what is dated in the closed books.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum ClosedPeriod {
    /// It is held for review.
    Hold,
    /// It is dated on the first open day.
    MoveToFirstOpenDay,
}

impl MappingRules {
    /// Rules with nothing but defaults, for these workspaces: gross amounts, one bill per report, no silent fallback.
    pub fn new(workspaces: impl IntoIterator<Item = WorkspaceId>) -> Self {
        Self {
            scope: Scope {
                workspaces: workspaces.into_iter().collect(),
                start_date: None,
                mode: RunMode::Live,
                test_prefix: None,
            },
            rules: Vec::new(),
            ladders: Ladders::default(),
            bills: BillSettings::default(),
            company_paid: CompanyPaid::Expenses,
            staff: StaffSettings::default(),
            refunds: RefundPolicy::Review,
            closed_until: None,
            closed_period: ClosedPeriod::Hold,
            taxes: BTreeMap::new(),
        }
    }

    /// Hash of the whole content: what a saved plan rests on.
    pub fn fingerprint(&self) -> Fingerprint {
        let mut w = FingerprintWriter::new("rules/v1");
        // Ordered collections of plain values: equal content gives equal JSON.
        w.text(&serde_json::to_string(self).unwrap_or_default());
        w.finish()
    }
}
