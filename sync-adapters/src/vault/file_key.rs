//! Keys in a file of its owner's.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use zeroize::Zeroizing;

use super::{Key, KeyChain, KeyProvider, VaultError};
use crate::durable::{create, replace};

/// The longest key file read, in bytes: a key is 44.
const FILE_BYTES_MAX: u64 = 4096;

/// Where systemd puts the credentials of a service.
const CREDENTIALS_DIRECTORY: &str = "CREDENTIALS_DIRECTORY";

/// Keys in a file: the base64 text of exactly 32 bytes, one a line. The first seals, all open.
///
/// On Unix the file must be a regular one, readable by its owner alone (mode 0600 or 0400), and the owner must be who runs
/// the program. Other systems have no such mode: there the folder's permissions are the user's to set.
///
/// The file is read anew for each record: a key that another process rotates is known at once, and no key stays in memory.
#[derive(Clone, Debug)]
pub struct FileKey {
    path: PathBuf,
    guard: Guard,
}

/// Who must not be able to read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Guard {
    /// Anybody but its owner, who must be who runs the program.
    OwnerOnly,
    /// Everybody: systemd gives the service's user access in its own way, which need not show in mode and owner.
    NotEverybody,
}

impl FileKey {
    /// Keys in a file, which is read once to see whether it can be used.
    ///
    /// # Errors
    /// [`VaultError::KeyFile`] for a file that is missing or open to others, [`VaultError::NoKey`] for other content.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, VaultError> {
        Self::checked(path.into(), Guard::OwnerOnly)
    }

    /// Keys in a credential that systemd gives to a service (`LoadCredential=`, `LoadCredentialEncrypted=`).
    ///
    /// # Errors
    /// As [`open`](Self::open); [`VaultError::KeyFile`] where there are no such credentials.
    pub fn of_systemd(name: &str) -> Result<Self, VaultError> {
        let folder = std::env::var_os(CREDENTIALS_DIRECTORY).ok_or_else(|| {
            let why = format!(
                "{CREDENTIALS_DIRECTORY} is not set: run as a systemd service with LoadCredential={name}:…"
            );
            unusable(Path::new(name), why)
        })?;
        Self::checked(Path::new(&folder).join(name), Guard::NotEverybody)
    }

    /// Makes a new key and writes it to a file that must not exist yet, mode 0600, durable when this returns.
    ///
    /// # Errors
    /// [`VaultError::KeyFile`] when the file exists or cannot be written; [`VaultError::Entropy`].
    pub fn create(path: impl Into<PathBuf>) -> Result<Self, VaultError> {
        let created = Self {
            path: path.into(),
            guard: Guard::OwnerOnly,
        };
        // Whole or not there: an empty file under this name, left by a kill, would stop every later start.
        create(
            &created.path,
            KeyChain::new(Key::generate()?).lines().as_bytes(),
        )
        .map_err(|error| unusable(&created.path, error.to_string()))?;
        Ok(created)
    }

    /// The keys as they are now.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn chain(&self) -> Result<KeyChain, VaultError> {
        let path = &self.path;
        let failed = |error: std::io::Error| unusable(path, error.to_string());
        let file = File::open(path).map_err(failed)?;
        // Checked on the open file: a name could point elsewhere a moment later.
        let metadata = file.metadata().map_err(failed)?;
        if !metadata.is_file() {
            return Err(unusable(path, "it is no regular file"));
        }
        #[cfg(unix)]
        check_guard(path, &metadata, self.guard)?;
        // Of full size from the start: text that moves when it grows would stay behind.
        let mut text = Zeroizing::new(String::with_capacity(4096));
        file.take(FILE_BYTES_MAX)
            .read_to_string(&mut text)
            .map_err(failed)?;
        KeyChain::parse(&text, &format!("file {}", path.display()))
    }

    /// Begins a rotation: puts a new key in front of those in the file. Done already when there is more than one.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    pub fn begin_rotation(&self) -> Result<(), VaultError> {
        let chain = self.chain()?;
        if chain.retired_ids().is_empty() {
            self.write(&KeyChain::new(Key::generate()?).with_retired(chain.current().clone()))?;
        }
        Ok(())
    }

    /// Ends a rotation: only the key in front stays.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    pub fn end_rotation(&self) -> Result<(), VaultError> {
        self.write(&KeyChain::new(self.chain()?.current().clone()))
    }

    fn checked(path: PathBuf, guard: Guard) -> Result<Self, VaultError> {
        let found = Self { path, guard };
        found.chain()?;
        Ok(found)
    }

    fn write(&self, keys: &KeyChain) -> Result<(), VaultError> {
        replace(&self.path, keys.lines().as_bytes())
            .map_err(|error| unusable(&self.path, error.to_string()))
    }
}

#[async_trait]
impl KeyProvider for FileKey {
    async fn current_id(&self) -> Result<String, VaultError> {
        self.chain()?.current_id().await
    }

    async fn key(&self, id: &str) -> Result<Key, VaultError> {
        self.chain()?.key(id).await
    }
}

fn unusable(path: &Path, why: impl Into<String>) -> VaultError {
    VaultError::KeyFile {
        path: path.display().to_string(),
        why: why.into(),
    }
}

#[cfg(unix)]
fn check_guard(path: &Path, metadata: &std::fs::Metadata, guard: Guard) -> Result<(), VaultError> {
    use std::os::unix::fs::MetadataExt;

    let mode = metadata.mode() & 0o777;
    let others = match guard {
        Guard::OwnerOnly => 0o077,
        Guard::NotEverybody => 0o007,
    };
    if mode & others != 0 {
        return Err(unusable(
            path,
            format!("others can read it (mode {mode:03o}): set mode 0600"),
        ));
    }
    // With such a mode only its owner and root can have opened it, so this finds root reading someone else's key. Where
    // there is no `/proc` to tell who runs the program, the mode has to do.
    if guard == Guard::OwnerOnly
        && let Ok(process) = std::fs::metadata("/proc/self")
        && process.uid() != metadata.uid()
    {
        return Err(unusable(
            path,
            format!(
                "user {} owns it, not user {}",
                metadata.uid(),
                process.uid()
            ),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_created_key_is_read_again_and_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let created = FileKey::create(&path).unwrap();
        let opened = FileKey::open(&path).unwrap();
        assert_eq!(
            created.current_id().await.unwrap(),
            opened.current_id().await.unwrap()
        );
        assert!(matches!(
            FileKey::create(&path),
            Err(VaultError::KeyFile { .. })
        ));
    }

    #[cfg(unix)]
    #[test]
    fn a_file_others_can_read_is_refused_with_the_remedy() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        FileKey::create(&path).unwrap();
        assert_eq!(
            std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        for (mode, good) in [
            (0o644, false),
            (0o640, false),
            (0o604, false),
            (0o620, false),
            (0o400, true),
            (0o600, true),
        ] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            let read = FileKey::open(&path);
            assert_eq!(read.is_ok(), good, "{mode:03o}");
            if let Err(error) = read {
                assert!(error.to_string().contains("set mode 0600"), "{error}");
            }
        }
    }

    #[tokio::test]
    async fn a_rotation_goes_on_where_it_was_interrupted_and_is_seen_by_everyone_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let file = FileKey::create(&path).unwrap();
        let elsewhere = FileKey::open(&path).unwrap();
        let old = file.current_id().await.unwrap();
        file.begin_rotation().unwrap();
        let new = elsewhere.current_id().await.unwrap();
        assert_ne!(old, new);
        assert!(elsewhere.key(&old).await.is_ok() && elsewhere.key(&new).await.is_ok());
        file.begin_rotation().unwrap();
        assert_eq!(
            file.current_id().await.unwrap(),
            new,
            "no third key is made"
        );
        file.end_rotation().unwrap();
        assert!(elsewhere.key(&new).await.is_ok());
        assert!(matches!(
            elsewhere.key(&old).await,
            Err(VaultError::KeyMissing { .. })
        ));
        // What a process that died left behind is no obstacle.
        std::fs::write(folder.path().join("key.new"), "half").unwrap();
        file.begin_rotation().unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_systemd_credential_may_show_any_mode_but_everybodys() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        FileKey::create(&path).unwrap();
        for (mode, good) in [(0o400, true), (0o440, true), (0o444, false)] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            let read = FileKey::checked(path.clone(), Guard::NotEverybody);
            assert_eq!(read.is_ok(), good, "{mode:03o}");
        }
        // No test runs as a service.
        let error = FileKey::of_systemd("key").unwrap_err();
        assert!(error.to_string().contains("LoadCredential=key"), "{error}");
    }

    #[test]
    fn a_missing_file_a_folder_and_other_content_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(
            FileKey::open(folder.path().join("none")),
            Err(VaultError::KeyFile { .. })
        ));
        assert!(matches!(
            FileKey::open(folder.path()),
            Err(VaultError::KeyFile { .. })
        ));
        let path = folder.path().join("key");
        FileKey::create(&path).unwrap();
        std::fs::write(&path, "c2hvcnQ=").unwrap();
        assert!(matches!(
            FileKey::open(&path),
            Err(VaultError::NoKey { .. })
        ));
    }
}
