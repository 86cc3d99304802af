//! Records of one kind, with the indexes that keep listing and duplicate checks quick.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, NaiveDate, Utc};

use super::resources::Resource;
use super::schema::{Fields, date_of, int_of};

/// Whether a record shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum VisState {
    Active,
    Deleted,
    Archived,
}

impl VisState {
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Active => 0,
            Self::Deleted => 1,
            Self::Archived => 2,
        }
    }

    pub(crate) fn from_code(code: u64) -> Option<Self> {
        match code {
            0 => Some(Self::Active),
            1 => Some(Self::Deleted),
            2 => Some(Self::Archived),
            _ => None,
        }
    }
}

/// One record.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) id: u64,
    pub(crate) vis: VisState,
    pub(crate) created: DateTime<Utc>,
    pub(crate) updated: DateTime<Utc>,
    pub(crate) fields: Fields,
}

/// The records of one resource.
#[derive(Debug)]
pub(crate) struct Table {
    resource: Resource,
    rows: BTreeMap<u64, Record>,
    by_day: BTreeMap<NaiveDate, BTreeSet<u64>>,
    by_owner: HashMap<u64, BTreeSet<u64>>,
    by_key: HashMap<String, BTreeSet<u64>>,
}

impl Table {
    pub(crate) fn new(resource: Resource) -> Self {
        Self {
            resource,
            rows: BTreeMap::new(),
            by_day: BTreeMap::new(),
            by_owner: HashMap::new(),
            by_key: HashMap::new(),
        }
    }

    pub(crate) fn get(&self, id: u64) -> Option<&Record> {
        self.rows.get(&id)
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &Record> {
        self.rows.values()
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Stores a record in place of the one with its id, under a lookup key of the caller's choice.
    pub(crate) fn put(&mut self, record: Record, key_of: impl Fn(&Record) -> Option<String>) {
        self.remove(record.id, &key_of);
        let shape = self.resource.shape();
        let day = shape.day.and_then(|day| date_of(&record.fields, day));
        let owner = shape.owner.and_then(|owner| int_of(&record.fields, owner));
        if let Some(day) = day {
            self.by_day.entry(day).or_default().insert(record.id);
        }
        if let Some(owner) = owner {
            self.by_owner.entry(owner).or_default().insert(record.id);
        }
        if let Some(key) = key_of(&record) {
            self.by_key.entry(key).or_default().insert(record.id);
        }
        self.rows.insert(record.id, record);
    }

    /// Takes a record out for good.
    pub(crate) fn remove(
        &mut self,
        id: u64,
        key_of: impl Fn(&Record) -> Option<String>,
    ) -> Option<Record> {
        let record = self.rows.remove(&id)?;
        let shape = self.resource.shape();
        if let Some(ids) = shape
            .day
            .and_then(|day| date_of(&record.fields, day))
            .and_then(|day| self.by_day.get_mut(&day))
        {
            ids.remove(&id);
        }
        if let Some(ids) = shape
            .owner
            .and_then(|owner| int_of(&record.fields, owner))
            .and_then(|owner| self.by_owner.get_mut(&owner))
        {
            ids.remove(&id);
        }
        if let Some(key) = key_of(&record)
            && let Some(ids) = self.by_key.get_mut(&key)
        {
            ids.remove(&id);
        }
        Some(record)
    }

    /// Ids stored under a lookup key.
    pub(crate) fn with_key(&self, key: &str) -> impl Iterator<Item = u64> + '_ {
        self.by_key.get(key).into_iter().flatten().copied()
    }

    /// Ids that belong to an owner (a bill's vendor, a payment's bill).
    pub(crate) fn of_owner(&self, owner: u64) -> impl Iterator<Item = u64> + '_ {
        self.by_owner.get(&owner).into_iter().flatten().copied()
    }

    /// Ids within a range of days, highest first.
    pub(crate) fn between(&self, from: NaiveDate, to: NaiveDate) -> Vec<u64> {
        if from > to {
            return Vec::new();
        }
        let mut ids: Vec<u64> = self
            .by_day
            .range(from..=to)
            .flat_map(|(_, ids)| ids)
            .copied()
            .collect();
        ids.sort_unstable_by(|a, b| b.cmp(a));
        ids
    }

    /// The lowest id among the `newest` highest; `None` when `newest` is 0.
    pub(crate) fn stale_from(&self, newest: usize) -> Option<u64> {
        let skipped = newest.checked_sub(1)?;
        let mut newest_first = self.rows.keys().rev();
        newest_first
            .nth(skipped)
            .or_else(|| self.rows.keys().next())
            .copied()
    }
}
