//! A world from its seed: who is in it, how it is set, and which faults it has.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use chrono::{Days, TimeDelta};
use rust_decimal::Decimal;
use sync_core::engine::{Brake, Connection, Settings, UnprovenPolicy};
use sync_core::mapping::{BillGrouping, MappingRules, RefundPolicy};
use sync_core::model::{
    Capabilities, CategoryId, ConnectionId, Currency, Draft, ExpenseCategory, LedgerId,
    SnapshotParts, Staff, StaffId, Vendor, VendorId, WorkspaceId,
};
use sync_core::testing::{MemoryStore, Reuse, samples};

use crate::dice::Dice;
use crate::fate::{Fate, Script};
use crate::filing::Filing;
use crate::grants::Grants;
use crate::ports::Processes;
use crate::state::{Counts, GrantWatch, Host, Installation, Shared, State, Tenant, span};
use crate::swarm::{Fault, Swarm};
use crate::trace::Trace;
use crate::truth::{Authority, Books, Expensify, Filed, tag_in};

/// Employees per tenant who have a vendor in the books.
pub(crate) const EMPLOYEES: u64 = 2;
/// Tags per tenant.
pub(crate) const TAGS: u32 = 100_000;

/// Makes the world of a seed.
pub(crate) fn world(seed: u64, readable: bool) -> Shared {
    let dice = Dice::new(seed);
    let swarm = Swarm::drawn(&dice);
    let tenants = dice.one(&[1, 1, 2, 2, 3]);
    let installations = if swarm.has(Fault::SecondInstallation) {
        2
    } else {
        1
    };
    let hosts_each = if swarm.has(Fault::SecondWorker) { 2 } else { 1 };
    let tenants = (0..tenants)
        .map(|number| tenant(&dice, &swarm, number))
        .collect();
    let hosts = (0..installations)
        .flat_map(|installation| (0..hosts_each).map(move |_| installation))
        .map(|installation| Host {
            installation,
            offset: TimeDelta::zero(),
            operation: 0,
            began_at: samples::start(),
            records_left: None,
            corrected: BTreeSet::new(),
            shown: Vec::new(),
            grant: GrantWatch::default(),
        })
        .collect();
    let shares = swarm.has(Fault::SharedGrant);
    let mut state = State {
        now: samples::start(),
        fate: Fate::Random { dice, swarm },
        trace: Trace::new(readable),
        tenants,
        installations: (0..installations).map(|_| installation()).collect(),
        hosts,
        counts: Counts::default(),
        processes: Processes::new(),
        refreshing: Vec::new(),
        violation: None,
        bug: None,
    };
    for tenant in 0..state.tenants.len() {
        for installation in 0..installations {
            state.connect(installation, tenant);
        }
        if shares && installations > 1 {
            state.share_grant(tenant);
        }
    }
    Shared::new(state)
}

/// The world of the exhaustive model: one report of one expense, two workers on one database.
pub(crate) fn small_world(unique_numbers: bool) -> State {
    let mut rules = MappingRules::new([workspace(0)]);
    rules.scope.start_date = samples::day().checked_sub_days(Days::new(2));
    let settings = Settings {
        sweep_every_days: 0,
        quiet_time: Duration::from_mins(10),
        ..Settings::default()
    };
    let connection = Connection {
        id: ConnectionId::new("c0"),
        rules,
        settings,
    };
    let mut report = samples::report("R0x0001", &[1250]);
    report.workspace = workspace(0);
    report.employee.email = email(0, 0);
    if let Some(expense) = report.expenses.first_mut() {
        "#1 Cafe".clone_into(&mut expense.merchant);
    }
    let filed = Filed::new(report, samples::start());
    let grace = span(connection.settings.quiet_time) - TimeDelta::seconds(60);
    let tenant = Tenant {
        connection: Arc::new(connection),
        expensify: Expensify {
            reports: BTreeMap::from([(filed.report.id.clone(), filed)]),
            ..Expensify::default()
        },
        books: Books::new(reference(0), unique_numbers, grace),
        edited: BTreeSet::new(),
        moved: BTreeSet::new(),
        filing: Filing::new(0, currency("USD")),
        grants: None,
    };
    let host = Host {
        installation: 0,
        offset: TimeDelta::zero(),
        operation: 0,
        began_at: samples::start(),
        records_left: None,
        corrected: BTreeSet::new(),
        shown: Vec::new(),
        grant: GrantWatch::default(),
    };
    State {
        now: samples::start(),
        fate: Fate::Scripted(Script::default()),
        trace: Trace::new(false),
        tenants: vec![tenant],
        installations: vec![installation()],
        hosts: vec![host.clone(), host],
        counts: Counts::default(),
        processes: Processes::new(),
        refreshing: Vec::new(),
        violation: None,
        bug: None,
    }
}

/// A database with nothing in it.
pub(crate) fn installation() -> Installation {
    Installation {
        store: Arc::new(MemoryStore::new()),
        epoch: 0,
        ledgers: BTreeMap::new(),
        synced: None,
        before: None,
        pending: None,
        grants: Grants::default(),
        backups: Vec::new(),
    }
}

fn tenant(dice: &Dice, swarm: &Swarm, number: usize) -> Tenant {
    let currency = currency(dice.one(&["USD", "USD", "EUR", "JPY", "KWD"]));
    let connection = connection(dice, number);
    let grace = span(connection.settings.quiet_time) - TimeDelta::seconds(60);
    let mut expensify = Expensify::default();
    let mut filing = Filing::new(number, currency);
    for _ in 0..dice.between(1, 4) {
        let report = filing.report(dice, swarm, samples::day());
        let filed = Filed::new(report, samples::start());
        expensify.reports.insert(filed.report.id.clone(), filed);
    }
    let reuse = dice.one(&[Reuse::RevokesAll, Reuse::IsRefused, Reuse::IsForgiven]);
    let life = TimeDelta::minutes(dice.one(&[720, 720, 720, 60]));
    let grants = Authority::new(number, reuse, life, dice.chance(500));
    Tenant {
        connection: Arc::new(connection),
        expensify,
        books: Books::new(reference(number), dice.chance(400), grace),
        edited: BTreeSet::new(),
        moved: BTreeSet::new(),
        filing,
        grants: Some(grants),
    }
}

fn connection(dice: &Dice, number: usize) -> Connection {
    let mut rules = MappingRules::new([workspace(number)]);
    rules.scope.start_date = samples::day().checked_sub_days(Days::new(60));
    rules.staff.default = Some(StaffId::new(1));
    rules.ladders.create_missing_vendors = dice.chance(500);
    rules.refunds = dice.one(&[RefundPolicy::Review, RefundPolicy::Send]);
    rules.bills.grouping = dice.one(&[
        BillGrouping::PerReport,
        BillGrouping::PerReport,
        BillGrouping::PerExpense,
        BillGrouping::PerCategory,
    ]);
    let settings = Settings {
        overlap_days: dice.one(&[1, 3]),
        sweep_every_days: dice.one(&[0, 1, 1]),
        report_batch: dice.one(&[1, 2, 200]),
        send_batch: dice.one(&[1, 2, 100]),
        quiet_time: Duration::from_mins(dice.one(&[5, 15])),
        absences_needed: dice.one(&[1, 2, 2, 3]),
        resends_max: dice.one(&[0, 1, 1, 3]),
        attempts_max: dice.one(&[2, 4, 8]),
        unproven: dice.one(&[
            UnprovenPolicy::ResendAfterProof,
            UnprovenPolicy::ResendAfterProof,
            UnprovenPolicy::Review,
        ]),
        brake: Brake {
            records: Some(dice.one(&[2, 2, 3, 500, 500, 500])),
            amount: None,
        },
        exported_label: dice.chance(500).then(|| "in the books".to_owned()),
        tell_reimbursed: dice.chance(200),
        ..Settings::default()
    };
    Connection {
        id: ConnectionId::new(format!("c{number}")),
        rules,
        settings,
    }
}

/// What the books of a tenant hold to begin with.
pub(crate) fn reference(number: usize) -> SnapshotParts {
    let vendors = (0..EMPLOYEES).map(|employee| Vendor {
        id: VendorId::new(30 + employee),
        name: format!("Person {employee}"),
        email: Some(email(number, employee)),
        currency: None,
        active: true,
    });
    let category = |id, name: &str| ExpenseCategory {
        id: CategoryId::new(id),
        name: name.to_owned(),
        parent: None,
        active: true,
    };
    SnapshotParts {
        ledger: LedgerId::new(format!("books{number}")),
        base_currency: Currency::parse("USD").ok(),
        vendors: vendors.collect(),
        categories: vec![category(7, "Meals"), category(8, "Travel")],
        ledger_accounts: None,
        taxes: Vec::new(),
        projects: None,
        clients: None,
        staff: vec![Staff {
            id: StaffId::new(1),
            email: None,
            name: "Owner".to_owned(),
        }],
        capabilities: Capabilities {
            accounts_payable: Some(true),
        },
    }
}

pub(crate) fn workspace(number: usize) -> WorkspaceId {
    WorkspaceId::new(format!("WS{number}"))
}

pub(crate) fn email(tenant: usize, employee: u64) -> String {
    format!("p{employee}@t{tenant}.test")
}

/// A currency that exists.
pub(crate) fn currency(code: &str) -> Currency {
    Currency::parse(code).unwrap()
}

/// Whose expenses a draft is made of.
pub(crate) fn tenant_of(draft: &Draft) -> Option<usize> {
    let tag = match draft {
        Draft::Bill(bill) => tag_in(&bill.lines.first()?.description)?,
        Draft::Expense(expense) => tag_in(&expense.vendor)?,
        Draft::Vendor(vendor) => {
            let (_, domain) = vendor.email.split_once("@t")?;
            return domain.strip_suffix(".test")?.parse().ok();
        }
    };
    usize::try_from(tag / TAGS).ok()
}

/// The tenant of a connection.
pub(crate) fn tenant_called(state: &State, connection: &ConnectionId) -> Option<usize> {
    state
        .tenants
        .iter()
        .position(|tenant| tenant.connection.id == *connection)
}

/// An amount in the smallest unit of its currency.
pub(crate) fn minor(units: i64, currency: Currency) -> sync_core::model::Money {
    sync_core::model::Money::new(Decimal::new(units, currency.decimals()), currency)
}
