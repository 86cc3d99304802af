//! Identifiers, one type each, because FreshBooks has three kinds of account id and answers 404 to
//! the wrong one.

use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use super::scalar::scalar;

/// A text that is no identifier of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a valid {kind}")]
pub struct InvalidId {
    kind: &'static str,
}

macro_rules! number_id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        ///
        /// A number; read from a JSON number or from a string of digits, written as a number.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(u64);

        impl $name {
            /// Wraps a number that FreshBooks gave out.
            pub const fn new(value: u64) -> Self {
                Self(value)
            }

            /// The number.
            pub const fn get(self) -> u64 {
                self.0
            }
        }

        impl From<u64> for $name {
            fn from(value: u64) -> Self {
                Self(value)
            }
        }

        impl From<$name> for u64 {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                text.parse().map(Self).map_err(|_| InvalidId { kind: stringify!($name) })
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                match scalar(deserializer)? {
                    Some(text) => text.parse().map_err(D::Error::custom),
                    None => Err(D::Error::custom(InvalidId { kind: stringify!($name) })),
                }
            }
        }
    )+};
}

number_id! {
    /// Identifies a billable item, the accounting side of a service.
    BillableItemId,
    /// Identifies a bill.
    BillId,
    /// Identifies one line of a bill.
    BillLineId,
    /// Identifies a payment recorded against a bill.
    BillPaymentId,
    /// Identifies a business in the project and team families of URLs.
    BusinessId,
    /// Identifies a webhook registration.
    CallbackId,
    /// Identifies an expense category. Ids differ from account to account.
    CategoryId,
    /// Identifies a client, the one who is invoiced.
    ClientId,
    /// Identifies a secondary contact of a client.
    ContactId,
    /// Identifies a credit note.
    CreditNoteId,
    /// Identifies an estimate.
    EstimateId,
    /// Identifies an expense.
    ExpenseId,
    /// Identifies a recurring expense.
    ExpenseProfileId,
    /// Identifies a payment gateway of an account.
    GatewayId,
    /// Identifies a person across all of FreshBooks.
    IdentityId,
    /// Identifies an invoice.
    InvoiceId,
    /// Identifies a recurring invoice.
    InvoiceProfileId,
    /// Identifies an item of the catalogue.
    ItemId,
    /// Identifies an account of the old chart of accounts.
    JournalAccountId,
    /// Identifies one line of an old journal entry.
    JournalDetailId,
    /// Identifies an old journal entry.
    JournalEntryId,
    /// Identifies a sub account of the old chart of accounts.
    JournalSubAccountId,
    /// Identifies a sub type of ledger accounts.
    LedgerSubTypeId,
    /// Identifies a record of other income.
    OtherIncomeId,
    /// Identifies a payment of an invoice.
    PaymentId,
    /// Identifies a project.
    ProjectId,
    /// Identifies a retainer.
    RetainerId,
    /// Identifies a service.
    ServiceId,
    /// Identifies a staff member inside one account; 1 is the owner.
    StaffId,
    /// Identifies the settings of an account.
    SystemId,
    /// Identifies a task.
    TaskId,
    /// Identifies a tax definition.
    TaxId,
    /// Identifies a time entry.
    TimeEntryId,
    /// Identifies a bill vendor.
    VendorId,
}

macro_rules! text_id {
    ($($(#[$doc:meta])* $name:ident: $allowed:expr, $max:literal),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            #[doc = concat!("Accepts 1 to ", stringify!($max), " characters that are safe inside a URL path.")]
            ///
            /// # Errors
            /// [`InvalidId`] when the text is empty, too long, or holds another character.
            pub fn new(text: impl Into<String>) -> Result<Self, InvalidId> {
                let text = text.into();
                let allowed: fn(u8) -> bool = $allowed;
                if text.is_empty() || text.len() > $max || !text.bytes().all(allowed) {
                    return Err(InvalidId { kind: stringify!($name) });
                }
                Ok(Self(text))
            }

            /// The identifier as FreshBooks writes it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Self::new(text)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                match scalar(deserializer)? {
                    Some(text) => Self::new(text).map_err(D::Error::custom),
                    None => Err(D::Error::custom(InvalidId { kind: stringify!($name) })),
                }
            }
        }
    )+};
}

text_id! {
    /// The accounting account, a short alphanumeric text: `users/me` names it for each business.
    AccountId: |byte| byte.is_ascii_alphanumeric(), 64,
    /// The business in the ledger family of URLs, a UUID.
    BusinessUuid: |byte| byte.is_ascii_hexdigit() || byte == b'-', 64,
    /// A checkout link.
    CheckoutLinkId: |byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_', 64,
    /// A token by which a report can be had as a file.
    DownloadToken: |byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_', 512,
    /// A ledger account of the chart of accounts, a UUID.
    LedgerAccountId: |byte| byte.is_ascii_hexdigit() || byte == b'-', 64,
    /// A manual journal entry; that it is a UUID is UNVERIFIED.
    ManualJournalEntryId: |byte| byte.is_ascii_alphanumeric() || byte == b'-', 64,
    /// A member of a team, a UUID.
    TeamMemberId: |byte| byte.is_ascii_hexdigit() || byte == b'-', 64,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ids_are_read_from_numbers_and_from_strings() {
        for (json, id) in [("7", 7), ("\"7\"", 7), ("18446744073709551615", u64::MAX)] {
            assert_eq!(
                serde_json::from_str::<BillId>(json).unwrap(),
                BillId::new(id)
            );
        }
        for json in ["null", "\"\"", "-1", "1.5", "{}", "[1]", "\"x\"", "true"] {
            assert!(serde_json::from_str::<BillId>(json).is_err(), "{json}");
        }
    }

    proptest! {
        #[test]
        fn every_number_survives_as_number_and_as_string(value in any::<u64>()) {
            for json in [value.to_string(), format!("\"{value}\"")] {
                prop_assert_eq!(serde_json::from_str::<InvoiceId>(&json).unwrap().get(), value);
            }
            prop_assert_eq!(serde_json::to_string(&InvoiceId::new(value)).unwrap(), value.to_string());
        }

        #[test]
        fn no_text_id_can_leave_its_path_segment(text in ".{0,70}") {
            let texts = [
                AccountId::new(&*text).map(|id| id.to_string()),
                TeamMemberId::new(&*text).map(|id| id.to_string()),
                CheckoutLinkId::new(&*text).map(|id| id.to_string()),
                ManualJournalEntryId::new(&*text).map(|id| id.to_string()),
            ];
            for id in texts.into_iter().flatten() {
                prop_assert_eq!(&id, &text);
                prop_assert!(!id.is_empty() && !id.contains(['/', '?', '#', '%', '.', ' ', '\\']));
            }
        }
    }

    #[test]
    fn an_account_id_cannot_leave_its_path_segment() {
        assert!(AccountId::new("ZyQ04o").is_ok());
        for text in ["", "a/b", "..", "a b", "a?b", "%2e", "é", &"a".repeat(65)] {
            assert!(AccountId::new(text).is_err(), "{text}");
        }
    }
}
