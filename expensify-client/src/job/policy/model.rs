//! What the sections of a policy hold.

use rust_decimal::Decimal;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::money::Hundredths;
use crate::report_field::ReportFieldKey;
use crate::scalar::{Text, count, flag, text};

/// Those sections of a policy that a program decides on while it runs; `None` for those not asked for. Where they are
/// known beforehand, ask with [`Categories`](super::Categories) and the like, and only they are there to be read.
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
    /// Whether an expense of it needs a description.
    #[serde(deserialize_with = "flag")]
    pub are_comments_required: Option<bool>,
    /// What the description should say.
    #[serde(deserialize_with = "text")]
    pub comment_hint: Option<String>,
    /// Amount from which an expense of it is flagged, in the currency of the policy.
    #[serde(deserialize_with = "hundredths")]
    pub max_expense_amount: Option<Hundredths>,
}

impl Category {
    /// A category that can be chosen, without codes.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            enabled: true,
            ..Self::default()
        }
    }
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

impl Tag {
    /// A tag that can be chosen, without a code.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            enabled: true,
            gl_code: None,
        }
    }
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

impl ReportField {
    /// The key it has in exports.
    pub fn key(&self) -> ReportFieldKey {
        ReportFieldKey::of(&self.name)
    }
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

fn hundredths<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Hundredths>, D::Error> {
    Ok(count(deserializer)?.map(Hundredths::new))
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
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Choice {
        #[serde(deserialize_with = "text")]
        name: Option<String>,
        #[serde(deserialize_with = "text")]
        value: Option<String>,
    }
    let raw = <&RawValue>::deserialize(deserializer)?;
    let Ok(values) = serde_json::from_str::<Vec<&RawValue>>(raw.get()) else {
        return Ok(Vec::new());
    };
    let choice = |value: &&RawValue| match Text::of(value.get()) {
        Some(text) => text.filled(),
        None => serde_json::from_str::<Choice>(value.get())
            .ok()
            .and_then(|choice| choice.name.or(choice.value)),
    };
    Ok(values.iter().filter_map(choice).collect())
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
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Shape<'a> {
        #[serde(borrow)]
        tags: Option<&'a RawValue>,
    }
    let Some(entries) = Option::<Vec<&RawValue>>::deserialize(deserializer)? else {
        return Ok(None);
    };
    let read = |error: serde_json::Error| D::Error::custom(error);
    let mut levels = Vec::new();
    let mut flat = Vec::new();
    for entry in entries {
        let shape: Shape<'_> = serde_json::from_str(entry.get()).map_err(read)?;
        if shape.tags.is_some() {
            let Level { name, tags } = serde_json::from_str(entry.get()).map_err(read)?;
            levels.push(TagLevelDefinition { name, tags });
        } else {
            flat.push(serde_json::from_str(entry.get()).map_err(read)?);
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
