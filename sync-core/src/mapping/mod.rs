//! From Expensify's words to the ledger's references: ordered rules, built-in ladders, findings instead of guesses.

mod assignment;
mod category;
mod condition;
mod mapper;
mod pick;
mod rules;
mod suggest;
mod tax;
mod text;
mod vendor;

pub use pick::{Candidate, Source};
pub use rules::{
    BillDate, BillGrouping, BillSettings, Choice, ClosedPeriod, CompanyPaid, Condition, Ladders,
    MappingRules, RefundPolicy, Rule, RunMode, Scope, StaffSettings, TextMatch,
};

pub(crate) use condition::{CompiledRule, Decided, decide};
pub(crate) use mapper::Mapper;
pub(crate) use pick::{BrokenReference, Gap, Named, Pick, Picked};
pub(crate) use suggest::candidate;
pub(crate) use tax::exact_net;
pub(crate) use text::{clean, quoted};
