//! The bounds of a connection's passes.

use std::time::Duration;

use rust_decimal::Decimal;
use sync_core::engine::{Brake, Settings, UnprovenPolicy};

use super::checks::Problems;
use super::file::{BrakeFile, ConnectionFile, LimitsFile, UnprovenWord};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

/// The settings of a connection; what the file leaves out keeps the core's default.
pub(super) fn settings(at: &str, file: &ConnectionFile, problems: &mut Problems) -> Settings {
    let mut settings = Settings {
        brake: brake(at, file.brake, problems),
        ..Settings::default()
    };
    settings.tell_reimbursed = file.tell_reimbursed;
    if let Some(label) = &file.exported_label {
        problems.not_blank(&format!("{at}.exported_label"), label);
        settings.exported_label = Some(label.clone());
    }
    let at = format!("{at}.limits");
    numbers(&at, &file.limits, &mut settings, problems);
    spans(&at, &file.limits, &mut settings, problems);
    if let Some(word) = file.limits.unproven {
        settings.unproven = match word {
            UnprovenWord::ResendAfterProof => UnprovenPolicy::ResendAfterProof,
            UnprovenWord::Review => UnprovenPolicy::Review,
        };
    }
    if settings.lease_ttl < settings.send_window.saturating_mul(2) {
        problems.add(
            format!("{at}.lease_ttl"),
            "is shorter than twice send_window: a slow batch could outlive its lease",
            "make lease_ttl longer or send_window shorter",
        );
    }
    if settings.retry_cap < settings.retry_base {
        problems.add(
            format!("{at}.retry_cap"),
            "is shorter than retry_base",
            "make it at least as long",
        );
    }
    settings
}

fn brake(at: &str, file: BrakeFile, problems: &mut Problems) -> Brake {
    if file.off {
        if file.records.is_some() || file.amount.is_some() {
            let fix = "remove `off = true` or the other two keys";
            problems.add(
                format!("{at}.brake.off"),
                "contradicts `records` or `amount`",
                fix,
            );
        }
        return Brake {
            records: None,
            amount: None,
        };
    }
    let default = Brake::default();
    let zero = [
        ("records", file.records == Some(0)),
        ("amount", file.amount == Some(0)),
    ];
    for (key, _) in zero.into_iter().filter(|(_, is_zero)| *is_zero) {
        problems.add(
            format!("{at}.brake.{key}"),
            "0 would stop every pass",
            "write a bound, or `off = true`",
        );
    }
    Brake {
        records: file.records.or(default.records),
        amount: file.amount.map(Decimal::from).or(default.amount),
    }
}

fn numbers(at: &str, file: &LimitsFile, settings: &mut Settings, problems: &mut Problems) {
    let table: [(&str, Option<u32>, u32, u32, &mut u32); 9] = [
        (
            "overlap_days",
            file.overlap_days,
            1,
            60,
            &mut settings.overlap_days,
        ),
        (
            "sweep_every_days",
            file.sweep_every_days,
            0,
            366,
            &mut settings.sweep_every_days,
        ),
        (
            "sweep_days",
            file.sweep_days,
            1,
            366,
            &mut settings.sweep_days,
        ),
        (
            "report_batch",
            file.report_batch,
            1,
            10_000,
            &mut settings.report_batch,
        ),
        (
            "send_batch",
            file.send_batch,
            1,
            1_000,
            &mut settings.send_batch,
        ),
        (
            "absences_needed",
            file.absences_needed,
            1,
            10,
            &mut settings.absences_needed,
        ),
        (
            "resends_max",
            file.resends_max,
            0,
            10,
            &mut settings.resends_max,
        ),
        (
            "attempts_max",
            file.attempts_max,
            1,
            100,
            &mut settings.attempts_max,
        ),
        (
            "probe_margin_days",
            file.probe_margin_days,
            0,
            366,
            &mut settings.probe_margin_days,
        ),
    ];
    for (key, given, least, most, target) in table {
        let checked =
            given.and_then(|value| problems.number(&format!("{at}.{key}"), value, least, most));
        *target = checked.unwrap_or(*target);
    }
}

fn spans(at: &str, file: &LimitsFile, settings: &mut Settings, problems: &mut Problems) {
    let table: [(&str, &Option<String>, Duration, Duration, &mut Duration); 8] = [
        (
            "send_window",
            &file.send_window,
            SECOND,
            HOUR,
            &mut settings.send_window,
        ),
        (
            "lease_ttl",
            &file.lease_ttl,
            SECOND,
            DAY,
            &mut settings.lease_ttl,
        ),
        (
            "quiet_time",
            &file.quiet_time,
            SECOND,
            DAY,
            &mut settings.quiet_time,
        ),
        (
            "absence_spacing",
            &file.absence_spacing,
            Duration::ZERO,
            DAY,
            &mut settings.absence_spacing,
        ),
        (
            "vanished_after",
            &file.vanished_after,
            HOUR,
            DAY * 90,
            &mut settings.vanished_after,
        ),
        (
            "retry_base",
            &file.retry_base,
            SECOND,
            DAY,
            &mut settings.retry_base,
        ),
        (
            "retry_cap",
            &file.retry_cap,
            SECOND,
            DAY * 7,
            &mut settings.retry_cap,
        ),
        (
            "retry_after_max",
            &file.retry_after_max,
            SECOND,
            DAY * 7,
            &mut settings.retry_after_max,
        ),
    ];
    for (key, given, least, most, target) in table {
        let checked = given
            .as_ref()
            .and_then(|text| problems.span(&format!("{at}.{key}"), text, least, most));
        *target = checked.unwrap_or(*target);
    }
}
