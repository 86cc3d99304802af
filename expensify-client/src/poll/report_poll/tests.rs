use std::collections::BTreeSet;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::export::{ExportParser, ParserLimits};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn noon(day: NaiveDate) -> DateTime<Utc> {
    day.and_hms_opt(12, 0, 0).unwrap().and_utc()
}

/// A report as the service would show it: its content is its version.
fn report(id: &str, approved: Option<NaiveDate>, version: u32) -> Report {
    let approved = approved.map_or(String::new(), |day| format!("{day} 23:30:00"));
    let file = format!(
        r#"{{"k":"begin","v":{},"format":"ml-connector/export"}}
{{"k":"rep","i":"0","n":"0","reportID":"{id}","total":"{version}","approved":"{approved}"}}
{{"k":"end","reports":1,"expenses":0}}
"#,
        crate::TEMPLATE_VERSION
    );
    let mut parser = ExportParser::new(ParserLimits::default());
    parser.push(file.as_bytes());
    parser.finish();
    parser.next_report().unwrap().unwrap()
}

fn poll(start: &str) -> ReportPoll {
    ReportPoll::new(PollSettings::new(), PollState::starting(day(start)))
}

/// Runs a round in which every export finds these reports; what was asked, and what was said of each report.
fn round(poll: &mut ReportPoll, at: &str, reports: &[Report]) -> (Vec<ExportQuery>, Vec<Novelty>) {
    poll.begin(noon(day(at))).unwrap();
    let (mut asked, mut said) = (Vec::new(), Vec::new());
    while let Some(mut export) = poll.next_export() {
        asked.push(export.query().clone());
        said.extend(reports.iter().map(|report| export.see(report)));
        export.complete();
    }
    (asked, said)
}

fn of_settings(query: ExportQuery) -> ExportQuery {
    query.in_states(PollSettings::new().states)
}

#[test]
fn the_first_round_asks_from_the_start_with_overlap_and_sweeps() {
    let mut poll = poll("2026-07-01");
    let (asked, _) = round(&mut poll, "2026-07-10", &[]);
    assert_eq!(
        asked,
        [
            of_settings(ExportQuery::approved_after(day("2026-06-27"))),
            of_settings(ExportQuery::since(day("2026-04-11"))),
        ]
    );
    assert_eq!(poll.state().watermark, day("2026-07-01"));
    assert_eq!(poll.state().swept_at, Some(noon(day("2026-07-10"))));
    assert!(poll.next_export().is_none(), "the round is over");
}

#[test]
fn the_watermark_follows_the_latest_approval_but_never_the_future() {
    let mut poll = poll("2026-07-01");
    let approved = |text: &str| [report("R1", Some(day(text)), 1)];
    round(&mut poll, "2026-07-10", &approved("2026-07-08"));
    assert_eq!(poll.state().watermark, day("2026-07-08"));
    round(&mut poll, "2026-07-10", &approved("2026-07-02"));
    assert_eq!(poll.state().watermark, day("2026-07-08"));
    round(&mut poll, "2026-07-10", &approved("2036-01-01"));
    assert_eq!(poll.state().watermark, day("2026-07-10"));
    round(&mut poll, "2026-07-12", &[report("R1", None, 1)]);
    assert_eq!(poll.state().watermark, day("2026-07-10"));
}

#[test]
fn a_sweep_is_due_once_a_day_and_after_the_clock_was_set_back() {
    let mut poll = poll("2026-07-01");
    let asked = |poll: &mut ReportPoll, at: &str| round(poll, at, &[]).0.len();
    assert_eq!(asked(&mut poll, "2026-07-10"), 2);
    assert_eq!(asked(&mut poll, "2026-07-10"), 1);
    assert_eq!(asked(&mut poll, "2026-07-11"), 2);
    assert_eq!(asked(&mut poll, "2026-07-02"), 2);
    assert!(poll.is_sweep_due(noon(day("2026-07-03"))));
    assert!(!poll.is_sweep_due(noon(day("2026-07-02")) + Duration::from_hours(23)));
}

#[test]
fn a_report_is_new_once_changed_when_it_changes_and_else_the_same() {
    let mut poll = poll("2026-07-01");
    let version = |version| [report("R1", Some(day("2026-07-08")), version)];
    let said = |poll: &mut ReportPoll, reports: &[Report]| round(poll, "2026-07-10", reports).1;
    // The sweep finds it again within the same round.
    assert_eq!(said(&mut poll, &version(1)), [Novelty::New, Novelty::Same]);
    assert_eq!(said(&mut poll, &version(1)), [Novelty::Same]);
    assert_eq!(said(&mut poll, &version(2)), [Novelty::Changed]);
    assert_eq!(said(&mut poll, &version(2)), [Novelty::Same]);
    // Back to what it was is a change too.
    assert_eq!(said(&mut poll, &version(1)), [Novelty::Changed]);
}

#[test]
fn an_export_that_is_not_completed_is_forgotten_and_asked_for_again() {
    let mut poll = poll("2026-07-01");
    let before = poll.state().clone();
    poll.begin(noon(day("2026-07-10"))).unwrap();
    let approved = report("R1", Some(day("2026-07-08")), 1);
    let mut export = poll.next_export().unwrap();
    let query = export.query().clone();
    assert_eq!(export.see(&approved), Novelty::New);
    drop(export);
    assert_eq!(poll.state(), &before);
    let mut export = poll.next_export().unwrap();
    assert_eq!(export.query(), &query);
    assert_eq!(export.see(&approved), Novelty::New);
    export.complete();
    // Half a round moves no watermark: a new one begins where this one did.
    assert_eq!(poll.state().watermark, before.watermark);
    poll.begin(noon(day("2026-07-10"))).unwrap();
    assert_eq!(poll.next_export().unwrap().query(), &query);
}

#[test]
fn what_was_not_seen_for_longest_is_forgotten_first() {
    let mut settings = PollSettings::new();
    settings.known_max = 2;
    let mut poll = ReportPoll::new(settings, PollState::starting(day("2026-07-01")));
    let reports = ["R1", "R2", "R3"].map(|id| report(id, None, 1));
    round(&mut poll, "2026-07-10", &reports[..2]);
    round(&mut poll, "2026-07-12", &reports[1..]);
    let known: Vec<&str> = poll.state().known.keys().map(ReportId::as_str).collect();
    assert_eq!(known, ["R2", "R3"]);
}

#[test]
fn policies_and_states_go_into_every_query() {
    let mut settings = PollSettings::new();
    let policy = crate::PolicyId::new("0A1B").unwrap();
    settings.policies = BTreeSet::from([policy.clone()]);
    settings.states = BTreeSet::from([crate::ReportState::Reimbursed]);
    let mut poll = ReportPoll::new(settings, PollState::starting(day("2024-01-01")));
    let (asked, _) = round(&mut poll, "2026-07-10", &[]);
    assert_eq!(asked.len(), 4);
    let expected = ExportQuery::approved_after(day("2025-07-12"))
        .in_states([crate::ReportState::Reimbursed])
        .in_policies([policy]);
    assert_eq!(asked[2], expected);
}

/// A report in a made-up service, in days since the beginning: it is approved once or twice, changed in between.
#[derive(Clone, Debug)]
struct Made {
    submitted: u64,
    approvals: Vec<u64>,
}

fn made() -> impl Strategy<Value = Made> {
    (0_u64..700, 0_u64..60, proptest::option::of(1_u64..40)).prop_map(|(submitted, wait, again)| {
        let first = submitted + wait;
        Made {
            submitted,
            approvals: [Some(first), again.map(|again| first + again)]
                .into_iter()
                .flatten()
                .collect(),
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// However seldom it polls and whatever breaks off: in the end each report is known as it is, and was told as new
    /// or changed for every content that was found.
    #[test]
    fn nothing_that_the_service_shows_is_missed(
        made in proptest::collection::vec(made(), 1..30),
        gaps in proptest::collection::vec((1_u64..120, any::<bool>()), 1..30),
    ) {
        let origin = day("2024-01-01");
        let on = |days: u64| origin.checked_add_days(Days::new(days)).unwrap();
        let mut poll = ReportPoll::new(PollSettings::new(), PollState::starting(origin));
        let mut stored = BTreeMap::<ReportId, u32>::new();
        let last_gap = (900, false);
        let mut now = 0;
        for (gap, breaks) in gaps.into_iter().chain([last_gap, (1, false)]) {
            now += gap;
            poll.begin(noon(on(now))).unwrap();
            let mut broken = breaks;
            while let Some((ask, _)) = poll.round.as_ref().and_then(|round| round.queries.front()).cloned() {
                let mut export = poll.next_export().unwrap();
                for (index, made) in made.iter().enumerate() {
                    let Some(approved) = made.approvals.iter().rfind(|day| **day <= now) else { continue };
                    let submitted = on(made.submitted);
                    let shown = match ask {
                        Ask::ApprovedAfter(day) => on(*approved) > day,
                        Ask::Submitted { from, to } => from <= submitted && submitted <= to,
                        Ask::SubmittedSince(day) => submitted >= day,
                    };
                    let version = u32::try_from(made.approvals.iter().filter(|day| **day <= now).count()).unwrap();
                    if shown {
                        let report = report(&format!("R{index}"), Some(on(*approved)), version);
                        let before = stored.insert(report.id.clone(), version);
                        let novelty = export.see(&report);
                        // What was stored and then broke off is repeated, and nothing else.
                        if !breaks && before.is_none() { prop_assert_eq!(novelty, Novelty::New); }
                        if before.is_some_and(|before| before != version) { prop_assert_ne!(novelty, Novelty::Same); }
                    }
                }
                if broken {
                    broken = false;
                    drop(export);
                } else {
                    export.complete();
                }
            }
        }
        for (index, made) in made.iter().enumerate() {
            let id = ReportId::new(format!("R{index}")).unwrap();
            let versions = u32::try_from(made.approvals.len()).unwrap();
            prop_assert_eq!(stored.get(&id), Some(&versions), "{:?}", made);
        }
    }
}
