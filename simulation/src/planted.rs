//! Bugs planted on purpose: each must be caught, or the simulation has a hole.

use std::fmt;
use std::time::{Duration, Instant};

use crate::outcome::play_with;
use crate::renewals::violation_with;
use crate::violation::Invariant;

macro_rules! bugs {
    ($($name:ident: $text:literal,)+) => {
        /// A bug in what surrounds the core: an adapter, a store, a transport.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum PortBug {
            $(#[doc = $text] $name,)+
        }

        impl PortBug {
            /// Every bug.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// What is wrong.
            pub const fn text(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }
        }
    };
}

bugs! {
    IntentNotStored: "the intent to send is not stored",
    IntentStoredLate: "the intent is stored with the next call, after the request",
    CommitLostWithPower: "commits are acknowledged before they are on the disk",
    FenceNotChecked: "a store writes whatever lease it is shown",
    LeaseGivenTwice: "a lease is given while another holds",
    WatermarkEarly: "the watermark moves with the first batch of an export",
    WatermarkApart: "the watermark moves in a transaction of its own, before the reports",
    ServerErrorIsRefusal: "a 5xx is taken as a refusal",
    TimeoutIsUnreachable: "a time-out is taken as no connection",
    TimeoutIsApplied: "a time-out is taken as written",
    TransportRepeatsPost: "the transport repeats a POST without an answer",
    OnePageOnly: "a listing ends after its first page",
    DeletedRowsHidden: "a listing leaves deleted rows out",
    ArchivedRowsHidden: "a listing leaves archived rows out",
    BrokenListingIsEmpty: "a listing that breaks off counts as complete",
    ListingFromCache: "a listing is answered from a cache",
    MarkFromRowId: "the mark is made from a row of the database",
    AdoptsOnAmount: "a record of equal amount is taken for ours",
    TakenNumberIsRefusal: "a number that is taken counts as a refusal",
    UnreadableDropped: "a report that cannot be read is left out",
    CutExportIsWhole: "an export that breaks off counts as whole",
    HtmlIsEmptyExport: "an HTML page with status 200 counts as an export without reports",
    OtherBooks: "requests go to the books of another connection",
    DeadlineIgnored: "requests begin after their deadline",
    ReceiptsSwapped: "two requests get each other's record",
    CredentialsUnguarded: "credentials are replaced without compare-and-swap",
    CredentialOfOther: "a credential is stored under another connection",
    GrantLostWithPower: "a grant is acknowledged before it is on the disk",
    SpillClearedWhole: "whoever clears its own pair from the spill clears those of others",
    TokenOfOther: "the access token of another connection is given out",
    TokenRefusalIsRefusal: "a 401 is taken as a refusal of the record",
    RefusedNotRenewed: "a refused access token is not renewed",
    SecretInErrorText: "an error of the token endpoint quotes the refresh token",
}

/// A planted bug.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Planted {
    /// In what surrounds the core.
    Port(PortBug),
    /// In the core itself.
    #[cfg(feature = "planted")]
    Core(sync_core::planted::Bug),
}

impl Planted {
    /// Every bug that this build can plant.
    pub fn all() -> Vec<Self> {
        let ports = PortBug::ALL.iter().copied().map(Self::Port);
        #[cfg(feature = "planted")]
        let ports = ports.chain(sync_core::planted::Bug::ALL.iter().copied().map(Self::Core));
        ports.collect()
    }

    /// What is wrong.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Port(bug) => bug.text(),
            #[cfg(feature = "planted")]
            Self::Core(bug) => bug.text(),
        }
    }
}

/// Worlds of tokens alone that are tried before the others, and up to how many after them.
const TOKEN_WORLDS: u64 = 300;
const TOKEN_WORLDS_MAX: u64 = 20_000;

/// What became of one bug.
#[derive(Clone, Debug)]
pub struct Hunt {
    /// Which.
    pub bug: Planted,
    /// Seeds until it was caught, once per hunt; `None` where it was not within the bound.
    pub seeds: Vec<Option<u64>>,
    /// The invariant it was caught by, in the first hunt, and how.
    pub caught_by: Option<(Invariant, String)>,
    /// How long it took.
    pub took: Duration,
}

impl Hunt {
    /// Looks for a bug so many times, each time from another seed on, for so many seeds at most.
    pub fn of(bug: Planted, hunts: u64, seeds_max: u64) -> Self {
        let began = Instant::now();
        let mut hunt = Self {
            bug,
            seeds: Vec::new(),
            caught_by: None,
            took: Duration::ZERO,
        };
        for number in 0..hunts {
            let first = number * 1_000_000;
            // Worlds in which tokens alone are asked for come first: they are short, and reach what others rarely do.
            let with_tokens = |seed: u64| {
                let violation = violation_with(seed, Some(bug))?;
                let is_its_own = violation_with(seed, None).is_none();
                is_its_own.then_some((seed - first + 1, violation))
            };
            let caught = (first..first + TOKEN_WORLDS)
                .find_map(with_tokens)
                .or_else(|| {
                    (first..first + seeds_max).find_map(|seed| {
                        let violation = play_with(seed, false, Some(bug)).violation?;
                        // What the world itself violates says nothing about the bug.
                        let is_its_own = play_with(seed, false, None).violation.is_none();
                        is_its_own.then_some((seed - first + 1, violation))
                    })
                })
                .or_else(|| (first + TOKEN_WORLDS..first + TOKEN_WORLDS_MAX).find_map(with_tokens));
            if let Some((_, violation)) = &caught {
                hunt.caught_by
                    .get_or_insert((violation.invariant, violation.text.clone()));
            }
            hunt.seeds.push(caught.map(|(seeds, _)| seeds));
        }
        hunt.took = began.elapsed();
        hunt
    }

    /// Whether every hunt caught it.
    pub fn is_caught(&self) -> bool {
        self.seeds.iter().all(Option::is_some)
    }
}

impl fmt::Display for Hunt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut seeds: Vec<u64> = self.seeds.iter().copied().flatten().collect();
        seeds.sort_unstable();
        let median = seeds.get(seeds.len() / 2).copied().unwrap_or(0);
        let most = seeds.last().copied().unwrap_or(0);
        let verdict = if self.is_caught() {
            "caught"
        } else {
            "NOT CAUGHT"
        };
        let by = self
            .caught_by
            .as_ref()
            .map_or(String::new(), |(invariant, text)| {
                let text: String = text.chars().take(80).collect();
                format!("{invariant:?}: {text}")
            });
        write!(
            f,
            "{verdict}  {:<72} seeds median {median:>4} max {most:>4}  {by}",
            self.bug.text()
        )
    }
}
