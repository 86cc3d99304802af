//! Ids as types of their own, so that one kind cannot stand where another is meant.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! text_id {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes the id as the other side wrote it.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The id as the other side wrote it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }
    )+};
}

macro_rules! number_id {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(u64);

        impl $name {
            /// Takes the number the ledger gave.
            pub const fn new(number: u64) -> Self {
                Self(number)
            }

            /// The number the ledger gave.
            pub const fn get(self) -> u64 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }
    )+};
}

text_id! {
    /// Names one pairing of Expensify workspaces with one FreshBooks business; chosen by the user.
    ConnectionId;
    /// An Expensify workspace (Expensify calls it a policy).
    WorkspaceId;
    /// An expense report: base-62 text such as `R00X9oNOn2MO`.
    ReportId;
    /// One expense of a report: Expensify's transaction id, 16 to 19 digits, never a number here.
    ExpenseId;
    /// The books written to: FreshBooks' `account_id`.
    LedgerId;
}

number_id! {
    /// A bill vendor.
    VendorId;
    /// An expense category.
    CategoryId;
    /// A project.
    ProjectId;
    /// A client.
    ClientId;
    /// A staff member, whom FreshBooks wants named on every expense.
    StaffId;
    /// A tax.
    TaxId;
    /// A bill, expense or vendor that exists in the ledger.
    RecordId;
}
