//! The format of the configuration file, version 1. Nothing here is checked beyond its shape.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, Visitor};
use sync_adapters::ScheduleSpec;
use toml::value::Datetime;

/// The whole file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ConfigFile {
    pub(super) version: u32,
    #[serde(default)]
    pub(super) database: Option<String>,
    #[serde(default)]
    pub(super) vault: VaultFile,
    #[serde(default)]
    pub(super) audit: AuditFile,
    #[serde(default)]
    pub(super) services: ServicesFile,
    pub(super) webhooks: Option<WebhooksFile>,
    #[serde(default)]
    pub(super) connection: Vec<ConnectionFile>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct VaultFile {
    pub(super) key_file: Option<String>,
    pub(super) key_env: Option<String>,
    pub(super) key_credential: Option<String>,
    pub(super) key_keyring: Option<String>,
    pub(super) keyring: Option<KeyringFile>,
    pub(super) keyring_timeout: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum KeyringFile {
    System,
    Kernel,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct AuditFile {
    pub(super) key_file: Option<String>,
    pub(super) checkpoints: Option<String>,
    pub(super) name: Option<String>,
    pub(super) every_entries: Option<u64>,
    pub(super) changed_by: Option<String>,
    pub(super) change_reason: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct ServicesFile {
    pub(super) expensify: Option<String>,
    pub(super) freshbooks: Option<String>,
    pub(super) allow_insecure_http: bool,
    pub(super) unpaced: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WebhooksFile {
    pub(super) listen: String,
    pub(super) public_url: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ConnectionFile {
    pub(super) name: String,
    pub(super) workspaces: Vec<String>,
    pub(super) start_date: Datetime,
    #[serde(default)]
    pub(super) mode: ModeWord,
    pub(super) test_prefix: Option<String>,
    #[serde(default)]
    pub(super) refunds: RefundsWord,
    pub(super) closed_until: Option<Datetime>,
    #[serde(default)]
    pub(super) closed_period: ClosedWord,
    pub(super) exported_label: Option<String>,
    #[serde(default)]
    pub(super) tell_reimbursed: bool,
    #[serde(default)]
    pub(super) freshbooks: LedgerFile,
    #[serde(default)]
    pub(super) ladders: LaddersFile,
    #[serde(default)]
    pub(super) bills: BillsFile,
    #[serde(default)]
    pub(super) company_paid: CompanyPaidFile,
    #[serde(default)]
    pub(super) staff: StaffFile,
    #[serde(default)]
    pub(super) taxes: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) schedule: ScheduleSpec,
    #[serde(default)]
    pub(super) brake: BrakeFile,
    #[serde(default)]
    pub(super) limits: LimitsFile,
    #[serde(default)]
    pub(super) rule: Vec<RuleFile>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ModeWord {
    Test,
    #[default]
    Live,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum RefundsWord {
    #[default]
    Review,
    Send,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ClosedWord {
    #[default]
    Hold,
    MoveToFirstOpenDay,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct LedgerFile {
    pub(super) account_id: Option<String>,
    pub(super) business_id: Option<u64>,
    pub(super) business_uuid: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct LaddersFile {
    pub(super) category_by_gl_code: Option<bool>,
    pub(super) category_by_name: Option<bool>,
    pub(super) vendor_by_email: Option<bool>,
    pub(super) vendor_by_name: Option<bool>,
    pub(super) create_missing_vendors: Option<bool>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct BillsFile {
    pub(super) grouping: GroupingWord,
    pub(super) date: BillDateWord,
    pub(super) due_days: Option<u32>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum GroupingWord {
    #[default]
    Report,
    Expense,
    Category,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum BillDateWord {
    #[default]
    Approved,
    Submitted,
    LastExpense,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct CompanyPaidFile {
    #[serde(rename = "as")]
    pub(super) kind: CompanyPaidWord,
    pub(super) vendors: BTreeMap<String, u64>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum CompanyPaidWord {
    #[default]
    Expenses,
    Bills,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct StaffFile {
    pub(super) default: Option<u64>,
    pub(super) by_employee: BTreeMap<String, u64>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct BrakeFile {
    pub(super) off: bool,
    pub(super) records: Option<u64>,
    pub(super) amount: Option<u32>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct LimitsFile {
    pub(super) overlap_days: Option<u32>,
    pub(super) sweep_every_days: Option<u32>,
    pub(super) sweep_days: Option<u32>,
    pub(super) report_batch: Option<u32>,
    pub(super) send_batch: Option<u32>,
    pub(super) send_window: Option<String>,
    pub(super) lease_ttl: Option<String>,
    pub(super) quiet_time: Option<String>,
    pub(super) vanished_after: Option<String>,
    pub(super) absences_needed: Option<u32>,
    pub(super) absence_spacing: Option<String>,
    pub(super) resends_max: Option<u32>,
    pub(super) attempts_max: Option<u32>,
    pub(super) retry_base: Option<String>,
    pub(super) retry_cap: Option<String>,
    pub(super) retry_after_max: Option<String>,
    pub(super) probe_margin_days: Option<u32>,
    pub(super) unproven: Option<UnprovenWord>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum UnprovenWord {
    ResendAfterProof,
    Review,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleFile {
    pub(super) name: String,
    #[serde(default)]
    pub(super) when: WhenFile,
    pub(super) then: ThenFile,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct WhenFile {
    pub(super) workspace: Option<String>,
    pub(super) category: Option<TextFile>,
    pub(super) gl_code: Option<String>,
    pub(super) tags: BTreeMap<String, TextFile>,
    pub(super) employee: Option<String>,
    pub(super) merchant: Option<TextFile>,
    pub(super) card: Option<TextFile>,
    pub(super) reimbursable: Option<bool>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct ThenFile {
    pub(super) category: Option<u64>,
    pub(super) vendor: Option<u64>,
    pub(super) project: Option<u64>,
    pub(super) client: Option<u64>,
    pub(super) tax: Option<String>,
    pub(super) billable: Option<bool>,
    pub(super) staff: Option<u64>,
}

/// `"text"`, or one of `{ is = … }`, `{ starts_with = … }`, `{ contains = … }`.
#[derive(Clone, Debug)]
pub(super) enum TextFile {
    Plain(String),
    Table(TextTable),
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct TextTable {
    pub(super) is: Option<String>,
    pub(super) starts_with: Option<String>,
    pub(super) contains: Option<String>,
}

impl<'de> Deserialize<'de> for TextFile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;

        impl<'de> Visitor<'de> for TextVisitor {
            type Value = TextFile;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text, or a table with `is`, `starts_with` or `contains`")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<TextFile, E> {
                Ok(TextFile::Plain(text.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<TextFile, A::Error> {
                TextTable::deserialize(MapAccessDeserializer::new(map)).map(TextFile::Table)
            }
        }

        deserializer.deserialize_any(TextVisitor)
    }
}
