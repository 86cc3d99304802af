//! Payment options: how one invoice, recurring invoice or checkout link can be paid online.

use serde::{Deserialize, Serialize};

use crate::wire::{CheckoutLinkId, InvoiceId, InvoiceProfileId, flag};

/// How something can be paid online. All parts are sent every time, because what is left out stays
/// as it is. Documented.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentOptions {
    /// The gateway: `fbpay` or `stripe`.
    pub gateway_name: String,
    /// By card.
    #[serde(default, deserialize_with = "flag")]
    pub has_credit_card: bool,
    /// By bank transfer.
    #[serde(default, deserialize_with = "flag")]
    pub has_ach_transfer: bool,
    /// In parts.
    #[serde(default, deserialize_with = "flag")]
    pub allow_partial_payments: bool,
}

/// What payment options are of.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Payable {
    /// An invoice.
    Invoice(InvoiceId),
    /// A recurring invoice.
    InvoiceProfile(InvoiceProfileId),
    /// A checkout link.
    CheckoutLink(CheckoutLinkId),
}

impl Payable {
    const fn kind(&self) -> &'static str {
        match self {
            Self::Invoice(_) => "invoice",
            Self::InvoiceProfile(_) => "invoice_profile",
            Self::CheckoutLink(_) => "checkout_link",
        }
    }

    pub(crate) fn path(&self) -> String {
        format!("{}/{}/payment_options", self.kind(), self.id())
    }

    fn id(&self) -> String {
        match self {
            Self::Invoice(id) => id.to_string(),
            Self::InvoiceProfile(id) => id.to_string(),
            Self::CheckoutLink(id) => id.to_string(),
        }
    }
}

/// Options with what they are of: checkout links want it in the body too.
#[derive(Serialize)]
pub(crate) struct OptionsOf<'o> {
    #[serde(flatten)]
    options: &'o PaymentOptions,
    entity_type: &'static str,
    entity_id: String,
}

impl<'o> OptionsOf<'o> {
    pub(crate) fn new(payable: &Payable, options: &'o PaymentOptions) -> Self {
        Self {
            options,
            entity_type: payable.kind(),
            entity_id: payable.id(),
        }
    }
}
