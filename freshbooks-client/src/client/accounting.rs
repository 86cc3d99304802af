//! The resources of an account.

use bytes::Bytes;

use super::{Client, Collection};
use crate::calls;
use crate::error::Error;
use crate::types::{
    Bill, BillPayment, BillableItem, Callback, CheckoutLink, ClientRecord, Contact, CreditNote,
    Estimate, Expense, ExpenseCategory, ExpenseProfile, ExpenseVendor, Gateway, GatewayConnections,
    Invoice, InvoiceProfile, Item, JournalAccount, JournalDetail, JournalEntry, OtherIncome,
    Payable, Payment, PaymentOptions, Report, Staff, System, Task, Tax, Vendor,
};
use crate::wire::{AccountId, DownloadToken};

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

    /// The names expenses were given of an account.
    pub fn expense_vendors(&self, account: &AccountId) -> Collection<ExpenseVendor> {
        Collection::new(self, account)
    }

    /// The recurring expenses of an account.
    pub fn expense_profiles(&self, account: &AccountId) -> Collection<ExpenseProfile> {
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

    /// The secondary contacts of the clients of an account.
    pub fn contacts(&self, account: &AccountId) -> Collection<Contact> {
        Collection::new(self, account)
    }

    /// The items of an account.
    pub fn items(&self, account: &AccountId) -> Collection<Item> {
        Collection::new(self, account)
    }

    /// The invoices of an account.
    pub fn invoices(&self, account: &AccountId) -> Collection<Invoice> {
        Collection::new(self, account)
    }

    /// The recurring invoices of an account.
    pub fn invoice_profiles(&self, account: &AccountId) -> Collection<InvoiceProfile> {
        Collection::new(self, account)
    }

    /// The payments of an account.
    pub fn payments(&self, account: &AccountId) -> Collection<Payment> {
        Collection::new(self, account)
    }

    /// The estimates of an account.
    pub fn estimates(&self, account: &AccountId) -> Collection<Estimate> {
        Collection::new(self, account)
    }

    /// The credit notes of an account.
    pub fn credit_notes(&self, account: &AccountId) -> Collection<CreditNote> {
        Collection::new(self, account)
    }

    /// The other income of an account.
    pub fn other_income(&self, account: &AccountId) -> Collection<OtherIncome> {
        Collection::new(self, account)
    }

    /// The tasks of an account.
    pub fn tasks(&self, account: &AccountId) -> Collection<Task> {
        Collection::new(self, account)
    }

    /// The billable items of an account.
    pub fn billable_items(&self, account: &AccountId) -> Collection<BillableItem> {
        Collection::new(self, account)
    }

    /// The journal entries of the old kind of an account.
    pub fn journal_entries(&self, account: &AccountId) -> Collection<JournalEntry> {
        Collection::new(self, account)
    }

    /// The postings of an account.
    pub fn journal_details(&self, account: &AccountId) -> Collection<JournalDetail> {
        Collection::new(self, account)
    }

    /// The accounts of the old chart of an account.
    pub fn journal_accounts(&self, account: &AccountId) -> Collection<JournalAccount> {
        Collection::new(self, account)
    }

    /// The staff of an account.
    pub fn staff(&self, account: &AccountId) -> Collection<Staff> {
        Collection::new(self, account)
    }

    /// The settings of an account.
    pub fn systems(&self, account: &AccountId) -> Collection<System> {
        Collection::new(self, account)
    }

    /// The payment gateways of an account.
    pub fn gateways(&self, account: &AccountId) -> Collection<Gateway> {
        Collection::new(self, account)
    }

    /// The checkout links of an account.
    pub fn checkout_links(&self, account: &AccountId) -> Collection<CheckoutLink> {
        Collection::new(self, account)
    }

    /// The webhook registrations of an account.
    pub fn callbacks(&self, account: &AccountId) -> Collection<Callback> {
        Collection::new(self, account)
    }

    /// The gateways an account is connected to.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn gateway_connections(
        &self,
        account: &AccountId,
    ) -> Result<Vec<GatewayConnections>, Error> {
        self.send(&calls::gateway_connections(account)).await
    }

    /// How something can be paid online.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn payment_options(
        &self,
        account: &AccountId,
        payable: &Payable,
    ) -> Result<PaymentOptions, Error> {
        self.send(&calls::payment_options(account, payable)).await
    }

    /// Says how something can be paid online. One attempt.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn set_payment_options(
        &self,
        account: &AccountId,
        payable: &Payable,
        options: &PaymentOptions,
    ) -> Result<(), Error> {
        let call = calls::set_payment_options(account, payable, options)?;
        self.send(&call).await
    }

    /// A report of an account.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn report<R: Report + Sync>(
        &self,
        account: &AccountId,
        report: &R,
    ) -> Result<R::Reply, Error> {
        self.send(&calls::report(account, report)).await
    }

    /// The invoice details report as a CSV file, by the token the report came with.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn invoice_details_csv(
        &self,
        account: &AccountId,
        token: &DownloadToken,
    ) -> Result<Bytes, Error> {
        self.send(&calls::invoice_details_csv(account, token)).await
    }
}
