//! The resources of the accounting family, as tables of facts.

use super::schema::Kind::{Bool, Date, Int, Json, Money, OneOf, Percent, Text};
use super::schema::{Blank, Field, free, refused, required, server};

/// A kind of record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Resource {
    Bill,
    BillPayment,
    BillVendor,
    Category,
    Client,
    Expense,
    Project,
    Staff,
    Tax,
}

/// Zone of a resource's stamps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Zone {
    /// `YYYY-MM-DD HH:MM:SS`, `America/New_York`.
    Eastern,
    /// `YYYY-MM-DD HH:MM:SS`, UTC.
    Utc,
}

/// What a filter asks of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Op {
    Equals,
    Flag,
    In,
    Like,
    Max,
    Min,
    NotEquals,
    UpdatedMax,
    UpdatedMin,
}

/// A filter that works. Every other one is ignored without a word.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Filter {
    pub(crate) key: &'static str,
    pub(crate) field: &'static str,
    pub(crate) op: Op,
}

/// The facts of one resource.
#[derive(Debug)]
pub(crate) struct Shape {
    pub(crate) singular: &'static str,
    pub(crate) plural: &'static str,
    pub(crate) path: &'static str,
    pub(crate) scope: &'static str,
    pub(crate) event: Option<&'static str>,
    pub(crate) fields: &'static [Field],
    pub(crate) filters: &'static [Filter],
    pub(crate) ids: &'static [&'static str],
    pub(crate) zone: Zone,
    pub(crate) created: Option<&'static str>,
    pub(crate) updated: Option<&'static str>,
    pub(crate) day: Option<&'static str>,
    pub(crate) owner: Option<&'static str>,
    pub(crate) gate: Option<(u32, &'static str)>,
    pub(crate) creatable: bool,
    pub(crate) real_delete: bool,
}

const PAYMENT_TYPES: &[&str] = &[
    "Check",
    "Credit",
    "Cash",
    "Bank Transfer",
    "Credit Card",
    "Debit",
    "PayPal",
    "2Checkout",
    "VISA",
    "MASTERCARD",
    "DISCOVER",
    "AMEX",
    "DINERS",
    "JCB",
    "ACH",
    "Other",
];

const fn filter(key: &'static str, field: &'static str, op: Op) -> Filter {
    Filter { key, field, op }
}

const PLAIN: Shape = Shape {
    singular: "",
    plural: "",
    path: "",
    scope: "",
    event: None,
    fields: &[],
    filters: &[],
    ids: &["id"],
    zone: Zone::Eastern,
    created: None,
    updated: Some("updated"),
    day: None,
    owner: None,
    gate: None,
    creatable: true,
    real_delete: false,
};

static BILL: Shape = Shape {
    singular: "bill",
    plural: "bills",
    path: "bills/bills",
    scope: "bills",
    event: Some("bill"),
    fields: &[
        required("vendorid", Int),
        free("bill_number", Text, Blank::Null),
        required("issue_date", Date),
        required("due_offset_days", Int),
        refused("due_date", Date, Blank::Null),
        required("currency_code", Text),
        required("language", Text),
        required("lines", Json),
        free("attachment", Json, Blank::Null),
        refused("amount", Money, Blank::Null),
        refused("tax_amount", Money, Blank::Null),
        refused("total_amount", Money, Blank::Null),
        refused("paid", Money, Blank::Null),
        refused("outstanding", Money, Blank::Null),
        refused("status", Text, Blank::Null),
        refused("overall_category", Text, Blank::Empty),
        refused("overall_description", Text, Blank::Empty),
        refused("bill_payments", Json, Blank::List),
    ],
    filters: &[
        filter("vendorid", "vendorid", Op::Equals),
        filter("currency_code", "currency_code", Op::Equals),
        filter("ids", "id", Op::In),
        filter("statuses", "status", Op::In),
        // Official Postman request only; the documentation page lists no date filter (UNVERIFIED).
        filter("issue_date_min", "issue_date", Op::Min),
        filter("issue_date_max", "issue_date", Op::Max),
    ],
    zone: Zone::Utc,
    created: Some("created_at"),
    updated: Some("updated_at"),
    day: Some("issue_date"),
    owner: Some("vendorid"),
    gate: Some((41001, "You do not have access to bills.")),
    ..PLAIN
};

static BILL_PAYMENT: Shape = Shape {
    singular: "bill_payment",
    plural: "bill_payments",
    path: "bill_payments/bill_payments",
    scope: "bill_payments",
    fields: &[
        required("billid", Int),
        required("amount", Money),
        required("paid_date", Date),
        required("payment_type", OneOf(PAYMENT_TYPES)),
        free("note", Text, Blank::Null),
        server("matched_with_expense", Bool, Blank::No),
    ],
    updated: None,
    owner: Some("billid"),
    gate: Some((41101, "You do not have access to bill payments.")),
    ..PLAIN
};

static BILL_VENDOR: Shape = Shape {
    singular: "bill_vendor",
    plural: "bill_vendors",
    path: "bill_vendors/bill_vendors",
    scope: "bill_vendors",
    event: Some("bill_vendor"),
    fields: &[
        required("vendor_name", Text),
        required("language", Text),
        free("currency_code", Text, Blank::Null),
        free("account_number", Text, Blank::Null),
        free("primary_contact_first_name", Text, Blank::Null),
        free("primary_contact_last_name", Text, Blank::Null),
        free("primary_contact_email", Text, Blank::Null),
        free("phone", Text, Blank::Null),
        free("website", Text, Blank::Null),
        free("street", Text, Blank::Null),
        free("street2", Text, Blank::Null),
        free("city", Text, Blank::Null),
        free("province", Text, Blank::Null),
        free("postal_code", Text, Blank::Null),
        free("country", Text, Blank::Null),
        free("note", Text, Blank::Null),
        free("is_1099", Bool, Blank::No),
        server("outstanding_balance", Json, Blank::List),
        server("overdue_balance", Json, Blank::List),
        free("tax_defaults", Json, Blank::List),
    ],
    ids: &["vendorid"],
    zone: Zone::Utc,
    created: Some("created_at"),
    updated: Some("updated_at"),
    gate: Some((31001, "You do not have access to bill vendors.")),
    ..PLAIN
};

static CATEGORY: Shape = Shape {
    singular: "category",
    plural: "categories",
    path: "expenses/categories",
    scope: "expenses",
    event: Some("category"),
    fields: &[
        required("category", Text),
        free("parentid", Int, Blank::Null),
        free("is_cogs", Bool, Blank::No),
        free("is_editable", Bool, Blank::Yes),
        server("transaction_posted", Bool, Blank::No),
    ],
    filters: &[
        filter("categoryids", "id", Op::In),
        filter("name", "category", Op::Like),
        filter("is_cogs", "is_cogs", Op::Flag),
        filter("is_editable", "is_editable", Op::Flag),
        filter("parentid", "parentid", Op::Equals),
    ],
    ids: &["id", "categoryid"],
    created: Some("created_at"),
    updated: Some("updated_at"),
    ..PLAIN
};

static CLIENT: Shape = Shape {
    singular: "client",
    plural: "clients",
    path: "users/clients",
    scope: "clients",
    event: Some("client"),
    fields: &[
        free("organization", Text, Blank::Empty),
        free("fname", Text, Blank::Empty),
        free("lname", Text, Blank::Empty),
        free("email", Text, Blank::Empty),
        free("username", Text, Blank::Empty),
        free("currency_code", Text, Blank::Null),
        free("language", Text, Blank::Null),
        free("note", Text, Blank::Null),
        free("vat_name", Text, Blank::Null),
        free("vat_number", Text, Blank::Null),
    ],
    filters: &[
        filter("email", "email", Op::Equals),
        filter("username", "username", Op::Equals),
        filter("userid", "id", Op::Equals),
        filter("userids", "id", Op::In),
        filter("fname_like", "fname", Op::Like),
        filter("lname_like", "lname", Op::Like),
        filter("organization_like", "organization", Op::Like),
        filter("email_like", "email", Op::Like),
        filter("note_like", "note", Op::Like),
        filter("updated_min", "", Op::UpdatedMin),
        filter("updated_max", "", Op::UpdatedMax),
    ],
    ids: &["id", "userid"],
    ..PLAIN
};

static EXPENSE: Shape = Shape {
    singular: "expense",
    plural: "expenses",
    path: "expenses/expenses",
    scope: "expenses",
    event: Some("expense"),
    fields: &[
        required("amount", Money),
        required("categoryid", Int),
        required("staffid", Int),
        required("date", Date),
        free("vendor", Text, Blank::Null),
        free("notes", Text, Blank::Empty),
        free("clientid", Int, Blank::Zero),
        free("projectid", Int, Blank::Zero),
        free("modern_projectid", Int, Blank::Null),
        free("invoiceid", Int, Blank::Null),
        free("billable", Bool, Blank::No),
        free("markup_percent", Percent, Blank::ZeroText),
        free("taxName1", Text, Blank::Null),
        free("taxPercent1", Percent, Blank::Null),
        free("taxAmount1", Money, Blank::Null),
        free("taxName2", Text, Blank::Null),
        free("taxPercent2", Percent, Blank::Null),
        free("taxAmount2", Money, Blank::Null),
        free("compounded_tax", Bool, Blank::No),
        free("has_receipt", Bool, Blank::No),
        free("include_receipt", Bool, Blank::No),
        free("attachment", Json, Blank::Omitted),
        free("status", Int, Blank::Zero),
        free("ext_invoiceid", Int, Blank::Zero),
        free("ext_systemid", Int, Blank::Zero),
        free("ext_accountid", Text, Blank::Empty),
        free("bank_name", Text, Blank::Empty),
        server("account_name", Text, Blank::Empty),
        server("accountid", Int, Blank::Null),
        server("transactionid", Int, Blank::Null),
        server("background_jobid", Int, Blank::Null),
        server("profileid", Int, Blank::Null),
        server("bill_matches", Json, Blank::List),
        server("potential_bill_payment", Bool, Blank::No),
        server("from_bulk_import", Bool, Blank::No),
    ],
    filters: &[
        filter("expenseid", "id", Op::Equals),
        filter("expenseids", "id", Op::In),
        filter("clientid", "clientid", Op::Equals),
        filter("clientids", "clientid", Op::In),
        filter("clientid_not", "clientid", Op::NotEquals),
        filter("staffid", "staffid", Op::Equals),
        filter("staffids", "staffid", Op::In),
        filter("categoryid", "categoryid", Op::Equals),
        filter("categoryids", "categoryid", Op::In),
        filter("projectid", "projectid", Op::Equals),
        filter("projectids", "projectid", Op::In),
        filter("has_receipt", "has_receipt", Op::Flag),
        filter("amount_min", "amount", Op::Min),
        filter("amount_max", "amount", Op::Max),
        filter("date_min", "date", Op::Min),
        filter("date_max", "date", Op::Max),
        filter("updated_min", "", Op::UpdatedMin),
        filter("updated_max", "", Op::UpdatedMax),
        // Equality or contains is not known; equality is the stricter guess.
        filter("vendor", "vendor", Op::Equals),
    ],
    ids: &["id", "expenseid"],
    day: Some("date"),
    owner: Some("categoryid"),
    ..PLAIN
};

static PROJECT: Shape = Shape {
    singular: "project",
    plural: "projects",
    path: "projects",
    scope: "projects",
    event: Some("project"),
    fields: &[
        required("title", Text),
        free("description", Text, Blank::Null),
        free("due_date", Date, Blank::Null),
        free("client_id", Int, Blank::Null),
        free("internal", Bool, Blank::No),
        free("budget", Int, Blank::Null),
        free("fixed_price", Text, Blank::Null),
        free("rate", Text, Blank::Null),
        free("billing_method", Text, Blank::Null),
        free("project_type", Text, Blank::Null),
        free("active", Bool, Blank::Yes),
        free("complete", Bool, Blank::No),
        free("expense_markup", Text, Blank::ZeroText),
        server("services", Json, Blank::List),
        server("sample", Bool, Blank::No),
    ],
    real_delete: true,
    updated: None,
    ..PLAIN
};

static STAFF: Shape = Shape {
    singular: "staff",
    plural: "staff",
    path: "users/staffs",
    scope: "teams",
    fields: &[
        free("fname", Text, Blank::Empty),
        free("lname", Text, Blank::Empty),
        free("email", Text, Blank::Empty),
        free("organization", Text, Blank::Empty),
        server("display_name", Text, Blank::Null),
    ],
    ids: &["id", "userid"],
    creatable: false,
    ..PLAIN
};

static TAX: Shape = Shape {
    singular: "tax",
    plural: "taxes",
    path: "taxes/taxes",
    scope: "taxes",
    event: Some("tax"),
    fields: &[
        required("name", Text),
        free("amount", Percent, Blank::Null),
        free("number", Text, Blank::Null),
        free("compound", Bool, Blank::No),
    ],
    filters: &[
        filter("taxid", "id", Op::Equals),
        filter("taxids", "id", Op::In),
        filter("name", "name", Op::Like),
        filter("number", "number", Op::Like),
        filter("compound", "compound", Op::Flag),
        filter("updated_min", "", Op::UpdatedMin),
        filter("updated_max", "", Op::UpdatedMax),
    ],
    ids: &["id", "taxid"],
    real_delete: true,
    ..PLAIN
};

impl Resource {
    /// Every resource.
    pub(crate) const ALL: [Self; 9] = [
        Self::Bill,
        Self::BillPayment,
        Self::BillVendor,
        Self::Category,
        Self::Client,
        Self::Expense,
        Self::Project,
        Self::Staff,
        Self::Tax,
    ];

    /// The facts about it.
    pub(crate) fn shape(self) -> &'static Shape {
        match self {
            Self::Bill => &BILL,
            Self::BillPayment => &BILL_PAYMENT,
            Self::BillVendor => &BILL_VENDOR,
            Self::Category => &CATEGORY,
            Self::Client => &CLIENT,
            Self::Expense => &EXPENSE,
            Self::Project => &PROJECT,
            Self::Staff => &STAFF,
            Self::Tax => &TAX,
        }
    }

    /// The resource of the accounting family at `family/name`.
    pub(crate) fn at(family: &str, name: &str) -> Option<Self> {
        let path = format!("{family}/{name}");
        Self::ALL
            .into_iter()
            .find(|resource| *resource != Self::Project && resource.shape().path == path)
    }
}
