//! What a run of kills comes to.

use std::collections::BTreeMap;
use std::fmt;

/// When a program was killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A moment drawn by lot within a pass.
    Moment,
    /// While one of the two services had a request of a pass, any but a POST.
    Point,
    /// While a POST was on the wire: arrived and not carried out, or carried out and not answered.
    Posting,
    /// While a new pair of tokens was asked for: before it was given, or given and not answered.
    Refreshing,
    /// While the database, its key and its tables were made.
    FirstStart,
    /// While the tables of an older version were brought up to date.
    Migrating,
    /// While a person's order to correct a record was carried out.
    Correcting,
    /// While the books were reconciled.
    Reconciling,
    /// While the audit trail was signed.
    Checkpointing,
    /// Not killed but stopped for longer than its lease, while another process did the work; then it went on.
    Overtaken,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Moment,
        Self::Point,
        Self::Posting,
        Self::Refreshing,
        Self::FirstStart,
        Self::Migrating,
        Self::Correcting,
        Self::Reconciling,
        Self::Checkpointing,
        Self::Overtaken,
    ];
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Moment => "at a random moment of a pass",
            Self::Point => "at an armed request of a pass",
            Self::Posting => "with a POST on the wire",
            Self::Refreshing => "during a token refresh",
            Self::FirstStart => "during the first start",
            Self::Migrating => "during the migration of an older database",
            Self::Correcting => "during a correction",
            Self::Reconciling => "during a reconciliation",
            Self::Checkpointing => "during an audit checkpoint",
            Self::Overtaken => "stopped beyond the lease and overtaken",
        })
    }
}

/// Counts of a run.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Attempts to kill.
    pub rounds: u64,
    /// Kills that struck a running program, by kind.
    pub struck: BTreeMap<Kind, u64>,
    /// Power losses, and of these with something that was not synced.
    pub losses: u64,
    /// Power losses that had something to discard.
    pub losses_that_bit: u64,
    /// Changes to files in runs that ended in a power loss.
    pub changes: u64,
    /// Of these, not synced.
    pub unsynced: u64,
    /// Installations, each killed several times and then left to finish.
    pub installations: u64,
    /// Records that stand in the books at the end.
    pub records: u64,
    /// Their sum, in cents.
    pub cents: i64,
    /// Records that are there twice.
    pub doubles: u64,
    /// Reports whose records do not come to their total.
    pub reports_off: u64,
    /// POSTs that arrived, each with an intent of its own in the database.
    pub posts: u64,
    /// `PRAGMA integrity_check`s that said ok.
    pub integrity_checks: u64,
    /// `audit verify` runs that found the trail whole.
    pub audits: u64,
    /// `reconcile` runs that agreed to the cent.
    pub reconciliations: u64,
    /// Times a person had to authorize again, as a lost token response demands.
    pub reauthorized: u64,
    /// What must not happen and did, with the seed.
    pub violations: Vec<String>,
}

impl Tally {
    /// Kills that struck.
    pub fn kills(&self) -> u64 {
        self.struck.values().sum()
    }

    /// Kills of a kind.
    pub fn of(&self, kind: Kind) -> u64 {
        self.struck.get(&kind).copied().unwrap_or_default()
    }

    pub(super) fn add(&mut self, other: Self) {
        for (kind, count) in other.struck {
            *self.struck.entry(kind).or_default() += count;
        }
        self.rounds += other.rounds;
        self.losses += other.losses;
        self.losses_that_bit += other.losses_that_bit;
        self.changes += other.changes;
        self.unsynced += other.unsynced;
        self.installations += other.installations;
        self.records += other.records;
        self.cents += other.cents;
        self.doubles += other.doubles;
        self.reports_off += other.reports_off;
        self.posts += other.posts;
        self.integrity_checks += other.integrity_checks;
        self.audits += other.audits;
        self.reconciliations += other.reconciliations;
        self.reauthorized += other.reauthorized;
        self.violations.extend(other.violations);
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "rounds {}, of which struck {} ({} installations)",
            self.rounds,
            self.kills(),
            self.installations
        )?;
        for kind in Kind::ALL {
            writeln!(f, "  {:>6} {kind}", self.of(kind))?;
        }
        writeln!(
            f,
            "power losses {}, of which {} had something to discard: {} of {} changes were not synced",
            self.losses, self.losses_that_bit, self.unsynced, self.changes
        )?;
        let whole = self.cents / 100;
        let cents = self.cents % 100;
        writeln!(
            f,
            "records in the books {}, worth {whole}.{cents:02} USD; doubles {}, reports lost or off by a cent {}",
            self.records, self.doubles, self.reports_off
        )?;
        writeln!(
            f,
            "POSTs that arrived {}, each with its own durable intent; integrity checks {}, audit trails whole {}, \
             reconciliations that agree {}; authorized again {} times",
            self.posts, self.integrity_checks, self.audits, self.reconciliations, self.reauthorized
        )?;
        write!(f, "violations {}", self.violations.len())?;
        for violation in &self.violations {
            write!(f, "\n  {violation}")?;
        }
        Ok(())
    }
}
