//! Power loss, imitated by discarding what was not synced.
//!
//! A small library (`tests/power/power.c`, loaded with `LD_PRELOAD`) writes down what the program does to the files of its
//! folder. From that and from a copy made before the run, the folder is rebuilt as a power loss could have left it: what
//! was synced is there; of the rest nothing, everything, or a part drawn by lot, cut in sectors. A name is durable when its
//! folder was synced, contents when the file was: harsher than most file systems, and what POSIX promises.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::draw::Draw;

/// Libraries compiled by this process.
static COMPILED: AtomicUsize = AtomicUsize::new(0);

/// The library, compiled.
#[derive(Clone, Debug)]
pub struct Library(PathBuf);

impl Library {
    /// Compiles it with `cc` beside the program that runs.
    ///
    /// # Errors
    /// Why there is none on this machine.
    pub fn compile() -> Result<Self, String> {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("power/power.c");
        let folder = std::env::current_exe().map_err(|error| error.to_string())?;
        // Of its own, so that two that compile at once do not disturb each other.
        let number = COMPILED.fetch_add(1, Ordering::Relaxed);
        let name = format!("power-{}-{number}.so", std::process::id());
        let library = folder.with_file_name(name);
        let compiled = Command::new("cc")
            .args(["-shared", "-fPIC", "-O2", "-o"])
            .arg(&library)
            .arg(&source)
            .args(["-ldl", "-lpthread"])
            .output()
            .map_err(|error| format!("there is no C compiler `cc`: {error}"))?;
        if !compiled.status.success() {
            let why = String::from_utf8_lossy(&compiled.stderr).into_owned();
            return Err(format!("{} does not compile: {why}", source.display()));
        }
        Ok(Self(library))
    }

    /// The compiled file.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

/// A disk that a power loss can strike.
#[derive(Clone, Debug)]
pub struct Power {
    library: Library,
    /// Whether syncing succeeds without an effect.
    lies: bool,
}

impl Power {
    /// An honest disk, or one whose syncing has no effect.
    pub fn new(library: Library, lies: bool) -> Self {
        Self { library, lies }
    }

    /// Begins a run over a folder: what is in it now is durable.
    pub(super) fn begin(&self, folder: &Path) -> Recording {
        let mut journal = folder.as_os_str().to_owned();
        journal.push(".journal");
        let journal = PathBuf::from(journal);
        let _ = fs::remove_file(&journal);
        Recording {
            disk: Disk::of(folder),
            folder: folder.to_owned(),
            journal,
            library: self.library.0.clone(),
            lies: self.lies,
        }
    }
}

/// A run whose writes are written down.
#[derive(Debug)]
pub(super) struct Recording {
    disk: Disk,
    folder: PathBuf,
    journal: PathBuf,
    library: PathBuf,
    lies: bool,
}

impl Recording {
    /// What the program needs in its environment.
    pub(super) fn environment(&self) -> Vec<(&'static str, OsString)> {
        let mut variables = vec![
            ("LD_PRELOAD", self.library.clone().into_os_string()),
            ("POWER_ROOT", self.folder.clone().into_os_string()),
            ("POWER_JOURNAL", self.journal.clone().into_os_string()),
        ];
        if self.lies {
            variables.push(("POWER_LIE", OsString::from("1")));
        }
        variables
    }

    /// Rebuilds the folder as the power loss left it; says what was lost. `ended` says that the program ended by itself:
    /// then everything written down must be what the folder holds, or the writing down has a hole.
    pub(super) fn strike(mut self, draw: &Draw, ended: bool) -> Result<Loss, String> {
        let journal = fs::read(&self.journal).unwrap_or_default();
        let _ = fs::remove_file(&self.journal);
        let changes = self.disk.replay(&journal);
        if ended {
            self.disk.compare(&self.folder)?;
        }
        let loss = Loss::drawn(draw, changes, self.disk.pending());
        let after = self.disk.after(&loss, draw);
        clear(&self.folder);
        for (name, file) in &after {
            let path = self.folder.join(name);
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent).map_err(|error| error.to_string())?;
            }
            let mut options = fs::OpenOptions::new();
            options.write(true).create_new(true).mode(file.mode);
            options
                .open(&path)
                .and_then(|mut opened| std::io::Write::write_all(&mut opened, &file.bytes))
                .map_err(|error| format!("{}: {error}", path.display()))?;
        }
        Ok(loss)
    }
}

/// What became of what was not synced.
#[derive(Clone, Debug)]
pub(super) struct Loss {
    /// How it was drawn.
    how: How,
    /// Changes written down in the run.
    pub(super) changes: usize,
    /// Of these, not synced.
    pub(super) pending: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    Nothing,
    Everything,
    Part { sector: usize },
}

impl Loss {
    fn drawn(draw: &Draw, changes: usize, pending: usize) -> Self {
        let how = match draw.below(6) {
            0 | 1 => How::Nothing,
            2 => How::Everything,
            3 | 4 => How::Part { sector: 4096 },
            _ => How::Part { sector: 512 },
        };
        Self {
            how,
            changes,
            pending,
        }
    }

    fn keeps(&self, draw: &Draw) -> bool {
        match self.how {
            How::Nothing => false,
            How::Everything => true,
            How::Part { .. } => draw.below(2) == 0,
        }
    }
}

/// Contents of one file.
#[derive(Clone, Debug, Default)]
struct File {
    mode: u32,
    /// What was synced.
    durable: Vec<u8>,
    /// What was not, in order.
    pending: Vec<Change>,
}

#[derive(Clone, Debug)]
enum Change {
    Write { offset: usize, bytes: Vec<u8> },
    Length(usize),
}

#[derive(Clone, Debug)]
enum Naming {
    /// A name for a file, in place of what had it.
    Put(String, usize),
    /// A name is gone.
    Gone(String),
    /// One file's name changes in one step.
    Moved(String, String, usize),
    /// A folder.
    Folder(String),
}

impl Naming {
    /// The folder whose syncing makes it durable.
    fn parent(&self) -> &str {
        let name = match self {
            Self::Put(name, _)
            | Self::Gone(name)
            | Self::Folder(name)
            | Self::Moved(_, name, _) => name,
        };
        name.rsplit_once('/').map_or("", |(parent, _)| parent)
    }

    fn apply(&self, names: &mut BTreeMap<String, usize>, folders: &mut Vec<String>) {
        match self {
            Self::Put(name, file) => drop(names.insert(name.clone(), *file)),
            Self::Gone(name) => drop(names.remove(name)),
            Self::Moved(from, to, file) => {
                names.remove(from);
                names.insert(to.clone(), *file);
            }
            Self::Folder(name) => folders.push(name.clone()),
        }
    }
}

/// A file as it is found after the loss.
#[derive(Debug)]
struct Found {
    mode: u32,
    bytes: Vec<u8>,
}

/// Files as the program sees them, and what of them is durable.
#[derive(Debug, Default)]
struct Disk {
    files: Vec<File>,
    inodes: BTreeMap<u64, usize>,
    names: BTreeMap<String, usize>,
    folders: Vec<String>,
    durable_names: BTreeMap<String, usize>,
    durable_folders: Vec<String>,
    namings: Vec<Naming>,
}

impl Disk {
    /// Everything in a folder, durable.
    fn of(folder: &Path) -> Self {
        let mut disk = Self::default();
        disk.take(folder, "");
        disk.durable_names.clone_from(&disk.names);
        disk.durable_folders.clone_from(&disk.folders);
        disk
    }

    fn take(&mut self, folder: &Path, prefix: &str) {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            let path = entry.path();
            if path.is_dir() {
                self.folders.push(name.clone());
                self.take(&path, &format!("{name}/"));
                continue;
            }
            let metadata = fs::metadata(&path).unwrap();
            self.inodes.insert(metadata.ino(), self.files.len());
            self.names.insert(name, self.files.len());
            self.files.push(File {
                mode: metadata.mode() & 0o7777,
                durable: fs::read(&path).unwrap(),
                pending: Vec::new(),
            });
        }
    }

    /// Does what was written down; gives the number of changes. A last line that the kill cut off did not happen.
    fn replay(&mut self, journal: &[u8]) -> usize {
        let mut rest = journal;
        let mut changes = 0;
        while let Some((line, after)) = Line::split(rest) {
            rest = after;
            changes += 1;
            self.apply(&line);
        }
        changes
    }

    fn apply(&mut self, line: &Line<'_>) {
        match line.operation {
            "C" => {
                let file = self.files.len();
                self.files.push(File {
                    mode: u32::try_from(line.first).unwrap_or(0o600),
                    ..File::default()
                });
                self.inodes.insert(line.inode, file);
                self.name(Naming::Put(line.name(), file));
            }
            "W" => self.change(
                line,
                Change::Write {
                    offset: line.first,
                    bytes: line.a.to_vec(),
                },
            ),
            "T" => self.change(line, Change::Length(line.first)),
            "S" => {
                if let Some(&file) = self.inodes.get(&line.inode) {
                    let file = &mut self.files[file];
                    for change in std::mem::take(&mut file.pending) {
                        change.apply(&mut file.durable);
                    }
                }
            }
            "D" => {
                let folder = line.name();
                let (synced, kept) = std::mem::take(&mut self.namings)
                    .into_iter()
                    .partition(|naming| naming.parent() == folder);
                self.namings = kept;
                let synced: Vec<Naming> = synced;
                for naming in synced {
                    naming.apply(&mut self.durable_names, &mut self.durable_folders);
                }
            }
            "R" => {
                let from = line.name();
                if let Some(&file) = self.names.get(&from) {
                    self.name(Naming::Moved(from, line.other(), file));
                }
            }
            "L" => {
                if let Some(&file) = self.names.get(&line.name()) {
                    self.name(Naming::Put(line.other(), file));
                }
            }
            "U" => self.name(Naming::Gone(line.name())),
            "M" => self.name(Naming::Folder(line.name())),
            other => panic!("the journal holds an unknown operation {other:?}"),
        }
    }

    fn name(&mut self, naming: Naming) {
        naming.apply(&mut self.names, &mut self.folders);
        self.namings.push(naming);
    }

    fn change(&mut self, line: &Line<'_>, change: Change) {
        let file = *self
            .inodes
            .get(&line.inode)
            .unwrap_or_else(|| panic!("a write to a file that nobody opened: {line:?}"));
        self.files[file].pending.push(change);
    }

    fn pending(&self) -> usize {
        let contents: usize = self.files.iter().map(|file| file.pending.len()).sum();
        contents + self.namings.len()
    }

    /// Whether everything written down gives what the folder holds.
    fn compare(&self, folder: &Path) -> Result<(), String> {
        let real = Self::of(folder);
        let mut wrong = String::new();
        let names = self.names.keys().chain(real.names.keys());
        for name in names.filter(|name| !is_map(name)) {
            let ours = self.names.get(name).map(|&file| self.files[file].whole());
            let theirs = real.names.get(name).map(|&file| real.files[file].whole());
            if ours != theirs {
                let length = |bytes: &Option<Vec<u8>>| bytes.as_ref().map(Vec::len);
                let _ = write!(
                    wrong,
                    " {name} ({:?} bytes written down, {:?} there)",
                    length(&ours),
                    length(&theirs)
                );
            }
        }
        if wrong.is_empty() {
            Ok(())
        } else {
            Err(format!(
                "what was written down is not what is there:{wrong}"
            ))
        }
    }

    /// What is found after the loss.
    fn after(&self, loss: &Loss, draw: &Draw) -> BTreeMap<String, Found> {
        let (mut names, mut folders) = (self.durable_names.clone(), self.durable_folders.clone());
        for naming in &self.namings {
            if loss.keeps(draw) {
                naming.apply(&mut names, &mut folders);
            }
        }
        let reachable = |name: &str| {
            name.rsplit_once('/')
                .is_none_or(|(parent, _)| folders.iter().any(|folder| folder == parent))
        };
        names
            .into_iter()
            .filter(|(name, _)| !is_map(name) && reachable(name))
            .map(|(name, file)| {
                let file = &self.files[file];
                let found = Found {
                    mode: file.mode,
                    bytes: file.after(loss, draw),
                };
                (name, found)
            })
            .collect()
    }
}

impl File {
    fn whole(&self) -> Vec<u8> {
        let mut bytes = self.durable.clone();
        for change in &self.pending {
            change.apply(&mut bytes);
        }
        bytes
    }

    fn after(&self, loss: &Loss, draw: &Draw) -> Vec<u8> {
        let mut bytes = self.durable.clone();
        for change in &self.pending {
            match (loss.how, change) {
                (How::Part { sector }, Change::Write { offset, bytes: new }) => {
                    let mut at = 0;
                    while at < new.len() {
                        let end = new
                            .len()
                            .min((offset + at) / sector * sector + sector - offset);
                        if draw.below(2) == 0 {
                            write_at(&mut bytes, offset + at, &new[at..end]);
                        }
                        at = end;
                    }
                }
                _ if loss.keeps(draw) => change.apply(&mut bytes),
                _ => {}
            }
        }
        bytes
    }
}

impl Change {
    fn apply(&self, to: &mut Vec<u8>) {
        match self {
            Self::Write { offset, bytes } => write_at(to, *offset, bytes),
            Self::Length(length) => to.resize(*length, 0),
        }
    }
}

fn write_at(to: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
    let end = offset + bytes.len();
    if to.len() < end {
        to.resize(end, 0);
    }
    to[offset..end].copy_from_slice(bytes);
}

/// SQLite's shared memory: mapped, never written, and made anew.
fn is_map(name: &str) -> bool {
    name.ends_with("-shm")
}

fn clear(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            fs::remove_dir_all(path).unwrap();
        } else {
            fs::remove_file(path).unwrap();
        }
    }
}

/// One line of the journal.
#[derive(Debug)]
struct Line<'a> {
    operation: &'a str,
    inode: u64,
    first: usize,
    a: &'a [u8],
    b: &'a [u8],
}

impl<'a> Line<'a> {
    /// The first line and what follows; none when it is not all there.
    fn split(journal: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let end = journal.iter().position(|byte| *byte == b'\n')?;
        let head = std::str::from_utf8(&journal[..end]).unwrap();
        let words: Vec<&str> = head.split(' ').collect();
        let [operation, inode, first, _, a, b] = words.as_slice() else {
            panic!("the journal holds {head:?}");
        };
        let (a, b): (usize, usize) = (a.parse().unwrap(), b.parse().unwrap());
        let texts = journal.get(end + 1..end + 1 + a + b)?;
        let line = Self {
            operation,
            inode: inode.parse().unwrap(),
            first: first.parse().unwrap(),
            a: &texts[..a],
            b: &texts[a..],
        };
        Some((line, &journal[end + 1 + a + b..]))
    }

    fn name(&self) -> String {
        String::from_utf8_lossy(self.a).into_owned()
    }

    fn other(&self) -> String {
        String::from_utf8_lossy(self.b).into_owned()
    }
}

/// Borrows an environment.
pub(super) fn borrowed<'a>(variables: &'a [(&'static str, OsString)]) -> Vec<(&'a str, &'a OsStr)> {
    variables
        .iter()
        .map(|(name, value)| (*name, value.as_os_str()))
        .collect()
}
