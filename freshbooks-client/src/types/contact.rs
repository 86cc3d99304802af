//! Contacts: the further people of a client. They are made and listed with the client.

use serde::{Deserialize, Serialize};

use crate::resource::sealed::Sealed;
use crate::resource::{Family, HardDelete, Resource, Shape, Update, operations};
use crate::wire::{AccountId, ContactId, optional_text};

/// A secondary contact as FreshBooks shows it. Documented; no answer to a change has been seen.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Contact {
    /// Its identifier.
    #[serde(rename = "userid")]
    pub id: ContactId,
    /// Given name.
    #[serde(default, rename = "fname", deserialize_with = "optional_text")]
    pub first_name: Option<String>,
    /// Family name.
    #[serde(default, rename = "lname", deserialize_with = "optional_text")]
    pub last_name: Option<String>,
    /// E-mail.
    #[serde(default, deserialize_with = "optional_text")]
    pub email: Option<String>,
    /// Telephone.
    #[serde(default, rename = "phone1", deserialize_with = "optional_text")]
    pub phone: Option<String>,
}

/// A secondary contact to give to a client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewContact {
    email: String,
    #[serde(flatten)]
    rest: ContactUpdate,
}

impl NewContact {
    /// With the e-mail FreshBooks writes to.
    pub fn new(email: impl Into<String>) -> Self {
        Self {
            email: email.into(),
            rest: ContactUpdate::default(),
        }
    }

    /// Adds what is not required. What the constructor took stays as it is.
    #[must_use]
    pub fn with(mut self, rest: ContactUpdate) -> Self {
        self.rest = ContactUpdate {
            email: None,
            ..rest
        };
        self
    }
}

/// Changes to a secondary contact; what is not set stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct ContactUpdate {
    /// Given name.
    #[serde(rename = "fname", skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// Family name.
    #[serde(rename = "lname", skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// E-mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Telephone.
    #[serde(rename = "phone1", skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
}

impl Sealed for Contact {}
impl Resource for Contact {
    type Id = ContactId;
    type Owner = AccountId;
    const SHAPE: Shape = Shape::new(
        Family::Accounting,
        "users/contacts",
        "contact",
        &["contacts"],
        operations!("contact"),
    );

    fn id(&self) -> ContactId {
        self.id
    }
}
impl Update for Contact {
    type Update = ContactUpdate;
}
impl HardDelete for Contact {}
