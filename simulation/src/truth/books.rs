//! The truth of one FreshBooks account: what is in the books, and what must never come into them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use sync_core::model::{
    Draft, LedgerRecord, Marker, ObservedLine, Payment, RecordId, RecordKind, RecordStatus,
    SnapshotParts, Vendor, VendorId,
};
use sync_core::ports::{LedgerWrite, ListingWindow};

use super::request::holds;
use super::{Answer, Clocks, Origin, Request, Seen, tag_in};
use crate::dice::Dice;
use crate::violation::{Invariant, Violation};

/// Who made a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Maker {
    /// The request of that number.
    Request(usize),
    /// A person, by hand.
    Person,
}

/// A record as it is.
#[derive(Clone, Debug)]
pub(crate) struct TrueRecord {
    pub(crate) record: LedgerRecord,
    pub(crate) maker: Maker,
    /// Listings show it from then on; reading it by id does so at once.
    pub(crate) visible_from: DateTime<Utc>,
    /// The expenses in it.
    pub(crate) tags: BTreeSet<u32>,
    /// Whether it is not as it was asked for: a person changed it, or the books took it otherwise.
    pub(crate) touched: bool,
}

impl TrueRecord {
    pub(crate) fn stands(&self) -> bool {
        self.record.status != RecordStatus::Deleted
    }
}

/// How a request is carried out.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Carrying {
    /// Listings show it so much later.
    pub(crate) lag: TimeDelta,
    /// The books take it with another total.
    pub(crate) wrong_total: bool,
}

/// What is asked of a sender when a request arrives.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules<'a> {
    /// Listings that prove absence.
    pub(crate) absences_needed: usize,
    /// When the sender's operation began.
    pub(crate) began_at: DateTime<Utc>,
    /// Days by which a person may move a record and its probe still finds it; `None` where the sender's database knows
    /// no record of the kind, so must look everywhere.
    pub(crate) margin: Option<u32>,
    /// Expenses that a person has moved to another report: those may be looked for under the mark of the one they were in.
    pub(crate) moved: &'a BTreeSet<u32>,
}

impl Rules<'_> {
    /// Whether a record that was planned for one day is at another that no probe has to look at.
    fn is_out_of_reach(self, planned: Option<NaiveDate>, found: Option<NaiveDate>) -> bool {
        let (Some(margin), Some(planned), Some(found)) = (self.margin, planned, found) else {
            return false;
        };
        (found - planned).num_days().unsigned_abs() > u64::from(margin)
    }
}

/// One account.
#[derive(Clone, Debug)]
pub(crate) struct Books {
    pub(crate) reference: SnapshotParts,
    pub(crate) records: Vec<TrueRecord>,
    pub(crate) requests: Vec<Request>,
    pub(crate) listings: Vec<Seen>,
    late: BTreeMap<(DateTime<Utc>, usize), (Draft, Carrying)>,
    next_id: u64,
    /// Whether a second bill of one number is refused: UNVERIFIED of the real service, so worlds differ.
    pub(crate) unique_numbers: bool,
    /// How late a write may show without a second one being the sender's fault.
    pub(crate) grace: TimeDelta,
    /// Marks of which two records came about in a way the protocol states as its residue: they must be found.
    pub(crate) residue: BTreeSet<Marker>,
    /// Until when other programs use up the rate limit: every call is answered with 429.
    pub(crate) busy_until: Option<DateTime<Utc>>,
    /// When clocks were off.
    pub(crate) clocks: Clocks,
    /// For a bug alone.
    cache: BTreeMap<String, Vec<LedgerRecord>>,
}

impl Books {
    pub(crate) fn new(reference: SnapshotParts, unique_numbers: bool, grace: TimeDelta) -> Self {
        Self {
            reference,
            records: Vec::new(),
            requests: Vec::new(),
            listings: Vec::new(),
            late: BTreeMap::new(),
            next_id: 1000,
            unique_numbers,
            grace,
            residue: BTreeSet::new(),
            busy_until: None,
            clocks: Clocks::default(),
            cache: BTreeMap::new(),
        }
    }

    /// A request arrives. Checks what must hold whenever anything is sent, and notes it.
    pub(crate) fn arrives(
        &mut self,
        from: Origin,
        draft: &Draft,
        rules: Rules<'_>,
        now: DateTime<Utc>,
    ) -> Result<usize, Violation> {
        let (kind, marker) = (draft.kind(), draft.marker());
        let probe = self
            .listings
            .iter()
            .rev()
            .find(|seen| same_operation(seen.from, from) && seen.covers(kind, draft.date()));
        let Some(probe) = probe else {
            let text = format!("{marker} is sent and no listing was read to its end before");
            return Err(Violation::new(Invariant::I1, text));
        };
        let probed_at = probe.began_at;
        let shown = self.records.iter().find(|other| {
            other.record.kind == kind
                && other.record.markers.contains(marker)
                && other.visible_from <= probed_at
                && holds(&probe.window, other.record.date)
        });
        if let Some(shown) = shown {
            let text = format!(
                "{marker} is sent although record {} with its mark was there when it was probed for",
                shown.record.id
            );
            return Err(Violation::new(Invariant::I1, text));
        }
        let mut tags = tags_of(draft);
        tags.retain(|tag| !rules.moved.contains(tag));
        let elsewhere = self.records.iter().find(|other| {
            other.stands()
                && matches!(other.maker, Maker::Request(_))
                && other.visible_from <= probed_at
                && !other.tags.is_disjoint(&tags)
                && holds(&probe.window, other.record.date)
        });
        if let Some(elsewhere) = elsewhere {
            let text = format!(
                "{marker} is sent although record {} holds an expense of it under another mark",
                elsewhere.record.id
            );
            return Err(Violation::new(Invariant::I1, text));
        }
        self.check_proof_of_absence(from, draft, rules, now)?;
        // Who wrote it looks for it everywhere; only another database may look around its day alone.
        let moved_away = self.records.iter().any(|other| {
            other.record.kind == kind
                && other.stands()
                && !self.is_of(other, from)
                && other.record.markers.contains(marker)
                && other.visible_from <= probed_at
                && rules.is_out_of_reach(draft.date(), other.record.date)
        });
        self.requests.push(Request {
            from,
            kind,
            marker: marker.clone(),
            began_at: rules.began_at,
            sent_at: now,
            answer: Answer::Lost,
            visible_from: None,
            probed_at: Some(probed_at),
            moved_away,
        });
        Ok(self.requests.len() - 1)
    }

    /// What was sent before and not answered may be sent again only after the quiet time and enough listings.
    fn check_proof_of_absence(
        &self,
        from: Origin,
        draft: &Draft,
        rules: Rules<'_>,
        now: DateTime<Utc>,
    ) -> Result<(), Violation> {
        let (kind, marker) = (draft.kind(), draft.marker());
        let unanswered = self.requests.iter().rev().find(|request| {
            request.kind == kind
                && request.marker == *marker
                && request.from.shares_database(from)
                && request.answer == Answer::Lost
        });
        let Some(before) = unanswered else {
            return Ok(());
        };
        // Spans that a clock measured while it was off mean nothing.
        let began_at = before.began_at.min(rules.began_at);
        if self.clocks.were_off(from.installation, began_at, now) {
            return Ok(());
        }
        if now - before.sent_at < self.grace {
            let text = format!("{marker} is sent again within the quiet time");
            return Err(Violation::new(Invariant::I1, text));
        }
        let listings = self
            .listings
            .iter()
            .filter(|seen| {
                seen.from.shares_database(from)
                    && seen.began_at >= before.sent_at
                    && seen.covers(kind, draft.date())
            })
            .count();
        if listings < rules.absences_needed {
            let text = format!("{marker} is sent again after {listings} listings without it");
            return Err(Violation::new(Invariant::I1, text));
        }
        Ok(())
    }

    /// Carries a request out now. `None`: the number is taken.
    pub(crate) fn carry_out(
        &mut self,
        request: usize,
        draft: &Draft,
        how: Carrying,
        now: DateTime<Utc>,
    ) -> Result<Option<RecordId>, Violation> {
        let marked = |record: &TrueRecord| {
            record.stands()
                && record.record.kind == draft.kind()
                && record.record.markers.contains(draft.marker())
        };
        if self.unique_numbers
            && draft.kind() == RecordKind::Bill
            && self.records.iter().any(marked)
        {
            return Ok(None);
        }
        let id = self.next_id();
        let mut record = record_of(draft, id);
        if how.wrong_total {
            record.total = record.total.and_then(|total| {
                total
                    .checked_add(sync_core::model::Money::from_hundredths(
                        1,
                        total.currency(),
                    ))
                    .ok()
            });
        }
        if let Draft::Vendor(vendor) = draft {
            self.reference.vendors.push(Vendor {
                id: VendorId::new(id.get()),
                name: vendor.name.clone(),
                email: Some(vendor.email.clone()),
                currency: Some(vendor.currency),
                active: true,
            });
        }
        let visible_from = now + how.lag;
        self.records.push(TrueRecord {
            record,
            maker: Maker::Request(request),
            visible_from,
            tags: tags_of(draft),
            touched: how.wrong_total,
        });
        self.requests[request].visible_from = Some(visible_from);
        self.check_single(draft)?;
        Ok(Some(id))
    }

    /// At most one standing record of our making per mark, but for what the protocol cannot know.
    fn check_single(&mut self, draft: &Draft) -> Result<(), Violation> {
        let mut makers: Vec<usize> = self
            .records
            .iter()
            .filter(|record| {
                record.stands()
                    && record.record.kind == draft.kind()
                    && record.record.markers.contains(draft.marker())
            })
            .filter_map(|record| match record.maker {
                Maker::Request(number) => Some(number),
                Maker::Person => None,
            })
            .collect();
        makers.sort_unstable();
        for pair in makers.windows(2) {
            let [one, two] = pair else { continue };
            let (one, two) = (&self.requests[*one], &self.requests[*two]);
            if !excuses(one, two, self.grace, &self.clocks) {
                let text = format!(
                    "{} is in the books twice: sent at {} and {}",
                    draft.marker(),
                    one.sent_at,
                    two.sent_at
                );
                return Err(Violation::new(Invariant::I1, text));
            }
            self.residue.insert(draft.marker().clone());
        }
        Ok(())
    }

    /// Keeps a request for later.
    pub(crate) fn delay(
        &mut self,
        until: DateTime<Utc>,
        request: usize,
        draft: Draft,
        how: Carrying,
    ) {
        self.late.insert((until, request), (draft, how));
    }

    /// Carries out what is due; returns how many came into the books.
    pub(crate) fn settle(&mut self, now: DateTime<Utc>) -> Result<usize, Violation> {
        let mut landed = 0;
        while let Some(due) = self.late.first_entry().filter(|due| due.key().0 <= now) {
            let ((at, request), (draft, how)) = due.remove_entry();
            landed += usize::from(self.carry_out(request, &draft, how, at)?.is_some());
        }
        Ok(landed)
    }

    /// How often a mark was sent with a token that was refused.
    pub(crate) fn refused_for_token(&self, marker: &Marker) -> u32 {
        let refused = self
            .requests
            .iter()
            .filter(|request| request.answer == Answer::TokenRefused && request.marker == *marker);
        u32::try_from(refused.count()).unwrap_or(u32::MAX)
    }

    /// Whether every call is answered with 429 now.
    pub(crate) fn is_busy(&self, now: DateTime<Utc>) -> bool {
        self.busy_until.is_some_and(|until| now < until)
    }

    /// Whether a record of a mark stands that this life of this database wrote and must know of. What another database
    /// wrote, or this one before it was put back, it cannot know; nor what showed later than the quiet time, nor what was on
    /// its way while a clock was off: its absence was then proven too early.
    pub(crate) fn must_be_known(&self, marker: &Marker, life: Origin, now: DateTime<Utc>) -> bool {
        self.records.iter().any(|record| {
            let Maker::Request(number) = record.maker else {
                return false;
            };
            let began_at = self.requests[number].began_at;
            record.stands()
                && record.record.markers.contains(marker)
                && self.is_of(record, life)
                && self.shows_in_time(number)
                && !self.clocks.were_off(life.installation, began_at, now)
        })
    }

    /// The newest record whose sender has never had an answer.
    pub(crate) fn newest_unanswered(&self) -> Option<usize> {
        self.records.iter().rposition(|record| match record.maker {
            Maker::Request(number) => self.requests[number].answer == Answer::Lost,
            Maker::Person => false,
        })
    }

    /// One of the records that stand beside another under the same mark.
    pub(crate) fn one_of_several(&self, dice: &Dice) -> Option<usize> {
        let standing = |record: &&TrueRecord| record.stands();
        let mut counts: BTreeMap<&Marker, u32> = BTreeMap::new();
        for record in self.records.iter().filter(standing) {
            for marker in &record.record.markers {
                *counts.entry(marker).or_default() += 1;
            }
        }
        let is_copied = |record: &TrueRecord| {
            record.stands()
                && record
                    .record
                    .markers
                    .iter()
                    .any(|marker| counts[marker] > 1)
        };
        let copied: Vec<usize> = (0..self.records.len())
            .filter(|position| is_copied(&self.records[*position]))
            .collect();
        dice.pick(&copied).copied()
    }

    /// Whether a record was written from this life of this database, so is known to it.
    pub(crate) fn is_of(&self, record: &TrueRecord, from: Origin) -> bool {
        match record.maker {
            Maker::Request(number) => self.requests[number].from.shares_database(from),
            Maker::Person => false,
        }
    }

    /// Whether what a request wrote showed before the quiet time was over.
    pub(crate) fn shows_in_time(&self, request: usize) -> bool {
        let Request {
            visible_from,
            sent_at,
            ..
        } = &self.requests[request];
        visible_from.is_some_and(|shown| shown - *sent_at <= self.grace)
    }

    /// When the last of what is on its way arrives.
    pub(crate) fn last_due(&self) -> Option<DateTime<Utc>> {
        let late = self.late.keys().map(|(at, _)| *at).max();
        let lagging = self.records.iter().map(|record| record.visible_from).max();
        late.max(lagging)
    }

    /// A complete listing, as it is shown now.
    pub(crate) fn list(
        &mut self,
        from: Origin,
        window: &ListingWindow,
        now: DateTime<Utc>,
    ) -> Vec<LedgerRecord> {
        self.listings.push(Seen {
            from,
            window: window.clone(),
            began_at: now,
        });
        self.records
            .iter()
            .filter(|record| record.visible_from <= now)
            .map(|record| &record.record)
            .filter(|record| {
                record.kind == window.kind
                    && holds(window, record.date)
                    && window
                        .vendor
                        .is_none_or(|vendor| record.vendor == Some(vendor))
            })
            .cloned()
            .collect()
    }

    /// Everything that what comes next can depend on, with moments as seconds from now.
    pub(crate) fn digest(&self, text: &mut String, seconds: impl Fn(DateTime<Utc>) -> i64) {
        for record in &self.records {
            let LedgerRecord { id, status, .. } = &record.record;
            let hidden = Some(seconds(record.visible_from)).filter(|left| *left > 0);
            let _ = write!(text, "|record {id} {status:?} {hidden:?}");
        }
        for request in &self.requests {
            // How late it showed matters, and of one without an answer also how long ago it was and what was listed since.
            let shown = request
                .visible_from
                .map(|at| (at - request.sent_at).num_seconds());
            let open = (request.answer == Answer::Lost).then(|| {
                let listed = self.listings.iter();
                let listed = listed
                    .filter(|seen| seen.began_at >= request.sent_at)
                    .count();
                let ago = (-seconds(request.sent_at)).min(self.grace.num_seconds() + 1);
                (ago, listed.min(3))
            });
            let refused = request.answer == Answer::TokenRefused;
            let _ = write!(text, "|request {shown:?} {open:?} {refused}");
        }
        for (at, request) in self.late.keys() {
            let _ = write!(text, "|late {request} {}", seconds(*at));
        }
    }

    /// What a cache answers: what the window showed when it was first asked for.
    pub(crate) fn cached(
        &mut self,
        window: &ListingWindow,
        records: &[LedgerRecord],
    ) -> Vec<LedgerRecord> {
        let name = format!("{window:?}");
        let cached = self.cache.entry(name).or_insert_with(|| records.to_vec());
        cached.clone()
    }

    /// Whether a record was written from that life of that database.
    pub(crate) fn made_by(&self, record: &LedgerRecord, installation: usize, epoch: u32) -> bool {
        self.read(record.kind, record.id)
            .is_some_and(|found| match found.maker {
                Maker::Request(number) => {
                    let from = self.requests[number].from;
                    from.installation == installation && from.epoch == epoch
                }
                Maker::Person => true,
            })
    }

    pub(crate) fn read(&self, kind: RecordKind, id: RecordId) -> Option<&TrueRecord> {
        self.records
            .iter()
            .find(|record| record.record.kind == kind && record.record.id == id)
    }

    /// Carries out a correction of a record; false when there is no such record.
    pub(crate) fn correct(&mut self, write: LedgerWrite<'_>) -> bool {
        let (kind, id) = match write {
            LedgerWrite::Create(_) => return false,
            LedgerWrite::Update { record, draft } => (draft.kind(), record),
            LedgerWrite::Void { kind, record } => (kind, record),
        };
        let found = self
            .records
            .iter_mut()
            .find(|record| record.record.kind == kind && record.record.id == id);
        let Some(found) = found else { return false };
        match write {
            LedgerWrite::Update { draft, .. } => {
                let wanted = record_of(draft, id);
                found.tags = tags_of(draft);
                let record = &mut found.record;
                record.markers.extend(wanted.markers);
                record.total = wanted.total;
                record.date = wanted.date;
                record.lines = wanted.lines;
                record.category = wanted.category;
            }
            _ => found.record.status = RecordStatus::Deleted,
        }
        true
    }

    /// A person enters a record by hand.
    pub(crate) fn enter_by_hand(
        &mut self,
        record: LedgerRecord,
        tags: BTreeSet<u32>,
        now: DateTime<Utc>,
    ) {
        let id = self.next_id();
        self.records.push(TrueRecord {
            record: LedgerRecord { id, ..record },
            maker: Maker::Person,
            visible_from: now,
            tags,
            touched: true,
        });
    }

    fn next_id(&mut self) -> RecordId {
        self.next_id += 1;
        RecordId::new(self.next_id)
    }
}

const fn same_operation(one: Origin, other: Origin) -> bool {
    one.host == other.host && one.operation == other.operation
}

/// Whether two records of one mark are what the protocol states as its residue (reliability reference 1.3): the first
/// showed later than the quiet time allows for; or the second came from a database that could not know of the first,
/// which did not show yet when it was probed for; or a person had moved the first to a day that another database's probe
/// has no reason to look at. A clock that was off excuses only two writes of the database it writes into, and only where
/// it was off between the beginning of the first and the end of the second.
fn excuses(one: &Request, two: &Request, grace: TimeDelta, clocks: &Clocks) -> bool {
    let (first, second) = if one.sent_at <= two.sent_at {
        (one, two)
    } else {
        (two, one)
    };
    let Some(shown) = first.visible_from else {
        return true;
    };
    if first.from.shares_database(second.from) {
        // A quiet time or a lease that was measured by a clock that was off.
        let began_at = first.began_at.min(second.began_at);
        let was_off = clocks.were_off(first.from.installation, began_at, second.sent_at);
        shown - first.sent_at > grace || was_off
    } else {
        second.moved_away || second.probed_at.is_none_or(|probed| shown > probed)
    }
}

fn tags_of(draft: &Draft) -> BTreeSet<u32> {
    match draft {
        Draft::Bill(bill) => bill
            .lines
            .iter()
            .filter_map(|line| tag_in(&line.description))
            .collect(),
        Draft::Expense(expense) => tag_in(&expense.vendor).into_iter().collect(),
        Draft::Vendor(_) => BTreeSet::new(),
    }
}

fn record_of(draft: &Draft, id: RecordId) -> LedgerRecord {
    let (vendor, category, lines) = match draft {
        Draft::Bill(bill) => {
            let lines = bill.lines.iter().map(|line| ObservedLine {
                category: Some(line.category),
                net: line.net,
            });
            (Some(bill.vendor), None, lines.collect())
        }
        Draft::Expense(expense) => (None, Some(expense.category), Vec::new()),
        Draft::Vendor(_) => (None, None, Vec::new()),
    };
    LedgerRecord {
        kind: draft.kind(),
        id,
        markers: BTreeSet::from([draft.marker().clone()]),
        status: RecordStatus::Active,
        total: draft.total(),
        date: draft.date(),
        vendor,
        category,
        lines,
        payment: Payment::Nothing,
    }
}
