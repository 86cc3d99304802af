use std::any::Any;
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex};

use keyring_core::api::{CredentialApi, CredentialStoreApi};
use keyring_core::{Credential, mock};
use sync_core::{Error, ErrorKind};

use super::*;

const ENTRY: &str = "books";

fn settings(timeout: Duration) -> KeyringSettings {
    KeyringSettings { timeout }
}

/// A keyring in memory, and keys over its entry.
fn keyring() -> (Arc<mock::Store>, KeyringKey) {
    let store = mock::Store::new().unwrap();
    let connected = Arc::clone(&store);
    let keys = KeyringKey::over(
        move || {
            let store: Arc<CredentialStore> = Arc::<mock::Store>::clone(&connected);
            Ok(store)
        },
        ENTRY,
        settings(Duration::from_secs(30)),
    );
    (store, keys)
}

fn entry(store: &mock::Store) -> Entry {
    store.build(SERVICE, ENTRY, None).unwrap()
}

/// The next question is answered with this.
fn refuse(store: &mock::Store, error: KeyringError) {
    let entry = entry(store);
    let credential: &mock::Cred = entry.as_any().downcast_ref().unwrap();
    credential.set_error(error);
}

fn cause(text: &str) -> Box<dyn std::error::Error + Send + Sync> {
    text.into()
}

#[tokio::test]
async fn a_key_made_in_the_keyring_is_read_again_and_never_overwritten() {
    let (store, keys) = keyring();
    keys.create().await.unwrap();
    let id = keys.current_id().await.unwrap();
    assert!(keys.key(&id).await.is_ok());
    assert!(matches!(
        keys.create().await,
        Err(VaultError::KeyringOccupied { .. })
    ));
    assert_eq!(keys.current_id().await.unwrap(), id);
    let same = keys.chain().await.unwrap();
    keys.put(&same).await.unwrap();
    assert_eq!(
        entry(&store).get_secret().unwrap(),
        same.lines().as_bytes(),
        "the form of key files"
    );
    entry(&store).set_secret(b"somebody's password").unwrap();
    assert!(matches!(
        keys.put(&same).await,
        Err(VaultError::KeyringOccupied { .. })
    ));
    assert_eq!(
        entry(&store).get_secret().unwrap(),
        b"somebody's password",
        "what is not ours stays"
    );
}

#[tokio::test]
async fn a_rotation_goes_on_where_it_was_interrupted_and_is_seen_by_everyone_at_once() {
    let (_store, keys) = keyring();
    keys.create().await.unwrap();
    let old = keys.current_id().await.unwrap();
    keys.begin_rotation().await.unwrap();
    let elsewhere = keys.clone();
    let new = elsewhere.current_id().await.unwrap();
    assert_ne!(old, new);
    assert!(elsewhere.key(&old).await.is_ok());
    keys.begin_rotation().await.unwrap();
    assert_eq!(
        keys.current_id().await.unwrap(),
        new,
        "no third key is made"
    );
    keys.end_rotation().await.unwrap();
    assert!(matches!(
        elsewhere.key(&old).await,
        Err(VaultError::KeyMissing { .. })
    ));
    assert!(elsewhere.key(&new).await.is_ok());
}

/// An error as a word or two.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "what is none of a keyring's errors is wrong here, whichever it is"
)]
fn name(error: &VaultError) -> &'static str {
    match error {
        VaultError::KeyringAbsent { .. } => "absent",
        VaultError::KeyringEntryMissing { .. } => "missing",
        VaultError::KeyringLocked { .. } => "locked",
        VaultError::KeyringTimeout { .. } => "timeout",
        VaultError::KeyringNoKey { .. } => "no key",
        VaultError::Provider { .. } => "other",
        _ => "none of a keyring",
    }
}

#[tokio::test]
async fn whatever_a_keyring_answers_has_an_error_and_a_remedy_of_its_own_and_shows_no_content() {
    let secret = b"hush hush hush".to_vec();
    let long = format!("\u{1b}[31m{}", "words ".repeat(500));
    let answers = [
        (KeyringError::NoEntry, "missing", "vault put-key"),
        (
            KeyringError::NoStorageAccess(cause("the prompt was dismissed")),
            "locked",
            "unlock",
        ),
        (
            KeyringError::PlatformFailure(cause(&long)),
            "other",
            "reachable",
        ),
        (
            KeyringError::BadEncoding(secret.clone()),
            "no key",
            "remove it",
        ),
        (
            KeyringError::BadDataFormat(secret, cause("hush")),
            "no key",
            "remove it",
        ),
        (KeyringError::Ambiguous(vec![]), "other", "reachable"),
        (
            KeyringError::BadStoreFormat("torn".into()),
            "other",
            "reachable",
        ),
        (KeyringError::NoDefaultStore, "absent", "vault.key_file"),
    ];
    for (answer, expected, remedy) in answers {
        let (store, keys) = keyring();
        keys.create().await.unwrap();
        let told = format!("{answer:?}");
        refuse(&store, answer);
        let error = keys.chain().await.unwrap_err();
        assert_eq!(name(&error), expected, "{told}");
        assert!(error.remedy().contains(remedy), "{told}: {error}");
        let text = Error::from(error).to_string();
        assert!(text.contains(ENTRY) || expected == "absent", "{text}");
        assert!(!text.contains("hush") && !text.contains('\u{1b}'), "{text}");
        assert!(text.len() < 600, "{text}");
    }
}

#[tokio::test]
async fn an_entry_of_the_wrong_length_or_form_is_no_key_and_is_not_repeated() {
    use base64::Engine as _;
    let base64 = |bytes: &[u8]| base64::engine::general_purpose::STANDARD.encode(bytes);
    for content in [
        b"correct horse battery staple".to_vec(),
        base64(&[7; 31]).into_bytes(),
        base64(&[7; 33]).into_bytes(),
        [7; 32].to_vec(),
        vec![0xff; 44],
        b" \n".to_vec(),
    ] {
        let (store, keys) = keyring();
        entry(&store).set_secret(&content).unwrap();
        let error = keys.chain().await.unwrap_err();
        assert_eq!(name(&error), "no key", "{error}");
        let text = format!("{error:?} {error} {}", error.remedy());
        assert!(!text.contains("horse") && !text.contains(&base64(&[7; 33])[..20]));
        assert_eq!(Error::from(error).kind(), ErrorKind::Invalid);
    }
}

#[tokio::test]
async fn without_a_keyring_the_error_says_so_and_what_to_use_in_its_place() {
    let keys = KeyringKey::over(
        || Err(KeyringError::PlatformFailure(cause("no session bus"))),
        ENTRY,
        KeyringSettings::default(),
    );
    let error = keys.chain().await.unwrap_err();
    assert!(
        matches!(error, VaultError::KeyringAbsent { .. }),
        "{error:?}"
    );
    assert!(error.to_string().contains("no session bus"), "{error}");
    assert!(error.remedy().contains("vault.key_file"));
    assert_eq!(Error::from(error).kind(), ErrorKind::Unavailable);
}

/// A locked keyring: it answers once somebody unlocks it.
#[derive(Debug, Default)]
struct Locked {
    unlocked: Mutex<bool>,
    changed: Condvar,
    asked: AtomicUsize,
}

impl Locked {
    fn unlock(&self) {
        *self.unlocked.lock().unwrap() = true;
        self.changed.notify_all();
    }
}

#[derive(Clone, Debug)]
struct LockedEntry(Arc<Locked>);

impl CredentialApi for LockedEntry {
    fn set_secret(&self, _secret: &[u8]) -> keyring_core::Result<()> {
        Err(KeyringError::NoStorageAccess(cause("locked")))
    }

    fn get_secret(&self) -> keyring_core::Result<Vec<u8>> {
        self.0.asked.fetch_add(1, Ordering::SeqCst);
        let unlocked = self.0.unlocked.lock().unwrap();
        let unlocked = self.0.changed.wait_while(unlocked, |unlocked| !*unlocked);
        drop(unlocked.unwrap());
        Ok(KeyChain::new(Key::from_bytes([7; 32]))
            .lines()
            .as_bytes()
            .to_vec())
    }

    fn delete_credential(&self) -> keyring_core::Result<()> {
        Err(KeyringError::NoEntry)
    }

    fn get_credential(&self) -> keyring_core::Result<Option<Arc<Credential>>> {
        Ok(None)
    }

    fn get_specifiers(&self) -> Option<(String, String)> {
        None
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl CredentialStoreApi for LockedEntry {
    fn vendor(&self) -> String {
        "a test".to_owned()
    }

    fn id(&self) -> String {
        "locked".to_owned()
    }

    fn build(
        &self,
        _service: &str,
        _user: &str,
        _modifiers: Option<&HashMap<&str, &str>>,
    ) -> keyring_core::Result<Entry> {
        Ok(Entry::new_with_credential(Arc::new(self.clone())))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// The runtime's end must not wait for a thread that waits for a person: this test would never end.
#[test]
fn a_keyring_that_waits_for_a_person_times_out_takes_one_thread_and_works_once_unlocked() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let locked = Arc::new(Locked::default());
    let connect = LockedEntry(Arc::clone(&locked));
    let connect = move || {
        let store: Arc<CredentialStore> = Arc::new(connect.clone());
        Ok(store)
    };
    let keys = KeyringKey::over(connect, ENTRY, settings(Duration::from_millis(50)));
    runtime.block_on(async {
        for _ in 0..5 {
            let error = keys.chain().await.unwrap_err();
            assert!(
                matches!(error, VaultError::KeyringTimeout { .. }),
                "{error:?}"
            );
            let text = Error::from(error).to_string();
            assert!(
                text.contains("within 0.05 s") && text.contains("unlock the keyring"),
                "{text}"
            );
        }
    });
    drop(runtime);
    assert_eq!(locked.asked.load(Ordering::SeqCst), 1, "one thread waits");
    locked.unlock();
    let patient = KeyringKey {
        timeout: Duration::from_secs(30),
        ..keys
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let id = runtime.block_on(patient.current_id()).unwrap();
    assert_eq!(id, Key::from_bytes([7; 32]).id());
}

/// Puts, reads and rotates a key in a keyring of this machine, and removes it. Returns why it cannot be used.
async fn round_trip(keyring: Keyring) -> Result<(), VaultError> {
    let name = format!("test {}", std::process::id());
    let keys = KeyringKey::new(keyring, name.as_str(), KeyringSettings::default());
    match keys.chain().await {
        Err(VaultError::KeyringEntryMissing { .. }) => {}
        Err(error) => return Err(error),
        Ok(_) => panic!("a test left its key behind"),
    }
    keys.create().await?;
    let first = keys.current_id().await?;
    keys.begin_rotation().await?;
    assert!(keys.key(&first).await.is_ok());
    keys.end_rotation().await?;
    assert_ne!(keys.current_id().await?, first);
    keys.remove().await?;
    Ok(())
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_key_makes_the_round_trip_through_the_kernels_keyring() {
    match round_trip(Keyring::Kernel).await {
        Ok(()) => println!("round trip through the kernel's keyring"),
        // Containers often may not use it.
        Err(
            error @ (VaultError::KeyringAbsent { .. }
            | VaultError::KeyringLocked { .. }
            | VaultError::Provider { .. }),
        ) => println!("skipped: this machine gives no kernel keyring: {error}"),
        Err(error) => panic!("{error}"),
    }
}

/// Only where asked for: on somebody's own machine it would touch their keyring, and might ask for their password.
#[tokio::test]
async fn a_key_makes_the_round_trip_through_the_systems_keyring() {
    if std::env::var_os("REQUIRE_KEYRING").is_none() {
        println!("skipped: REQUIRE_KEYRING is not set");
        return;
    }
    round_trip(Keyring::System).await.unwrap();
    println!("round trip through the system's keyring");
}
