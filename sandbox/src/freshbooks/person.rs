//! What a person does in the web interface: no token, no budget, no plan check.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::account::Account;
use super::accounting;
use super::events::{self, Change, Delivery};
use super::render;
use super::resources::Resource;
use super::schema::Fields;
use super::service::FreshBooks;
use super::table::VisState;
use crate::scenario::{Category, Vendor};

impl FreshBooks {
    /// All records of a kind, deleted ones too, as the API shows them, with the `account_id` they belong to.
    pub(crate) fn records(&self, resource: Resource, now: DateTime<Utc>) -> Vec<Value> {
        let of_account = |account: &Account| -> Vec<Value> {
            let rows = account
                .table(resource)
                .into_iter()
                .flat_map(super::table::Table::iter);
            rows.map(|row| {
                let mut shown =
                    render::record(account, resource, row, &["attachment".to_owned()], now);
                shown["account_id"] = json!(account.business.account_id);
                shown["vis_state"] = row.vis.code().into();
                shown
            })
            .collect()
        };
        self.accounts.iter().flat_map(of_account).collect()
    }

    /// How many records of a kind exist, deleted ones too.
    pub(crate) fn count(&self, resource: Resource) -> usize {
        self.accounts
            .iter()
            .filter_map(|account| account.table(resource))
            .map(super::table::Table::len)
            .sum()
    }

    /// Changes fields of a record; says why not when it cannot.
    pub(crate) fn edit(
        &mut self,
        resource: Resource,
        id: u64,
        changes: &Map<String, Value>,
        now: DateTime<Utc>,
    ) -> Result<Vec<Delivery>, String> {
        let settings = self.settings.clone();
        self.with(resource, id, |account, identity| {
            let row = account.get(resource, id).cloned().ok_or("no such record")?;
            let refused = |refusal: super::error::Refusal| {
                refusal
                    .violations
                    .iter()
                    .map(|it| it.message.as_str())
                    .collect::<Vec<_>>()
                    .join(" ")
            };
            accounting::change(account, resource, row, changes, &settings, now).map_err(refused)?;
            Ok(events::deliveries(
                account,
                identity,
                &[Change::new(resource, "update", id)],
            ))
        })
    }

    /// Sets the visibility of a record.
    pub(crate) fn show(
        &mut self,
        resource: Resource,
        id: u64,
        vis: VisState,
        now: DateTime<Utc>,
    ) -> Result<Vec<Delivery>, String> {
        self.with(resource, id, |account, identity| {
            let mut row = account.get(resource, id).cloned().ok_or("no such record")?;
            row.vis = vis;
            row.updated = now;
            account.put(resource, row);
            let verb = if vis == VisState::Deleted {
                "delete"
            } else {
                "update"
            };
            Ok(events::deliveries(
                account,
                identity,
                &[Change::new(resource, verb, id)],
            ))
        })
    }

    /// Deletes a record, as the web interface does: it stays, marked.
    pub(crate) fn delete(
        &mut self,
        resource: Resource,
        id: u64,
        now: DateTime<Utc>,
    ) -> Result<Vec<Delivery>, String> {
        self.show(resource, id, VisState::Deleted, now)
    }

    /// Pays what is open on a bill.
    pub(crate) fn pay(
        &mut self,
        bill: u64,
        now: DateTime<Utc>,
    ) -> Result<(u64, Vec<Delivery>), String> {
        self.with(Resource::Bill, bill, |account, identity| {
            let payment =
                accounting::pay_bill(account, bill, now.date_naive(), now).ok_or("no such bill")?;
            Ok((
                payment,
                events::deliveries(
                    account,
                    identity,
                    &[Change::new(Resource::Bill, "update", bill)],
                ),
            ))
        })
    }

    /// Makes a vendor in a business (the first one by default).
    pub(crate) fn add_vendor(
        &mut self,
        account_id: Option<&str>,
        vendor: &Vendor,
        now: DateTime<Utc>,
    ) -> Result<u64, String> {
        let account = self.chosen(account_id)?;
        let currency = vendor
            .currency
            .clone()
            .unwrap_or_else(|| account.business.base_currency.clone());
        let fields = [
            ("vendor_name", json!(vendor.name)),
            ("language", json!("en")),
            ("currency_code", json!(currency)),
            ("account_number", json!(vendor.account_number)),
            ("primary_contact_first_name", json!(vendor.first_name)),
            ("primary_contact_last_name", json!(vendor.last_name)),
            ("primary_contact_email", json!(vendor.email)),
        ];
        Ok(account.insert(Resource::BillVendor, set(fields), now))
    }

    /// Makes an expense category in a business (the first one by default).
    pub(crate) fn add_category(
        &mut self,
        account_id: Option<&str>,
        category: &Category,
        now: DateTime<Utc>,
    ) -> Result<u64, String> {
        let account = self.chosen(account_id)?;
        let fields = [
            ("category", json!(category.name)),
            ("parentid", json!(category.parent)),
        ];
        Ok(account.insert(Resource::Category, set(fields), now))
    }

    fn chosen(&mut self, account_id: Option<&str>) -> Result<&mut Account, String> {
        let wanted =
            |account: &&mut Account| account_id.is_none_or(|id| account.account_id() == id);
        self.accounts
            .iter_mut()
            .find(wanted)
            .ok_or_else(|| "no such account".to_owned())
    }

    fn with<T>(
        &mut self,
        resource: Resource,
        id: u64,
        act: impl FnOnce(&mut Account, u64) -> Result<T, String>,
    ) -> Result<T, String> {
        let identity = self.identity.id;
        let account = self
            .accounts
            .iter_mut()
            .find(|account| account.get(resource, id).is_some());
        act(
            account.ok_or_else(|| format!("no {} with id {id}", resource.shape().singular))?,
            identity,
        )
    }
}

fn set<const N: usize>(fields: [(&'static str, Value); N]) -> Fields {
    fields
        .into_iter()
        .filter(|(_, value)| !value.is_null())
        .collect()
}
