use chrono::{NaiveDate, TimeDelta};
use proptest::prelude::*;

use super::*;

/// Fields of a specification, by name.
type Fields<'a> = &'a [(&'a str, &'a str)];

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn spec(fields: &[(&str, &str)]) -> ScheduleSpec {
    let mut spec = ScheduleSpec::default();
    for (field, value) in fields {
        let value = Some((*value).to_owned());
        match *field {
            "every" => spec.every = value,
            "at" => spec.at = value,
            "cron" => spec.cron = value,
            "zone" => spec.zone = value,
            "days" => spec.days = value.map(|days| days.split(' ').map(str::to_owned).collect()),
            other => panic!("{other}"),
        }
    }
    spec
}

fn schedule(fields: &[(&str, &str)]) -> Schedule {
    spec(fields).schedule().unwrap()
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases: data, not logic")]
fn runs_come_at_the_right_instant_across_daylight_saving() {
    let berlin = ("zone", "Europe/Berlin");
    let new_york = ("zone", "America/New_York");
    let table: &[(Fields<'_>, &str, &[&str])] = &[
        // Clocks go from 02:00 to 03:00 on 2026-03-29 in Berlin: the first valid instant after, then as ever.
        (
            &[("at", "02:30"), berlin],
            "2026-03-28T00:00:00Z",
            &[
                "2026-03-28T01:30:00Z",
                "2026-03-29T01:00:00Z",
                "2026-03-30T00:30:00Z",
            ],
        ),
        (
            &[("at", "03:00"), berlin],
            "2026-03-28T12:00:00Z",
            &["2026-03-29T01:00:00Z", "2026-03-30T01:00:00Z"],
        ),
        // Clocks show 02:30 twice on 2026-10-25: once, at the first.
        (
            &[("at", "02:30"), berlin],
            "2026-10-24T12:00:00Z",
            &["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"],
        ),
        (
            &[("at", "02:30"), berlin],
            "2026-10-25T00:30:00Z",
            &["2026-10-26T01:30:00Z"],
        ),
        // The same in New York: 2026-03-08 and 2026-11-01.
        (
            &[("at", "02:15"), new_york],
            "2026-03-07T12:00:00Z",
            &["2026-03-08T07:00:00Z", "2026-03-09T06:15:00Z"],
        ),
        (
            &[("at", "01:30"), new_york],
            "2026-10-31T12:00:00Z",
            &["2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"],
        ),
        (
            &[("at", "06:30"), new_york],
            "2026-03-07T00:00:00Z",
            &["2026-03-07T11:30:00Z", "2026-03-08T10:30:00Z"],
        ),
        // Weekly, over the same nights.
        (
            &[("at", "02:30"), ("days", "sun wed"), berlin],
            "2026-03-26T00:00:00Z",
            &[
                "2026-03-29T01:00:00Z",
                "2026-04-01T00:30:00Z",
                "2026-04-05T00:30:00Z",
            ],
        ),
        (
            &[("at", "02:30"), ("days", "Sunday"), berlin],
            "2026-10-24T00:00:00Z",
            &["2026-10-25T00:30:00Z", "2026-11-01T01:30:00Z"],
        ),
        // Cron, over the same nights; and steps that follow the clocks.
        (
            &[("cron", "30 2 * * *"), berlin],
            "2026-03-28T12:00:00Z",
            &["2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"],
        ),
        (
            &[("cron", "30 2 * * *"), berlin],
            "2026-10-24T12:00:00Z",
            &["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"],
        ),
        (
            &[("cron", "0 6 * * mon-fri"), new_york],
            "2026-11-20T12:00:00Z",
            &["2026-11-23T11:00:00Z", "2026-11-24T11:00:00Z"],
        ),
        (
            &[("cron", "*/20 * * * *"), ("zone", "UTC")],
            "2026-11-22T22:20:00Z",
            &["2026-11-22T22:40:00Z", "2026-11-22T23:00:00Z"],
        ),
        // A day that never was: Samoa skipped 2011-12-30.
        (
            &[("at", "06:00"), ("zone", "Pacific/Apia")],
            "2011-12-29T12:00:00Z",
            &[
                "2011-12-29T16:00:00Z",
                "2011-12-30T10:00:00Z",
                "2011-12-30T16:00:00Z",
            ],
        ),
        (
            &[("every", "30m")],
            "2026-11-22T22:20:31Z",
            &["2026-11-22T22:30:00Z", "2026-11-22T23:00:00Z"],
        ),
        (
            &[("every", "1d")],
            "2026-11-22T00:00:00Z",
            &["2026-11-23T00:00:00Z"],
        ),
        (&[], "2026-11-22T00:00:00Z", &[]),
    ];
    for (fields, after, expected) in table {
        let schedule = schedule(fields);
        let mut last = at(after);
        for expected in *expected {
            let next = schedule.next_run(last).unwrap();
            assert_eq!(next, at(expected), "{schedule} after {last}");
            last = next;
        }
        if expected.is_empty() {
            assert_eq!(schedule.next_run(last), None);
        }
    }
}

#[test]
fn what_is_wrong_is_named_with_its_field_and_fix() {
    let zone = ("zone", "UTC");
    let table: &[(Fields<'_>, &str, &str)] = &[
        (&[("every", "30")], "every", "no unit"),
        (&[("every", "x m")], "every", "no number"),
        (&[("every", "59s")], "every", "out of bounds"),
        (&[("every", "32d")], "every", "out of bounds"),
        (&[("every", "99999999999999999999h")], "every", "no number"),
        (
            &[("every", "9999999999999999999d")],
            "every",
            "out of bounds",
        ),
        (&[("every", "1h"), zone], "zone", "beside"),
        (&[("every", "1h"), ("at", "06:00")], "every", "beside"),
        (&[("at", "6 o'clock"), zone], "at", "no time of day"),
        (&[("at", "24:00"), zone], "at", "no time of day"),
        (&[("at", "06:00")], "zone", "missing"),
        (&[("at", "06:00"), ("zone", "Berlin")], "zone", "no zone"),
        (
            &[("at", "06:00"), ("days", "mon noday"), zone],
            "days",
            "no day",
        ),
        (
            &[("at", "06:00"), ("days", "mon Monday"), zone],
            "days",
            "twice",
        ),
        (
            &[("at", "06:00"), ("cron", "* * * * *"), zone],
            "at",
            "beside",
        ),
        (&[("cron", "61 * * * *"), zone], "cron", "61"),
        (&[("cron", "0 0 0 * * *"), zone], "cron", "0 0 0"),
        (&[("cron", ""), zone], "cron", ""),
        (&[("cron", "0 0 30 2 *"), zone], "cron", "ever comes"),
        (
            &[("cron", "* * * * *"), ("days", "mon"), zone],
            "days",
            "beside",
        ),
        (&[zone], "zone", "beside"),
    ];
    for (fields, field, what) in table {
        let error = spec(fields).schedule().unwrap_err();
        assert_eq!(error.field(), *field, "{error}");
        let text = error.to_string();
        assert!(text.contains(what) && text.contains(error.fix()), "{text}");
    }
    let empty = ScheduleSpec {
        at: Some("06:00".to_owned()),
        days: Some(vec![]),
        zone: Some("UTC".to_owned()),
        ..spec(&[])
    };
    assert_eq!(empty.schedule().unwrap_err().field(), "days");
}

#[test]
fn a_connection_without_a_schedule_runs_on_demand() {
    let schedules =
        Schedules::default().with(ConnectionId::new("acme"), schedule(&[("every", "1h")]));
    let now = at("2026-11-22T22:20:00Z");
    assert_eq!(
        Scheduler::next_run(&schedules, &ConnectionId::new("acme"), now),
        Some(at("2026-11-22T23:00:00Z"))
    );
    assert_eq!(
        Scheduler::next_run(&schedules, &ConnectionId::new("other"), now),
        None
    );
}

#[test]
fn a_missed_run_is_caught_up_once() {
    let daily = schedule(&[("at", "06:00"), ("zone", "UTC")]);
    let (last_run, now) = (at("2026-11-19T06:00:00Z"), at("2026-11-22T12:00:00Z"));
    // Asked from the last run the answer lies in the past: due now, once. Then it is asked from now.
    assert!(daily.next_run(last_run).unwrap() <= now);
    assert_eq!(daily.next_run(now), Some(at("2026-11-23T06:00:00Z")));
}

fn zones() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "America/Sao_Paulo",
        "Asia/Kathmandu",
    ])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn the_next_run_is_always_later_and_asking_in_between_changes_nothing(
        zone in zones(), hour in 0_u32..24, minute in 0_u32..60, seconds in 0_i64..4_000_000_000, nanos in 0_u32..1_000_000_000,
        halfway in any::<bool>(),
    ) {
        let after = DateTime::from_timestamp(seconds, nanos).unwrap();
        let clock = format!("{hour:02}:{minute:02}");
        let cron = format!("{minute} {hour} * * *");
        for fields in [
            vec![("at", clock.as_str()), ("zone", zone)],
            vec![("at", clock.as_str()), ("days", "mon fri"), ("zone", zone)],
            vec![("cron", cron.as_str()), ("zone", zone)],
            vec![("every", "7m")],
        ] {
            let schedule = schedule(&fields);
            let next = schedule.next_run(after).unwrap();
            prop_assert!(next > after, "{schedule}");
            let between = if halfway { after + (next - after) / 2 } else { next - TimeDelta::nanoseconds(1) };
            prop_assert_eq!(schedule.next_run(between), Some(next), "{}", schedule);
        }
    }

    #[test]
    fn over_years_a_daily_run_comes_once_for_each_day(zone in zones(), hour in 0_u32..24, minute in 0_u32..60, year in 1995_i32..2035) {
        let clock = format!("{hour:02}:{minute:02}");
        let schedule = schedule(&[("at", clock.as_str()), ("zone", zone)]);
        let zone = Zone::parse(zone).unwrap();
        let first = NaiveDate::from_ymd_opt(year, 1, 1).unwrap();
        let mut instant = zone.instant(first.and_hms_opt(0, 0, 0).unwrap()).unwrap() - TimeDelta::nanoseconds(1);
        let mut day = first;
        for _ in 0..3 * 365 {
            instant = schedule.next_run(instant).unwrap();
            let shown = zone.local(instant);
            prop_assert_eq!(shown.date(), day);
            // Either the time asked for, or the end of the gap it fell into.
            prop_assert!(shown.time() >= NaiveTime::from_hms_opt(hour, minute, 0).unwrap());
            day = day.succ_opt().unwrap();
        }
    }
}
