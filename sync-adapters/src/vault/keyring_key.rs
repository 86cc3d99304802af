//! Keys in the operating system's keyring.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use keyring_core::{CredentialStore, Entry, Error as KeyringError};
use tokio::sync::{Semaphore, oneshot};
use zeroize::Zeroizing;

use super::{Key, KeyChain, KeyProvider, VaultError};

/// The service under which entries are kept.
const SERVICE: &str = "ml-connector";
/// The most of a keyring's own explanation that is repeated, in characters.
const WHY_CHARS_MAX: usize = 200;

/// Which keyring.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Keyring {
    /// The person's: the Secret Service on Linux and other Unixes, Keychain on macOS, Credential Manager on Windows.
    #[default]
    System,
    /// The Linux kernel's, for servers where no Secret Service runs. It forgets at reboot, and sooner when nobody asks for
    /// the key for days: keep the key elsewhere and [`put`](KeyringKey::put) it back then. Never made by itself, therefore.
    Kernel,
}

/// Settings of a [`KeyringKey`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyringSettings {
    /// Longest wait for one answer of the keyring: a locked one asks a person. Default: [`TIMEOUT`](Self::TIMEOUT).
    pub timeout: Duration,
}

impl KeyringSettings {
    /// The default of [`timeout`](Self::timeout): time enough to type a password, too short to be taken for a hang.
    pub const TIMEOUT: Duration = Duration::from_mins(1);
}

impl Default for KeyringSettings {
    fn default() -> Self {
        Self {
            timeout: Self::TIMEOUT,
        }
    }
}

/// Connects to a keyring.
type Connect = dyn Fn() -> Result<Arc<CredentialStore>, KeyringError> + Send + Sync;

/// Keys in an entry of the operating system's keyring: the base64 text of exactly 32 bytes, one a line. The first seals,
/// all open.
///
/// The entry is read anew for each record: a key that another process rotates is known at once, and no key stays in memory.
///
/// # Waiting
/// A keyring may ask a person before it answers, for as long as it likes. So it is asked on a thread of its own, one
/// question at a time, and waited for no longer than [`KeyringSettings::timeout`]. A question nobody answers keeps its
/// thread; later ones then time out without another, and the program's end is not held up.
#[derive(Clone)]
pub struct KeyringKey {
    connect: Arc<Connect>,
    entry: String,
    timeout: Duration,
    /// Held by the thread that asks.
    asking: Arc<Semaphore>,
}

impl fmt::Debug for KeyringKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyringKey")
            .field("entry", &self.entry)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

impl KeyringKey {
    /// Keys in the entry of that name of service `ml-connector`. Nothing is asked yet.
    pub fn new(keyring: Keyring, entry: impl Into<String>, settings: KeyringSettings) -> Self {
        Self::over(move || connect(keyring), entry, settings)
    }

    fn over(
        connect: impl Fn() -> Result<Arc<CredentialStore>, KeyringError> + Send + Sync + 'static,
        entry: impl Into<String>,
        settings: KeyringSettings,
    ) -> Self {
        Self {
            connect: Arc::new(connect),
            entry: entry.into(),
            timeout: settings.timeout,
            asking: Arc::new(Semaphore::new(1)),
        }
    }

    /// The entry's name.
    pub fn entry(&self) -> &str {
        &self.entry
    }

    /// The keys as they are now.
    ///
    /// # Errors
    /// [`VaultError::KeyringAbsent`], [`VaultError::KeyringEntryMissing`], [`VaultError::KeyringLocked`],
    /// [`VaultError::KeyringTimeout`], [`VaultError::KeyringNoKey`] for an entry that is no key, and
    /// [`VaultError::Provider`] for whatever else the keyring reports.
    pub async fn chain(&self) -> Result<KeyChain, VaultError> {
        let name = self.entry.clone();
        self.ask(move |entry| {
            let secret = Zeroizing::new(entry.get_secret()?);
            // What is there may be anything, and is not repeated.
            let text = std::str::from_utf8(&secret).ok();
            Ok(text.and_then(|text| KeyChain::parse(text, "").ok()))
        })
        .await?
        .ok_or(VaultError::KeyringNoKey { entry: name })
    }

    /// Makes a new key and puts it into an entry that must not exist yet.
    ///
    /// # Errors
    /// As [`put`](Self::put); [`VaultError::Entropy`].
    pub async fn create(&self) -> Result<(), VaultError> {
        self.put(&KeyChain::new(Key::generate()?)).await
    }

    /// Puts keys into an entry that must not exist yet; done already when exactly these are there.
    ///
    /// # Errors
    /// [`VaultError::KeyringOccupied`] when other keys, or something else, are there; otherwise as [`chain`](Self::chain).
    pub async fn put(&self, keys: &KeyChain) -> Result<(), VaultError> {
        match self.chain().await {
            Err(VaultError::KeyringEntryMissing { .. }) => self.write(keys.lines()).await?,
            Err(VaultError::KeyringNoKey { .. }) => return Err(self.occupied()),
            Err(error) => return Err(error),
            Ok(_) => {}
        }
        // Keyrings have no "unless it exists": of two programs that start at once the one that was overwritten finds out.
        if self.chain().await?.ids() == keys.ids() {
            Ok(())
        } else {
            Err(self.occupied())
        }
    }

    /// Begins a rotation: puts a new key in front of those in the entry. Done already when there is more than one.
    ///
    /// # Errors
    /// As [`chain`](Self::chain).
    pub async fn begin_rotation(&self) -> Result<(), VaultError> {
        let chain = self.chain().await?;
        if chain.retired_ids().is_empty() {
            let rotated = KeyChain::new(Key::generate()?).with_retired(chain.current().clone());
            self.write(rotated.lines()).await?;
        }
        Ok(())
    }

    /// Ends a rotation: only the key in front stays.
    ///
    /// # Errors
    /// As [`chain`](Self::chain).
    pub async fn end_rotation(&self) -> Result<(), VaultError> {
        let current = KeyChain::new(self.chain().await?.current().clone());
        self.write(current.lines()).await
    }

    /// Removes the entry: what is sealed under its keys opens no more, unless there is a copy of them.
    ///
    /// # Errors
    /// As [`chain`](Self::chain).
    pub async fn remove(&self) -> Result<(), VaultError> {
        self.ask(Entry::delete_credential).await
    }

    async fn write(&self, lines: Zeroizing<String>) -> Result<(), VaultError> {
        self.ask(move |entry| entry.set_secret(lines.as_bytes()))
            .await
    }

    fn occupied(&self) -> VaultError {
        VaultError::KeyringOccupied {
            entry: self.entry.clone(),
        }
    }

    /// Asks on a thread of its own. Not on the runtime's: its end waits for those.
    async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Entry) -> Result<T, KeyringError> + Send + 'static,
    ) -> Result<T, VaultError> {
        let timed_out = || VaultError::KeyringTimeout {
            entry: self.entry.clone(),
            after: self.timeout,
        };
        let answer = async {
            let Ok(turn) = Arc::clone(&self.asking).acquire_owned().await else {
                return Err(self.failed("its turn never comes"));
            };
            let (sender, answer) = oneshot::channel();
            let (connect, name) = (Arc::clone(&self.connect), self.entry.clone());
            let thread = std::thread::Builder::new().name("keyring".to_owned());
            let asked = thread.spawn(move || {
                let answer = connect().map_err(|error| absent(&error)).and_then(|store| {
                    let entry = store.build(SERVICE, &name, None);
                    entry
                        .and_then(|entry| question(&entry))
                        .map_err(|error| told(&name, &error))
                });
                drop(turn);
                // Whoever asked may have given up.
                let _ = sender.send(answer);
            });
            asked.map_err(|error| self.failed(&error.to_string()))?;
            // A sender that is gone means that the keyring's client panicked.
            answer
                .await
                .unwrap_or_else(|_| Err(self.failed("its client broke down")))
        };
        tokio::time::timeout(self.timeout, answer)
            .await
            .unwrap_or_else(|_| Err(timed_out()))
    }

    fn failed(&self, why: &str) -> VaultError {
        failed(&self.entry, why)
    }
}

#[async_trait]
impl KeyProvider for KeyringKey {
    async fn current_id(&self) -> Result<String, VaultError> {
        self.chain().await?.current_id().await
    }

    async fn key(&self, id: &str) -> Result<Key, VaultError> {
        self.chain().await?.key(id).await
    }
}

fn connect(keyring: Keyring) -> Result<Arc<CredentialStore>, KeyringError> {
    match keyring {
        #[cfg(any(target_os = "macos", target_os = "ios"))]
        Keyring::System => Ok(apple_native_keyring_store::keychain::Store::new()?),
        #[cfg(target_os = "windows")]
        Keyring::System => Ok(windows_native_keyring_store::Store::new()?),
        #[cfg(all(
            unix,
            not(any(target_os = "macos", target_os = "ios", target_os = "android"))
        ))]
        Keyring::System => Ok(zbus_secret_service_keyring_store::Store::new()?),
        #[cfg(target_os = "linux")]
        Keyring::Kernel => Ok(linux_keyutils_keyring_store::Store::new()?),
        #[cfg(not(target_os = "linux"))]
        _ => Err(KeyringError::NotSupportedByStore(
            "this operating system has no such keyring".to_owned(),
        )),
    }
}

fn absent(error: &KeyringError) -> VaultError {
    VaultError::KeyringAbsent { why: why(error) }
}

/// What a keyring answered about an entry. Errors that carry what was read are not repeated.
fn told(entry: &str, error: &KeyringError) -> VaultError {
    let named = || entry.to_owned();
    match error {
        KeyringError::NoEntry => VaultError::KeyringEntryMissing { entry: named() },
        KeyringError::NoStorageAccess(_) => VaultError::KeyringLocked {
            entry: named(),
            why: why(error),
        },
        KeyringError::BadEncoding(_) | KeyringError::BadDataFormat(..) => {
            VaultError::KeyringNoKey { entry: named() }
        }
        KeyringError::NoDefaultStore => absent(error),
        KeyringError::PlatformFailure(_)
        | KeyringError::BadStoreFormat(_)
        | KeyringError::TooLong(..)
        | KeyringError::Invalid(..)
        | KeyringError::Ambiguous(_)
        | KeyringError::NotSupportedByStore(_)
        | _ => failed(entry, &why(error)),
    }
}

fn failed(entry: &str, why: &str) -> VaultError {
    VaultError::Provider {
        why: format!("entry {entry:?} of the keyring: {why}"),
    }
}

/// A keyring's own words, without what they could carry: never what was read, no control characters, not without end.
fn why(error: &KeyringError) -> String {
    let text = match error {
        KeyringError::PlatformFailure(cause) | KeyringError::NoStorageAccess(cause) => {
            cause.to_string()
        }
        KeyringError::Ambiguous(entries) => {
            format!("{} entries have that name", entries.len())
        }
        KeyringError::BadEncoding(_) | KeyringError::BadDataFormat(..) => {
            "it is no text".to_owned()
        }
        KeyringError::NoEntry
        | KeyringError::BadStoreFormat(_)
        | KeyringError::TooLong(..)
        | KeyringError::Invalid(..)
        | KeyringError::NoDefaultStore
        | KeyringError::NotSupportedByStore(_)
        | _ => error.to_string(),
    };
    let letters = text.chars().filter(|letter| !letter.is_control());
    letters.take(WHY_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests;
