//! A key in a file of its owner's.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::Path;

use async_trait::async_trait;
use zeroize::Zeroizing;

use super::{Key, KeyChain, KeyProvider, VaultError};

/// The longest key file read, in bytes: base64 of 32 bytes is 44.
const FILE_BYTES_MAX: u64 = 256;

/// A key in a file: the base64 text of exactly 32 bytes.
///
/// On Unix the file must be a regular one, readable by its owner alone (mode 0600 or 0400), and the owner must be who runs
/// the program. Other systems have no such mode: there the folder's permissions are the user's to set.
#[derive(Clone, Debug)]
pub struct FileKey(KeyChain);

impl FileKey {
    /// Reads a key file, once.
    ///
    /// # Errors
    /// [`VaultError::KeyFile`] for a file that is missing or open to others, [`VaultError::NoKey`] for other content.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, VaultError> {
        Self::read(path).map(|key| Self(KeyChain::new(key)))
    }

    /// The key itself, for a [`KeyChain`] with retired ones.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn read(path: impl AsRef<Path>) -> Result<Key, VaultError> {
        let path = path.as_ref();
        let failed = |error: std::io::Error| unusable(path, error.to_string());
        let file = File::open(path).map_err(failed)?;
        // Checked on the open file: a name could point elsewhere a moment later.
        let metadata = file.metadata().map_err(failed)?;
        if !metadata.is_file() {
            return Err(unusable(path, "it is no regular file"));
        }
        #[cfg(unix)]
        check_owner_only(path, &metadata)?;
        let mut text = Zeroizing::new(String::new());
        file.take(FILE_BYTES_MAX)
            .read_to_string(&mut text)
            .map_err(failed)?;
        Key::from_base64(&text, format!("file {}", path.display()))
    }

    /// Makes a new key and writes it to a file that must not exist yet, mode 0600, durable when this returns.
    ///
    /// # Errors
    /// [`VaultError::KeyFile`] when the file exists or cannot be written; [`VaultError::Entropy`].
    pub fn create(path: impl AsRef<Path>) -> Result<Self, VaultError> {
        let path = path.as_ref();
        let failed = |error: std::io::Error| unusable(path, error.to_string());
        let key = Key::generate()?;
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path).map_err(failed)?;
        file.write_all(key.to_base64().as_bytes()).map_err(failed)?;
        file.write_all(b"\n").map_err(failed)?;
        file.sync_all().map_err(failed)?;
        Ok(Self(KeyChain::new(key)))
    }
}

#[async_trait]
impl KeyProvider for FileKey {
    async fn current_id(&self) -> Result<String, VaultError> {
        self.0.current_id().await
    }

    async fn key(&self, id: &str) -> Result<Key, VaultError> {
        self.0.key(id).await
    }
}

fn unusable(path: &Path, why: impl Into<String>) -> VaultError {
    VaultError::KeyFile {
        path: path.display().to_string(),
        why: why.into(),
    }
}

#[cfg(unix)]
fn check_owner_only(path: &Path, metadata: &std::fs::Metadata) -> Result<(), VaultError> {
    use std::os::unix::fs::MetadataExt;

    let mode = metadata.mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(unusable(
            path,
            format!("others can read it (mode {mode:03o}): set mode 0600"),
        ));
    }
    // With such a mode only its owner and root can have opened it, so this finds root reading someone else's key. Where
    // there is no `/proc` to tell who runs the program, the mode has to do.
    if let Ok(process) = std::fs::metadata("/proc/self")
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
