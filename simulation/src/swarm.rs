//! Which faults a world has, and how often: a random subset with rates of their own ("swarm").

use std::cell::Cell;

use crate::dice::Dice;

macro_rules! faults {
    ($($name:ident $row:literal $text:literal,)+) => {
        /// A fault the world can have. The number is its row in the fault matrix.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Fault {
            $(#[doc = $text] $name,)+
        }

        impl Fault {
            /// Every fault.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// Its row in the fault matrix.
            pub const fn row(self) -> u8 {
                match self { $(Self::$name => $row,)+ }
            }

            /// What happens.
            pub const fn text(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }
        }
    };
}

faults! {
    Crash 1 "a worker dies at some await",
    StoreBusy 25 "a store call fails before its work",
    StoreAnswerLost 4 "a store call is done and its answer lost",
    Unreachable 5 "no connection is made",
    AnswerLost 6 "written, the answer is lost",
    RequestLost 7 "lost on the way, never written",
    AppliedLate 8 "written some minutes after its time-out",
    AppliedTooLate 8 "written after the quiet time",
    ErrorAfterEffect 9 "5xx, written all the same",
    ErrorBeforeEffect 9 "5xx, not written",
    UnreadableAnswer 10 "written, the answer cannot be read",
    EchoDiffers 10 "written with another total",
    ReceiptsJumbled 11 "receipts out of order",
    ReceiptMissing 11 "a receipt is missing",
    Throttled 13 "429 with Retry-After, or without",
    ThrottledAbsurdly 13 "429 with a Retry-After of years",
    TokenRefused 14 "401 in the middle of a batch",
    NotPermitted 14 "403 in the middle of a batch",
    Refused 14 "422: the record is wrong",
    ListLag 15 "listings lag behind writes",
    ListLagTooLong 15 "listings lag longer than the quiet time",
    ListFails 16 "a listing breaks off before its end",
    RowsRepeated 16 "a listing repeats rows in another order",
    SnapshotFails 16 "reference data cannot be read",
    PersonEdits 17 "a person edits a record",
    PersonDeletes 17 "a person deletes a record",
    PersonDuplicates 17 "a person copies a record, mark and all",
    PersonArchivesOrPays 17 "a person archives or pays a record",
    ReferenceChanges 17 "a vendor or category is deactivated or put back",
    ExportFails 18 "an export fails before it begins",
    ExportCut 18 "an export breaks off in the middle",
    Unreadable 18 "a report cannot be read",
    ReportEdited 19 "a report is edited",
    ReportReopened 19 "a report is taken back, or approved again",
    ReportDeleted 19 "a report is deleted, or shown again",
    SightLost 18 "the credentials lose sight of the workspace for days",
    ExpenseMoves 19 "an expense moves to another report",
    CurrencyChanges 19 "a report changes its currency",
    ApprovedLate 20 "a report shows up days after its approval",
    ClockSkew 21 "hosts differ by seconds",
    ClockJumpsForward 21 "a host's clock jumps forward by hours",
    ClockJumpsBack 21 "a host's clock jumps back by hours",
    WorkerPaused 22 "a worker is paused beyond its lease",
    SecondWorker 23 "two workers on one store",
    SecondInstallation 23 "two installations on one account",
    DatabaseRestored 24 "an old database is put back",
    DatabaseLost 24 "the database is gone",
    HintsFromOutside 33 "webhook hints, repeated and about anything",
    HostileText 34 "hostile text in every field",
    MoneyEdges 35 "zero, negative, inexact, foreign, mismatched amounts",
    PersonDecides 19 "a person decides on review items",
    SharedGrant 23 "two installations share one grant",
    TokenDies 14 "an access token stops working before its end",
    TokensAtOnce 27 "everyone wants a newer token at once",
    TokenReplyLost 28 "a pair of tokens is made, the answer is lost",
    GrantNotStored 28 "the database cannot take a pair of tokens",
    GrantsRefused 28 "the database takes no tokens for minutes",
    GrantStoredSlowly 25 "the database takes minutes to store a grant",
    SpillFails 28 "nor can the spill beside it",
    TokenRequestLost 29 "a request for tokens is lost on the way",
    TokenEndpointFails 29 "the token endpoint answers 5xx",
    TokenEndpointSlow 29 "the token endpoint answers slowly",
    ApplicationRefused 29 "the application is refused for a while",
    GrantRevoked 29 "a person revokes the grant",
    BudgetUsedUp 39 "other programs use up the rate limit for hours",
}

/// The faults of one world.
#[derive(Debug)]
pub(crate) struct Swarm {
    rates: Vec<u64>,
    injected: Vec<Cell<u64>>,
    calm: bool,
}

impl Swarm {
    /// A random subset with random rates; some worlds are nearly calm, some are all at once.
    pub(crate) fn drawn(dice: &Dice) -> Self {
        let on = dice.one(&[80, 150, 250, 250, 400, 800]);
        let rates = Fault::ALL.iter().map(|_| {
            let rate = dice.one(&[20, 60, 150, 300, 600]);
            if dice.chance(on) { rate } else { 0 }
        });
        Self {
            rates: rates.collect(),
            injected: vec![Cell::new(0); Fault::ALL.len()],
            calm: false,
        }
    }

    /// Whether the world has this fault at all.
    pub(crate) fn has(&self, fault: Fault) -> bool {
        self.rates[position(fault)] > 0
    }

    /// Whether the fault strikes now; counted if so. `scale` makes it rarer where it is asked for often (1000: as its
    /// rate says).
    pub(crate) fn strikes(&self, dice: &Dice, fault: Fault, scale: u64) -> bool {
        // No draw for what the world does not have.
        let strikes = !self.calm
            && self.has(fault)
            && dice.below(1_000_000) < self.rates[position(fault)].saturating_mul(scale);
        if strikes {
            self.count(fault);
        }
        strikes
    }

    /// Counts a fault that struck otherwise.
    pub(crate) fn count(&self, fault: Fault) {
        let injected = &self.injected[position(fault)];
        injected.set(injected.get() + 1);
    }

    /// How often each fault struck, in the order of [`Fault::ALL`].
    pub(crate) fn injected(&self) -> Vec<u64> {
        self.injected.iter().map(Cell::get).collect()
    }

    /// Turns all faults off, for good.
    pub(crate) fn stop(&mut self) {
        self.calm = true;
    }
}

fn position(fault: Fault) -> usize {
    // `ALL` is in the order of the variants.
    Fault::ALL.binary_search(&fault).unwrap_or(0)
}
