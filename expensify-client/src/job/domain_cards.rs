//! Lists the cards of a domain (`get`, `domainCardList`).

use serde::Deserialize;
use serde_json::json;

use super::contract::{Job, sealed::Sealed};
use super::envelope::{JobRequest, fields};
use crate::error::Error;
use crate::evidence::{self, JobShapes};
use crate::export::Stamp;
use crate::ids::Domain;
use crate::response::{Answer, Expected};
use crate::scalar::{count, flag, text};

/// Lists the company cards of a domain, which the account must be an admin of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DomainCardQuery {
    domain: Domain,
}

impl DomainCardQuery {
    /// The cards of this domain.
    pub const fn new(domain: Domain) -> Self {
        Self { domain }
    }
}

/// A company card as it is listed. `None` is absent or empty; the shape is documented, no live answer was published.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct DomainCard {
    /// `cardID`.
    #[serde(rename = "cardID", deserialize_with = "text")]
    pub id: Option<String>,
    /// Bank or card feed.
    #[serde(deserialize_with = "text")]
    pub bank: Option<String>,
    /// Name of the card.
    #[serde(rename = "cardName", deserialize_with = "text")]
    pub name: Option<String>,
    /// Number of the card, masked.
    #[serde(rename = "cardNumber", deserialize_with = "text")]
    pub number: Option<String>,
    /// Email of the cardholder.
    #[serde(deserialize_with = "text")]
    pub email: Option<String>,
    /// The company's own ID of the cardholder.
    #[serde(rename = "externalEmployeeID", deserialize_with = "text")]
    pub external_employee_id: Option<String>,
    /// Whether its expenses are owed to the cardholder.
    #[serde(deserialize_with = "flag")]
    pub reimbursable: Option<bool>,
    /// When the card was added, in a zone that is not stated.
    #[serde(deserialize_with = "stamp")]
    pub created: Option<Stamp>,
    /// When its transactions were last imported.
    #[serde(deserialize_with = "stamp")]
    pub last_import: Option<Stamp>,
    /// Result of that import, a code that is not explained.
    #[serde(deserialize_with = "count")]
    pub last_import_result: Option<i64>,
    /// Since when transactions are imported.
    #[serde(deserialize_with = "stamp")]
    pub scrape_min_date: Option<Stamp>,
}

fn stamp<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Stamp>, D::Error> {
    Ok(text(deserializer)?.map(Stamp::new))
}

impl Sealed for DomainCardQuery {}

impl Job for DomainCardQuery {
    type Reply = Vec<DomainCard>;
    const SHAPES: &'static JobShapes = &evidence::DOMAIN_CARDS;
    const SAFE_TO_RETRY: bool = true;
    const EXPECTED: Expected = Expected::Object;

    fn to_request(&self) -> Result<JobRequest, Error> {
        let settings = json!({"type": "domainCardList", "domain": self.domain.as_str()});
        let description = json!({"type": "get", "inputSettings": settings});
        Ok(JobRequest::new::<Self>(fields(description)))
    }

    fn read(&self, answer: &Answer) -> Result<Vec<DomainCard>, Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Reply {
            domain_card_list: Vec<DomainCard>,
        }
        Ok(answer.decode::<Reply>()?.domain_card_list)
    }
}
