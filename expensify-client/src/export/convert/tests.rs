use super::*;
use crate::export::{ExportParser, ParserLimits};

/// A file of one report with one expense, each with these members.
fn parsed(report: &str, expense: &str, limits: ParserLimits) -> (Report, ExportParser) {
    let lines = [
        r#"{"k":"begin","v":1,"format":"ml-connector/export"}"#.to_owned(),
        format!(r#"{{"k":"rep","i":"0","n":"1","reportID":"R00A"{report}}}"#),
        format!(r#"{{"k":"exp","r":"R00A","i":"0","transactionID":"1"{expense}}}"#),
        r#"{"k":"end","reports":1,"expenses":1}"#.to_owned(),
    ];
    let mut parser = ExportParser::new(limits);
    parser.push((lines.join("\n") + "\n").as_bytes());
    parser.finish();
    (parser.next_report().unwrap().unwrap(), parser)
}

#[test]
fn warnings_beyond_the_limit_are_counted_and_not_kept() {
    let odd = r#","amount":"1,234","modifiedAmount":"x","convertedAmount":"y","taxAmount":"z""#;
    for (warnings_max, kept, dropped) in [(0, 0, 4), (3, 3, 1), (4, 4, 0), (5, 4, 0)] {
        let limits = ParserLimits {
            warnings_max,
            ..ParserLimits::default()
        };
        let (report, parser) = parsed("", odd, limits);
        assert_eq!(parser.warnings().len(), kept);
        assert_eq!(parser.warnings_dropped(), dropped);
        // What cannot be read is remembered with the expense, whether or not it was warned of.
        assert_eq!(
            report.expenses[0].unreadable,
            ["modifiedAmount", "convertedAmount", "taxAmount"]
        );
    }
}

#[test]
fn an_expense_may_name_its_report_by_either_id() {
    let report = r#","oldReportID":"77""#;
    for (expense, odd) in [
        ("", false),
        (r#","reportID":"R00A""#, false),
        (r#","reportID":"77""#, false),
        (r#","reportID":"78""#, true),
    ] {
        let (_, parser) = parsed(report, expense, ParserLimits::default());
        assert_eq!(!parser.warnings().is_empty(), odd, "{expense}");
    }
}

#[test]
fn a_tag_level_with_a_code_alone_is_one() {
    for (expense, levels) in [
        (r#","ntag1":"A""#, 1),
        (r#","ntag2GlCode":"7""#, 2),
        (r#","ntag3":"C","ntag3GlCode":"8""#, 3),
        (r#","ntag10":"J""#, 10),
        ("", 0),
    ] {
        let (report, _) = parsed("", expense, ParserLimits::default());
        assert_eq!(report.expenses[0].ntags.len(), levels, "{expense}");
    }
}

#[test]
fn who_did_what_and_when_is_read_from_either_place() {
    let report = r#","approvers":[{"i":"0","email":"b@acme.test","date":"2026-07-10 09:30:00","lastName":"Ray",
        "fullName":"Bo Ray","employeeUserID":"7","employeePayrollID":"8"}],
        "history":[{"i":"0","action":"REIMBURSED","actorEmail":"a@acme.test","created":"2026-07-11","message":"paid",
        "details.expectedDate":"2026-07-14"},
        {"i":"1","action":"APPROVED","accountEmail":"c@acme.test","actorEmail":"d@acme.test","details.message":"fine",
        "message":"other"}]"#
        .replace('\n', " ");
    let (report, _) = parsed(&report, "", ParserLimits::default());
    let stamp = |text: &str| Some(Stamp::new(text));
    let approver = &report.approvers[0];
    assert_eq!(approver.date, stamp("2026-07-10 09:30:00"));
    assert_eq!(
        [
            &approver.email,
            &approver.person.first_name,
            &approver.person.last_name,
            &approver.person.full_name,
            &approver.employee_user_id,
            &approver.employee_payroll_id,
        ]
        .map(|text| text.as_deref().unwrap_or("")),
        ["b@acme.test", "", "Ray", "Bo Ray", "7", "8"]
    );
    let [paid, agreed] = report.history.as_slice() else {
        panic!("two actions")
    };
    assert_eq!(
        (paid.created.clone(), paid.expected_date.clone()),
        (stamp("2026-07-11"), stamp("2026-07-14"))
    );
    for (action, expected) in [
        (paid, ["REIMBURSED", "a@acme.test", "paid"]),
        (agreed, ["APPROVED", "c@acme.test", "fine"]),
    ] {
        let found =
            [&action.kind, &action.account_email, &action.message].map(|text| text.as_deref());
        assert_eq!(found, expected.map(Some));
    }
}
