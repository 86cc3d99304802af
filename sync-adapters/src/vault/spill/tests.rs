use std::sync::Arc;

use sync_core::ErrorKind;
use sync_core::model::ExpensifyKey;
use sync_core::ports::CredentialStore as _;
use sync_core::testing::{ManualClock, MemoryTokens, Reuse, samples};

use super::*;
use crate::sqlite::SqliteStore;
use crate::vault::{Key, KeyChain};

struct Place {
    spill: SpillFiles,
    folder: tempfile::TempDir,
}

impl Place {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let rows = SqliteStore::open_in_memory().await.unwrap();
        let keys = KeyChain::new(Key::from_bytes([1; 32]));
        let vault = SealedCredentials::new(Arc::new(rows), Arc::new(keys));
        // Only the spill's own files lie in the folder.
        let spill = SpillFiles::new(vault, folder.path().join("sync.db"));
        Self { spill, folder }
    }

    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// The one file of a connection.
    fn path(&self, connection: &ConnectionId) -> PathBuf {
        let paths = self.spill.paths(connection).unwrap();
        assert_eq!(paths.len(), 1, "{paths:?}");
        paths[0].clone()
    }

    /// Puts these bytes, rightly sealed, where a pair of a connection would lie.
    async fn plant(&self, connection: &ConnectionId, plaintext: &[u8]) {
        let mut roomy = Vec::with_capacity(plaintext.len() + ROOM);
        roomy.extend_from_slice(plaintext);
        let sealed = self
            .spill
            .vault
            .seal_under_data_key(connection, &purpose(connection), Zeroizing::new(roomy))
            .await
            .unwrap();
        let path = self.spill.path(connection, &spilled(1).grant);
        replace(&path, &sealed).unwrap();
    }
}

fn spilled(replaces: u64) -> SpilledGrant {
    let clock = Arc::new(ManualClock::new(samples::start()));
    let grant = MemoryTokens::new(clock, Reuse::IsRefused).consent();
    SpilledGrant {
        replaces,
        spent: grant.refresh_mark(),
        grant,
    }
}

#[tokio::test]
async fn each_connection_has_a_file_of_its_own_beside_the_database() {
    let place = Place::new().await;
    let (main, other) = (samples::connection(), ConnectionId::new("a/../b\0"));
    place.spill.put(&main, &spilled(1)).await.unwrap();
    place.spill.put(&other, &spilled(2)).await.unwrap();
    let names = place.names();
    assert_eq!(names.len(), 2, "{names:?}");
    for name in &names {
        let digits = name
            .strip_prefix("sync.db-tokens-")
            .and_then(|rest| rest.strip_suffix(".spill"))
            .unwrap();
        assert!(
            digits.len() == 33
                && digits
                    .bytes()
                    .all(|byte| byte.is_ascii_hexdigit() || byte == b'-'),
            "{name}"
        );
    }
    for (connection, replaces) in [(&main, 1), (&other, 2)] {
        let kept = place.spill.get(connection).await.unwrap().unwrap();
        assert_eq!(kept.replaces, replaces);
    }
    place.spill.clear(&main, &spilled(1)).await.unwrap();
    assert!(place.spill.get(&main).await.unwrap().is_none());
    assert!(place.spill.get(&other).await.unwrap().is_some());
}

#[tokio::test]
async fn pairs_of_one_connection_lie_beside_each_other_and_each_is_cleared_alone() {
    let place = Place::new().await;
    let main = samples::connection();
    let (first, mut second) = (spilled(1), spilled(2));
    second.grant.refresh_token = "a younger one".into();
    for pair in [&first, &second, &first] {
        place.spill.put(&main, pair).await.unwrap();
    }
    assert_eq!(place.names().len(), 2);
    place.spill.clear(&main, &first).await.unwrap();
    place.spill.clear(&main, &first).await.unwrap();
    let kept = place.spill.get(&main).await.unwrap().unwrap();
    assert_eq!(kept.replaces, 2);
    place.spill.put(&main, &first).await.unwrap();
    place.spill.remove_all(&main).unwrap();
    assert!(place.names().is_empty());
}

#[tokio::test]
async fn a_spill_under_the_name_of_another_pair_is_refused() {
    let place = Place::new().await;
    let main = samples::connection();
    place.spill.put(&main, &spilled(1)).await.unwrap();
    let mut other = spilled(1).grant;
    other.refresh_token = "another".into();
    std::fs::rename(place.path(&main), place.spill.path(&main, &other)).unwrap();
    let error = place.spill.get(&main).await.unwrap_err();
    assert!(error.to_string().contains("it was renamed"), "{error}");
}

#[tokio::test]
async fn a_spill_that_is_sealed_right_and_holds_something_else_is_refused() {
    let place = Place::new().await;
    let main = samples::connection();
    let key = Credential::Expensify(ExpensifyKey {
        user_id: "aa_ann".to_owned(),
        user_secret: "hush".into(),
    });
    let mut other_service = vec![0; VERSION_BYTES + SPENT_BYTES];
    other_service.extend_from_slice(&credential::write(&key).unwrap());
    for (plaintext, kind, words) in [
        (
            vec![0; VERSION_BYTES - 1],
            ErrorKind::Unavailable,
            "it is cut off",
        ),
        (
            vec![0; VERSION_BYTES + SPENT_BYTES - 1],
            ErrorKind::Unavailable,
            "it is cut off",
        ),
        (
            vec![0; VERSION_BYTES + SPENT_BYTES],
            ErrorKind::Corrupt,
            "holds no credential",
        ),
        (
            other_service,
            ErrorKind::Unavailable,
            "credential of another service",
        ),
    ] {
        place.plant(&main, &plaintext).await;
        let error = place.spill.get(&main).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_read_written_or_removed_is_named() {
    let place = Place::new().await;
    let main = samples::connection();
    place.spill.put(&main, &spilled(1)).await.unwrap();
    let path = place.path(&main);
    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir(&path).unwrap();
    std::fs::write(path.join("in the way"), "").unwrap();
    for error in [
        place.spill.put(&main, &spilled(2)).await.unwrap_err(),
        place.spill.get(&main).await.unwrap_err(),
        place.spill.clear(&main, &spilled(1)).await.unwrap_err(),
        place.spill.remove_all(&main).unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
        assert!(
            error.to_string().contains(&path.display().to_string()),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_draft_left_by_a_process_that_died_does_not_stand_in_the_way() {
    let place = Place::new().await;
    let main = samples::connection();
    let path = place.spill.path(&main, &spilled(3).grant);
    let mut draft = path.into_os_string();
    draft.push(".new");
    std::fs::write(&draft, "half a").unwrap();
    place.spill.put(&main, &spilled(3)).await.unwrap();
    assert_eq!(place.spill.get(&main).await.unwrap().unwrap().replaces, 3);
    assert_eq!(place.names().len(), 1, "the draft has become the file");
    // What cannot be removed is no file of ours.
    std::fs::create_dir(&draft).unwrap();
    let error = place.spill.put(&main, &spilled(4)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    assert_eq!(place.spill.get(&main).await.unwrap().unwrap().replaces, 3);
}

#[tokio::test]
async fn no_more_than_a_bounded_piece_of_a_file_is_read() {
    let place = Place::new().await;
    let main = samples::connection();
    // Sealed right as a whole; what is beyond the bound is not looked at, so it does not open.
    let bound = usize::try_from(FILE_BYTES_MAX).unwrap();
    assert!(
        (1 << 16..1 << 24).contains(&bound),
        "far above a grant's four thousand bytes"
    );
    place.plant(&main, &vec![0; bound]).await;
    let error = place.spill.get(&main).await.unwrap_err();
    assert!(error.to_string().contains("altered"), "{error}");
}

#[test]
fn a_file_without_a_folder_lies_in_the_current_one() {
    sync_folder(Path::new("no-such-file-is-needed")).unwrap();
    assert!(!cfg!(unix) || sync_folder(Path::new("no-such-folder/file")).is_err());
}

#[tokio::test]
async fn a_spill_is_of_no_use_as_a_credential() {
    let place = Place::new().await;
    let main = samples::connection();
    place.spill.put(&main, &spilled(1)).await.unwrap();
    let loaded = place
        .spill
        .vault
        .load(&main, sync_core::model::Provider::FreshBooks)
        .await
        .unwrap();
    assert!(loaded.is_none());
}

#[tokio::test]
async fn a_spill_without_its_data_key_says_what_it_was() {
    let place = Place::new().await;
    let (main, other) = (samples::connection(), ConnectionId::new("other"));
    place.spill.put(&main, &spilled(1)).await.unwrap();
    let occasion = crate::vault::Occasion {
        actor: "ann".to_owned(),
        at: samples::start(),
    };
    let sealed = std::fs::read(place.path(&main)).unwrap();
    place.spill.vault.shred(&main, &occasion).await.unwrap();
    let gone = place.spill.get(&main).await.unwrap_err();
    // A data key of its own again, which is not the one the file was sealed with.
    place.spill.put(&main, &spilled(2)).await.unwrap();
    std::fs::write(place.path(&main), sealed).unwrap();
    let foreign = place.spill.get(&main).await.unwrap_err();
    for (error, words) in [
        (gone, "its connection's data key is gone"),
        (foreign, "which is not its connection's"),
    ] {
        let text = error.to_string();
        assert!(
            text.contains("open the spilled tokens of connection main: ") && text.contains(words),
            "{text}"
        );
    }
    assert!(place.spill.get(&other).await.unwrap().is_none());
}

/// Taken for absent, the only pair that works would be overlooked and the spent one tried.
#[cfg(unix)]
#[tokio::test]
async fn a_spill_that_cannot_be_looked_at_is_not_taken_for_absent() {
    let place = Place::new().await;
    let in_the_way = place.folder.path().join("file");
    std::fs::write(&in_the_way, "").unwrap();
    let spill = SpillFiles::new(place.spill.vault.clone(), in_the_way.join("sync.db"));
    let error = spill.get(&samples::connection()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
}
