//! Checkout links: pages on which anyone can pay for an item, without an invoice.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::resource::sealed::Sealed;
use crate::resource::{Create, Family, HardDelete, Replace, Resource, Shape, operations};
use crate::wire::{
    AccountId, CheckoutLinkId, CurrencyCode, ItemId, Money, flag, optional, optional_decimal,
    optional_text, plain_text,
};

/// A checkout link. Inferred: no answer has been seen, the fields are those that are sent.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct CheckoutLink {
    /// Its identifier.
    pub id: CheckoutLinkId,
    /// The item it sells.
    #[serde(default, deserialize_with = "optional_text")]
    pub item_id: Option<String>,
    /// Name of the item.
    #[serde(default, deserialize_with = "optional_text")]
    pub item_name: Option<String>,
    /// Price.
    #[serde(default, deserialize_with = "optional_decimal")]
    pub amount: Option<Decimal>,
    /// Currency of the price.
    #[serde(default, deserialize_with = "optional")]
    pub currency: Option<CurrencyCode>,
    /// Note.
    #[serde(default, deserialize_with = "optional_text")]
    pub note: Option<String>,
    /// Whether it can be used.
    #[serde(default, deserialize_with = "flag")]
    pub is_active: bool,
}

/// A checkout link to create, and the full link to replace one with. Documented.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewCheckoutLink {
    // As text, and the price too, in the only requests seen.
    #[serde(serialize_with = "plain_text")]
    item_id: ItemId,
    item_name: String,
    #[serde(serialize_with = "plain_text")]
    amount: Decimal,
    currency: CurrencyCode,
    is_active: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

impl NewCheckoutLink {
    /// An active link that sells an item.
    pub fn new(item_id: ItemId, item_name: impl Into<String>, price: Money) -> Self {
        Self {
            item_id,
            item_name: item_name.into(),
            amount: price.amount,
            currency: price.code,
            is_active: true,
            note: None,
        }
    }

    /// Makes it usable or not.
    #[must_use]
    pub fn active(mut self, is_active: bool) -> Self {
        self.is_active = is_active;
        self
    }

    /// Adds a note.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }
}

impl Sealed for CheckoutLink {}
impl Resource for CheckoutLink {
    type Id = CheckoutLinkId;
    type Owner = AccountId;
    const SHAPE: Shape = Shape::new(
        Family::Payments,
        "checkout-links",
        "checkout_link",
        &["checkout_links"],
        operations!("checkout link"),
    )
    .unwrapped();

    fn id(&self) -> CheckoutLinkId {
        self.id.clone()
    }
}
impl Create for CheckoutLink {
    type New = NewCheckoutLink;
}
impl Replace for CheckoutLink {
    type Full = NewCheckoutLink;
}
impl HardDelete for CheckoutLink {}
