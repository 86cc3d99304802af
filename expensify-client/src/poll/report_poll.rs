//! The poll itself.

use std::collections::{BTreeMap, VecDeque};

use chrono::{DateTime, Days, NaiveDate, Utc};

use super::fingerprint::ContentHash;
use super::state::{KnownReport, PollSettings, PollState};
use super::windows::{Ask, asks_approved_after, asks_submitted_since};
use crate::error::Error;
use crate::export::{Report, Stamp};
use crate::ids::ReportId;
use crate::job::ExportQuery;

/// Asks for what was approved since the last round, and tells what of it is new.
///
/// # Guarantees
///
/// - A report that the service shows under one of the queries is given out as new or changed at least once. Given that
///   what was given out is safe before [`PendingExport::complete`], and the state after it, a crash at any moment repeats
///   reports and skips none.
/// - The watermark moves only once all exports of a round were completed, never backwards, and never past the day of the
///   round, whatever days the reports name.
/// - An export that is dropped before it is completed has changed nothing and is asked for again.
///
/// # Caveats
///
/// A report that is deleted, rejected or no longer visible does not come any more, without a word. Ask for known reports
/// by id ([`ExportQuery::reports`]) to notice.
#[derive(Clone, Debug)]
pub struct ReportPoll {
    settings: PollSettings,
    state: PollState,
    round: Option<Round>,
}

/// A round that is not over.
#[derive(Clone, Debug)]
struct Round {
    now: DateTime<Utc>,
    queries: VecDeque<(Ask, ExportQuery)>,
    sweeps: bool,
    /// The latest day of approval seen so far.
    latest: NaiveDate,
}

/// What is known of a report that came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Novelty {
    /// It was never seen.
    New,
    /// It was seen with other content.
    Changed,
    /// It was seen with this content.
    Same,
}

impl ReportPoll {
    /// Goes on from a state.
    pub const fn new(settings: PollSettings, state: PollState) -> Self {
        Self {
            settings,
            state,
            round: None,
        }
    }

    /// What to store. Its watermark moves at the end of a round, the rest with each completed export.
    pub const fn state(&self) -> &PollState {
        &self.state
    }

    /// Whether a sweep is due at this time.
    pub fn is_sweep_due(&self, now: DateTime<Utc>) -> bool {
        self.state.swept_at.is_none_or(|last| {
            // A last sweep that lies ahead was noted by a clock that has been set back.
            let since = now.signed_duration_since(last).to_std();
            since.is_ok_and(|since| since >= self.settings.sweep_every) || last > now
        })
    }

    /// Begins a round, in place of one that was not finished.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) if the days lie outside of what can be asked for.
    pub fn begin(&mut self, now: DateTime<Utc>) -> Result<(), Error> {
        let settings = &self.settings;
        let today = now.date_naive();
        let back = |day: NaiveDate, days: u64| day.checked_sub_days(Days::new(days)).unwrap_or(day);
        // A watermark that lies ahead would leave out what is approved until then.
        let watermark = self.state.watermark.min(today);
        // The service leaves out the named day itself.
        let after = back(watermark, u64::from(settings.overlap_days) + 1);
        let lag = Days::new(u64::from(settings.approval_lag_days));
        let mut asks = asks_approved_after(after, today, lag);
        let sweeps = self.is_sweep_due(now);
        if sweeps {
            let from = back(today, u64::from(settings.sweep_days));
            asks.extend(asks_submitted_since(from, today));
        }
        let query = |ask: Ask| -> Result<_, Error> {
            let query = ask
                .query()?
                .in_states(settings.states.iter().copied())
                .in_policies(settings.policies.iter().cloned());
            Ok((ask, query))
        };
        self.round = Some(Round {
            now,
            queries: asks.into_iter().map(query).collect::<Result<_, _>>()?,
            sweeps,
            latest: self.state.watermark,
        });
        Ok(())
    }

    /// The export to ask for next; none if the round is over, or none was begun.
    pub fn next_export(&mut self) -> Option<PendingExport<'_>> {
        let (_, query) = self.round.as_ref()?.queries.front()?;
        Some(PendingExport {
            query: query.clone(),
            seen: BTreeMap::new(),
            latest: None,
            poll: self,
        })
    }

    fn completed(&mut self, seen: BTreeMap<ReportId, ContentHash>, latest: Option<NaiveDate>) {
        let Some(round) = &mut self.round else {
            return;
        };
        round.queries.pop_front();
        let today = round.now.date_naive();
        round.latest = round
            .latest
            .max(latest.map_or(round.latest, |day| day.min(today)));
        let seen_at = round.now;
        let seen = seen
            .into_iter()
            .map(|(id, content)| (id, KnownReport { content, seen_at }));
        self.state.known.extend(seen);
        if round.queries.is_empty() {
            self.state.watermark = round.latest;
            if round.sweeps {
                self.state.swept_at = Some(round.now);
            }
            self.round = None;
        }
        self.forget_oldest();
    }

    fn forget_oldest(&mut self) {
        let known = &mut self.state.known;
        let Some(excess) = known.len().checked_sub(self.settings.known_max) else {
            return;
        };
        let mut by_age: Vec<_> = known
            .iter()
            .map(|(id, report)| (report.seen_at, id.clone()))
            .collect();
        by_age.sort_unstable();
        for (_, id) in by_age.into_iter().take(excess) {
            known.remove(&id);
        }
    }
}

/// An export that was not read to its end yet. Dropped before it is completed, it is forgotten with all it has seen.
#[derive(Debug)]
pub struct PendingExport<'a> {
    poll: &'a mut ReportPoll,
    query: ExportQuery,
    seen: BTreeMap<ReportId, ContentHash>,
    latest: Option<NaiveDate>,
}

impl PendingExport<'_> {
    /// What to ask for.
    pub const fn query(&self) -> &ExportQuery {
        &self.query
    }

    /// Takes a report of the export and tells what is new about it.
    pub fn see(&mut self, report: &Report) -> Novelty {
        let content = ContentHash::of(report);
        let approved = report.approved.as_ref().and_then(Stamp::date);
        self.latest = self.latest.max(approved);
        let known = self.poll.state.known.get(&report.id);
        let before = self
            .seen
            .insert(report.id.clone(), content)
            .or(known.map(|known| known.content));
        match before {
            None => Novelty::New,
            Some(before) if before == content => Novelty::Same,
            Some(_) => Novelty::Changed,
        }
    }

    /// Says that the export was read to its end record, and that what was new or changed is safe.
    pub fn complete(self) {
        self.poll.completed(self.seen, self.latest);
    }
}

#[cfg(test)]
mod tests;
