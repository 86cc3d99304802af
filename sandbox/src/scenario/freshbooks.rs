//! The accounting side of a scenario.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// One person, one registered app, and the businesses the person belongs to.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FreshBooksScenario {
    /// The registered app and its tokens.
    pub oauth: OAuthApp,
    /// Who consents.
    pub identity: Identity,
    /// Switches of behaviour.
    pub settings: FreshBooksSettings,
    /// The businesses, in the order `users/me` lists them.
    pub businesses: Vec<Business>,
}

/// A registered app.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OAuthApp {
    /// Public identifier.
    pub client_id: String,
    /// Secret of the app.
    pub client_secret: String,
    /// Redirect URIs it may name; empty admits any.
    pub redirect_uris: Vec<String>,
    /// Scopes ticked on the app; granted when the authorization names none. Empty means every scope.
    pub scopes: Vec<String>,
    /// An access token that is valid from the start.
    pub access_token: Option<String>,
    /// The refresh token that is alive at the start.
    pub refresh_token: Option<String>,
}

impl Default for OAuthApp {
    fn default() -> Self {
        Self {
            client_id: "sandbox-client".into(),
            client_secret: "sandbox-client-secret".into(),
            redirect_uris: Vec::new(),
            scopes: Vec::new(),
            access_token: Some("sandbox-access-token".into()),
            refresh_token: Some("sandbox-refresh-token".into()),
        }
    }
}

/// The person behind the tokens.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Identity {
    /// Identity number.
    pub id: u64,
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// E-mail address.
    pub email: String,
}

impl Default for Identity {
    fn default() -> Self {
        Self {
            id: 14_468_508,
            first_name: "Nora".into(),
            last_name: "Lindqvist".into(),
            email: "nora@northwind.example".into(),
        }
    }
}

/// How far a bill number must be unique. Which of the two FreshBooks uses is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BillNumberScope {
    /// Among the bills of one vendor.
    #[default]
    Vendor,
    /// In the whole account.
    Account,
}

/// Shape of accounting errors. Which one an un-versioned call gets today is not known; clients must read both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorForm {
    /// `{"code":…,"message":…,"details":[…]}`, of API versions since 2022-10-31.
    #[default]
    Rpc,
    /// `{"response":{"errors":[…]}}`.
    Legacy,
}

/// Switches of the accounting side.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an independent switch of a scenario file"
)]
pub struct FreshBooksSettings {
    /// Whether requests are counted against the two budgets; default true.
    pub rate_limits: bool,
    /// Requests per 60 s of any kind; default 600.
    pub requests_per_minute: usize,
    /// Accounting POSTs per 60 s; default 250.
    pub creates_per_minute: usize,
    /// Life of an access token in seconds; default 43,200 (12 h).
    pub access_token_secs: i64,
    /// Whether a bill number in use is refused; default true.
    pub refuse_duplicate_bill_number: bool,
    /// How far a bill number must be unique; default vendor.
    pub bill_number_scope: BillNumberScope,
    /// Whether a deleted bill keeps its number taken; default false.
    pub deleted_bills_hold_number: bool,
    /// Shape of errors; default rpc.
    pub error_form: ErrorForm,
    /// Whether a feature gate answers with HTTP 200 around its error; default false (403).
    pub gates_as_200: bool,
    /// Whether `_max` filters leave out their own bound, as documented; default true.
    pub max_filters_exclusive: bool,
    /// Filters that are to be ignored without a word, as `resource:filter` (`bills:issue_date_min`); default none.
    pub ignored_filters: Vec<String>,
    /// Seconds before a new record shows in lists; default 0.
    pub list_lag_secs: i64,
}

impl Default for FreshBooksSettings {
    fn default() -> Self {
        Self {
            rate_limits: true,
            requests_per_minute: 600,
            creates_per_minute: 250,
            access_token_secs: 43_200,
            refuse_duplicate_bill_number: true,
            bill_number_scope: BillNumberScope::default(),
            deleted_bills_hold_number: false,
            error_form: ErrorForm::default(),
            gates_as_200: false,
            max_filters_exclusive: true,
            ignored_filters: Vec::new(),
            list_lag_secs: 0,
        }
    }
}

/// One business and its accounting records.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Business {
    /// Accounting account; absent for a membership without one.
    pub account_id: Option<String>,
    /// Number of the business.
    pub business_id: u64,
    /// UUID of the business.
    pub uuid: String,
    /// Name of the business.
    pub name: String,
    /// Role of the person in it; default `owner`. A `client` is refused every write.
    pub role: String,
    /// ISO 4217 code used where a record names none; default USD.
    pub base_currency: String,
    /// ISO 4217 codes the account can hold; empty, as by default, means all. What the service says to another is not known.
    pub currencies: Vec<String>,
    /// IANA zone shown in `users/me`; default `America/New_York`.
    pub timezone: String,
    /// Whether the plan has Accounts Payable; default true.
    pub accounts_payable: bool,
    /// Further permissions shown in `users/me`.
    pub permissions: BTreeMap<String, bool>,
    /// People and firms the business owes.
    pub vendors: Vec<Vendor>,
    /// Expense categories.
    pub categories: Vec<Category>,
    /// Chart of accounts.
    pub ledger_accounts: Vec<LedgerAccount>,
    /// Taxes.
    pub taxes: Vec<Tax>,
    /// Clients.
    pub clients: Vec<Client>,
    /// Projects.
    pub projects: Vec<Project>,
    /// Staff; the first is usually id 1, the owner.
    pub staff: Vec<Staff>,
}

impl Default for Business {
    fn default() -> Self {
        Self {
            account_id: Some("zDmNq".into()),
            business_id: 77_128,
            uuid: "5ad3a3a5-2d0b-4d5c-9b1e-6f0a1c2b3d4e".into(),
            name: "Northwind Studio".into(),
            role: "owner".into(),
            base_currency: "USD".into(),
            currencies: Vec::new(),
            timezone: "America/New_York".into(),
            accounts_payable: true,
            permissions: BTreeMap::new(),
            vendors: Vec::new(),
            categories: Vec::new(),
            ledger_accounts: Vec::new(),
            taxes: Vec::new(),
            clients: Vec::new(),
            projects: Vec::new(),
            staff: Vec::new(),
        }
    }
}

/// A bill vendor. Ids left out are given in order.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Vendor {
    /// Id.
    pub id: Option<u64>,
    /// Name.
    pub name: String,
    /// E-mail of the primary contact.
    pub email: Option<String>,
    /// Given name of the primary contact.
    pub first_name: Option<String>,
    /// Family name of the primary contact.
    pub last_name: Option<String>,
    /// Currency; default the business's.
    pub currency: Option<String>,
    /// Free text account number.
    pub account_number: Option<String>,
    /// 0 active (default), 1 deleted, 2 archived.
    pub vis_state: u8,
}

/// An expense category.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Category {
    /// Id.
    pub id: Option<u64>,
    /// Name.
    pub name: String,
    /// Id of the parent.
    pub parent: Option<u64>,
    /// 0 active (default), 1 deleted, 2 archived.
    pub vis_state: u8,
}

/// An account of the chart of accounts.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LedgerAccount {
    /// Number, such as `6000` or `6000-1`.
    pub number: String,
    /// Name.
    pub name: String,
    /// `asset`, `equity`, `expense`, `income` or `liability`; default expense.
    pub account_type: Option<String>,
    /// Such as `Operating Expense` (default).
    pub sub_type: Option<String>,
    /// Expense category it is linked to.
    pub category_id: Option<u64>,
    /// Number of the parent account.
    pub parent: Option<String>,
    /// Whether it is inactive; default false.
    pub inactive: bool,
}

/// A tax.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tax {
    /// Id.
    pub id: Option<u64>,
    /// Name.
    pub name: String,
    /// Percent.
    pub percent: Decimal,
    /// Registration number.
    pub number: Option<String>,
    /// Whether it is levied on top of another.
    pub compound: bool,
}

/// A client.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Client {
    /// Id.
    pub id: Option<u64>,
    /// Organization.
    pub organization: String,
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// E-mail.
    pub email: String,
    /// Currency; default the business's.
    pub currency: Option<String>,
    /// 0 active (default), 1 deleted, 2 archived.
    pub vis_state: u8,
}

/// A project.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Project {
    /// Id.
    pub id: Option<u64>,
    /// Title.
    pub title: String,
    /// Client it is for.
    pub client_id: Option<u64>,
    /// Whether it is inactive; default false.
    pub inactive: bool,
    /// Whether it is complete; default false.
    pub complete: bool,
}

/// A member of staff.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Staff {
    /// Id, used as `staffid`.
    pub id: Option<u64>,
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// E-mail.
    pub email: String,
}
