//! Where the services, the database and the key are.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use url::{Host, Url};

use super::checks::Problems;
use super::file::{ConfigFile, KeyringFile, ServicesFile, VaultFile, WebhooksFile};

/// Base URLs; `None` is the service itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Services {
    /// Expensify's job endpoint.
    pub(crate) expensify: Option<Url>,
    /// Below which FreshBooks' API and its token endpoint are.
    pub(crate) freshbooks: Option<Url>,
    /// No request budgets and no waiting before a download: only for stand-ins on this machine.
    pub(crate) unpaced: bool,
}

/// Where the vault's key comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum KeySource {
    /// A file only its owner may read.
    File(PathBuf),
    /// An environment variable.
    Environment(String),
    /// A credential that systemd gives to the service.
    Systemd(String),
    /// An entry of the operating system's keyring.
    Keyring(KeyringEntry),
}

/// An entry of the operating system's keyring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeyringEntry {
    /// Its name.
    pub(crate) name: String,
    /// In the kernel's keyring, not the person's.
    pub(crate) in_kernel: bool,
    /// Longest wait for an answer; `None` is the keyring's default.
    pub(crate) timeout: Option<Duration>,
}

/// The listener of `serve`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Webhooks {
    /// Where to listen.
    pub(crate) listen: SocketAddr,
    /// How FreshBooks reaches it.
    pub(crate) public_url: Option<Url>,
}

pub(super) fn services(file: &ServicesFile, problems: &mut Problems) -> Services {
    let insecure = file.allow_insecure_http;
    let services = Services {
        expensify: file
            .expensify
            .as_ref()
            .and_then(|text| base_url("services.expensify", text, insecure, problems)),
        freshbooks: file
            .freshbooks
            .as_ref()
            .and_then(|text| base_url("services.freshbooks", text, insecure, problems)),
        unpaced: file.unpaced,
    };
    let is_stand_in = |url: &Option<Url>| url.as_ref().is_some_and(is_loopback);
    if file.unpaced && !(is_stand_in(&services.expensify) && is_stand_in(&services.freshbooks)) {
        problems.add(
            "services.unpaced",
            "is only for stand-ins of both services on this machine: the services themselves lock out who asks too fast",
            "remove it, or set both base URLs to loopback addresses",
        );
    }
    services
}

/// Secrets travel to these addresses: plain http only to this machine, unless the file says otherwise.
fn base_url(key: &str, text: &str, insecure: bool, problems: &mut Problems) -> Option<Url> {
    let url = parse_url(key, text, problems)?;
    if url.scheme() == "http" && !insecure && !is_loopback(&url) {
        problems.add(
            key,
            format!("{text} would send credentials unencrypted"),
            "use https; only if you know the network, set allow_insecure_http = true under [services]",
        );
        return None;
    }
    Some(url)
}

fn parse_url(key: &str, text: &str, problems: &mut Problems) -> Option<Url> {
    let url = Url::parse(text)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    let Some(url) = url else {
        problems.add(
            key,
            format!("{text:?} is not an http or https address"),
            "write it in full, with https://",
        );
        return None;
    };
    if !url.username().is_empty() || url.password().is_some() {
        problems.add(
            key,
            "holds a user name or password",
            "remove it: secrets never stand in this file",
        );
        return None;
    }
    Some(url)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

pub(super) fn webhooks(file: Option<&WebhooksFile>, problems: &mut Problems) -> Option<Webhooks> {
    let file = file?;
    let listen = file.listen.parse().ok();
    if listen.is_none() {
        let what = format!("{:?} is not an address with a port", file.listen);
        problems.add(
            "webhooks.listen",
            what,
            "write an IP address and a port, such as 127.0.0.1:8091",
        );
    }
    let public_url = file.public_url.as_ref().and_then(|text| {
        let url = parse_url("webhooks.public_url", text, problems)?;
        // Plain http to this machine reaches nobody but a stand-in.
        if url.scheme() == "https" || is_loopback(&url) {
            return Some(url);
        }
        problems.add(
            "webhooks.public_url",
            "is not https",
            "put a proxy with a certificate in front, and write its https address",
        );
        None
    });
    Some(Webhooks {
        listen: listen?,
        public_url,
    })
}

/// Where the database is: relative paths start at the configuration's folder.
pub(super) fn database(file: &ConfigFile, base: &Path, problems: &mut Problems) -> PathBuf {
    let text = file.database.as_deref().unwrap_or("ml-connector.db");
    problems.not_blank("database", text);
    base.join(text)
}

pub(super) fn key_source(file: &ConfigFile, base: &Path, problems: &mut Problems) -> KeySource {
    let vault = &file.vault;
    let named = [
        ("vault.key_file", &vault.key_file),
        ("vault.key_env", &vault.key_env),
        ("vault.key_credential", &vault.key_credential),
        ("vault.key_keyring", &vault.key_keyring),
    ];
    let mut given = named
        .into_iter()
        .filter_map(|(key, value)| value.as_deref().map(|value| (key, value)));
    let (key, value) = given
        .next()
        .unwrap_or(("vault.key_file", "ml-connector.key"));
    problems.not_blank(key, value);
    for (other, _) in given {
        let what = format!("contradicts `{}`", key.trim_start_matches("vault."));
        problems.add(other, what, "keep one of them");
    }
    let entry = keyring_entry(vault, key == "vault.key_keyring", value, problems);
    match key {
        "vault.key_keyring" => KeySource::Keyring(entry),
        "vault.key_env" => KeySource::Environment(value.to_owned()),
        "vault.key_credential" => KeySource::Systemd(value.to_owned()),
        _ => KeySource::File(base.join(value)),
    }
}

/// What is said of a keyring, in a file that uses one.
fn keyring_entry(
    vault: &VaultFile,
    is_used: bool,
    name: &str,
    problems: &mut Problems,
) -> KeyringEntry {
    for (key, is_set) in [
        ("vault.keyring", vault.keyring.is_some()),
        ("vault.keyring_timeout", vault.keyring_timeout.is_some()),
    ] {
        if is_set && !is_used {
            problems.add(
                key,
                "says how to use a keyring, and the key is not in one",
                "name the entry as vault.key_keyring, or remove this line",
            );
        }
    }
    let (least, most) = (Duration::from_secs(1), Duration::from_mins(10));
    KeyringEntry {
        name: name.to_owned(),
        in_kernel: vault.keyring == Some(KeyringFile::Kernel),
        timeout: vault
            .keyring_timeout
            .as_deref()
            .and_then(|text| problems.span("vault.keyring_timeout", text, least, most)),
    }
}

/// Where audit checkpoints go, and who stands for the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Audit {
    /// The key that signs: never the vault's.
    pub(crate) key_file: PathBuf,
    /// The folder of the checkpoints.
    pub(crate) checkpoints: PathBuf,
    /// What trails are called outside.
    pub(crate) name: Option<String>,
    /// New entries after which a checkpoint is due in the middle of a pass.
    pub(crate) every_entries: Option<u64>,
    /// Who changed the configuration last.
    pub(crate) changed_by: Option<String>,
    /// Why.
    pub(crate) change_reason: Option<String>,
}

pub(super) fn audit(file: &ConfigFile, base: &Path, problems: &mut Problems) -> Audit {
    let audit = &file.audit;
    let key = audit
        .key_file
        .as_deref()
        .unwrap_or("ml-connector.audit-key");
    let folder = audit.checkpoints.as_deref().unwrap_or("ml-connector-audit");
    problems.not_blank("audit.key_file", key);
    problems.not_blank("audit.checkpoints", folder);
    if let Some(name) = &audit.name {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '/');
        if name.is_empty() || !name.chars().all(plain) {
            problems.add(
                "audit.name",
                format!("{name:?} does not name a trail"),
                "write letters, digits, dots, dashes and slashes, such as \"books.example.com\"",
            );
        }
    }
    if base.join(key) == base.join(file.vault.key_file.as_deref().unwrap_or("ml-connector.key")) {
        problems.add(
            "audit.key_file",
            "is the vault's key file",
            "name another file: who may open credentials must not be able to sign the trail",
        );
    }
    Audit {
        key_file: base.join(key),
        checkpoints: base.join(folder),
        name: audit.name.clone(),
        every_entries: audit.every_entries,
        changed_by: audit.changed_by.clone(),
        change_reason: audit.change_reason.clone(),
    }
}
