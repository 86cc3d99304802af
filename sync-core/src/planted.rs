//! Bugs planted on purpose, for the simulation to catch (feature `planted`; outside semver).
//!
//! A simulation that catches no bug proves nothing, so each of these is one that somebody could write, or that was written
//! and found. Without the feature `is_on` is the constant `false`, and no build contains them.

macro_rules! bugs {
    ($($name:ident: $text:literal,)+) => {
        /// A bug in the core.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[cfg_attr(not(feature = "planted"), expect(unreachable_pub, reason = "outside of simulations nobody names one"))]
        pub enum Bug {
            $(#[doc = $text] $name,)+
        }

        #[cfg(feature = "planted")]
        impl Bug {
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
    NoQuietTime: "absence counts as proven without the quiet time",
    OneAbsenceProves: "one listing without the record proves its absence",
    FirstProbeSkipped: "what was never sent is not probed for",
    FirstLookBounded: "a database that knows no record yet looks only around the days of what it plans",
    UnknownLookedAround: "a record whose outcome is unknown is looked for around its day alone",
    SentBackLookedAround: "what a person sends again is looked for around its day alone",
    RefusedCorrectionForgets: "a correction that is refused counts as a record that is refused",
    UnansweredUnbraked: "the brake counts no requests that were left unanswered",
    RevisionsPerReport: "what was voided is counted per report, not over the whole connection",
    AbandonedIsNotApplied: "what a dead worker was sending counts as not sent",
    TransitionWithoutAudit: "a transition leaves no audit entry",
    DeletedIsAbsent: "a deleted record with our mark counts as absent",
    CentsCutOff: "an expense's amount loses its last digit",
    SplitLosesCent: "a bill of several lines is a cent short",
    KeyFromContent: "a bill's mark depends on its content",
    ResendsUnbounded: "proof of absence allows any number of sends",
    AttemptsUnbounded: "refused sends are tried without end",
    BrakeIgnored: "the brake is not looked at",
    LabelBeforeProof: "a report is labelled before its records are read back",
    UnknownMarksUnseen: "reconciling keeps quiet about marks that no entry has",
    DuplicatesUnseen: "reconciling keeps quiet about two records of one mark",
    WithdrawnExplains: "a withdrawn entry explains a record under its mark",
    WaitingPairNotCompared: "tokens that wait to be stored go over younger ones that are being renewed",
    WaitsForLostVendor: "a report waits for a vendor that will not come",
    ListsKnownWindowsOnly: "reconciling lists only the days of entries it knows",
    DeletedReportUnseen: "a report that Expensify shows no longer stays as it was",
    SightNotChecked: "reports of a workspace out of sight count as deleted",
    UnreadableUnseen: "reconciling passes over reports that cannot be read",
    ResendAfterRefusalLost: "an unknown outcome counts as not applied",
    RefreshUnguarded: "a renewal goes on although someone else has begun one",
    BeginNotStored: "tokens are asked for before the beginning is durable",
    LateBeginAsks: "tokens are asked for under a beginning that others take for abandoned",
    TokenBeforeStored: "an access token is given out before its pair is stored",
    LostReplyRetried: "a request for tokens without an answer is repeated at once",
    LostReplyIsNothing: "a request for tokens without an answer counts as not sent",
    LostReplyIsSpent: "a token endpoint that does not answer means that the grant is dead",
    DeathNotStored: "that a grant is dead is told and not stored",
    NeedsReauthSwallowed: "a dead grant is told as a temporary failure",
    SpillForgotten: "a pair in the spill is not looked for",
    SpillLookedAtEarly: "the spill is not looked at again once a renewal was begun",
    UnstoredDropped: "a pair that cannot be stored is dropped",
}

#[cfg(feature = "planted")]
mod switch {
    use std::cell::Cell;

    use super::Bug;

    thread_local! {
        static PLANTED: Cell<Option<Bug>> = const { Cell::new(None) };
    }

    /// Plants a bug, or none, in everything this thread does from now on.
    pub fn plant(bug: Option<Bug>) {
        PLANTED.set(bug);
    }

    /// Whether a bug is planted.
    pub(crate) fn is_on(bug: Bug) -> bool {
        PLANTED.get() == Some(bug)
    }
}

#[cfg(feature = "planted")]
pub(crate) use switch::is_on;
#[cfg(feature = "planted")]
pub use switch::plant;

/// Whether a bug is planted: never.
#[cfg(not(feature = "planted"))]
pub(crate) const fn is_on(_: Bug) -> bool {
    false
}
