//! Policies, which the site calls workspaces: the list, and the sections of each.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};

use super::envelope::JobRequest;
use crate::error::Error;
use crate::ids::PolicyId;
use crate::response::Expected;

/// Which policies to list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PolicyScope {
    /// All the account belongs to.
    All,
    /// Those the account administers (`adminOnly`).
    AdminOnly,
}

/// Which policies to list, and as whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyListQuery {
    /// All, or those administered.
    pub scope: PolicyScope,
    /// Whose policies (`userEmail`); needs access granted by that user or domain.
    pub user_email: Option<String>,
}

/// A policy as it is listed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PolicySummary {
    /// The one key; names repeat.
    pub id: PolicyId,
    /// Name.
    pub name: String,
    /// Email of the owner.
    pub owner: Option<String>,
    /// Role of the account in it: `user`, `auditor`, `admin`; an open list.
    pub role: Option<String>,
    /// Plan: `team`, `corporate`, `free`, `control`, `personalPolicy`; an open list.
    pub kind: Option<String>,
    /// ISO 4217 code of its reports.
    pub output_currency: Option<String>,
}

impl PolicySummary {
    /// Whether the account administers it, which is what lets an export see all its reports.
    pub fn is_admin(&self) -> bool {
        self.role.as_deref() == Some("admin")
    }
}

/// A part of a policy that can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PolicySection {
    /// Categories.
    Categories,
    /// Report fields.
    ReportFields,
    /// Tags.
    Tags,
    /// Taxes.
    Tax,
    /// Employees.
    Employees,
}

impl PolicySection {
    /// All five.
    pub const ALL: [Self; 5] = [
        Self::Categories,
        Self::ReportFields,
        Self::Tags,
        Self::Tax,
        Self::Employees,
    ];

    /// The service's word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Categories => "categories",
            Self::ReportFields => "reportFields",
            Self::Tags => "tags",
            Self::Tax => "tax",
            Self::Employees => "employees",
        }
    }
}

/// The policies an answer holds. One that was asked for and is absent is not visible to the account.
pub type Policies = BTreeMap<PolicyId, Policy>;

/// The sections of a policy; `None` for those not asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct Policy {
    /// Categories.
    pub categories: Option<Vec<Category>>,
    /// Tags by level; single-level tags are one level without a name.
    #[serde(deserialize_with = "tags")]
    pub tags: Option<Vec<TagLevelDefinition>>,
    /// Report fields.
    pub report_fields: Option<Vec<ReportField>>,
    /// Taxes; without rates if the policy has none.
    pub tax: Option<Taxes>,
    /// Employees.
    pub employees: Option<Vec<Employee>>,
}

/// A category of a policy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct Category {
    /// Name, `Parent:Child` for nested ones.
    pub name: String,
    /// Whether it can be chosen.
    pub enabled: bool,
    /// GL code.
    #[serde(deserialize_with = "text")]
    pub gl_code: Option<String>,
    /// Payroll code.
    #[serde(deserialize_with = "text")]
    pub payroll_code: Option<String>,
}

/// A level of a policy's tags.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TagLevelDefinition {
    /// Name of the level; absent for single-level tags.
    pub name: Option<String>,
    /// The tags of the level.
    pub tags: Vec<Tag>,
}

/// A tag of a policy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct Tag {
    /// Name.
    pub name: String,
    /// Whether it can be chosen.
    pub enabled: bool,
    /// GL code.
    #[serde(deserialize_with = "text")]
    pub gl_code: Option<String>,
}

/// A report field of a policy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct ReportField {
    /// Name.
    pub name: String,
    /// `formula`, `dropdown`, `text`, `date`; an open list.
    #[serde(rename = "type", deserialize_with = "text")]
    pub kind: Option<String>,
    /// Choices of a dropdown.
    #[serde(deserialize_with = "choices")]
    pub values: Vec<String>,
}

/// The taxes of a policy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct Taxes {
    /// Name of the tax.
    #[serde(deserialize_with = "text")]
    pub name: Option<String>,
    /// `rateID` of the default rate.
    #[serde(deserialize_with = "text")]
    pub default: Option<String>,
    /// The rates; none if the policy has no tax.
    pub rates: Vec<TaxRate>,
}

/// A rate of a policy's tax.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct TaxRate {
    /// `rateID`.
    #[serde(rename = "rateID", deserialize_with = "text")]
    pub id: Option<String>,
    /// Name.
    #[serde(deserialize_with = "text")]
    pub name: Option<String>,
    /// Percent: 20 is 20 %.
    #[serde(deserialize_with = "percent")]
    pub rate: Option<Decimal>,
}

/// An employee of a policy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct Employee {
    /// Email.
    pub email: String,
    /// Role: `user`, `auditor`, `admin`; an open list.
    #[serde(deserialize_with = "text")]
    pub role: Option<String>,
    /// Email of the approver.
    #[serde(deserialize_with = "text")]
    pub submits_to: Option<String>,
    /// The company's own ID of the employee.
    #[serde(rename = "employeeID", deserialize_with = "text")]
    pub employee_id: Option<String>,
    /// First custom field.
    #[serde(rename = "customField1", deserialize_with = "text")]
    pub custom_field_1: Option<String>,
    /// Second custom field.
    #[serde(rename = "customField2", deserialize_with = "text")]
    pub custom_field_2: Option<String>,
}

/// A value as text, whatever it is; null, empty and structures are none.
fn text_of(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Value::deserialize(deserializer).map(text_of)
}

fn percent<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Decimal>, D::Error> {
    let text = text(deserializer)?;
    Ok(text.and_then(|text| {
        text.parse()
            .or_else(|_| Decimal::from_scientific(&text))
            .ok()
    }))
}

/// Choices are strings here; objects with `name` or `value` are what the updater takes, so they are read as well.
fn choices<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let Value::Array(values) = Value::deserialize(deserializer)? else {
        return Ok(Vec::new());
    };
    let choice = |value: Value| match value {
        Value::Object(mut fields) => fields
            .remove("name")
            .or_else(|| fields.remove("value"))
            .and_then(text_of),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            text_of(value)
        }
    };
    Ok(values.into_iter().filter_map(choice).collect())
}

/// The two shapes of tags are told apart by their entries: one that has `tags` is a level.
fn tags<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Vec<TagLevelDefinition>>, D::Error> {
    #[derive(Deserialize)]
    struct Level {
        #[serde(default, deserialize_with = "text")]
        name: Option<String>,
        tags: Vec<Tag>,
    }
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Entry {
        Level(Level),
        Tag(Tag),
    }
    let Some(entries) = Option::<Vec<Entry>>::deserialize(deserializer)? else {
        return Ok(None);
    };
    let mut levels = Vec::new();
    let mut flat = Vec::new();
    for entry in entries {
        match entry {
            Entry::Level(Level { name, tags }) => levels.push(TagLevelDefinition { name, tags }),
            Entry::Tag(tag) => flat.push(tag),
        }
    }
    if !flat.is_empty() {
        levels.push(TagLevelDefinition {
            name: None,
            tags: flat,
        });
    }
    Ok(Some(levels))
}

impl JobRequest {
    /// Lists policies.
    pub fn policy_list(query: &PolicyListQuery) -> Self {
        let mut settings = Map::new();
        settings.insert("type".into(), "policyList".into());
        settings.insert(
            "adminOnly".into(),
            (query.scope == PolicyScope::AdminOnly).into(),
        );
        if let Some(email) = &query.user_email {
            settings.insert("userEmail".into(), email.as_str().into());
        }
        Self::new(
            "policy_list",
            Expected::Object,
            json!({"type": "get", "inputSettings": settings}),
        )
    }

    /// Reads sections of policies.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) if no policy or no section is named.
    pub fn policy(
        policies: &BTreeSet<PolicyId>,
        sections: &BTreeSet<PolicySection>,
    ) -> Result<Self, Error> {
        if policies.is_empty() || sections.is_empty() {
            return Err(Error::invalid("no policy or no section is named"));
        }
        let ids: Vec<&str> = policies.iter().map(PolicyId::as_str).collect();
        let fields: Vec<&str> = sections.iter().map(|section| section.as_str()).collect();
        // An array here, where the exporter wants a comma-separated string.
        let settings = json!({"type": "policy", "policyIDList": ids, "fields": fields});
        Ok(Self::new(
            "policy",
            Expected::Object,
            json!({"type": "get", "inputSettings": settings}),
        ))
    }
}

/// Reads the answer to [`JobRequest::policy_list`], which [`classify`](crate::classify) has accepted.
///
/// # Errors
///
/// [`ErrorKind::Unexpected`](crate::ErrorKind::Unexpected) if it is not of the documented shape.
pub fn read_policy_list(status: u16, body: &[u8]) -> Result<Vec<PolicySummary>, Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Answer {
        policy_list: Vec<Entry>,
    }
    #[derive(Default, Deserialize)]
    #[serde(default, rename_all = "camelCase")]
    struct Entry {
        #[serde(deserialize_with = "text")]
        id: Option<String>,
        #[serde(deserialize_with = "text")]
        name: Option<String>,
        #[serde(deserialize_with = "text")]
        owner: Option<String>,
        #[serde(deserialize_with = "text")]
        role: Option<String>,
        #[serde(rename = "type", deserialize_with = "text")]
        kind: Option<String>,
        #[serde(deserialize_with = "text")]
        output_currency: Option<String>,
    }
    let answer: Answer = crate::response::decode(status, body)?;
    let summary = |entry: Entry| {
        let id = PolicyId::new(entry.id.unwrap_or_default())
            .map_err(|_| Error::shape(status, "a policy without an ID"))?;
        Ok(PolicySummary {
            id,
            name: entry.name.unwrap_or_default(),
            owner: entry.owner,
            role: entry.role,
            kind: entry.kind,
            output_currency: entry.output_currency,
        })
    };
    answer.policy_list.into_iter().map(summary).collect()
}

/// Reads the answer to [`JobRequest::policy`], which [`classify`](crate::classify) has accepted.
///
/// # Errors
///
/// [`ErrorKind::Unexpected`](crate::ErrorKind::Unexpected) if it is not of the documented shape.
pub fn read_policies(status: u16, body: &[u8]) -> Result<Policies, Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Answer {
        policy_info: BTreeMap<String, Policy>,
    }
    let answer: Answer = crate::response::decode(status, body)?;
    let keyed = |(id, policy): (String, Policy)| {
        PolicyId::new(id)
            .map(|id| (id, policy))
            .map_err(|_| Error::shape(status, "a policy under a key that is no ID"))
    };
    answer.policy_info.into_iter().map(keyed).collect()
}
