//! Signing checkpoints of trails, checking trails against them, and proving single entries.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use sync_core::model::ConnectionId;
use sync_core::ports::Store;
use sync_core::state::{
    AuditChain, AuditEntry, MerkleTree, inclusion_path, root_of_path, verify_chain,
};
use sync_core::{Error, Result};

use super::checkpoint::Checkpoint;
use super::journal::{Journal, Records};
use super::note::PublicKey;
use super::signer::NoteSigner;
use super::verdict::{TrailFault, TrailVerdict};

/// Entries read at once.
const PAGE: u32 = 5_000;

/// Where checkpoints go and when they are due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WitnessSettings {
    /// The folder of the checkpoints: best on another medium than the database, append-only.
    pub folder: PathBuf,
    /// What trails are called outside; the connection's name is added. Default `ml-connector`.
    pub name: String,
    /// New entries after which a checkpoint is due in the middle of a pass. Default 1,000.
    pub entries_max: u64,
    /// Time after which one is due. Default 1 h.
    pub age_max: std::time::Duration,
}

impl WitnessSettings {
    /// The defaults, in this folder.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            name: "ml-connector".to_owned(),
            entries_max: 1_000,
            age_max: std::time::Duration::from_hours(1),
        }
    }
}

/// Signs checkpoints of audit trails and checks trails against them.
#[derive(Clone, Debug)]
pub struct AuditWitness {
    settings: WitnessSettings,
    signer: NoteSigner,
}

/// Proof that one entry is part of a trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The entry.
    pub entry: AuditEntry,
    /// In the form `c2sp.org/tlog-proof@v1`, with the entry's content as its extra data.
    pub text: String,
}

/// A trail read to some entry.
struct Reading {
    chain: AuditChain,
    tree: MerkleTree,
    fault: Option<TrailFault>,
}

impl AuditWitness {
    /// A witness with this key.
    pub const fn new(settings: WitnessSettings, signer: NoteSigner) -> Self {
        Self { settings, signer }
    }

    /// When checkpoints are due.
    pub const fn settings(&self) -> &WitnessSettings {
        &self.settings
    }

    /// What a connection's trail is called in its checkpoints.
    pub fn origin(&self, connection: &ConnectionId) -> String {
        format!("{}/{}", self.settings.name, safe(connection.as_str()))
    }

    /// The key by which others check a connection's checkpoints.
    pub fn public_key(&self, connection: &ConnectionId) -> PublicKey {
        self.signer.public(&self.origin(connection))
    }

    /// Where a connection's checkpoints are.
    pub fn checkpoints_path(&self, connection: &ConnectionId) -> PathBuf {
        self.journal(connection).checkpoints_path()
    }

    /// Signs a text about a connection that is no checkpoint, such as a report's hash. Its first line says what it is.
    pub fn sign(&self, connection: &ConnectionId, text: &str) -> String {
        self.signer.sign(&self.origin(connection), text)
    }

    /// The newest checkpoint, if there is one; checks signatures and nothing else.
    ///
    /// # Errors
    /// `Unavailable` when the files cannot be read.
    pub fn newest(&self, connection: &ConnectionId) -> Result<Option<Checkpoint>> {
        let records = self.records(connection)?;
        Ok(records.last().map(|(checkpoint, _)| checkpoint.clone()))
    }

    /// Signs the trail as it is, unless nothing was added since the last checkpoint. Reads only what was added.
    ///
    /// # Errors
    /// `Corrupt` when the trail is not a continuation of what was signed before: then nothing is signed. `Unavailable` when
    /// the files cannot be written; else those of the store.
    pub async fn checkpoint(
        &self,
        store: &dyn Store,
        connection: &ConnectionId,
    ) -> Result<Checkpoint> {
        let journal = self.journal(connection);
        let turn = journal.lock()?;
        journal.mend()?;
        let records = self.records(connection)?;
        let mut reading = self.resume(store, connection, &records).await?;
        let mut added = Vec::new();
        while let Some(page) = read_on(store, connection, &mut reading).await? {
            added.extend(page.iter().map(|entry| entry.hash));
        }
        if let Some(fault) = reading.fault {
            return Err(Error::corrupt(format!(
                "sign a checkpoint of {connection}: {fault}; nothing was signed"
            )));
        }
        let checkpoint = Checkpoint {
            origin: self.origin(connection),
            size: reading.tree.size(),
            root: reading.tree.root(),
        };
        if let Some((last, _)) = records.last()
            && last.size == checkpoint.size
        {
            return Ok(last.clone());
        }
        // Hashes first: a checkpoint never covers an entry whose hash is not kept.
        journal.append_hashes(&added)?;
        let note = self.sign(connection, &checkpoint.text());
        journal.append_note(&note, &self.public_key(connection))?;
        drop(turn);
        Ok(checkpoint)
    }

    /// Whether so many entries were added, or so much time has passed, since the last checkpoint at `signed_at` that
    /// another one is due.
    ///
    /// # Errors
    /// Those of the store, and `Unavailable` when the files cannot be read.
    pub async fn is_due(
        &self,
        store: &dyn Store,
        connection: &ConnectionId,
        signed_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let covered = self.newest(connection)?.map_or(0, |last| last.size);
        let aged = (now - signed_at).to_std().unwrap_or_default() >= self.settings.age_max;
        // The first entry beyond what may be left uncovered.
        let beyond = if aged {
            covered
        } else {
            covered
                .saturating_add(self.settings.entries_max.max(1))
                .saturating_sub(1)
        };
        Ok(!store.audit(connection, beyond, 1).await?.is_empty())
    }

    /// Reads a connection's whole trail and checks it against itself and against every checkpoint.
    ///
    /// # Errors
    /// Those of the store, and `Unavailable` when the files cannot be read. What is wrong with the trail is no error: it is
    /// the verdict.
    pub async fn verify(
        &self,
        store: &dyn Store,
        connection: &ConnectionId,
    ) -> Result<TrailVerdict> {
        let records = self.records(connection)?;
        let mut reading = Reading::from_the_start(connection);
        let mut checking = Checking::new(&records);
        while let Some(page) = read_on(store, connection, &mut reading).await? {
            for entry in &page {
                checking.see(entry);
            }
        }
        checking.end(reading.tree.size());
        let fault = earlier(reading.fault, checking.fault);
        let checkpoint_fault = records.fault.clone().or(checking.records_fault);
        let none = records.checkpoints.is_empty() && checking.tree.size() > 0;
        Ok(TrailVerdict {
            entries: checking.tree.size(),
            end: reading.chain.hash(),
            checkpoints: u64::try_from(records.checkpoints.len()).unwrap_or(u64::MAX),
            covered: records.last().map_or(0, |(last, _)| last.size),
            fault,
            checkpoint_fault: checkpoint_fault.or_else(|| {
                none.then(|| {
                    format!(
                        "there is no checkpoint in {}: it was removed, or none was made yet",
                        self.checkpoints_path(connection).display()
                    )
                })
            }),
        })
    }

    /// Proves that an entry is part of what the newest checkpoint covers.
    ///
    /// # Errors
    /// `Invalid` for an entry that no checkpoint covers yet or that is not there, `Corrupt` when it is not what was signed.
    pub async fn prove(
        &self,
        store: &dyn Store,
        connection: &ConnectionId,
        number: u64,
    ) -> Result<Proof> {
        let records = self.records(connection)?;
        let Some((checkpoint, note)) = records.last().filter(|(last, _)| last.size >= number)
        else {
            return Err(Error::invalid(format!(
                "prove audit entry {number}: no checkpoint covers it yet; run `audit checkpoint`"
            )));
        };
        let before = number
            .checked_sub(1)
            .ok_or_else(|| Error::invalid("prove audit entry 0: entries are counted from 1"))?;
        let found = store.audit(connection, before, 1).await?.into_iter().next();
        let entry = found.filter(|entry| entry.seq == number).ok_or_else(|| {
            Error::corrupt(format!(
                "prove audit entry {number}: it is not in the trail any more"
            ))
        })?;
        let size = usize::try_from(checkpoint.size).unwrap_or(usize::MAX);
        let covered = records.hashes.get(..size).unwrap_or_default();
        let path = usize::try_from(before)
            .ok()
            .and_then(|index| inclusion_path(covered, index))
            .ok_or_else(|| Error::corrupt("prove an audit entry: the file of hashes is cut off"))?;
        if root_of_path(&entry.hash, before, checkpoint.size, &path) != Some(checkpoint.root) {
            return Err(Error::corrupt(format!(
                "prove audit entry {number}: it is not what was signed; run `audit verify`"
            )));
        }
        let content = serde_json::to_string(&entry)
            .map_err(|error| Error::corrupt("write an audit entry as JSON").with_source(error))?;
        let mut text = format!(
            "c2sp.org/tlog-proof@v1\nextra {}\nindex {before}\n",
            STANDARD.encode(content)
        );
        for hash in &path {
            text.push_str(&STANDARD.encode(hash.as_bytes()));
            text.push('\n');
        }
        text.push('\n');
        text.push_str(note);
        Ok(Proof { entry, text })
    }

    fn journal(&self, connection: &ConnectionId) -> Journal {
        Journal::new(&self.settings.folder, &safe(connection.as_str()))
    }

    fn records(&self, connection: &ConnectionId) -> Result<Records> {
        let key = self.public_key(connection);
        self.journal(connection)
            .read(&key, &self.origin(connection))
    }

    /// The trail as far as its hashes are kept, checked to be what the last checkpoint covers and to be still in the store.
    async fn resume(
        &self,
        store: &dyn Store,
        connection: &ConnectionId,
        records: &Records,
    ) -> Result<Reading> {
        let refused = |why: String| {
            Err(Error::corrupt(format!(
                "sign a checkpoint of {connection}: {why}; nothing was signed"
            )))
        };
        if let Some(fault) = &records.fault {
            return refused(fault.clone());
        }
        let mut reading = Reading::from_the_start(connection);
        let covered = records.last().map_or(0, |(last, _)| last.size);
        for hash in &records.hashes {
            reading.tree.append(hash);
            if let Some((last, _)) = records.last()
                && last.size == reading.tree.size()
                && last.root != reading.tree.root()
            {
                return refused("the file of hashes is not what was signed".to_owned());
            }
        }
        if reading.tree.size() < covered {
            return refused("the file of hashes is cut off".to_owned());
        }
        let Some(last) = records.hashes.last() else {
            return Ok(reading);
        };
        let size = reading.tree.size();
        let kept = store.audit(connection, size.saturating_sub(1), 1).await?;
        let same = kept
            .first()
            .is_some_and(|entry| entry.seq == size && entry.hash == *last);
        if !same {
            return refused(format!(
                "audit entry {size} is not what was signed, or was cut off; run `audit verify`"
            ));
        }
        reading.chain = AuditChain::at(size, *last);
        Ok(reading)
    }
}

impl Reading {
    fn from_the_start(connection: &ConnectionId) -> Self {
        Self {
            chain: AuditChain::genesis(connection),
            tree: MerkleTree::new(),
            fault: None,
        }
    }
}

/// Reads the next page; `None` at the end. The first fault is kept; what comes after it is still read.
async fn read_on(
    store: &dyn Store,
    connection: &ConnectionId,
    reading: &mut Reading,
) -> Result<Option<Vec<AuditEntry>>> {
    let page = store.audit(connection, reading.chain.seq(), PAGE).await?;
    let Some(last) = page.last() else {
        return Ok(None);
    };
    if let Err(fault) = verify_chain(&mut reading.chain, &page) {
        reading.fault.get_or_insert(TrailFault {
            entry: fault.seq,
            what: fault.what.to_owned(),
        });
        reading.chain = AuditChain::after(last);
    }
    for entry in &page {
        reading.tree.append(&entry.hash);
    }
    Ok(Some(page))
}

/// A trail compared with what was signed, entry by entry.
struct Checking<'a> {
    records: &'a Records,
    tree: MerkleTree,
    next: usize,
    fault: Option<TrailFault>,
    records_fault: Option<String>,
    /// Whether the kept hashes are those that were signed; else only the roots tell.
    hashes_hold: bool,
}

impl<'a> Checking<'a> {
    fn new(records: &'a Records) -> Self {
        // A checkpoint of a trail that was still empty covers no entry, so none can be compared with it.
        let empty = |(checkpoint, _): &&(Checkpoint, String)| checkpoint.size == 0;
        let mut checking = Self {
            records,
            tree: MerkleTree::new(),
            next: records.checkpoints.iter().take_while(empty).count(),
            fault: None,
            records_fault: None,
            hashes_hold: true,
        };
        checking.check_hashes();
        checking
    }

    /// The kept hashes must give the root of every checkpoint.
    fn check_hashes(&mut self) {
        let mut tree = MerkleTree::new();
        let mut checkpoints = self.records.checkpoints.iter().skip(self.next).peekable();
        for hash in &self.records.hashes {
            tree.append(hash);
            if let Some((checkpoint, _)) =
                checkpoints.next_if(|(checkpoint, _)| checkpoint.size == tree.size())
                && checkpoint.root != tree.root()
            {
                self.hashes_hold = false;
            }
        }
        self.hashes_hold &= checkpoints.next().is_none();
        if !self.hashes_hold {
            self.records_fault = Some("the file of hashes is not what was signed".to_owned());
        }
    }

    fn see(&mut self, entry: &AuditEntry) {
        self.tree.append(&entry.hash);
        let number = self.tree.size();
        let kept = usize::try_from(number.saturating_sub(1))
            .ok()
            .and_then(|position| self.records.hashes.get(position));
        let changed = kept.is_some_and(|kept| *kept != entry.hash);
        if self.hashes_hold && changed {
            self.found(number, "it is not what was signed".to_owned());
        }
        if let Some((checkpoint, _)) = self.records.checkpoints.get(self.next)
            && checkpoint.size == number
        {
            self.next = self.next.saturating_add(1);
            if checkpoint.root != self.tree.root() {
                let first = self
                    .next
                    .checked_sub(2)
                    .and_then(|before| self.records.checkpoints.get(before))
                    .map_or(1, |(before, _)| before.size.saturating_add(1));
                self.found(
                    first,
                    format!("it or one up to {number} is not what was signed"),
                );
            }
        }
    }

    fn end(&mut self, entries: u64) {
        let signed = self.records.last().map_or(0, |(last, _)| last.size);
        // Hashes are kept of what the store had made durable: also those beyond the last checkpoint were there, and tell when
        // that was taken away together with what it covered.
        let kept = u64::try_from(self.records.hashes.len()).unwrap_or(u64::MAX);
        let known = if self.hashes_hold {
            signed.max(kept)
        } else {
            signed
        };
        if entries < known {
            self.found(
                entries.saturating_add(1),
                format!(
                    "it and all up to {known} were signed and are gone: cut off, or an older database was put back"
                ),
            );
        }
    }

    fn found(&mut self, entry: u64, what: String) {
        self.fault.get_or_insert(TrailFault { entry, what });
    }
}

/// Of two faults the one at the earlier entry; of equal ones what the trail itself says.
fn earlier(of_chain: Option<TrailFault>, of_records: Option<TrailFault>) -> Option<TrailFault> {
    match (of_chain, of_records) {
        (Some(chain), Some(records)) if records.entry < chain.entry => Some(records),
        (Some(chain), _) => Some(chain),
        (None, records) => records,
    }
}

/// A connection's name as part of a file's name and of a note's: letters, digits, dots, dashes and underscores stay.
fn safe(name: &str) -> String {
    name.bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.') {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}
