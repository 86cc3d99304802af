//! Ranges of days, cut so that the service accepts them.

use chrono::{Days, Months, NaiveDate};

use crate::error::Error;
use crate::job::ExportQuery;

/// Days in a window: a day less than a year, whichever way a year is counted.
const WINDOW_DAYS: u64 = 363;

/// What is asked of the service, by day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    /// Approved after this day.
    ApprovedAfter(NaiveDate),
    /// Last submitted, or if later created, in these days, both included.
    Submitted { from: NaiveDate, to: NaiveDate },
    /// Last submitted, or if later created, on this day or after.
    SubmittedSince(NaiveDate),
}

impl Ask {
    pub(super) fn query(self) -> Result<ExportQuery, Error> {
        match self {
            Self::ApprovedAfter(day) => Ok(ExportQuery::approved_after(day)),
            Self::Submitted { from, to } => ExportQuery::since(from).until(to),
            Self::SubmittedSince(day) => Ok(ExportQuery::since(day)),
        }
    }
}

/// Queries that find all reports approved after `day`, however long ago that is.
///
/// The service wants an end for an anchor more than a year back, and what an end means beside `approvedAfter` is
/// UNVERIFIED. So the older part is asked for by day of submission, from `lag` before, for reports wait that long for
/// approval; only the last year by day of approval. Reports may come twice.
///
/// # Errors
///
/// None for dates of this era: [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) if a window cannot be written.
pub fn approved_after(
    day: NaiveDate,
    today: NaiveDate,
    lag: Days,
) -> Result<Vec<ExportQuery>, Error> {
    asks_approved_after(day, today, lag)
        .into_iter()
        .map(Ask::query)
        .collect()
}

/// Queries that find all reports last submitted, or if later created, from one day to another, both included.
///
/// # Errors
///
/// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) if the range ends before it starts.
pub fn submitted_between(from: NaiveDate, to: NaiveDate) -> Result<Vec<ExportQuery>, Error> {
    if to < from {
        return Err(Error::invalid("the range of dates ends before it starts"));
    }
    windows(from, to).into_iter().map(Ask::query).collect()
}

pub(super) fn asks_approved_after(day: NaiveDate, today: NaiveDate, lag: Days) -> Vec<Ask> {
    let oldest = year_back(today).filter(|oldest| day < *oldest);
    let Some(oldest) = oldest else {
        return vec![Ask::ApprovedAfter(day)];
    };
    let from = day.checked_sub_days(lag).unwrap_or(day);
    let mut asks = windows(from, oldest);
    asks.push(Ask::ApprovedAfter(oldest));
    asks
}

/// All submitted on `from` or after, where no day is too late.
pub(super) fn asks_submitted_since(from: NaiveDate, today: NaiveDate) -> Vec<Ask> {
    match year_back(today).filter(|oldest| from < *oldest) {
        None => vec![Ask::SubmittedSince(from)],
        Some(oldest) => {
            let mut asks = windows(from, oldest);
            asks.push(Ask::SubmittedSince(oldest));
            asks
        }
    }
}

/// The oldest day that needs no end, a day or two on the safe side.
fn year_back(today: NaiveDate) -> Option<NaiveDate> {
    today
        .checked_sub_months(Months::new(12))?
        .checked_add_days(Days::new(2))
}

fn windows(from: NaiveDate, to: NaiveDate) -> Vec<Ask> {
    let mut windows = Vec::new();
    let mut start = from;
    while start <= to {
        let last = start
            .checked_add_days(Days::new(WINDOW_DAYS))
            .map_or(to, |last| last.min(to));
        windows.push(Ask::Submitted {
            from: start,
            to: last,
        });
        match last.succ_opt() {
            Some(next) => start = next,
            None => break,
        }
    }
    windows
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn window(from: &str, to: &str) -> Ask {
        Ask::Submitted {
            from: day(from),
            to: day(to),
        }
    }

    #[test]
    fn a_recent_day_is_asked_for_by_approval_and_an_older_one_by_submission_first() {
        let today = day("2026-11-22");
        let asks = |text| asks_approved_after(day(text), today, Days::new(90));
        assert_eq!(asks("2026-01-01"), [Ask::ApprovedAfter(day("2026-01-01"))]);
        assert_eq!(asks("2025-11-24"), [Ask::ApprovedAfter(day("2025-11-24"))]);
        assert_eq!(
            asks("2025-11-23"),
            [
                window("2025-08-25", "2025-11-24"),
                Ask::ApprovedAfter(day("2025-11-24"))
            ]
        );
        assert_eq!(
            asks("2024-06-01"),
            [
                window("2024-03-03", "2025-03-01"),
                window("2025-03-02", "2025-11-24"),
                Ask::ApprovedAfter(day("2025-11-24"))
            ]
        );
    }

    #[test]
    fn a_range_that_ends_before_it_starts_is_refused() {
        assert!(submitted_between(day("2026-01-02"), day("2026-01-01")).is_err());
        assert_eq!(
            submitted_between(day("2026-01-01"), day("2026-01-01")).unwrap(),
            [ExportQuery::since(day("2026-01-01"))
                .until(day("2026-01-01"))
                .unwrap()]
        );
    }

    proptest! {
        #[test]
        fn windows_cover_every_day_once_and_the_service_accepts_each(from in 0_u64..20_000, length in 0_u64..3_000) {
            let first = day("1980-01-01").checked_add_days(Days::new(from)).unwrap();
            let last = first.checked_add_days(Days::new(length)).unwrap();
            let mut next = first;
            for ask in windows(first, last) {
                let Ask::Submitted { from, to } = ask else { panic!("a window has an end") };
                prop_assert!(ask.query().is_ok());
                prop_assert_eq!(from, next);
                prop_assert!(from <= to);
                next = to.succ_opt().unwrap();
            }
            prop_assert_eq!(next.pred_opt().unwrap(), last);
        }
    }
}
