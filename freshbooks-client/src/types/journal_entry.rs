//! Journal entries of the old kind, with the old chart of accounts. A new one is
//! [`ManualJournalEntry`](crate::ManualJournalEntry).

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::LedgerAccountType;
use crate::resource::sealed::Sealed;
use crate::resource::{Create, Family, List, NoFilter, Resource, Shape, operations};
use crate::wire::{
    AccountId, ClientId, CreditNoteId, CurrencyCode, ExpenseId, InvoiceId, JournalAccountId,
    JournalDetailId, JournalEntryId, JournalSubAccountId, Money, OtherIncomeId, PaymentId,
    decimal_text, flag, list, optional, optional_date, optional_decimal, optional_id,
    optional_text, plain_text,
};

/// A journal entry as FreshBooks answers one that was made. Documented.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct JournalEntry {
    /// Its identifier, also sent as `entryid`.
    pub id: JournalEntryId,
    /// Its name.
    #[serde(default, deserialize_with = "optional_text")]
    pub name: Option<String>,
    /// What it is for.
    #[serde(default, deserialize_with = "optional_text")]
    pub description: Option<String>,
    /// Its currency.
    #[serde(default, deserialize_with = "optional")]
    pub currency_code: Option<CurrencyCode>,
    /// Its date.
    #[serde(
        default,
        rename = "user_entered_date",
        deserialize_with = "optional_date"
    )]
    pub date: Option<NaiveDate>,
    /// Its lines.
    #[serde(default, rename = "details", deserialize_with = "list")]
    pub lines: Vec<JournalLine>,
}

/// A line of a journal entry as FreshBooks answers it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct JournalLine {
    /// Its identifier, also sent as `detailid`.
    #[serde(default, deserialize_with = "optional")]
    pub id: Option<JournalDetailId>,
    /// What it posts to.
    #[serde(default, rename = "sub_accountid", deserialize_with = "optional")]
    pub sub_account_id: Option<JournalSubAccountId>,
    /// Debit, in the currency of the entry.
    #[serde(default, deserialize_with = "optional_decimal")]
    pub debit: Option<Decimal>,
    /// Credit, in the currency of the entry.
    #[serde(default, deserialize_with = "optional_decimal")]
    pub credit: Option<Decimal>,
}

/// A journal entry to create; it balances, or else it cannot be built. Documented; the only request
/// seen went to another host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewJournalEntry {
    name: String,
    // Without it FreshBooks answers 500.
    currency_code: CurrencyCode,
    #[serde(rename = "user_entered_date")]
    date: NaiveDate,
    #[serde(rename = "details")]
    lines: Vec<NewJournalLine>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
}

impl NewJournalEntry {
    /// With what FreshBooks requires.
    ///
    /// # Errors
    /// [`Unbalanced`] when debits and credits differ, or when there are none.
    ///
    /// # Examples
    /// ```
    /// use freshbooks_client::{CurrencyCode, NewJournalEntry, NewJournalLine};
    /// let lines = vec![
    ///     NewJournalLine::debit(1.into(), "10.00".parse()?),
    ///     NewJournalLine::credit(2.into(), "9.99".parse()?),
    /// ];
    /// let entry = NewJournalEntry::new("Fix", "2026-01-31".parse()?, CurrencyCode::new("USD")?, lines);
    /// let unbalanced = entry.err().map(|error| error.to_string());
    /// assert_eq!(unbalanced.as_deref(), Some("debits of 10.00 and credits of 9.99 do not balance"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(
        name: impl Into<String>,
        date: NaiveDate,
        currency_code: CurrencyCode,
        lines: Vec<NewJournalLine>,
    ) -> Result<Self, Unbalanced> {
        balanced(lines.iter().map(|line| (line.debit, line.credit)))?;
        Ok(Self {
            name: name.into(),
            currency_code,
            date,
            lines,
            description: None,
        })
    }

    /// Says what it is for; FreshBooks copies it to every line.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }
}

/// A line of a journal entry to create.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct NewJournalLine {
    // As text, in the one request seen.
    #[serde(rename = "sub_accountid", serialize_with = "plain_text")]
    sub_account_id: JournalSubAccountId,
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "decimal_text"
    )]
    debit: Option<Decimal>,
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "decimal_text"
    )]
    credit: Option<Decimal>,
}

impl NewJournalLine {
    /// Debits a sub account.
    pub const fn debit(sub_account_id: JournalSubAccountId, amount: Decimal) -> Self {
        Self {
            sub_account_id,
            debit: Some(amount),
            credit: None,
        }
    }

    /// Credits a sub account.
    pub const fn credit(sub_account_id: JournalSubAccountId, amount: Decimal) -> Self {
        Self {
            sub_account_id,
            debit: None,
            credit: Some(amount),
        }
    }
}

/// A journal entry whose debits and credits differ, or that has no lines.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("debits of {debits} and credits of {credits} do not balance")]
pub struct Unbalanced {
    debits: Decimal,
    credits: Decimal,
}

/// Whether debits equal credits, to the last digit. A sum that cannot be held does not balance.
pub(super) fn balanced(
    lines: impl Iterator<Item = (Option<Decimal>, Option<Decimal>)>,
) -> Result<(), Unbalanced> {
    let mut sums = Some((Decimal::ZERO, Decimal::ZERO));
    let mut is_empty = true;
    for (debit, credit) in lines {
        is_empty = false;
        sums = sums.and_then(|(debits, credits)| {
            Some((
                debits.checked_add(debit.unwrap_or_default())?,
                credits.checked_add(credit.unwrap_or_default())?,
            ))
        });
    }
    let (debits, credits) = sums.unwrap_or((Decimal::MAX, Decimal::MIN));
    if debits == credits && !is_empty {
        return Ok(());
    }
    Err(Unbalanced { debits, credits })
}

/// A posted debit or credit, and what caused it. Observed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct JournalDetail {
    /// Its identifier, also sent as `detailid`.
    pub id: JournalDetailId,
    /// Its name.
    #[serde(default, deserialize_with = "optional_text")]
    pub name: Option<String>,
    /// What it is for.
    #[serde(default, deserialize_with = "optional_text")]
    pub description: Option<String>,
    /// What caused it, as a word.
    #[serde(default, rename = "detail_type", deserialize_with = "optional_text")]
    pub kind: Option<String>,
    /// Its date.
    #[serde(
        default,
        rename = "user_entered_date",
        deserialize_with = "optional_date"
    )]
    pub date: Option<NaiveDate>,
    /// Debit.
    #[serde(default)]
    pub debit: Option<Money>,
    /// Credit.
    #[serde(default)]
    pub credit: Option<Money>,
    /// Balance of the account after it.
    #[serde(default)]
    pub balance: Option<Money>,
    /// The account it posts to.
    #[serde(default)]
    pub account: Option<JournalAccountRef>,
    /// The sub account it posts to.
    #[serde(default)]
    pub sub_account: Option<JournalSubAccountRef>,
    /// The record that caused it.
    #[serde(default, rename = "entry")]
    pub cause: Option<JournalCause>,
}

/// An account of the old chart, in short.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct JournalAccountRef {
    /// Its identifier.
    #[serde(default, deserialize_with = "optional")]
    pub id: Option<JournalAccountId>,
    /// Its name.
    #[serde(default, rename = "account_name", deserialize_with = "optional_text")]
    pub name: Option<String>,
    /// Its number.
    #[serde(default, rename = "account_number", deserialize_with = "optional_text")]
    pub number: Option<String>,
    /// Its type.
    #[serde(default, deserialize_with = "optional")]
    pub account_type: Option<LedgerAccountType>,
}

/// A sub account of the old chart, in short.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct JournalSubAccountRef {
    /// Its identifier.
    #[serde(default, deserialize_with = "optional")]
    pub id: Option<JournalSubAccountId>,
    /// Its name.
    #[serde(
        default,
        rename = "account_sub_name",
        deserialize_with = "optional_text"
    )]
    pub name: Option<String>,
    /// Its number.
    #[serde(
        default,
        rename = "account_sub_number",
        deserialize_with = "optional_text"
    )]
    pub number: Option<String>,
}

/// What caused a posting; at most one of the records is there.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct JournalCause {
    /// The journal entry.
    #[serde(default, deserialize_with = "optional")]
    pub id: Option<JournalEntryId>,
    /// An expense.
    #[serde(default, rename = "expenseid", deserialize_with = "optional_id")]
    pub expense_id: Option<ExpenseId>,
    /// An invoice.
    #[serde(default, rename = "invoiceid", deserialize_with = "optional_id")]
    pub invoice_id: Option<InvoiceId>,
    /// A payment.
    #[serde(default, rename = "paymentid", deserialize_with = "optional_id")]
    pub payment_id: Option<PaymentId>,
    /// A credit note.
    #[serde(default, rename = "creditid", deserialize_with = "optional_id")]
    pub credit_note_id: Option<CreditNoteId>,
    /// Other income.
    #[serde(default, rename = "incomeid", deserialize_with = "optional_id")]
    pub other_income_id: Option<OtherIncomeId>,
    /// The client concerned.
    #[serde(default, rename = "clientid", deserialize_with = "optional_id")]
    pub client_id: Option<ClientId>,
}

/// An account of the old chart with its balance. FreshBooks ignores every filter on this list.
/// Observed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct JournalAccount {
    /// Its identifier, also sent as `accountid`.
    pub id: JournalAccountId,
    /// Its name.
    #[serde(default, rename = "account_name", deserialize_with = "optional_text")]
    pub name: Option<String>,
    /// Its number.
    #[serde(default, rename = "account_number", deserialize_with = "optional_text")]
    pub number: Option<String>,
    /// Its type.
    #[serde(default, deserialize_with = "optional")]
    pub account_type: Option<LedgerAccountType>,
    /// Its balance.
    #[serde(default, deserialize_with = "optional_decimal")]
    pub balance: Option<Decimal>,
    /// In which currency.
    #[serde(default, deserialize_with = "optional")]
    pub currency_code: Option<CurrencyCode>,
    /// Its sub accounts.
    #[serde(default, deserialize_with = "list")]
    pub sub_accounts: Vec<JournalSubAccount>,
}

/// A sub account of the old chart with its balance. Observed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct JournalSubAccount {
    /// Its identifier, also sent as `sub_accountid`: what a line of a new journal entry takes.
    pub id: JournalSubAccountId,
    /// Its name.
    #[serde(
        default,
        rename = "account_sub_name",
        deserialize_with = "optional_text"
    )]
    pub name: Option<String>,
    /// Its number.
    #[serde(
        default,
        rename = "account_sub_number",
        deserialize_with = "optional_text"
    )]
    pub number: Option<String>,
    /// The account above it.
    #[serde(default, rename = "parentid", deserialize_with = "optional_id")]
    pub parent_id: Option<JournalAccountId>,
    /// Its balance.
    #[serde(default, deserialize_with = "optional_decimal")]
    pub balance: Option<Decimal>,
    /// Whether a person made it.
    #[serde(default, deserialize_with = "flag")]
    pub custom: bool,
    /// Whether anything was posted to it.
    #[serde(default, deserialize_with = "flag")]
    pub transaction_posted: bool,
}

impl Sealed for JournalEntry {}
impl Resource for JournalEntry {
    type Id = JournalEntryId;
    type Owner = AccountId;
    const SHAPE: Shape = Shape::new(
        Family::Accounting,
        "journal_entries/journal_entries",
        "journal_entry",
        &["journal_entries"],
        operations!("journal entry"),
    );

    fn id(&self) -> JournalEntryId {
        self.id
    }
}
impl Create for JournalEntry {
    type New = NewJournalEntry;
}

impl Sealed for JournalDetail {}
impl Resource for JournalDetail {
    type Id = JournalDetailId;
    type Owner = AccountId;
    const SHAPE: Shape = Shape::new(
        Family::Accounting,
        "journal_entries/journal_entry_details",
        "journal_entry_detail",
        &["journal_entry_details"],
        operations!("journal detail"),
    );

    fn id(&self) -> JournalDetailId {
        self.id
    }
}
impl List for JournalDetail {
    type Filter = NoFilter;
}

impl Sealed for JournalAccount {}
impl Resource for JournalAccount {
    type Id = JournalAccountId;
    type Owner = AccountId;
    const SHAPE: Shape = Shape::new(
        Family::Accounting,
        "journal_entry_accounts/journal_entry_accounts",
        "journal_entry_account",
        &["journal_entry_accounts"],
        operations!("journal account"),
    );

    fn id(&self) -> JournalAccountId {
        self.id
    }
}
impl List for JournalAccount {
    type Filter = NoFilter;
}
