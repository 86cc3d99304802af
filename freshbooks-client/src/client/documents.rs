//! What is done with invoices, estimates and expenses besides the usual.

use bytes::Bytes;

use super::Collection;
use crate::calls;
use crate::error::Error;
use crate::types::{
    EmailMessage, Estimate, Expense, ExpenseSummary, Invoice, InvoicePresentation, ShareLink,
};
use crate::wire::{EstimateId, InvoiceId};

impl Collection<Invoice> {
    /// Sends an invoice to its client by e-mail. One attempt; sending it twice writes twice.
    ///
    /// # Errors
    /// As [`Client::send`](crate::Client::send).
    pub async fn send(&self, id: InvoiceId, message: &EmailMessage) -> Result<Invoice, Error> {
        let call = calls::send_invoice(&self.owner, id, message)?;
        self.client.send(&call).await
    }

    /// An invoice as a PDF file.
    ///
    /// # Errors
    /// As [`Client::send`](crate::Client::send).
    pub async fn pdf(&self, id: InvoiceId) -> Result<Bytes, Error> {
        self.client.send(&calls::invoice_pdf(&self.owner, id)).await
    }

    /// An address under which anyone can see an invoice that was sent.
    ///
    /// # Errors
    /// As [`Client::send`](crate::Client::send).
    pub async fn share_link(&self, id: InvoiceId) -> Result<ShareLink, Error> {
        self.client.send(&calls::share_link(&self.owner, id)).await
    }

    /// How new invoices look unless told otherwise.
    ///
    /// # Errors
    /// As [`Client::send`](crate::Client::send).
    pub async fn presentation(&self) -> Result<InvoicePresentation, Error> {
        self.client
            .send(&calls::invoice_presentation(&self.owner))
            .await
    }
}

impl Collection<Estimate> {
    /// Sends an estimate to its client by e-mail. One attempt; sending it twice writes twice.
    ///
    /// # Errors
    /// As [`Client::send`](crate::Client::send).
    pub async fn send(&self, id: EstimateId, message: &EmailMessage) -> Result<Estimate, Error> {
        let call = calls::send_estimate(&self.owner, id, message)?;
        self.client.send(&call).await
    }

    /// Accepts an estimate in the client's name. One attempt.
    ///
    /// # Errors
    /// As [`Client::send`](crate::Client::send).
    pub async fn accept(&self, id: EstimateId) -> Result<Estimate, Error> {
        let call = calls::accept_estimate(&self.owner, id)?;
        self.client.send(&call).await
    }
}

impl Collection<Expense> {
    /// What the expenses come to, by group and currency.
    ///
    /// # Errors
    /// As [`Client::send`](crate::Client::send).
    pub async fn summaries(&self) -> Result<Vec<ExpenseSummary>, Error> {
        self.client
            .send(&calls::expense_summaries(&self.owner))
            .await
    }
}
