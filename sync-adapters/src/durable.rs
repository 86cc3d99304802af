//! Small files that survive a kill and a power loss: whole under their name, or not there.

use std::fs::{File, OpenOptions};
use std::io::{Error, ErrorKind, Result, Write};
use std::path::{Path, PathBuf};

/// Writes a file its owner alone may read, in place of an older one: durable, and never half written under its name.
#[cfg(feature = "vault")]
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    let draft = write_draft(path, ".new", bytes)?;
    std::fs::rename(&draft, path)?;
    sync_folder(path)
}

/// Writes a file its owner alone may read, that must not exist yet: durable, and never half written under its name. Of two
/// programs that do so at once, one is refused with `AlreadyExists`.
pub(crate) fn create(path: &Path, bytes: &[u8]) -> Result<()> {
    // Of this process, so that two that create at once do not write into each other's draft.
    let ending = format!(".{}.new", std::process::id());
    if path.exists() {
        return Err(Error::from(ErrorKind::AlreadyExists));
    }
    let draft = write_draft(path, &ending, bytes)?;
    let named = match std::fs::hard_link(&draft, path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => {
            // File systems without links: taken first, so that of two programs one is refused. A kill between the two steps
            // leaves an empty file there, which is said when it is read.
            private()
                .open(path)
                .and_then(|_| std::fs::rename(&draft, path))
        }
        linked => linked,
    };
    match std::fs::remove_file(&draft) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    named?;
    sync_folder(path)
}

/// Makes names in a file's folder durable. Where folders cannot be opened, the system does it by itself.
pub(crate) fn sync_folder(path: &Path) -> Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    if cfg!(unix) {
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    }
    Ok(())
}

fn write_draft(path: &Path, ending: &str, bytes: &[u8]) -> Result<PathBuf> {
    let mut draft = path.as_os_str().to_owned();
    draft.push(ending);
    let draft = PathBuf::from(draft);
    // Left behind by a process that died over it.
    match std::fs::remove_file(&draft) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = private().open(&draft)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    Ok(draft)
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_created_once_and_no_draft_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        create(&path, b"first").unwrap();
        let again = create(&path, b"second").unwrap_err();
        assert_eq!(again.kind(), ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read(&path).unwrap(), b"first");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
