//! Small checks that several keys share.

use std::time::Duration;

use chrono::NaiveDate;
use toml::value::Datetime;

use super::document::Problem;

/// Collects problems while values are made; a value that could not be made is `None`.
#[derive(Debug, Default)]
pub(super) struct Problems(Vec<Problem>);

impl Problems {
    /// Notes a problem.
    pub(super) fn add(
        &mut self,
        key: impl Into<String>,
        what: impl Into<String>,
        fix: impl Into<String>,
    ) {
        self.0.push(Problem::new(key, what, fix));
    }

    /// All of them.
    pub(super) fn into_vec(self) -> Vec<Problem> {
        self.0
    }

    /// A date without time.
    pub(super) fn date(&mut self, key: &str, value: Option<&Datetime>) -> Option<NaiveDate> {
        let value = value?;
        let parsed = value
            .date
            .filter(|_| value.time.is_none() && value.offset.is_none())
            .and_then(|date| {
                NaiveDate::from_ymd_opt(
                    i32::from(date.year),
                    u32::from(date.month),
                    u32::from(date.day),
                )
            });
        if parsed.is_none() {
            self.add(
                key,
                format!("{value} is not a day"),
                "write a day without time and quotes, such as 2026-11-01",
            );
        }
        parsed
    }

    /// A span such as `90s`, `15m`, `1h` or `1d`, between bounds.
    pub(super) fn span(
        &mut self,
        key: &str,
        text: &str,
        least: Duration,
        most: Duration,
    ) -> Option<Duration> {
        let Some(span) = parse_span(text) else {
            self.add(
                key,
                format!("{text:?} is not a span of time"),
                "write a number and a unit: 90s, 15m, 1h or 1d",
            );
            return None;
        };
        if span < least || span > most {
            let bounds = format!(
                "use a value from {} to {}",
                span_text(least),
                span_text(most)
            );
            self.add(key, format!("{text} is out of bounds"), bounds);
            return None;
        }
        Some(span)
    }

    /// A number between bounds.
    pub(super) fn number(&mut self, key: &str, value: u32, least: u32, most: u32) -> Option<u32> {
        let fits = (least..=most).contains(&value);
        if !fits {
            self.add(
                key,
                format!("{value} is out of bounds"),
                format!("use a value from {least} to {most}"),
            );
        }
        fits.then_some(value)
    }

    /// Text that is not blank.
    pub(super) fn not_blank(&mut self, key: &str, text: &str) {
        if text.trim().is_empty() {
            self.add(key, "is empty", "write a value or remove the key");
        }
    }
}

fn parse_span(text: &str) -> Option<Duration> {
    let text = text.trim();
    let unit = text.chars().next_back()?;
    let number: u64 = text.strip_suffix(unit)?.trim().parse().ok()?;
    let seconds = match unit {
        's' => number,
        'm' => number.checked_mul(60)?,
        'h' => number.checked_mul(60 * 60)?,
        'd' => number.checked_mul(24 * 60 * 60)?,
        _ => return None,
    };
    Some(Duration::from_secs(seconds))
}

fn span_text(span: Duration) -> String {
    let seconds = span.as_secs();
    let units = [(24 * 60 * 60, 'd'), (60 * 60, 'h'), (60, 'm')];
    units
        .into_iter()
        .find(|(length, _)| seconds >= *length && seconds.is_multiple_of(*length))
        .map_or_else(
            || format!("{seconds}s"),
            |(length, unit)| format!("{}{unit}", seconds / length),
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_read_and_print() {
        for (text, seconds) in [
            ("90s", Some(90)),
            ("15m", Some(900)),
            ("1h", Some(3600)),
            ("2d", Some(172_800)),
            ("5", None),
            ("h", None),
            ("-1h", None),
            ("", None),
            ("99999999999999999999d", None),
        ] {
            assert_eq!(
                parse_span(text).map(|span| span.as_secs()),
                seconds,
                "{text}"
            );
        }
        for (seconds, text) in [
            (90, "90s"),
            (900, "15m"),
            (3600, "1h"),
            (172_800, "2d"),
            (0, "0s"),
        ] {
            assert_eq!(span_text(Duration::from_secs(seconds)), text);
        }
    }
}
