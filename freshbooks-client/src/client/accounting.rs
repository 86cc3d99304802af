//! The resources of an account.

use super::{Client, Collection};
use crate::types::{
    Bill, BillPayment, Callback, ClientRecord, Expense, ExpenseCategory, Staff, Tax, Vendor,
};
use crate::wire::AccountId;

impl Client {
    /// The bills of an account.
    pub fn bills(&self, account: &AccountId) -> Collection<Bill> {
        Collection::new(self, account)
    }

    /// The bill vendors of an account.
    pub fn vendors(&self, account: &AccountId) -> Collection<Vendor> {
        Collection::new(self, account)
    }

    /// The bill payments of an account.
    pub fn bill_payments(&self, account: &AccountId) -> Collection<BillPayment> {
        Collection::new(self, account)
    }

    /// The expenses of an account.
    pub fn expenses(&self, account: &AccountId) -> Collection<Expense> {
        Collection::new(self, account)
    }

    /// The expense categories of an account.
    pub fn expense_categories(&self, account: &AccountId) -> Collection<ExpenseCategory> {
        Collection::new(self, account)
    }

    /// The taxes of an account.
    pub fn taxes(&self, account: &AccountId) -> Collection<Tax> {
        Collection::new(self, account)
    }

    /// The clients of an account.
    pub fn clients(&self, account: &AccountId) -> Collection<ClientRecord> {
        Collection::new(self, account)
    }

    /// The staff of an account.
    pub fn staff(&self, account: &AccountId) -> Collection<Staff> {
        Collection::new(self, account)
    }

    /// The webhook registrations of an account.
    pub fn callbacks(&self, account: &AccountId) -> Collection<Callback> {
        Collection::new(self, account)
    }
}
