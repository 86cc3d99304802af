use proptest::prelude::*;

use super::*;
use crate::export::{ReportStatus, ValueError, WarningKind};
use crate::money::Hundredths;

const BEGIN: &str = r#"{"k":"begin","v":1,"format":"ml-connector/export"}"#;

fn rep(index: u32, id: &str, expenses: u32) -> String {
    format!(
        r#"{{"k":"rep","i":"{index}","n":"{expenses}","reportID":"{id}","currency":"USD","approvers":[]}}"#
    )
}

fn exp(report: &str, index: u32, id: &str) -> String {
    format!(
        r#"{{"k":"exp","r":"{report}","i":"{index}","transactionID":"{id}","amount":"100","currency":"USD"}}"#
    )
}

fn end(reports: u32, expenses: u32) -> String {
    format!(r#"{{"k":"end","reports":{reports},"expenses":{expenses}}}"#)
}

fn file(lines: &[String]) -> String {
    lines.join("\n") + "\n"
}

/// Two reports, the first with two expenses.
fn sample() -> Vec<String> {
    let lines = [
        rep(0, "R00A", 2),
        exp("R00A", 0, "1"),
        exp("R00A", 1, "2"),
        rep(1, "R00B", 0),
    ];
    std::iter::once(BEGIN.to_owned())
        .chain(lines)
        .chain([end(2, 2)])
        .collect()
}

fn parse_with(
    limits: ParserLimits,
    bytes: &[u8],
    chunk: usize,
) -> Result<Vec<Report>, ExportError> {
    let mut parser = ExportParser::new(limits);
    let mut reports = Vec::new();
    for chunk in bytes.chunks(chunk.max(1)) {
        parser.push(chunk);
        while let Some(report) = parser.next_report()? {
            reports.push(report);
        }
    }
    parser.finish();
    while let Some(report) = parser.next_report()? {
        reports.push(report);
    }
    let summary = parser.summary().unwrap();
    let expenses: usize = reports.iter().map(|report| report.expenses.len()).sum();
    assert_eq!(
        (summary.reports, summary.expenses),
        (count(reports.len()), count(expenses))
    );
    Ok(reports)
}

fn parse(text: &str) -> Result<Vec<Report>, ExportError> {
    parse_with(ParserLimits::default(), text.as_bytes(), usize::MAX)
}

fn problem(text: &str) -> (u64, Problem) {
    let error = parse(text).unwrap_err();
    (error.line(), error.problem().clone())
}

#[test]
fn a_whole_file_gives_its_reports_however_it_is_cut() {
    let text = file(&sample());
    let whole = parse(&text).unwrap();
    assert_eq!(whole.len(), 2);
    assert_eq!(whole[0].expenses.len(), 2);
    assert_eq!(whole[0].expenses[1].report_id.as_str(), "R00A");
    for chunk in [1, 2, 3, 7, 64] {
        assert_eq!(
            parse_with(ParserLimits::default(), text.as_bytes(), chunk).unwrap(),
            whole
        );
    }
}

#[test]
fn what_carriers_do_to_text_files_is_tolerated() {
    let whole = parse(&file(&sample())).unwrap();
    for text in [
        format!("\u{feff}{}", file(&sample())),
        file(&sample()).replace('\n', "\r\n"),
        file(&sample()).replace('\n', "\n\n \t\n"),
        file(&sample()).trim_end().to_owned(),
        format!("{}\n\n", file(&sample())),
        file(&sample()).replace("\"n\":\"2\",", ""),
    ] {
        assert_eq!(parse(&text).unwrap(), whole, "{text:?}");
    }
}

#[test]
fn a_file_without_reports_is_whole() {
    assert_eq!(parse(&file(&[BEGIN.to_owned(), end(0, 0)])).unwrap(), []);
}

#[test]
fn everything_that_is_not_a_file_of_ours_is_named() {
    for (text, expected) in [
        ("", (1, Problem::Empty)),
        ("\n \n", (3, Problem::Empty)),
        (
            "<html><title>HTTP Status 500</title>",
            (
                1,
                Problem::Html {
                    title: Some("HTTP Status 500".into()),
                },
            ),
        ),
        ("<!DOCTYPE html>\n<p>", (1, Problem::Html { title: None })),
        (
            r#"{"responseMessage":"x","responseCode":404}"#,
            (1, Problem::ErrorObject { code: 404 }),
        ),
        ("a,b\n1,2\n", (1, Problem::NoBegin)),
        ("[{\"reportID\":1}]", (1, Problem::NoBegin)),
        ("{\"k\":\"be", (1, Problem::CutOff)),
        (
            r#"{"k":"end","reports":0,"expenses":0}"#,
            (1, Problem::NoBegin),
        ),
        (
            r#"{"k":"begin","v":1,"format":"ml-connector/ack"}"#,
            (
                1,
                Problem::OtherFormat {
                    found: "ml-connector/ack".into(),
                },
            ),
        ),
        (
            r#"{"k":"begin","v":2,"format":"ml-connector/export"}"#,
            (1, Problem::OtherVersion { found: "2".into() }),
        ),
        (
            r#"{"k":"begin","format":"ml-connector/export"}"#,
            (
                1,
                Problem::OtherVersion {
                    found: String::new(),
                },
            ),
        ),
    ] {
        assert_eq!(problem(text), expected, "{text}");
    }
}

/// Applies a change to the lines of the sample and tells what the parser finds.
fn after(change: impl FnOnce(&mut Vec<String>)) -> (u64, Problem) {
    let mut lines = sample();
    change(&mut lines);
    problem(&file(&lines))
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn damage_is_found_at_its_line() {
    let foreign = |kind: &str| Problem::ForeignRecord {
        kind: Some(kind.to_owned()),
    };
    let mismatch = |what, stated, read| Problem::CountMismatch { what, stated, read };
    let counted = "expenses of the report before";
    assert_eq!(after(|l| l.truncate(5)), (6, Problem::CutOff));
    assert_eq!(after(|l| l.truncate(1)), (2, Problem::CutOff));
    assert_eq!(
        after(|l| l.insert(1, BEGIN.into())),
        (2, Problem::SecondBegin)
    );
    assert_eq!(after(|l| l.push(end(2, 2))), (7, Problem::AfterEnd));
    assert_eq!(
        after(|l| l.push(exp("R00B", 0, "9"))),
        (7, Problem::AfterEnd)
    );
    assert_eq!(after(|l| l[5] = end(3, 2)), (6, mismatch("reports", 3, 2)));
    assert_eq!(after(|l| l[5] = end(2, 1)), (6, mismatch("expenses", 1, 2)));
    assert_eq!(after(|l| drop(l.remove(3))), (4, mismatch(counted, 2, 1)));
    assert_eq!(
        after(|l| l.insert(3, l[2].clone())),
        (
            4,
            Problem::ExpenseOutOfOrder {
                expected: 1,
                found: "0".into()
            }
        )
    );
    assert_eq!(
        after(|l| l.swap(2, 3)),
        (
            3,
            Problem::ExpenseOutOfOrder {
                expected: 0,
                found: "1".into()
            }
        )
    );
    assert_eq!(
        after(|l| l[3] = exp("R00A", 1, "1")),
        (
            5,
            Problem::SecondExpense {
                expense: "1".into()
            }
        )
    );
    assert_eq!(
        after(|l| l[3] = exp("R00B", 1, "2")),
        (
            4,
            Problem::ExpenseOfOtherReport {
                found: "R00B".into()
            }
        )
    );
    assert_eq!(
        after(|l| drop(l.remove(1))),
        (
            2,
            Problem::ExpenseOfOtherReport {
                found: "R00A".into()
            }
        )
    );
    assert_eq!(
        after(|l| drop(l.drain(1..4))),
        (
            2,
            Problem::ReportOutOfOrder {
                expected: 0,
                found: "1".into()
            }
        )
    );
    assert_eq!(
        after(|l| l.insert(5, l[4].clone())),
        (
            6,
            Problem::ReportOutOfOrder {
                expected: 2,
                found: "1".into()
            }
        )
    );
    assert_eq!(
        after(|l| l[4] = rep(1, "R00A", 0)),
        (
            5,
            Problem::SecondReport {
                report: "R00A".into()
            }
        )
    );
    assert_eq!(
        after(|l| l[4] = rep(1, "", 0)),
        (5, Problem::BadId { field: "reportID" })
    );
    assert_eq!(
        after(|l| l[2] = exp("R00A", 0, "a,b")),
        (
            3,
            Problem::BadId {
                field: "transactionID"
            }
        )
    );
    assert_eq!(
        after(|l| l[2] = r#"{"k":"other"}"#.into()),
        (3, foreign("other"))
    );
    assert_eq!(
        after(|l| l[2] = "{}".into()),
        (3, Problem::ForeignRecord { kind: None })
    );
    assert!(matches!(
        after(|l| l[2] = "hello".into()),
        (3, Problem::NotJson { .. })
    ));
    assert!(matches!(
        after(|l| l[2].truncate(30)),
        (3, Problem::NotJson { .. })
    ));
    assert!(matches!(
        after(|l| l[2] = l[2].replace("\"100\"", "[1]")),
        (3, Problem::NotJson { .. })
    ));
}

#[test]
fn a_file_cut_anywhere_is_cut_off() {
    let text = file(&sample());
    // The last line counts without its line break, so the cuts end before its closing brace.
    for cut in 1..text.len() - 2 {
        let error = parse(&text[..cut]).unwrap_err();
        assert!(error.is_cut_off(), "{cut}: {error}");
    }
}

#[test]
fn bytes_that_are_no_text_are_named_with_their_line() {
    let bytes = file(&sample()).replace("USD", "U$D").into_bytes();
    let bytes: Vec<u8> = bytes
        .into_iter()
        .map(|byte| if byte == b'$' { 0xff } else { byte })
        .collect();
    let error = parse_with(ParserLimits::default(), &bytes, 9).unwrap_err();
    assert_eq!((error.line(), error.problem()), (2, &Problem::NotUtf8));
}

#[test]
fn limits_bound_what_is_kept() {
    let default = ParserLimits::default;
    let refused = |limits| parse_with(limits, file(&sample()).as_bytes(), 10).unwrap_err();
    let long = refused(ParserLimits {
        line_bytes_max: 60,
        ..default()
    });
    assert_eq!(
        (long.line(), long.problem()),
        (2, &Problem::LineTooLong { limit: 60 })
    );
    let many = refused(ParserLimits {
        expenses_per_report_max: 1,
        ..default()
    });
    assert_eq!(
        (many.line(), many.problem()),
        (4, &Problem::TooManyExpenses { limit: 1 })
    );
    let reports = refused(ParserLimits {
        reports_max: 1,
        ..default()
    });
    assert_eq!(
        (reports.line(), reports.problem()),
        (5, &Problem::TooManyReports { limit: 1 })
    );
}

#[test]
fn an_error_stays_and_names_line_problem_and_remedy() {
    let mut parser = ExportParser::new(ParserLimits::default());
    parser.push(b"{\"k\":\"begin\",\"v\":1,\"format\":\"ml-connector/export\"}\n{\"k\":\"odd\"}\n");
    let first = parser.next_report().unwrap_err();
    parser.push(file(&sample()).as_bytes());
    assert_eq!(parser.next_report().unwrap_err(), first);
    assert_eq!(
        first.to_string(),
        "read line 2 of the export: a record of unknown kind, \"odd\" (the file is damaged: download it again, then \
         export again)"
    );
}

/// The one expense of a file whose expense line has these members.
fn expense_of(members: &str) -> (crate::Expense, Vec<(&'static str, WarningKind)>) {
    let line = format!(r#"{{"k":"exp","r":"R00A","i":"0","transactionID":"1",{members}}}"#);
    let text = file(&[BEGIN.to_owned(), rep(0, "R00A", 1), line, end(1, 1)]);
    let mut parser = ExportParser::new(ParserLimits::default());
    parser.push(text.as_bytes());
    parser.finish();
    let report = parser.next_report().unwrap().unwrap();
    assert!(parser.next_report().unwrap().is_none());
    let warnings = parser
        .warnings()
        .iter()
        .map(|warning| (warning.field, warning.kind))
        .collect();
    (report.expenses.into_iter().next().unwrap(), warnings)
}

#[test]
fn unknown_fields_and_other_json_types_are_tolerated() {
    let members = r#""amount":1250,"modifiedAmount":null,"currency":"EUR","reimbursable":true,"mcc":7011,
        "type":"brand new kind","future":{"x":[1,{"y":2}]},"taxRate":0.19,"bank":"""#;
    let (expense, warnings) = expense_of(&members.replace('\n', " "));
    assert_eq!(expense.effective_amount(), Ok(Hundredths::new(1250)));
    assert_eq!((expense.reimbursable, expense.bank), (Some(true), None));
    assert_eq!(
        (expense.mcc.as_deref(), expense.tax_rate.as_deref()),
        (Some("7011"), Some("0.19"))
    );
    assert_eq!(expense.kind.as_deref(), Some("brand new kind"));
    assert_eq!(warnings, []);
}

#[test]
fn odd_numbers_and_flags_are_noted_and_unreadable_ones_never_fall_back() {
    let (expense, warnings) = expense_of(
        r#""amount":"1,234","modifiedAmount":"12 USD","currency":"USD","billable":"perhaps""#,
    );
    assert_eq!(expense.amount, Some(Hundredths::new(1234)));
    assert_eq!(
        expense.effective_amount(),
        Err(ValueError::Unreadable {
            field: "modifiedAmount"
        })
    );
    assert_eq!(expense.unreadable, ["modifiedAmount", "billable"]);
    let expected = [
        ("amount", WarningKind::GroupedNumber),
        ("modifiedAmount", WarningKind::UnreadableNumber),
        ("billable", WarningKind::UnreadableFlag),
    ];
    assert_eq!(warnings, expected);
    let (_, warnings) = expense_of(r#""reportID":"R00Z""#);
    assert_eq!(warnings, [("reportID", WarningKind::OtherReportId)]);
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn effective_values_follow_the_edits() {
    let not_converted = |currency: &str| {
        Err(ValueError::NotConverted {
            currency: currency.into(),
            report_currency: "USD".into(),
        })
    };
    let cents = |value| Ok(Hundredths::new(value));
    for (members, effective, in_usd) in [
        (r#""amount":"100","currency":"USD""#, cents(100), cents(100)),
        (
            r#""amount":"100","modifiedAmount":"0","currency":"usd""#,
            cents(0),
            cents(0),
        ),
        (
            r#""amount":"0","modifiedAmount":"-5","currency":"USD""#,
            cents(-5),
            cents(-5),
        ),
        (
            r#""amount":"100","convertedAmount":"110","currency":"EUR""#,
            cents(100),
            cents(110),
        ),
        (
            r#""amount":"100","convertedAmount":"0","currency":"EUR""#,
            cents(100),
            cents(0),
        ),
        (
            r#""amount":"100","currency":"EUR""#,
            cents(100),
            not_converted("EUR"),
        ),
        (r#""amount":"100""#, cents(100), not_converted("")),
        (
            r#""currency":"USD""#,
            Err(ValueError::Absent { field: "amount" }),
            Err(ValueError::Absent { field: "amount" }),
        ),
    ] {
        let (expense, _) = expense_of(members);
        assert_eq!(
            (expense.effective_amount(), expense.amount_in("USD")),
            (effective, in_usd),
            "{members}"
        );
    }
    let (edited, _) = expense_of(
        r#""merchant":"(none)","modifiedMerchant":"Taxi","created":"2026-07-01","modifiedCreated":"2026-07-04 08:00:00",
        "mcc":"0","modifiedMCC":"4121","hasTax":"true","taxAmount":"19","modifiedTaxAmount":"0","nameValuePairs.source":"split""#
            .replace('\n', " ")
            .as_str(),
    );
    assert_eq!(edited.effective_merchant(), Some("Taxi"));
    assert_eq!(
        edited.effective_date(),
        chrono::NaiveDate::from_ymd_opt(2026, 7, 4)
    );
    assert_eq!(
        (edited.effective_mcc(), edited.is_split()),
        (Some("4121"), true)
    );
    assert_eq!(edited.effective_tax(), Ok(Some(Hundredths::new(0))));
    let (plain, _) =
        expense_of(r#""merchant":"(none)","mcc":"0","hasTax":"false","taxAmount":"19""#);
    assert_eq!(
        (
            plain.effective_merchant(),
            plain.effective_mcc(),
            plain.effective_tax()
        ),
        (None, None, Ok(None))
    );
}

#[test]
fn tag_levels_come_from_the_numbered_tags_or_from_the_joined_one() {
    let levels = |members: &str| -> Vec<(Option<String>, Option<String>)> {
        expense_of(members)
            .0
            .tag_levels()
            .into_iter()
            .map(|level| (level.name, level.gl_code))
            .collect()
    };
    let level = |name: &str, code: &str| {
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        (some(name), some(code))
    };
    assert_eq!(
        levels(r#""tag":"A\\:B:C","tagGlCode":"1:2""#),
        [level("A:B", "1"), level("C", "2")]
    );
    assert_eq!(
        levels(r#""tag":"x:y","ntag2":"y\\:z","ntag2GlCode":"7""#),
        [level("", ""), level("y:z", "7")]
    );
    assert_eq!(levels(r#""comment":"none""#), []);
}

#[test]
fn report_fields_people_and_states_are_read() {
    let line = r#"{"k":"rep","i":"0","n":"0","reportID":"R00A","status":"Archived","submitter.fullName":"Jo","total":"-5",
        "customField.Project":"Apollo","customField.Empty":"","surprise":[1],"approvers":[{"i":"0","email":"b@acme.test",
        "date":"2026-07-10 09:30:00","firstName":"Bo"}]}"#
        .replace('\n', " ");
    let report = parse(&file(&[BEGIN.to_owned(), line, end(1, 0)]))
        .unwrap()
        .remove(0);
    assert_eq!(report.status, Some(ReportStatus::Closed));
    assert_eq!(report.total, Some(Hundredths::new(-5)));
    assert_eq!(report.submitter.full_name.as_deref(), Some("Jo"));
    let fields: Vec<_> = report
        .custom_fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    assert_eq!(fields, [("Project", "Apollo")]);
    assert_eq!(report.approvers[0].person.first_name.as_deref(), Some("Bo"));
}

#[test]
fn an_acknowledgement_gives_the_ids_it_covers() {
    let begin = r#"{"k":"begin","v":1,"format":"ml-connector/ack"}"#.to_owned();
    let line = |index: u32, id: &str| format!(r#"{{"k":"rep","i":"{index}","reportID":"{id}"}}"#);
    let read = |lines: &[String]| {
        let mut parser = AckParser::new(ParserLimits::default());
        parser.push(file(lines).as_bytes());
        parser.finish()
    };
    let ids = read(&[begin.clone(), line(0, "R00A"), line(1, "R00B"), end(2, 0)]).unwrap();
    assert_eq!(
        ids.iter().map(ReportId::as_str).collect::<Vec<_>>(),
        ["R00A", "R00B"]
    );
    assert!(
        read(&[begin.clone(), line(0, "R00A")])
            .unwrap_err()
            .is_cut_off()
    );
    assert_eq!(read(&sample()).unwrap_err().line(), 1);
    assert_eq!(
        read(&[begin, line(1, "R00A"), end(1, 0)])
            .unwrap_err()
            .line(),
        2
    );
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600), chunk in 1_usize..64) {
        let _ = parse_with(ParserLimits::default(), &bytes, chunk);
    }

    #[test]
    fn arbitrary_bytes_in_the_frame_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), chunk in 1_usize..64) {
        let mut text = format!("{BEGIN}\n{}\n", rep(0, "R00A", 1)).into_bytes();
        text.extend(bytes);
        let _ = parse_with(ParserLimits::default(), &text, chunk);
    }

    #[test]
    fn a_damaged_file_is_refused_or_read_with_all_its_expenses(
        damage in proptest::collection::vec((0_usize..1000, any::<u8>()), 1..4),
        chunk in 1_usize..200,
    ) {
        let mut bytes = file(&sample()).into_bytes();
        for (at, byte) in damage {
            let at = at % bytes.len();
            bytes[at] = byte;
        }
        if let Ok(reports) = parse_with(ParserLimits::default(), &bytes, chunk) {
            prop_assert_eq!(reports.iter().map(|report| report.expenses.len()).collect::<Vec<_>>(), [2, 0]);
        }
    }

    #[test]
    fn lines_moved_doubled_or_dropped_are_always_noticed(from in 0_usize..6, to in 0_usize..6, how in 0_u8..3) {
        let mut lines = sample();
        match how {
            0 => drop(lines.remove(from)),
            1 => lines.insert(to, lines[from].clone()),
            _ => {
                let line = lines.remove(from);
                lines.insert(to.min(lines.len()), line);
            }
        }
        prop_assert!(lines == sample() || parse(&file(&lines)).is_err());
    }
}
