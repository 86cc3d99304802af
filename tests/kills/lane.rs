//! One installation with its own stand-ins: killed again and again, left to finish, judged.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use chrono::Utc;
use serde_json::Value;
use sync_sandbox::{Expense, Moment as Day, Person, Report, ReportState, Sandbox, Scenario};
use tempfile::TempDir;
use tokio::time::{sleep, timeout};

use super::draw::Draw;
use super::evidence::Evidence;
use super::power::Power;
use super::program::{Run, authorize, configure, run};
use super::tally::Tally;
use crate::books::{mark_of, standing};
use crate::rig::STUDIO;

/// Passes that an installation may need to come to rest.
const PASSES_MAX: u32 = 40;

/// No run takes longer, however loaded the machine is.
pub(super) const RUN_MAX: Duration = Duration::from_mins(2);

/// Ids of expenses: from here on, a hundred for each report.
const EXPENSES_FROM: u64 = 4_000_000_000_000_000_000;

/// What all installations of a run share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) binary: PathBuf,
    pub(super) power: Option<Power>,
    /// As [`Plan::patient`](super::Plan::patient).
    pub(super) patient: bool,
    /// How long a pass takes, as measured last.
    pub(super) pass_ms: AtomicU64,
    /// How long a program takes to open its database.
    pub(super) start_ms: AtomicU64,
}

impl Shared {
    pub(super) fn note(of: &AtomicU64, took: Duration) {
        let took = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        let before = of.load(Ordering::Relaxed);
        of.store((before * 3 + took) / 4, Ordering::Relaxed);
    }
}

/// One installation.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) shared: Arc<Shared>,
    pub(super) folder: TempDir,
    pub(super) sandbox: Sandbox,
    pub(super) draw: Draw,
    pub(super) tally: Tally,
    pub(super) evidence: Evidence,
    reports: u64,
}

impl Lane {
    pub(super) async fn new(shared: Arc<Shared>, seed: u64) -> Self {
        let mut scenario = Scenario::demo();
        scenario.expensify.reports.clear();
        let sandbox = Sandbox::builder()
            .scenario(scenario)
            .rate_limits(false)
            .start()
            .await
            .unwrap();
        // The journal of a run lies beside the folder, so the folder is one deeper than what is removed at the end.
        let folder = tempfile::tempdir().unwrap();
        let lane = Self {
            shared,
            folder,
            sandbox,
            draw: Draw::new(seed),
            tally: Tally::default(),
            evidence: Evidence::default(),
            reports: 0,
        };
        std::fs::create_dir(lane.home()).unwrap();
        configure(&lane.home(), &lane.sandbox);
        lane
    }

    /// The installation's folder.
    pub(super) fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// A new approved report: one bill of two lines, and up to two company-paid expenses.
    pub(super) fn approve_report(&mut self) {
        self.reports += 1;
        let number = self.reports;
        let people = ["amara", "ben", "dmitri"];
        let report = Report {
            id: report_id(number),
            name: format!("Kill {number}"),
            policy_id: STUDIO.to_owned(),
            state: ReportState::Approved,
            employee: format!("{}@northwind.example", self.draw.of(&people)),
            submitted: Some(Day::days_ago(1)),
            approved: Some(Day::days_ago(0)),
            expenses: (0..2 + self.draw.below(3))
                .map(|line| self.expense(number, line))
                .collect(),
            ..Report::default()
        };
        self.act(Person::PutReport {
            report: Box::new(report),
        });
    }

    fn expense(&self, report: u64, line: u64) -> Expense {
        let is_card = line >= 2;
        Expense {
            id: (EXPENSES_FROM + report * 100 + line).to_string(),
            merchant: format!("Merchant {}", line % 7),
            amount: i64::try_from(101 + self.draw.below(90_000)).unwrap(),
            date: Some(Day::days_ago(2)),
            category: "Meals & Entertainment".to_owned(),
            reimbursable: !is_card,
            bank: if is_card { "Chase Business" } else { "" }.to_owned(),
            ..Expense::default()
        }
    }

    /// Edits and approves again a report that is in the books; false when there is none yet.
    pub(super) fn change_report(&self) -> Option<String> {
        let verified: Vec<&String> = self.evidence.verified.iter().collect();
        if verified.is_empty() {
            return None;
        }
        let id = self.draw.of(&verified).clone();
        let by = i64::try_from(1 + self.draw.below(500)).unwrap();
        self.sandbox.edit_report(&id, |report| {
            let amount = amount_of(&report.expenses[0]);
            report.expenses[0].modified_amount = Some(amount + by);
        });
        self.act(Person::ApproveReport { id: id.clone() });
        Some(id)
    }

    fn act(&self, edit: Person) {
        self.sandbox.person(edit).unwrap();
    }

    /// Looks at what is durable: the database is whole, and every POST that arrived has an intent of its own in it.
    pub(super) async fn look(&mut self) -> Result<(), String> {
        self.evidence = Evidence::of(&self.home()).await?;
        self.tally.integrity_checks += u64::from(self.evidence.checked);
        let mut posts: BTreeMap<String, u64> = BTreeMap::new();
        for post in self.sandbox.posts() {
            let body: Value = serde_json::from_str(&post.body).unwrap_or_default();
            let record = ["bill", "expense"]
                .iter()
                .find_map(|kind| body.get(kind))
                .cloned()
                .unwrap_or_default();
            *posts.entry(mark_of(&record)).or_default() += 1;
        }
        for (mark, count) in &posts {
            let intents = self.evidence.intents.get(mark).copied().unwrap_or_default();
            if intents < *count {
                return Err(format!(
                    "{count} POSTs of {mark:?} arrived, and {intents} intents to send it are in the database"
                ));
            }
        }
        Ok(())
    }

    /// Waits until nobody holds the lease any more.
    pub(super) async fn outlive_the_lease(&self) {
        let left = self.evidence.leased_until_us - Utc::now().timestamp_micros();
        if let Ok(left) = u64::try_from(left) {
            sleep(Duration::from_micros(left) + Duration::from_millis(20)).await;
        }
    }

    /// Lets a person authorize again where the program says that this is needed.
    pub(super) async fn authorize_again(&mut self, told: &str) -> Result<(), String> {
        if !told.contains("connect freshbooks") {
            return Err(format!(
                "it needs a new consent and does not say how: {told}"
            ));
        }
        let home = self.home();
        timeout(RUN_MAX, authorize(&home, &self.sandbox))
            .await
            .map_err(|_| "the credentials cannot be stored".to_owned())?;
        self.tally.reauthorized += 1;
        Ok(())
    }

    /// Runs passes until nothing is on its way any more, and carries out what a kill kept a person from ordering.
    pub(super) async fn finish(&mut self) -> Result<(), String> {
        let mut last = String::new();
        for _ in 0..PASSES_MAX {
            self.look().await?;
            self.outlive_the_lease().await;
            let sync = self.run(&["sync"]).await;
            last = sync.told();
            match sync.code {
                Some(20) => {
                    self.authorize_again(&sync.told()).await?;
                    continue;
                }
                Some(0 | 10 | 50) => {}
                _ => return Err(format!("sync failed: {}", sync.told())),
            }
            let pass = &sync.result()["passes"][0];
            self.look().await?;
            let settled = sync.code != Some(50)
                && ["waiting", "unconfirmed"]
                    .iter()
                    .all(|count| pass[*count] == 0);
            if settled && !self.order_what_is_left().await? {
                return Ok(());
            }
            sleep(Duration::from_millis(400)).await;
        }
        Err(format!("it does not come to rest: {last}"))
    }

    /// Orders every correction that is open; says whether there was any.
    async fn order_what_is_left(&mut self) -> Result<bool, String> {
        let list = self.run(&["review", "list"]).await;
        let items = list.result()["items"].clone();
        let mut ordered = false;
        for item in items.as_array().into_iter().flatten() {
            if item["kind"] != "changed_after_posting" {
                return Err(format!("a review item is left: {item}"));
            }
            let number = item["number"].to_string();
            let arguments = [
                "review", "correct", &number, "--update", "--reason", "agreed",
            ];
            let correct = self.run(&arguments).await;
            if !matches!(correct.code, Some(0 | 10 | 50)) {
                return Err(format!("review correct failed: {}", correct.told()));
            }
            ordered = true;
        }
        Ok(ordered)
    }

    /// Runs the program to its end; one that does not end fails the installation by its name.
    pub(super) async fn run(&self, arguments: &[&str]) -> Run {
        let home = self.home();
        let run = run(&self.shared.binary, &home, arguments);
        timeout(RUN_MAX, run)
            .await
            .unwrap_or_else(|_| panic!("{arguments:?} does not end within {RUN_MAX:?}"))
    }

    /// Compares the books with the reports, and has the program prove itself.
    pub(super) async fn judge(&mut self) -> Result<(), String> {
        self.look().await?;
        let mut found: BTreeMap<String, u64> = BTreeMap::new();
        let mut sums: BTreeMap<String, i64> = BTreeMap::new();
        let records = self
            .sandbox
            .bills()
            .into_iter()
            .chain(self.sandbox.expenses());
        for record in standing(records.collect()) {
            let mark = mark_of(&record);
            let report = report_of(&mark);
            let cents = cents_of(&record);
            *sums.entry(report).or_default() += cents;
            *found.entry(mark).or_default() += 1;
            self.tally.records += 1;
            self.tally.cents += cents;
        }
        let doubles: Vec<_> = found.iter().filter(|(_, count)| **count > 1).collect();
        self.tally.doubles += u64::try_from(doubles.len()).unwrap();
        let mut off = Vec::new();
        for report in self.sandbox.reports() {
            let total: i64 = report.expenses.iter().map(amount_of).sum();
            let booked = sums.remove(&report.id).unwrap_or_default();
            if booked != total {
                off.push(format!(
                    "{} is {total} cents, in the books {booked}",
                    report.id
                ));
            }
        }
        off.extend(sums.keys().map(|report| format!("no report {report:?}")));
        self.tally.reports_off += u64::try_from(off.len()).unwrap();
        self.tally.posts += u64::try_from(self.sandbox.posts().len()).unwrap();
        self.tally.installations += 1;
        if !doubles.is_empty() || !off.is_empty() {
            return Err(format!("doubles {doubles:?}; lost or off {off:?}"));
        }
        for command in [["audit", "verify"].as_slice(), &["reconcile"]] {
            let mut proof = self.run(command).await;
            // A machine under load may take longer than the short lease; that is told, and the next run does it.
            for _ in 0..5 {
                if proof.code == Some(50) {
                    self.look().await?;
                    self.outlive_the_lease().await;
                    proof = self.run(command).await;
                }
            }
            if !matches!(proof.code, Some(0 | 10)) {
                return Err(format!("{command:?}: {}", proof.told()));
            }
        }
        self.tally.audits += 1;
        self.tally.reconciliations += 1;
        Ok(())
    }
}

fn amount_of(expense: &Expense) -> i64 {
    expense.modified_amount.unwrap_or(expense.amount)
}

/// The report that a mark was derived from: a bill's names it, an expense's names the expense, which counts on from it.
fn report_of(mark: &str) -> String {
    let source = mark.split('-').nth(1).unwrap_or_default();
    source.parse::<u64>().map_or_else(
        |_| source.to_owned(),
        |expense| report_id((expense - EXPENSES_FROM) / 100),
    )
}

fn report_id(number: u64) -> String {
    format!("R00Kill{number:05}")
}

/// A record's total in cents, read from its decimal text.
fn cents_of(record: &Value) -> i64 {
    let amount = record.get("total_amount").unwrap_or(&record["amount"]);
    let text = amount["amount"].as_str().unwrap_or_default();
    let (whole, cents) = text.split_once('.').unwrap_or((text, "00"));
    format!("{whole}{cents:0<2}").parse().unwrap()
}
