//! Size and root of a trail as the text of a note.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sync_core::model::Fingerprint;

/// Size and root of a trail at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which trail: the witness's name and the connection's.
    pub origin: String,
    /// Entries.
    pub size: u64,
    /// Root of the tree over their hashes.
    pub root: Fingerprint,
}

impl Checkpoint {
    /// The text that is signed: three lines.
    pub fn text(&self) -> String {
        format!(
            "{}\n{}\n{}\n",
            self.origin,
            self.size,
            STANDARD.encode(self.root.as_bytes())
        )
    }

    /// Reads the text back; `None` when it is no checkpoint. Lines after the third are a later version's and left out.
    pub fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let origin = lines.next().filter(|line| !line.is_empty())?.to_owned();
        let size = lines.next()?;
        // As the specification says: no sign, no leading zero.
        let plain =
            size == "0" || (!size.starts_with('0') && size.bytes().all(|b| b.is_ascii_digit()));
        let size = size.parse().ok().filter(|_| plain)?;
        let root = STANDARD.decode(lines.next()?).ok()?;
        let root = Fingerprint::from_bytes(root.try_into().ok()?);
        Some(Self { origin, size, root })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_reads_back_and_what_is_none_is_refused() {
        let checkpoint = Checkpoint {
            origin: "ml-connector/main".to_owned(),
            size: 20_852_163,
            root: Fingerprint::from_bytes([7; 32]),
        };
        let text = checkpoint.text();
        assert_eq!(Checkpoint::parse(&text), Some(checkpoint));
        for wrong in [
            "",
            "origin\n",
            "origin\n01\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n",
            "origin\n+1\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n",
            "origin\n1\nBwcH\n",
        ] {
            assert_eq!(Checkpoint::parse(wrong), None, "{wrong:?}");
        }
    }
}
