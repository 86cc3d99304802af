//! The files of one connection's checkpoints.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind as IoErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use sync_core::model::Fingerprint;
use sync_core::{Error, ErrorKind, Result};

use super::checkpoint::Checkpoint;
use super::note::{PublicKey, split_all};
use crate::durable::sync_folder;

/// What the files say.
#[derive(Debug)]
pub(super) struct Records {
    /// Checkpoints whose signature holds, as they were made, each with its note.
    pub(super) checkpoints: Vec<(Checkpoint, String)>,
    /// Hashes of entries, in order; may go beyond the last checkpoint.
    pub(super) hashes: Vec<Fingerprint>,
    /// What is wrong with the files themselves.
    pub(super) fault: Option<String>,
}

impl Records {
    /// The newest checkpoint and its note.
    pub(super) fn last(&self) -> Option<&(Checkpoint, String)> {
        self.checkpoints.last()
    }
}

/// The files of one connection.
#[derive(Debug)]
pub(super) struct Journal {
    folder: PathBuf,
    stem: String,
}

impl Journal {
    pub(super) fn new(folder: &Path, stem: &str) -> Self {
        Self {
            folder: folder.to_owned(),
            stem: stem.to_owned(),
        }
    }

    /// Where the checkpoints are.
    pub(super) fn checkpoints_path(&self) -> PathBuf {
        self.path("checkpoints")
    }

    fn path(&self, extension: &str) -> PathBuf {
        self.folder.join(format!("{}.{extension}", self.stem))
    }

    /// Takes turns with other programs that sign for the same connection, until the file is dropped.
    pub(super) fn lock(&self) -> Result<File> {
        std::fs::create_dir_all(&self.folder).map_err(|error| failed(&self.folder, &error))?;
        let path = self.checkpoints_path();
        let file = appendable(&path)?;
        // The folder's own name, too, or a power loss takes what is signed away with it. Each time: the process that made
        // it may have died before it came to this.
        match sync_folder(&self.folder) {
            // Somebody else made it, where this user may not look around.
            Err(error) if error.kind() == IoErrorKind::PermissionDenied => {}
            synced => synced.map_err(|error| failed(&self.folder, &error))?,
        }
        file.lock().map_err(|error| failed(&path, &error))?;
        Ok(file)
    }

    /// Reads the files and checks every signature.
    pub(super) fn read(&self, key: &PublicKey, origin: &str) -> Result<Records> {
        let notes = text_of(&self.checkpoints_path())?;
        let (notes, rest) = split_all(&notes);
        let mut records = Records {
            checkpoints: Vec::with_capacity(notes.len()),
            hashes: Vec::new(),
            fault: None,
        };
        for (position, note) in notes.into_iter().enumerate() {
            let checkpoint = key.verify(note).ok().and_then(Checkpoint::parse);
            let checkpoint = checkpoint.filter(|checkpoint| checkpoint.origin == origin);
            let grows = |checkpoint: &Checkpoint| {
                records
                    .last()
                    .is_none_or(|(last, _)| last.size < checkpoint.size)
            };
            if let Some(checkpoint) = checkpoint.filter(grows) {
                records.checkpoints.push((checkpoint, note.to_owned()));
            } else {
                let number = position.saturating_add(1);
                records.fault.get_or_insert(format!(
                    "checkpoint {number} in {} is not one that this key signed after the one before",
                    self.checkpoints_path().display()
                ));
            }
        }
        // A note that a crash cut off in the middle was never relied on; anything else was put there.
        let cut_off =
            rest.is_empty() || format!("{origin}\n").starts_with(rest) || rest.starts_with(origin);
        if !cut_off {
            records.fault.get_or_insert(format!(
                "{} holds what is no checkpoint",
                self.checkpoints_path().display()
            ));
        }
        let path = self.path("hashes");
        let text = text_of(&path)?;
        // The last line may be cut off by a crash; it is written again.
        let whole = text
            .rfind('\n')
            .map_or("", |end| text.get(..end).unwrap_or_default());
        for (line, number) in whole.lines().zip(1_u64..) {
            let Some(hash) = Fingerprint::from_hex(line) else {
                records
                    .fault
                    .get_or_insert(format!("line {number} of {} is no hash", path.display()));
                break;
            };
            records.hashes.push(hash);
        }
        Ok(records)
    }

    /// Appends hashes of entries, durable when this returns. A cut-off last line is ended first, so that it shows.
    pub(super) fn append_hashes(&self, hashes: &[Fingerprint]) -> Result<()> {
        let path = self.path("hashes");
        let mut text = String::with_capacity(hashes.len().saturating_mul(65));
        for hash in hashes {
            text.push_str(&hash.to_string());
            text.push('\n');
        }
        append(&path, &text)
    }

    /// Appends a note, durable when this returns, and writes the public key beside it once.
    pub(super) fn append_note(&self, note: &str, key: &PublicKey) -> Result<()> {
        append(&self.checkpoints_path(), note)?;
        let path = self.path("pub");
        if path.exists() {
            return Ok(());
        }
        append(&path, &format!("{key}\n"))
    }

    /// Cuts off what a crash left of a line or a note, so that what is appended next begins on a line of its own.
    pub(super) fn mend(&self) -> Result<()> {
        let path = self.path("hashes");
        let text = text_of(&path)?;
        let whole = text.rfind('\n').map_or(0, |end| end.saturating_add(1));
        cut(&path, whole, text.len())?;
        let path = self.checkpoints_path();
        let text = text_of(&path)?;
        let (_, rest) = split_all(&text);
        cut(&path, text.len().saturating_sub(rest.len()), text.len())
    }
}

fn cut(path: &Path, to: usize, from: usize) -> Result<()> {
    if to == from {
        return Ok(());
    }
    let length = u64::try_from(to).unwrap_or(u64::MAX);
    let file = OpenOptions::new().write(true).open(path);
    file.and_then(|file| file.set_len(length).and_then(|()| file.sync_all()))
        .map_err(|error| failed(path, &error))
}

fn text_of(path: &Path) -> Result<String> {
    let mut text = String::new();
    match File::open(path).and_then(|mut file| file.read_to_string(&mut text)) {
        Ok(_) => Ok(text),
        Err(error) if error.kind() == IoErrorKind::NotFound => Ok(text),
        Err(error) => Err(failed(path, &error)),
    }
}

fn appendable(path: &Path) -> Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    // It holds sizes and hashes, nothing to hide; but only its owner may write it.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o644);
    options.open(path).map_err(|error| failed(path, &error))
}

fn append(path: &Path, text: &str) -> Result<()> {
    let mut file = appendable(path)?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        // A name is durable once its folder is.
        .and_then(|()| sync_folder(path))
        .map_err(|error| failed(path, &error))
}

fn failed(path: &Path, error: &std::io::Error) -> Error {
    Error::new(
        ErrorKind::Unavailable,
        format!("use the audit checkpoints in {}: {error}", path.display()),
    )
}
