//! Who decides what goes wrong: the dice of a seed, or a string of choices that visits every path.

use std::time::Duration;

use chrono::TimeDelta;

use crate::dice::Dice;
use crate::swarm::{Fault, Swarm};

/// What becomes of one request that writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SendFate {
    /// Written and answered.
    Applied,
    /// Written, and the sender does not learn it.
    AppliedUnanswered(Fault),
    /// Never written, and the sender does not learn it.
    LostUnanswered(Fault),
    /// Written after so long; the sender does not learn it.
    AppliedAfter(TimeDelta),
    /// Written with another total than asked for.
    AppliedOtherwise,
    /// The process is too slow: the deadline is over before the request begins.
    NotStarted,
    Unreachable,
    Throttled(Option<Duration>),
    TokenRefused,
    NotPermitted,
    Refused,
}

/// What becomes of one call of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StoreFate {
    Done,
    FailsBefore,
    AnswerLost,
}

/// What becomes of a read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReadFate {
    Answered,
    Fails,
}

/// Who decides.
#[derive(Debug)]
pub(crate) enum Fate {
    /// A seed's dice and faults.
    Random { dice: Dice, swarm: Swarm },
    /// Choices made one after the other.
    Scripted(Script),
}

/// A path through all choices: the prefix is given, the rest is first choices; each choice's width is noted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Script {
    given: Vec<usize>,
    made: Vec<(usize, usize)>,
    /// Faults are over: every choice is the first, and none is noted.
    pub(crate) calm: bool,
    /// The database answers every call: so it is for the worker that overtakes.
    pub(crate) steady: bool,
}

impl Script {
    /// The path that begins so.
    pub(crate) const fn new(given: Vec<usize>) -> Self {
        Self {
            given,
            made: Vec::new(),
            calm: false,
            steady: false,
        }
    }

    /// Makes the next choice, of so many.
    pub(crate) fn choose(&mut self, width: usize) -> usize {
        if self.calm || width < 2 {
            return 0;
        }
        let chosen = self.given.get(self.made.len()).copied().unwrap_or(0);
        self.made.push((chosen, width));
        chosen
    }

    /// The path after this one in depth-first order; `None` when this was the last.
    pub(crate) fn next(mut self) -> Option<Vec<usize>> {
        while let Some((chosen, width)) = self.made.pop() {
            if chosen + 1 < width {
                let mut given: Vec<usize> = self.made.iter().map(|(chosen, _)| *chosen).collect();
                given.push(chosen + 1);
                return Some(given);
            }
        }
        None
    }

    /// The choices made, as text that replays them.
    pub(crate) fn text(&self) -> String {
        let made: Vec<String> = self
            .made
            .iter()
            .map(|(chosen, _)| chosen.to_string())
            .collect();
        made.join(".")
    }
}

/// The answers a request may get, in the order in which paths visit them.
const SENDS: [SendFate; 10] = [
    SendFate::Applied,
    SendFate::AppliedUnanswered(Fault::AnswerLost),
    SendFate::LostUnanswered(Fault::RequestLost),
    SendFate::AppliedAfter(TimeDelta::minutes(2)),
    SendFate::AppliedAfter(TimeDelta::minutes(8)),
    SendFate::Unreachable,
    SendFate::Throttled(None),
    SendFate::TokenRefused,
    SendFate::Refused,
    SendFate::NotStarted,
];

impl Fate {
    /// Of the next request; `grace` bounds how late a write may come without being too late.
    pub(crate) fn of_send(&mut self, grace: TimeDelta) -> SendFate {
        match self {
            Self::Scripted(script) => SENDS[script.choose(SENDS.len())],
            Self::Random { dice, swarm } => random_send(dice, swarm, grace),
        }
    }

    /// How much later listings show what is written now.
    pub(crate) fn lag(&mut self, grace: TimeDelta) -> TimeDelta {
        let Self::Random { dice, swarm } = self else {
            return TimeDelta::zero();
        };
        let seconds = grace.num_seconds();
        if swarm.strikes(dice, Fault::ListLagTooLong, 300) {
            return TimeDelta::seconds(dice.between(seconds, seconds * 4));
        }
        if swarm.strikes(dice, Fault::ListLag, 1000) {
            return TimeDelta::seconds(dice.between(1, seconds / 3));
        }
        TimeDelta::zero()
    }

    /// Of a store call.
    pub(crate) fn of_store(&mut self, writes: bool) -> StoreFate {
        match self {
            Self::Scripted(script) if writes && !script.steady => {
                [StoreFate::Done, StoreFate::AnswerLost][script.choose(2)]
            }
            Self::Scripted(_) => StoreFate::Done,
            Self::Random { dice, swarm } => {
                if swarm.strikes(dice, Fault::StoreBusy, 50) {
                    StoreFate::FailsBefore
                } else if writes && swarm.strikes(dice, Fault::StoreAnswerLost, 50) {
                    StoreFate::AnswerLost
                } else {
                    StoreFate::Done
                }
            }
        }
    }

    /// Of a listing.
    pub(crate) fn of_listing(&mut self) -> ReadFate {
        match self {
            Self::Scripted(script) => [ReadFate::Answered, ReadFate::Fails][script.choose(2)],
            Self::Random { .. } => self.of_read(Fault::ListFails, 300),
        }
    }

    /// Of any other read.
    pub(crate) fn of_read(&mut self, fault: Fault, scale: u64) -> ReadFate {
        if self.strikes(fault, scale) {
            ReadFate::Fails
        } else {
            ReadFate::Answered
        }
    }

    /// Whether a fault strikes now, counted if so. Never on scripted paths, which have their own choices.
    pub(crate) fn strikes(&mut self, fault: Fault, scale: u64) -> bool {
        let Self::Random { dice, swarm } = self else {
            return false;
        };
        swarm.strikes(dice, fault, scale)
    }

    /// Whether the world has a fault at all.
    pub(crate) fn has(&self, fault: Fault) -> bool {
        matches!(self, Self::Random { swarm, .. } if swarm.has(fault))
    }

    /// Turns every fault off.
    pub(crate) fn calm(&mut self) {
        match self {
            Self::Random { swarm, .. } => swarm.stop(),
            Self::Scripted(script) => script.calm = true,
        }
    }
}

fn random_send(dice: &Dice, swarm: &Swarm, grace: TimeDelta) -> SendFate {
    let seconds = grace.num_seconds();
    let candidates = [
        Fault::AnswerLost,
        Fault::RequestLost,
        Fault::AppliedLate,
        Fault::AppliedTooLate,
        Fault::ErrorAfterEffect,
        Fault::ErrorBeforeEffect,
        Fault::UnreadableAnswer,
        Fault::EchoDiffers,
        Fault::Unreachable,
        Fault::Throttled,
        Fault::ThrottledAbsurdly,
        Fault::TokenRefused,
        Fault::NotPermitted,
        Fault::Refused,
    ];
    for fault in candidates {
        if !swarm.strikes(dice, fault, 500) {
            continue;
        }
        return match fault {
            Fault::AnswerLost | Fault::ErrorAfterEffect | Fault::UnreadableAnswer => {
                SendFate::AppliedUnanswered(fault)
            }
            Fault::RequestLost | Fault::ErrorBeforeEffect => SendFate::LostUnanswered(fault),
            Fault::AppliedLate => {
                SendFate::AppliedAfter(TimeDelta::seconds(dice.between(1, seconds / 2)))
            }
            Fault::AppliedTooLate => {
                SendFate::AppliedAfter(TimeDelta::seconds(dice.between(seconds, seconds * 8)))
            }
            Fault::EchoDiffers => SendFate::AppliedOtherwise,
            Fault::Throttled => SendFate::Throttled(
                dice.chance(500)
                    .then(|| Duration::from_secs(dice.below(120))),
            ),
            Fault::ThrottledAbsurdly => SendFate::Throttled(Some(
                dice.one(&[Duration::MAX, Duration::from_hours(100_000)]),
            )),
            Fault::TokenRefused => SendFate::TokenRefused,
            Fault::NotPermitted => SendFate::NotPermitted,
            Fault::Refused => SendFate::Refused,
            _ => SendFate::Unreachable,
        };
    }
    SendFate::Applied
}
