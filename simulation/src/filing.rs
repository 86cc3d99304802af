//! Reports as employees file them.

use chrono::{Days, NaiveDate};
use rust_decimal::Decimal;
use sync_core::model::{
    Currency, Employee, Expense, ExpenseId, ExpenseReport, FieldOrigin, Money, Origins, ReportId,
    ReportState, TagLevel,
};

use crate::dice::Dice;
use crate::swarm::{Fault, Swarm};
use crate::world::{EMPLOYEES, TAGS, currency, email, minor, workspace};

/// Texts that break what trusts them.
const HOSTILE: [&str; 9] = [
    "=HYPERLINK(\"http://x\")",
    "\u{1b}[31mred\u{1b}[0m",
    "nul\u{0}byte",
    "pay\u{202e}lap",
    "Robert'); DROP TABLE entries;--",
    "<#list 1..9 as x>${x}</#list>",
    "{\"v\":1,\"body\":[",
    "lunch [EXP-R0x0001] and EXP-1000001",
    "ﷺ\u{200b}é\u{feff}\r\n\t,;\"",
];

/// Files reports for one tenant, with ids that count on.
#[derive(Clone, Debug)]
pub(crate) struct Filing {
    tenant: usize,
    currency: Currency,
    reports: u32,
    expenses: u32,
}

impl Filing {
    pub(crate) const fn new(tenant: usize, currency: Currency) -> Self {
        Self {
            tenant,
            currency,
            reports: 0,
            expenses: 0,
        }
    }

    /// A report approved on or some days before `today`.
    pub(crate) fn report(&mut self, dice: &Dice, swarm: &Swarm, today: NaiveDate) -> ExpenseReport {
        self.reports += 1;
        let id = ReportId::new(format!("R{}x{:04}", self.tenant, self.reports));
        // Now and then of somebody who is no vendor yet.
        let employee = if dice.chance(130) {
            EMPLOYEES
        } else {
            dice.below(EMPLOYEES)
        };
        let approved = before(today, dice.one(&[0, 0, 0, 1, 2, 9]));
        let mut report = ExpenseReport {
            name: text(dice, swarm, "Trip"),
            workspace: workspace(self.tenant),
            state: if dice.chance(750) {
                ReportState::Approved
            } else {
                ReportState::Reimbursed
            },
            currency: self.currency,
            total: None,
            employee: Employee {
                email: email(self.tenant, employee),
                account_id: dice.chance(700).then(|| employee.to_string()),
                name: Some(format!("Person {employee}")),
                custom_field_1: None,
                custom_field_2: None,
            },
            submitted_on: Some(before(approved, dice.below(3))),
            approved_on: Some(approved),
            expenses: Vec::new(),
            id,
        };
        for _ in 0..dice.between(1, 3) {
            let expense = self.expense(dice, swarm, &report);
            report.expenses.push(expense);
        }
        report.total = total(&report);
        if swarm.strikes(dice, Fault::MoneyEdges, 200) {
            // Expensify's own sum may differ; that is a question, not a reason to guess.
            report.total = dice.one(&[
                None,
                report
                    .total
                    .and_then(|total| total.checked_add(minor(1, self.currency)).ok()),
            ]);
        }
        report
    }

    /// One expense of a report.
    pub(crate) fn expense(
        &mut self,
        dice: &Dice,
        swarm: &Swarm,
        report: &ExpenseReport,
    ) -> Expense {
        self.expenses += 1;
        let tag = u32::try_from(self.tenant).unwrap_or(0) * TAGS + self.expenses;
        let (amount, report_amount) = self.amounts(dice, swarm);
        let category = dice.one(&["Meals", "Meals", "Travel"]);
        Expense {
            id: ExpenseId::new(format!("{}{:06}", self.tenant + 1, self.expenses)),
            merchant: format!("#{tag} {}", text(dice, swarm, "Cafe")),
            date: report.approved_on.map(|day| before(day, dice.below(6))),
            amount,
            report_amount,
            category: Some(
                if dice.chance(30) {
                    "Unmapped"
                } else {
                    category
                }
                .to_owned(),
            ),
            category_gl_code: None,
            tags: vec![TagLevel {
                name: text(dice, swarm, "Sales"),
                gl_code: None,
            }],
            comment: text(dice, swarm, "Lunch"),
            reimbursable: dice.chance(650),
            billable: dice.chance(100),
            card: None,
            tax: None,
            receipt: None,
            origins: Origins {
                merchant: FieldOrigin::Original,
                date: FieldOrigin::Original,
                amount: FieldOrigin::Original,
            },
        }
    }

    fn amounts(&self, dice: &Dice, swarm: &Swarm) -> (Money, Option<Money>) {
        let plain = minor(dice.between(1, 90_000), self.currency);
        if !swarm.strikes(dice, Fault::MoneyEdges, 1000) {
            return (plain, Some(plain));
        }
        let edge = match dice.below(7) {
            0 => minor(0, self.currency),
            1 => minor(-dice.between(1, 9_000), self.currency),
            // Finer than the currency allows.
            2 => Money::new(
                Decimal::new(12_345, self.currency.decimals() + 1),
                self.currency,
            ),
            3 => Money::from_hundredths(99_999_999, self.currency),
            // Spent abroad, converted.
            4 => return (minor(dice.between(1, 90_000), currency("CHF")), Some(plain)),
            // Spent abroad, not converted.
            5 => return (minor(dice.between(1, 90_000), currency("CHF")), None),
            _ => minor(1, self.currency),
        };
        (edge, Some(edge))
    }
}

/// The sum of a report's expenses, as Expensify states it.
pub(crate) fn total(report: &ExpenseReport) -> Option<Money> {
    let amounts = report
        .expenses
        .iter()
        .map(|expense| expense.report_amount.unwrap_or(expense.amount));
    Money::sum(report.currency, amounts).ok()
}

/// So many days before.
pub(crate) fn before(day: NaiveDate, days: u64) -> NaiveDate {
    day.checked_sub_days(Days::new(days)).unwrap_or(day)
}

fn text(dice: &Dice, swarm: &Swarm, plain: &str) -> String {
    if !swarm.strikes(dice, Fault::HostileText, 1000) {
        return plain.to_owned();
    }
    let hostile = dice.one(&HOSTILE);
    if dice.chance(100) {
        hostile.repeat(200)
    } else {
        hostile.to_owned()
    }
}
