//! The tree over an audit trail (RFC 6962, section 2): one short hash for the whole trail, and a short proof that one entry
//! is part of it.

use sha2::{Digest, Sha256};

use crate::model::Fingerprint;

/// The tree over the entries appended so far, without the entries: enough to append more and to tell the root.
///
/// A leaf is the 32 bytes of an entry's hash. As the standard says, leaves are hashed behind a zero byte and inner nodes
/// behind a one, so that neither can be taken for the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MerkleTree {
    size: u64,
    /// Roots of the perfect trees the leaves fall into, largest first.
    peaks: Vec<Fingerprint>,
}

impl MerkleTree {
    /// No entries.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many entries.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Appends an entry by its hash.
    pub fn append(&mut self, entry: &Fingerprint) {
        let mut node = leaf(entry);
        // Each trailing one of the size is a perfect tree that the new leaf completes to one of twice its size.
        let mut complete = self.size.trailing_ones();
        while complete > 0
            && let Some(left) = self.peaks.pop()
        {
            node = inner(&left, &node);
            complete = complete.saturating_sub(1);
        }
        self.peaks.push(node);
        self.size = self.size.saturating_add(1);
    }

    /// The root; of no entries, the hash of nothing.
    pub fn root(&self) -> Fingerprint {
        let mut peaks = self.peaks.iter().rev();
        let Some(last) = peaks.next() else {
            return Fingerprint::from_bytes(Sha256::digest([]).into());
        };
        peaks.fold(*last, |right, left| inner(left, &right))
    }
}

/// The path from an entry, counted from 0, to the root of the tree over all of `entries`: the sibling of the leaf first.
/// `None` for an entry that is not there.
pub fn inclusion_path(entries: &[Fingerprint], index: usize) -> Option<Vec<Fingerprint>> {
    if index >= entries.len() {
        return None;
    }
    let mut path = Vec::new();
    walk(entries, index, &mut path);
    Some(path)
}

/// The root that an entry and its path lead to in a tree of `size` entries; `None` when the path is not of that shape.
pub fn root_of_path(
    entry: &Fingerprint,
    index: u64,
    size: u64,
    path: &[Fingerprint],
) -> Option<Fingerprint> {
    let mut last = size.checked_sub(1).filter(|last| index <= *last)?;
    let mut position = index;
    let mut node = leaf(entry);
    for sibling in path {
        if last == 0 {
            return None;
        }
        if position % 2 == 1 || position == last {
            node = inner(sibling, &node);
            // A node without a right sibling moves up unchanged.
            while position.is_multiple_of(2) && position != 0 {
                position /= 2;
                last /= 2;
            }
        } else {
            node = inner(&node, sibling);
        }
        position /= 2;
        last /= 2;
    }
    (last == 0).then_some(node)
}

/// Adds the siblings on the way up from `index`, lowest first, and gives the root of `entries`, of which there is at least
/// one.
fn walk(entries: &[Fingerprint], index: usize, path: &mut Vec<Fingerprint>) -> Fingerprint {
    if let [only] = entries {
        return leaf(only);
    }
    let (left, right) = entries.split_at(largest_power_below(entries.len()));
    if index < left.len() {
        let node = walk(left, index, path);
        let sibling = root_of(right);
        path.push(sibling);
        inner(&node, &sibling)
    } else {
        let node = walk(right, index - left.len(), path);
        let sibling = root_of(left);
        path.push(sibling);
        inner(&sibling, &node)
    }
}

fn root_of(entries: &[Fingerprint]) -> Fingerprint {
    let mut tree = MerkleTree::new();
    for entry in entries {
        tree.append(entry);
    }
    tree.root()
}

/// The largest power of two below `n`, which is at least 2.
fn largest_power_below(n: usize) -> usize {
    (n.saturating_add(1) / 2).next_power_of_two()
}

fn leaf(entry: &Fingerprint) -> Fingerprint {
    let mut hash = Sha256::new();
    hash.update([0]);
    hash.update(entry.as_bytes());
    Fingerprint::from_bytes(hash.finalize().into())
}

fn inner(left: &Fingerprint, right: &Fingerprint) -> Fingerprint {
    let mut hash = Sha256::new();
    hash.update([1]);
    hash.update(left.as_bytes());
    hash.update(right.as_bytes());
    Fingerprint::from_bytes(hash.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(count: u8) -> Vec<Fingerprint> {
        (0..count)
            .map(|n| Fingerprint::from_bytes([n; 32]))
            .collect()
    }

    /// The definition of RFC 6962, section 2.1, word for word: slow, and nothing to do with the tree above.
    fn by_definition(entries: &[Fingerprint]) -> Fingerprint {
        match entries {
            [] => Fingerprint::from_bytes(Sha256::digest([]).into()),
            [only] => leaf(only),
            several => {
                let mut k = 1;
                while k * 2 < several.len() {
                    k *= 2;
                }
                inner(&by_definition(&several[..k]), &by_definition(&several[k..]))
            }
        }
    }

    #[test]
    fn the_root_is_that_of_the_standard_at_every_size() {
        let mut tree = MerkleTree::new();
        assert_eq!(tree.root(), by_definition(&[]));
        for (position, entry) in entries(70).iter().enumerate() {
            tree.append(entry);
            assert_eq!(tree.root(), by_definition(&entries(70)[..=position]));
        }
        assert_eq!(tree.size(), 70);
        assert_eq!(
            MerkleTree::new().root().to_string(),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }

    #[test]
    fn every_entry_is_proven_and_nothing_else_is() {
        for size in 1..=33_u8 {
            let all = entries(size);
            let root = by_definition(&all);
            for index in 0..size {
                let path = inclusion_path(&all, usize::from(index)).unwrap();
                let lead = |entry: &Fingerprint, index: u8, path: &[Fingerprint]| {
                    root_of_path(entry, u64::from(index), u64::from(size), path)
                };
                let entry = &all[usize::from(index)];
                assert_eq!(lead(entry, index, &path), Some(root), "{index} of {size}");
                assert_ne!(
                    lead(&Fingerprint::from_bytes([99; 32]), index, &path),
                    Some(root)
                );
                if size > 1 {
                    let other = (index + 1) % size;
                    assert_ne!(lead(entry, other, &path), Some(root));
                    assert_ne!(lead(entry, index, &path[1..]), Some(root));
                }
            }
        }
        assert_eq!(inclusion_path(&entries(3), 3), None);
        assert_eq!(root_of_path(&entries(1)[0], 0, 0, &[]), None);
    }
}
