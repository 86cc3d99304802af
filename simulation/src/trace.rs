//! What happened, as a hash always and as text on demand.

use chrono::{DateTime, SecondsFormat, Utc};

/// The course of one world. Equal seeds must give equal hashes.
#[derive(Debug)]
pub(crate) struct Trace {
    hash: u64,
    lines: Option<Vec<String>>,
}

impl Trace {
    /// An empty course; with `readable`, lines are kept.
    pub(crate) fn new(readable: bool) -> Self {
        Self {
            hash: 0xCBF2_9CE4_8422_2325,
            lines: readable.then(Vec::new),
        }
    }

    /// Notes that something happened; `text` is asked for only when someone reads.
    pub(crate) fn note(
        &mut self,
        at: DateTime<Utc>,
        numbers: &[u64],
        text: impl FnOnce() -> String,
    ) {
        let at_micros = at.timestamp_micros().unsigned_abs();
        for number in std::iter::once(at_micros).chain(numbers.iter().copied()) {
            // FNV-1a over whole words, with a rotation so that high bits come down.
            self.hash = (self.hash ^ number)
                .wrapping_mul(0x0000_0100_0000_01B3)
                .rotate_left(23);
        }
        if let Some(lines) = &mut self.lines {
            let at = at.to_rfc3339_opts(SecondsFormat::Millis, true);
            lines.push(format!("{at}  {}", text()));
        }
    }

    /// Adds bytes to the hash alone.
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.hash = (self.hash ^ u64::from(*byte))
                .wrapping_mul(0x0000_0100_0000_01B3)
                .rotate_left(23);
        }
    }

    /// The hash so far.
    pub(crate) const fn hash(&self) -> u64 {
        self.hash
    }

    /// The lines so far.
    pub(crate) fn take_lines(&mut self) -> Vec<String> {
        self.lines.take().unwrap_or_default()
    }
}
