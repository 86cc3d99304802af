//! Bill payments: records that a bill was paid. FreshBooks moves no money.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::resource::sealed::Sealed;
use crate::resource::{
    Create, Family, Get, List, NoFilter, Replace, Resource, Shape, SoftDelete, operations,
};
use crate::wire::{
    AccountId, BillId, BillPaymentId, Money, VisState, flag, open_text_enum, optional,
    optional_date, optional_id, optional_text,
};

/// A payment of a bill as FreshBooks shows it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct BillPayment {
    /// Its identifier.
    pub id: BillPaymentId,
    /// The bill it pays.
    #[serde(default, rename = "billid", deserialize_with = "optional_id")]
    pub bill_id: Option<BillId>,
    /// How much was paid.
    pub amount: Money,
    /// When it was paid.
    #[serde(default, deserialize_with = "optional_date")]
    pub paid_date: Option<NaiveDate>,
    /// How it was paid.
    #[serde(default, deserialize_with = "optional")]
    pub payment_type: Option<PaymentType>,
    /// Note.
    #[serde(default, deserialize_with = "optional_text")]
    pub note: Option<String>,
    /// Whether it is matched with an expense imported from a bank.
    #[serde(default, deserialize_with = "flag")]
    pub matched_with_expense: bool,
    /// Live, deleted or archived; `None` if FreshBooks did not say.
    #[serde(default, deserialize_with = "optional")]
    pub vis_state: Option<VisState>,
}

open_text_enum! {
    /// How something was paid. FreshBooks insists on the exact case.
    PaymentType {
        /// By check.
        Check = "Check",
        /// By credit.
        Credit = "Credit",
        /// In cash.
        Cash = "Cash",
        /// By bank transfer.
        BankTransfer = "Bank Transfer",
        /// By credit card.
        CreditCard = "Credit Card",
        /// By debit.
        Debit = "Debit",
        /// Through `PayPal`.
        PayPal = "PayPal",
        /// Through 2Checkout.
        TwoCheckout = "2Checkout",
        /// By Visa.
        Visa = "VISA",
        /// By Mastercard.
        Mastercard = "MASTERCARD",
        /// By Discover.
        Discover = "DISCOVER",
        /// By American Express.
        Amex = "AMEX",
        /// By Diners Club.
        Diners = "DINERS",
        /// By JCB.
        Jcb = "JCB",
        /// By ACH.
        Ach = "ACH",
        /// Some other way; FreshBooks' own word.
        OtherWay = "Other",
    }
}

/// A payment to record, and the full payment to replace one with. What FreshBooks does with an overpayment or another currency is UNVERIFIED.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewBillPayment {
    #[serde(rename = "billid")]
    bill_id: BillId,
    amount: Money,
    paid_date: NaiveDate,
    payment_type: PaymentType,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

impl NewBillPayment {
    /// With what FreshBooks requires.
    pub fn new(
        bill_id: BillId,
        amount: Money,
        paid_date: NaiveDate,
        payment_type: PaymentType,
    ) -> Self {
        Self {
            bill_id,
            amount,
            paid_date,
            payment_type,
            note: None,
        }
    }

    /// Adds a note.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }
}

impl Sealed for BillPayment {}
impl Resource for BillPayment {
    type Id = BillPaymentId;
    type Owner = AccountId;
    const SHAPE: Shape = Shape::new(
        Family::Accounting,
        "bill_payments/bill_payments",
        "bill_payment",
        &["bill_payments"],
        operations!("bill payment"),
    );

    fn id(&self) -> BillPaymentId {
        self.id
    }
}
impl List for BillPayment {
    // FreshBooks ignores every filter here; a bill lists its own payments.
    type Filter = NoFilter;
}
impl Get for BillPayment {}
impl Create for BillPayment {
    type New = NewBillPayment;
}
impl Replace for BillPayment {
    // FreshBooks' sample sends all fields, and whether fewer do is UNVERIFIED.
    type Full = NewBillPayment;
}
impl SoftDelete for BillPayment {}
