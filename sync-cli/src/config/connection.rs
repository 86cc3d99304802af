//! One connection of the configuration, as the engine wants it.

use std::collections::BTreeMap;

use sync_adapters::{Schedule, ScheduleError, ScheduleSpec};
use sync_core::engine::Connection;
use sync_core::mapping::{
    BillDate, BillGrouping, BillSettings, ClosedPeriod, CompanyPaid, Ladders, MappingRules,
    RefundPolicy, RunMode, Scope, StaffSettings,
};
use sync_core::model::{ConnectionId, StaffId, VendorId, WorkspaceId, normalized_name};

use super::checks::Problems;
use super::file::{
    BillDateWord, BillsFile, ClosedWord, CompanyPaidFile, CompanyPaidWord, ConnectionFile,
    GroupingWord, LaddersFile, LedgerFile, ModeWord, RefundsWord, StaffFile,
};
use super::{limits, rules};

/// A connection ready to run.
#[derive(Clone, Debug)]
pub(crate) struct ConnectionConfig {
    /// Rules and bounds, as the engine takes them.
    pub(crate) engine: Connection,
    /// The books written to; absent ids are asked of FreshBooks.
    pub(crate) ledger: LedgerIds,
    /// When `serve` runs it.
    pub(crate) schedule: Schedule,
}

/// The three ids of a FreshBooks business.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct LedgerIds {
    /// For accounting.
    pub(crate) account_id: Option<String>,
    /// For projects and staff.
    pub(crate) business_id: Option<u64>,
    /// For the ledger accounts.
    pub(crate) business_uuid: Option<String>,
}

impl ConnectionConfig {
    /// Its name.
    pub(crate) fn id(&self) -> &ConnectionId {
        &self.engine.id
    }

    /// Whether some rule names a project or a client; else they need not be read.
    pub(crate) fn names_projects_or_clients(&self) -> bool {
        let mut rules = self.engine.rules.rules.iter();
        rules.any(|rule| rule.then.project.is_some() || rule.then.client.is_some())
    }
}

/// Checks one connection. Whatever is wrong is noted; the value is used only when nothing was.
pub(super) fn connection(
    at: &str,
    file: &ConnectionFile,
    problems: &mut Problems,
) -> ConnectionConfig {
    name(at, &file.name, problems);
    let rules = MappingRules {
        scope: scope(at, file, problems),
        rules: rules::rules(at, &file.rule, &file.workspaces, problems),
        ladders: ladders(file.ladders),
        bills: bills(at, file.bills, problems),
        company_paid: company_paid(at, &file.company_paid, problems),
        staff: staff(at, &file.staff, problems),
        refunds: match file.refunds {
            RefundsWord::Review => RefundPolicy::Review,
            RefundsWord::Send => RefundPolicy::Send,
        },
        closed_until: problems.date(&format!("{at}.closed_until"), file.closed_until.as_ref()),
        closed_period: match file.closed_period {
            ClosedWord::Hold => ClosedPeriod::Hold,
            ClosedWord::MoveToFirstOpenDay => ClosedPeriod::MoveToFirstOpenDay,
        },
        taxes: taxes(at, &file.taxes, problems),
    };
    let settings = limits::settings(at, file, problems);
    ConnectionConfig {
        engine: Connection {
            id: ConnectionId::new(file.name.as_str()),
            rules,
            settings,
        },
        ledger: ledger(at, &file.freshbooks, problems),
        schedule: schedule(at, &file.schedule, problems),
    }
}

fn name(at: &str, name: &str, problems: &mut Problems) {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty() || name.len() > 64 || !name.chars().all(fits) {
        problems.add(
            format!("{at}.name"),
            format!("{name:?} is not a usable name"),
            "use 1 to 64 letters, digits, dots, hyphens and underscores",
        );
    }
}

fn scope(at: &str, file: &ConnectionFile, problems: &mut Problems) -> Scope {
    if file.workspaces.is_empty() {
        problems.add(
            format!("{at}.workspaces"),
            "names no workspace",
            "write the id of at least one Expensify workspace",
        );
    }
    for (index, workspace) in file.workspaces.iter().enumerate() {
        let key = format!("{at}.workspaces[{index}]");
        problems.not_blank(&key, workspace);
        if file
            .workspaces
            .iter()
            .take(index)
            .any(|earlier| earlier == workspace)
        {
            problems.add(
                key,
                format!("workspace {workspace:?} is named twice"),
                "name it once",
            );
        }
    }
    let mode = match file.mode {
        ModeWord::Test => RunMode::Test,
        ModeWord::Live => RunMode::Live,
    };
    let prefix = file.test_prefix.clone().filter(|prefix| !prefix.is_empty());
    if mode == RunMode::Test && prefix.is_none() {
        let fix = "set test_prefix = \"[TEST]\", or mode = \"live\"";
        problems.add(
            format!("{at}.mode"),
            "mode \"test\" needs a test_prefix, else nothing is ever synced",
            fix,
        );
    }
    Scope {
        workspaces: file.workspaces.iter().map(WorkspaceId::new).collect(),
        start_date: problems.date(&format!("{at}.start_date"), Some(&file.start_date)),
        mode,
        test_prefix: prefix,
    }
}

fn ladders(file: LaddersFile) -> Ladders {
    let default = Ladders::default();
    Ladders {
        category_by_gl_code: file
            .category_by_gl_code
            .unwrap_or(default.category_by_gl_code),
        category_by_name: file.category_by_name.unwrap_or(default.category_by_name),
        vendor_by_email: file.vendor_by_email.unwrap_or(default.vendor_by_email),
        vendor_by_name: file.vendor_by_name.unwrap_or(default.vendor_by_name),
        create_missing_vendors: file
            .create_missing_vendors
            .unwrap_or(default.create_missing_vendors),
    }
}

fn bills(at: &str, file: BillsFile, problems: &mut Problems) -> BillSettings {
    let default = BillSettings::default();
    let due = file
        .due_days
        .and_then(|days| problems.number(&format!("{at}.bills.due_days"), days, 0, 365));
    BillSettings {
        grouping: match file.grouping {
            GroupingWord::Report => BillGrouping::PerReport,
            GroupingWord::Expense => BillGrouping::PerExpense,
            GroupingWord::Category => BillGrouping::PerCategory,
        },
        date: match file.date {
            BillDateWord::Approved => BillDate::Approved,
            BillDateWord::Submitted => BillDate::Submitted,
            BillDateWord::LastExpense => BillDate::LastExpense,
        },
        due_days: due.unwrap_or(default.due_days),
    }
}

fn company_paid(at: &str, file: &CompanyPaidFile, problems: &mut Problems) -> CompanyPaid {
    let at = format!("{at}.company_paid");
    match file.kind {
        CompanyPaidWord::Expenses => {
            if !file.vendors.is_empty() {
                let fix = "set as = \"bills\", or remove the table";
                problems.add(
                    format!("{at}.vendors"),
                    "has no effect with as = \"expenses\"",
                    fix,
                );
            }
            CompanyPaid::Expenses
        }
        CompanyPaidWord::Bills => {
            if file.vendors.is_empty() {
                let fix = "add [connection.company_paid.vendors] with lines such as \"Amex 1234\" = 65001";
                problems.add(
                    format!("{at}.vendors"),
                    "is needed with as = \"bills\"",
                    fix,
                );
            }
            let mut vendors = BTreeMap::new();
            for (card, vendor) in &file.vendors {
                if vendors
                    .insert(normalized_name(card), VendorId::new(*vendor))
                    .is_some()
                {
                    problems.add(
                        format!("{at}.vendors.{card}"),
                        "this card is named twice",
                        "name each card once; letter case does not count",
                    );
                }
            }
            CompanyPaid::Bills(vendors)
        }
    }
}

fn staff(at: &str, file: &StaffFile, problems: &mut Problems) -> StaffSettings {
    let mut by_employee = BTreeMap::new();
    for (email, staff) in &file.by_employee {
        let key = format!("{at}.staff.by_employee.{email}");
        if !email.contains('@') {
            problems.add(
                key.clone(),
                format!("{email:?} is not an e-mail address"),
                "write the employee's e-mail address in quotes",
            );
        }
        if by_employee
            .insert(email.trim().to_lowercase(), StaffId::new(*staff))
            .is_some()
        {
            problems.add(
                key,
                "this employee is named twice",
                "name each employee once; letter case does not count",
            );
        }
    }
    StaffSettings {
        by_employee,
        default: file.default.map(StaffId::new),
    }
}

fn taxes(
    at: &str,
    file: &BTreeMap<String, String>,
    problems: &mut Problems,
) -> BTreeMap<String, String> {
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    for (rate, tax) in file {
        let key = format!("{at}.taxes.{rate}");
        problems.not_blank(&key, tax);
        if let Some(earlier) = seen.insert(rate.trim().to_lowercase(), rate) {
            problems.add(
                key,
                format!("tax {rate:?} is mapped twice, also as {earlier:?}"),
                "name it once; letter case does not count",
            );
        }
    }
    file.clone()
}

fn ledger(at: &str, file: &LedgerFile, problems: &mut Problems) -> LedgerIds {
    for (key, text) in [
        ("account_id", &file.account_id),
        ("business_uuid", &file.business_uuid),
    ] {
        if let Some(text) = text {
            problems.not_blank(&format!("{at}.freshbooks.{key}"), text);
        }
    }
    LedgerIds {
        account_id: file.account_id.clone(),
        business_id: file.business_id,
        business_uuid: file.business_uuid.clone(),
    }
}

fn schedule(at: &str, file: &ScheduleSpec, problems: &mut Problems) -> Schedule {
    match file.schedule() {
        Ok(schedule) => schedule,
        Err(error) => {
            problems.add(
                format!("{at}.schedule.{}", error.field()),
                what_of(&error),
                error.fix(),
            );
            Schedule::OnDemand
        }
    }
}

/// The error's text holds field and fix too, which are printed on their own.
fn what_of(error: &ScheduleError) -> String {
    let text = error.to_string();
    let text = text
        .strip_suffix(&format!("; {}", error.fix()))
        .unwrap_or(&text);
    text.split_once("`: ")
        .map_or(text, |(_, what)| what)
        .to_owned()
}
