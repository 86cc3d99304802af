//! What the sources of one process share: a request budget, and exports that serve several connections.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Days, TimeDelta, Utc};
use expensify_client as wire;
use sync_core::model::{ConnectionId, Fingerprint, WorkspaceId};
use sync_core::ports::{ExportAnchor, SourceItem};
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

/// Bounds of what is kept for other connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SharingSettings {
    /// Most reports of one export that are kept in memory for other connections; with more, these export for
    /// themselves. Default 20,000.
    pub reports_max: usize,
    /// How old a kept report may be when it is taken. Default 15 min.
    pub age_max: TimeDelta,
}

impl Default for SharingSettings {
    fn default() -> Self {
        Self {
            reports_max: 20_000,
            age_max: TimeDelta::minutes(15),
        }
    }
}

/// What the sources of one process share. Cheap to clone.
///
/// They share one request budget. And where connections have the same key pair and queries that differ in nothing but the
/// workspaces, one export over all their workspaces, and its download, serves them all: the first that asks reads it, the
/// others find their reports kept.
///
/// # Guarantees
/// A connection is only ever given reports of its own workspaces, out of an export that was read to its end mark with its
/// own key pair, and each of them once. Whatever keeps a connection from that (another key pair or query, an export that
/// broke off, too many reports, too long ago) costs it an export of its own and nothing else.
#[derive(Clone, Debug, Default)]
pub struct SharedExpensify(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    settings: SharingSettings,
    budget: OnceLock<Arc<wire::LocalBudget>>,
    state: Mutex<State>,
    /// Told when an export that others wait for has ended.
    ended: Notify,
}

#[derive(Debug, Default)]
struct State {
    members: Vec<Member>,
    /// By number, exports that are being read for others too.
    under_way: BTreeMap<u64, UnderWay>,
    begun: u64,
    kept: Vec<Kept>,
}

/// A connection that exports together with the others of its group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) connection: ConnectionId,
    pub(super) workspaces: BTreeSet<WorkspaceId>,
    group: String,
}

/// What an export is asked for, workspaces apart.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) pair: Fingerprint,
    pub(super) anchor: ExportAnchor,
}

#[derive(Debug)]
struct UnderWay {
    what: Wanted,
    whom: BTreeSet<ConnectionId>,
}

#[derive(Debug)]
struct Kept {
    what: Wanted,
    whom: ConnectionId,
    read_at: DateTime<Utc>,
    items: Vec<SourceItem>,
}

/// How a connection comes to its reports.
#[derive(Debug)]
pub(super) enum Way {
    /// They are here.
    Kept(Vec<SourceItem>),
    /// By an export for it and for others.
    Joint(Joint),
    /// By an export of its own.
    Alone,
}

impl SharedExpensify {
    /// Nothing shared yet.
    pub fn new(settings: SharingSettings) -> Self {
        Self(Arc::new(Inner {
            settings,
            ..Inner::default()
        }))
    }

    /// Lets a connection export together with the others of its group: those whose passes run at about the same time.
    /// A connection that joins again moves.
    pub fn join(
        &self,
        group: &str,
        connection: &ConnectionId,
        workspaces: impl IntoIterator<Item = WorkspaceId>,
    ) {
        let mut state = self.state();
        state
            .members
            .retain(|member| member.connection != *connection);
        state.members.push(Member {
            connection: connection.clone(),
            workspaces: workspaces.into_iter().collect(),
            group: group.to_owned(),
        });
    }

    /// The request budget of all sources and clients of the process, with the windows of the first that asks. Whether
    /// Expensify counts per key pair, per account or per address is UNVERIFIED, so it is one for all.
    pub fn budget(&self, settings: &wire::Settings) -> Arc<dyn wire::RequestBudget> {
        let budget = self
            .0
            .budget
            .get_or_init(|| Arc::new(wire::LocalBudget::new(settings.windows())));
        Arc::<wire::LocalBudget>::clone(budget)
    }

    /// Those who might be served together with a connection; whether they have the same key pair is for the caller to tell.
    pub(super) fn others(&self, connection: &ConnectionId) -> Vec<Member> {
        let state = self.state();
        let own = state.members.iter().find(|it| it.connection == *connection);
        let Some(own) = own else { return Vec::new() };
        state
            .members
            .iter()
            .filter(|it| it.group == own.group && it.connection != own.connection)
            .cloned()
            .collect()
    }

    /// Tells how to come by what is wanted, and counts an export for others as begun. `others` have the same key pair.
    /// Waits, no longer than `patience`, for an export under way that covers it.
    pub(super) async fn way(
        &self,
        connection: &ConnectionId,
        wanted: &Wanted,
        others: Vec<Member>,
        now: DateTime<Utc>,
        patience: Duration,
    ) -> Way {
        let until = Instant::now() + patience;
        loop {
            let ended = self.0.ended.notified();
            {
                let mut state = self.state();
                if let Some(items) = state.take(connection, wanted, now - self.0.settings.age_max) {
                    return Way::Kept(items);
                }
                if !state.is_under_way(connection, wanted) {
                    if others.is_empty() {
                        return Way::Alone;
                    }
                    let number = state.begin(wanted, &others);
                    return Way::Joint(Joint {
                        shared: self.clone(),
                        number,
                        what: wanted.clone(),
                        kept: others.into_iter().map(|it| (it, Vec::new())).collect(),
                        room: self.0.settings.reports_max,
                    });
                }
            }
            if timeout_at(until, ended).await.is_err() {
                return Way::Alone;
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// What is kept for a connection; once taken, the next question is a new export.
    fn take(
        &mut self,
        connection: &ConnectionId,
        wanted: &Wanted,
        since: DateTime<Utc>,
    ) -> Option<Vec<SourceItem>> {
        self.kept.retain(|kept| kept.read_at >= since);
        let fits = |kept: &Kept| kept.whom == *connection && kept.what.covers(wanted);
        let position = self.kept.iter().position(fits)?;
        let mut items = self.kept.swap_remove(position).items;
        items.retain(|item| wanted.asks_for(item));
        Some(items)
    }

    fn begin(&mut self, wanted: &Wanted, others: &[Member]) -> u64 {
        self.begun += 1;
        let (what, whom) = (
            wanted.clone(),
            others.iter().map(|it| it.connection.clone()).collect(),
        );
        self.under_way.insert(self.begun, UnderWay { what, whom });
        self.begun
    }

    fn is_under_way(&self, connection: &ConnectionId, wanted: &Wanted) -> bool {
        self.under_way
            .values()
            .any(|it| it.whom.contains(connection) && it.what.covers(wanted))
    }
}

impl Wanted {
    fn covers(&self, other: &Self) -> bool {
        let wider = match (&self.anchor, &other.anchor) {
            (ExportAnchor::ApprovedAfter(ours), ExportAnchor::ApprovedAfter(theirs)) => {
                ours <= theirs
            }
            (ours, theirs) => ours == theirs,
        };
        self.pair == other.pair && wider
    }

    /// Leaves out what was approved well before, as an export of one's own would. A day more is given than was asked for,
    /// as nobody says in which time zone Expensify counts days.
    fn asks_for(&self, item: &SourceItem) -> bool {
        match (&self.anchor, item) {
            (ExportAnchor::ApprovedAfter(day), SourceItem::Report(report)) => report
                .approved_on
                .is_none_or(|approved| approved >= *day - Days::new(1)),
            _ => true,
        }
    }
}

/// An export under way that serves others too. What it has kept for them is theirs only once it was read to its end;
/// dropped before, they export for themselves.
#[derive(Debug)]
pub(super) struct Joint {
    shared: SharedExpensify,
    number: u64,
    what: Wanted,
    kept: Vec<(Member, Vec<SourceItem>)>,
    room: usize,
}

impl Joint {
    /// The workspaces of the others.
    pub(super) fn workspaces(&self) -> impl Iterator<Item = &WorkspaceId> {
        self.kept.iter().flat_map(|(member, _)| &member.workspaces)
    }

    /// Keeps a report for those whose workspace it is of; one that names no workspace may be anybody's.
    pub(super) fn keep(&mut self, workspace: &WorkspaceId, item: &SourceItem) {
        for (member, items) in &mut self.kept {
            if !workspace.as_str().is_empty() && !member.workspaces.contains(workspace) {
                continue;
            }
            let Some(room) = self.room.checked_sub(1) else {
                self.kept.clear();
                return;
            };
            self.room = room;
            items.push(item.clone());
        }
    }

    /// The export was read to its end mark.
    pub(super) fn complete(mut self, read_at: DateTime<Utc>) {
        let mut state = self.shared.state();
        for (member, items) in std::mem::take(&mut self.kept) {
            let whom = member.connection;
            state
                .kept
                .retain(|kept| kept.whom != whom || kept.what.pair != self.what.pair);
            state.kept.push(Kept {
                what: self.what.clone(),
                whom,
                read_at,
                items,
            });
        }
    }
}

impl Drop for Joint {
    fn drop(&mut self) {
        self.shared.state().under_way.remove(&self.number);
        self.shared.0.ended.notify_waiters();
    }
}
