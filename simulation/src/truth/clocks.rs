//! When clocks were off: only what was measured by them then may be excused by them.

use chrono::{DateTime, Utc};

/// A span in which one host's clock was off by more than hosts may differ.
#[derive(Clone, Copy, Debug)]
struct Off {
    host: usize,
    installation: usize,
    from: DateTime<Utc>,
    /// `None` while it lasts.
    until: Option<DateTime<Utc>>,
}

/// All such spans of a world.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clocks(Vec<Off>);

impl Clocks {
    /// A host's clock jumps.
    pub(crate) fn go_off(&mut self, host: usize, installation: usize, now: DateTime<Utc>) {
        if !self.is_off(host) {
            self.0.push(Off {
                host,
                installation,
                from: now,
                until: None,
            });
        }
    }

    /// A host's clock is right again, or off by no more than hosts may differ.
    pub(crate) fn put_right(&mut self, host: usize, now: DateTime<Utc>) {
        let open = |off: &&mut Off| off.host == host && off.until.is_none();
        for off in self.0.iter_mut().filter(open) {
            off.until = Some(now);
        }
    }

    fn is_off(&self, host: usize) -> bool {
        let mut spans = self.0.iter();
        spans.any(|off| off.host == host && off.until.is_none())
    }

    /// Whether a clock that writes into the installation's database was off at any moment from the first to the last.
    pub(crate) fn were_off(
        &self,
        installation: usize,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> bool {
        self.0.iter().any(|off| {
            off.installation == installation
                && off.from <= to
                && off.until.is_none_or(|until| until >= from)
        })
    }

    /// Whether a clock that writes into the installation's database was ever off.
    pub(crate) fn were_ever_off(&self, installation: usize) -> bool {
        self.0.iter().any(|off| off.installation == installation)
    }
}
