//! From Expensify's words to the ledger's references: ordered rules, built-in ladders, findings instead of guesses.

mod category;
mod condition;
mod rules;
mod tax;
mod vendor;


pub use rules::{
    BillDate, BillGrouping, BillSettings, Choice, ClosedPeriod, CompanyPaid, Condition, Ladders, MappingRules,
    RefundPolicy, Rule, RunMode, Scope, StaffSettings, TextMatch,
};
