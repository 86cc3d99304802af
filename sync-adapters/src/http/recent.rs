//! Deliveries seen a short while ago.

use std::collections::BTreeMap;
use std::time::Duration;

use sha2::{Digest, Sha256};
use tokio::time::Instant;

/// A hash of where a delivery went and of its body: FreshBooks gives deliveries no id.
type Key = [u8; 32];

/// Remembers deliveries for a window, and no more than so many.
#[derive(Debug)]
pub(super) struct Recent {
    window: Duration,
    entries_max: usize,
    seen: BTreeMap<Key, Instant>,
}

impl Recent {
    pub(super) fn new(window: Duration, entries_max: usize) -> Self {
        Self {
            window,
            entries_max,
            seen: BTreeMap::new(),
        }
    }

    pub(super) fn key(path_token: &str, body: &[u8]) -> Key {
        let token_hash = Sha256::digest(path_token.as_bytes());
        Sha256::new()
            .chain_update(token_hash)
            .chain_update(body)
            .finalize()
            .into()
    }

    /// Whether the delivery is new; it is remembered then.
    pub(super) fn insert(&mut self, key: Key, now: Instant) -> bool {
        let window = self.window;
        self.seen.retain(|_, at| now.duration_since(*at) < window);
        if self.seen.contains_key(&key) {
            return false;
        }
        // Full of signed deliveries: forgetting the oldest lets a repeat through, which costs one look at a record.
        if self.seen.len() >= self.entries_max
            && let Some(oldest) = self
                .seen
                .iter()
                .min_by_key(|(_, at)| **at)
                .map(|(key, _)| *key)
        {
            self.seen.remove(&oldest);
        }
        self.seen.insert(key, now);
        true
    }

    /// Forgets a delivery that could not be taken after all.
    pub(super) fn remove(&mut self, key: &Key) {
        self.seen.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delivery_is_new_once_per_window_and_memory_is_bounded() {
        let (mut recent, start) = (Recent::new(Duration::from_mins(10), 2), Instant::now());
        let key = |n: u8| Recent::key("token", &[n]);
        assert!(recent.insert(key(1), start));
        assert!(!recent.insert(key(1), start + Duration::from_secs(599)));
        assert!(recent.insert(key(1), start + Duration::from_mins(10)));
        assert!(recent.insert(key(2), start + Duration::from_secs(601)));
        assert!(recent.insert(key(3), start + Duration::from_secs(602)));
        assert_eq!(recent.seen.len(), 2);
        assert!(
            recent.insert(key(1), start + Duration::from_secs(603)),
            "the oldest was forgotten"
        );
        assert_ne!(Recent::key("a", b"bc"), Recent::key("ab", b"c"));
    }
}
