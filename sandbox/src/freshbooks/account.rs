//! One business: its records and how they are stored, found and seeded.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::events::Callback;
use super::ledger::LedgerRow;
use super::resources::Resource;
use super::schema::{Fields, amount_of, int_of, text_of};
use super::table::{Record, Table, VisState};
use crate::scenario::{BillNumberScope, Business};

/// First id given to a record the scenario left without one; each business has its own range.
const FIRST_ID: u64 = 100_001;
const RANGE: u64 = 100_000_000;

/// A business and its records.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) business: Business,
    pub(crate) ledger: Vec<LedgerRow>,
    pub(crate) callbacks: BTreeMap<u64, Callback>,
    tables: BTreeMap<Resource, Table>,
    bill_number_scope: BillNumberScope,
    next_id: u64,
}

impl Account {
    pub(crate) fn new(
        business: &Business,
        index: u64,
        scope: BillNumberScope,
        now: DateTime<Utc>,
    ) -> Self {
        let tables = Resource::ALL
            .into_iter()
            .map(|resource| (resource, Table::new(resource)))
            .collect();
        let mut account = Self {
            business: Business::default(),
            ledger: super::ledger::rows(business, now),
            callbacks: BTreeMap::new(),
            tables,
            bill_number_scope: scope,
            next_id: FIRST_ID + index * RANGE,
        };
        account.seed(business, now);
        account.business = Business {
            vendors: Vec::new(),
            categories: Vec::new(),
            clients: Vec::new(),
            ..business.clone()
        };
        account
    }

    /// The account id; empty for a membership without accounting.
    pub(crate) fn account_id(&self) -> &str {
        self.business.account_id.as_deref().unwrap_or_default()
    }

    pub(crate) fn table(&self, resource: Resource) -> Option<&Table> {
        self.tables.get(&resource)
    }

    pub(crate) fn get(&self, resource: Resource, id: u64) -> Option<&Record> {
        self.table(resource)?.get(id)
    }

    pub(crate) fn next_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id - 1
    }

    /// Stores a new record and returns its id.
    pub(crate) fn insert(&mut self, resource: Resource, fields: Fields, now: DateTime<Utc>) -> u64 {
        let id = self.next_id();
        self.put(
            resource,
            Record {
                id,
                vis: VisState::Active,
                created: now,
                updated: now,
                fields,
            },
        );
        id
    }

    /// Stores a record in place of the one with its id.
    pub(crate) fn put(&mut self, resource: Resource, record: Record) {
        let scope = self.bill_number_scope;
        if let Some(table) = self.tables.get_mut(&resource) {
            table.put(record, |record| lookup_key(resource, scope, &record.fields));
        }
    }

    /// Takes a record out for good.
    pub(crate) fn remove(&mut self, resource: Resource, id: u64) -> Option<Record> {
        let scope = self.bill_number_scope;
        self.tables
            .get_mut(&resource)?
            .remove(id, |record| lookup_key(resource, scope, &record.fields))
    }

    /// Other records with the same lookup key as `fields`: bills with the number, expenses that look alike.
    pub(crate) fn alike<'a>(
        &'a self,
        resource: Resource,
        fields: &Fields,
        except: Option<u64>,
    ) -> Vec<&'a Record> {
        let Some(table) = self.table(resource) else {
            return Vec::new();
        };
        let Some(key) = lookup_key(resource, self.bill_number_scope, fields) else {
            return Vec::new();
        };
        // A set of equal load-test records can be large; two are enough to know.
        table
            .with_key(&key)
            .filter(|id| Some(*id) != except)
            .take(2)
            .filter_map(|id| table.get(id))
            .collect()
    }

    fn seed(&mut self, business: &Business, now: DateTime<Utc>) {
        let currency = |own: &Option<String>| {
            Value::from(
                own.clone()
                    .unwrap_or_else(|| business.base_currency.clone()),
            )
        };
        for it in &business.categories {
            let fields = [
                ("category", json!(it.name)),
                ("parentid", json!(it.parent)),
                ("is_editable", json!(false)),
            ];
            self.plant(Resource::Category, it.id, it.vis_state, fields, now);
        }
        for it in &business.vendors {
            let fields = [
                ("vendor_name", json!(it.name)),
                ("language", json!("en")),
                ("currency_code", currency(&it.currency)),
                ("account_number", json!(it.account_number)),
                ("primary_contact_first_name", json!(it.first_name)),
                ("primary_contact_last_name", json!(it.last_name)),
                ("primary_contact_email", json!(it.email)),
            ];
            self.plant(Resource::BillVendor, it.id, it.vis_state, fields, now);
        }
        for it in &business.taxes {
            let amount = json!(it.percent.to_string());
            let fields = [
                ("name", json!(it.name)),
                ("amount", amount),
                ("number", json!(it.number)),
                ("compound", json!(it.compound)),
            ];
            self.plant(Resource::Tax, it.id, 0, fields, now);
        }
        for it in &business.clients {
            let fields = [
                ("organization", json!(it.organization)),
                ("fname", json!(it.first_name)),
                ("lname", json!(it.last_name)),
                ("email", json!(it.email)),
                ("currency_code", currency(&it.currency)),
            ];
            self.plant(Resource::Client, it.id, it.vis_state, fields, now);
        }
        for it in &business.projects {
            let fields = [
                ("title", json!(it.title)),
                ("client_id", json!(it.client_id)),
                ("active", json!(!it.inactive)),
                ("complete", json!(it.complete)),
            ];
            self.plant(Resource::Project, it.id, 0, fields, now);
        }
        for it in &business.staff {
            let name = format!("{} {}", it.first_name, it.last_name);
            let fields = [
                ("fname", json!(it.first_name)),
                ("lname", json!(it.last_name)),
                ("email", json!(it.email)),
                ("display_name", json!(name)),
            ];
            self.plant(Resource::Staff, it.id, 0, fields, now);
        }
    }

    fn plant<const N: usize>(
        &mut self,
        resource: Resource,
        id: Option<u64>,
        vis_state: u8,
        fields: [(&'static str, Value); N],
        now: DateTime<Utc>,
    ) {
        let id = id.unwrap_or_else(|| self.next_id());
        self.next_id = self.next_id.max(id.saturating_add(1));
        let vis = VisState::from_code(vis_state.into()).unwrap_or(VisState::Active);
        let fields = fields
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .collect();
        self.put(
            resource,
            Record {
                id,
                vis,
                created: now,
                updated: now,
                fields,
            },
        );
    }
}

/// What makes two bills share a number, or two expenses look like duplicates.
fn lookup_key(resource: Resource, scope: BillNumberScope, fields: &Fields) -> Option<String> {
    match resource {
        Resource::Bill => {
            let number = text_of(fields, "bill_number");
            if number.is_empty() {
                return None;
            }
            Some(match scope {
                BillNumberScope::Account => number.to_owned(),
                BillNumberScope::Vendor => format!(
                    "{}\n{number}",
                    int_of(fields, "vendorid").unwrap_or_default()
                ),
            })
        }
        Resource::Expense => {
            let amount = amount_of(fields, "amount")?.normalize();
            let code = fields.get("amount")?.get("code")?.as_str()?;
            Some(format!(
                "{amount} {code}\n{}\n{}",
                text_of(fields, "date"),
                text_of(fields, "vendor")
            ))
        }
        Resource::BillPayment
        | Resource::BillVendor
        | Resource::Category
        | Resource::Client
        | Resource::Project
        | Resource::Staff
        | Resource::Tax => None,
    }
}
