//! Who may write, decided without a database.

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};

use super::stored_time;
use crate::error::{Error, ErrorKind, Result};
use crate::model::ConnectionId;
use crate::state::Lease;

/// A connection's lease as a store keeps it. The row stays when the lease is given back: the fence must never repeat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaseRow {
    /// The newest fence given out.
    pub fence: u64,
    /// Who took it, for people.
    pub holder: String,
    /// Until when it holds; absent once given back.
    pub until: Option<DateTime<Utc>>,
}

impl LeaseRow {
    /// The row after `holder` takes the lease.
    ///
    /// # Errors
    /// `LeaseLost` while it is held, by whomever: a holder that has forgotten its lease waits like any other.
    pub fn acquired(
        before: Option<&Self>,
        connection: &ConnectionId,
        holder: &str,
        ttl: Duration,
        now: DateTime<Utc>,
    ) -> Result<Self> {
        if let Some(row) = before
            && let Some(until) = row.until
            && until > now
        {
            return Err(Error::new(
                ErrorKind::LeaseLost,
                format!(
                    "take the lease of {connection}: {} holds it until {}",
                    row.holder,
                    until.to_rfc3339_opts(SecondsFormat::Secs, true)
                ),
            ));
        }
        let fence = before
            .map_or(0, |row| row.fence)
            .checked_add(1)
            .ok_or_else(|| {
                Error::new(
                    ErrorKind::Internal,
                    format!("take the lease of {connection}: fences are used up"),
                )
            })?;
        Ok(Self {
            fence,
            holder: holder.to_owned(),
            until: Some(end(ttl, now)?),
        })
    }

    /// Refuses a lease that is not the connection's newest, was given back, or has run out at `now`.
    ///
    /// # Errors
    /// `LeaseLost`, with what is wrong.
    pub fn check<'a>(row: Option<&'a Self>, lease: &Lease, now: DateTime<Utc>) -> Result<&'a Self> {
        let lost = |why: String| {
            Error::new(
                ErrorKind::LeaseLost,
                format!(
                    "write under lease {} of {}: {why}",
                    lease.fence, lease.connection
                ),
            )
        };
        let row = row.ok_or_else(|| lost("it was never given out".to_owned()))?;
        if row.fence != lease.fence {
            return Err(lost(format!("lease {} has replaced it", row.fence)));
        }
        match row.until {
            None => Err(lost("it was given back".to_owned())),
            Some(until) if until <= now => Err(lost(format!(
                "it ran out at {}",
                until.to_rfc3339_opts(SecondsFormat::Secs, true)
            ))),
            Some(_) => Ok(row),
        }
    }

    /// The row with a new end.
    ///
    /// # Errors
    /// `Invalid` for a span beyond the calendar.
    pub fn renewed(&self, ttl: Duration, now: DateTime<Utc>) -> Result<Self> {
        Ok(Self {
            until: Some(end(ttl, now)?),
            ..self.clone()
        })
    }

    /// The lease a holder of this row is given; `None` once it was given back.
    pub fn lease(&self, connection: &ConnectionId) -> Option<Lease> {
        let until = self.until?;
        Some(Lease {
            connection: connection.clone(),
            fence: self.fence,
            until,
        })
    }
}

fn end(ttl: Duration, now: DateTime<Utc>) -> Result<DateTime<Utc>> {
    chrono::Duration::from_std(ttl)
        .ok()
        .and_then(|ttl| now.checked_add_signed(ttl))
        .map(stored_time)
        .ok_or_else(|| Error::invalid("hold a lease for a span beyond the calendar"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_beyond_the_calendar_is_refused_and_not_a_panic() {
        let now = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        let error = LeaseRow::acquired(None, &ConnectionId::new("main"), "w", Duration::MAX, now)
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
    }

    #[test]
    fn the_message_names_the_holder_and_the_end() {
        let now = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        let main = ConnectionId::new("main");
        let row = LeaseRow::acquired(None, &main, "host-a", Duration::from_mins(2), now).unwrap();
        let error = LeaseRow::acquired(Some(&row), &main, "host-b", Duration::from_mins(2), now)
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "take the lease of main: host-a holds it until 2026-09-21T14:15:20Z"
        );
    }

    #[test]
    fn a_fence_is_never_given_out_twice_not_even_when_there_are_none_left() {
        let now = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        let main = ConnectionId::new("main");
        let row = |fence| LeaseRow {
            fence,
            holder: "host-a".to_owned(),
            until: None,
        };
        let take = |row: &LeaseRow| {
            LeaseRow::acquired(Some(row), &main, "host-b", Duration::from_mins(2), now)
        };
        assert_eq!(take(&row(u64::MAX - 1)).unwrap().fence, u64::MAX);
        let error = take(&row(u64::MAX)).unwrap_err();
        assert_eq!(
            (error.kind(), error.to_string().as_str()),
            (
                ErrorKind::Internal,
                "take the lease of main: fences are used up"
            )
        );
    }

    #[test]
    fn a_lease_that_is_over_writes_nothing_and_the_message_says_why() {
        let now = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        let main = ConnectionId::new("main");
        let minute = Duration::from_mins(1);
        let row = LeaseRow::acquired(None, &main, "host-a", minute, now).unwrap();
        let lease = row.lease(&main).unwrap();
        let returned = LeaseRow {
            until: None,
            ..row.clone()
        };
        let next = LeaseRow {
            fence: 2,
            ..row.clone()
        };
        assert_eq!(returned.lease(&main), None);
        let second = chrono::TimeDelta::seconds(1);
        assert_eq!(
            LeaseRow::check(Some(&row), &lease, now + second * 59).unwrap(),
            &row
        );
        for (row, at, why) in [
            (None, now, "it was never given out"),
            (Some(&next), now, "lease 2 has replaced it"),
            (Some(&returned), now, "it was given back"),
            (
                Some(&row),
                now + second * 60,
                "it ran out at 2026-09-21T14:14:20Z",
            ),
        ] {
            let error = LeaseRow::check(row, &lease, at).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::LeaseLost);
            assert_eq!(
                error.to_string(),
                format!("write under lease 1 of main: {why}")
            );
        }
    }
}
