//! Files that only their owner may read: exports and plans name employees and amounts, configurations say where secrets go.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

/// Opens a file that must not exist yet.
pub(crate) fn create_new(path: &Path) -> io::Result<File> {
    owners_alone(OpenOptions::new().write(true).create_new(true)).open(path)
}

/// Opens a file in place of what it held. One that exists keeps its mode.
pub(crate) fn create(path: &Path) -> io::Result<File> {
    owners_alone(OpenOptions::new().write(true).create(true).truncate(true)).open(path)
}

fn owners_alone(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}
