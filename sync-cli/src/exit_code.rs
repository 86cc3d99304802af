//! Exit codes: what a script or a service manager may rely on.

use std::process::ExitCode as ProcessExitCode;

use sync_core::ErrorKind;

/// How a run ended. The order is by urgency: of several connections the most urgent outcome is the program's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ExitCode {
    /// 0: everything asked for is done.
    Done,
    /// 10: done; items wait in the review queue.
    DoneWithReview,
    /// 50: nothing is wrong here; the same command later succeeds.
    Temporary,
    /// 60: the brake stopped the pass; `sync --confirm` goes on.
    Braked,
    /// 20: a person must authorize again with `connect`.
    NeedsReauth,
    /// 30: the configuration, an argument or a file must be corrected.
    Configuration,
    /// 40: totals disagree, the audit trail is broken or stored data contradicts itself.
    Disagreement,
    /// 1: a mistake of the program.
    Internal,
}

impl ExitCode {
    /// The number given to the operating system. 2 is taken by wrong usage, which clap reports.
    pub(crate) const fn number(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Internal => 1,
            Self::DoneWithReview => 10,
            Self::NeedsReauth => 20,
            Self::Configuration => 30,
            Self::Disagreement => 40,
            Self::Temporary => 50,
            Self::Braked => 60,
        }
    }

    /// What an error of the core means for the caller of the program.
    pub(crate) const fn of(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::Unauthorized => Self::NeedsReauth,
            ErrorKind::Invalid => Self::Configuration,
            ErrorKind::Corrupt => Self::Disagreement,
            ErrorKind::Unavailable | ErrorKind::LeaseLost | ErrorKind::Conflict => Self::Temporary,
            // Kinds of a later version of the core count as mistakes of this one.
            ErrorKind::Internal | _ => Self::Internal,
        }
    }
}

impl From<ExitCode> for ProcessExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code.number())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_the_documented_ones() {
        for (code, number) in [
            (ExitCode::Done, 0),
            (ExitCode::Internal, 1),
            (ExitCode::DoneWithReview, 10),
            (ExitCode::NeedsReauth, 20),
            (ExitCode::Configuration, 30),
            (ExitCode::Disagreement, 40),
            (ExitCode::Temporary, 50),
            (ExitCode::Braked, 60),
        ] {
            assert_eq!(code.number(), number, "{code:?}");
        }
    }

    #[test]
    fn of_several_outcomes_the_most_urgent_wins() {
        let outcomes = [
            ExitCode::DoneWithReview,
            ExitCode::Disagreement,
            ExitCode::Temporary,
            ExitCode::Done,
        ];
        assert_eq!(outcomes.into_iter().max(), Some(ExitCode::Disagreement));
    }

    #[test]
    fn every_kind_of_error_has_its_code() {
        for (kind, code) in [
            (ErrorKind::Unauthorized, ExitCode::NeedsReauth),
            (ErrorKind::Invalid, ExitCode::Configuration),
            (ErrorKind::Corrupt, ExitCode::Disagreement),
            (ErrorKind::Unavailable, ExitCode::Temporary),
            (ErrorKind::LeaseLost, ExitCode::Temporary),
            (ErrorKind::Conflict, ExitCode::Temporary),
            (ErrorKind::Internal, ExitCode::Internal),
        ] {
            assert_eq!(ExitCode::of(kind), code, "{kind:?}");
        }
    }
}
