//! What is done with invoices, estimates and expenses besides the usual.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::{put, read};
use crate::call::{Call, Unread};
use crate::decode;
use crate::error::Error;
use crate::resource::Family;
use crate::types::{
    EmailMessage, Estimate, ExpenseSummary, Invoice, InvoicePresentation, ShareLink, SharedLink,
};
use crate::wire::{AccountId, EstimateId, InvoiceId};

/// Sends an invoice to its client by e-mail, which makes it sent. Sending it twice writes twice.
///
/// # Errors
/// As [`create`](super::create).
pub fn send_invoice(
    account: &AccountId,
    id: InvoiceId,
    message: &EmailMessage,
) -> Result<Call<Invoice>, Error> {
    #[derive(Serialize)]
    struct Sending<'m> {
        action_email: bool,
        #[serde(skip_serializing_if = "<[String]>::is_empty")]
        email_recipients: &'m [String],
        #[serde(skip_serializing_if = "EmailMessage::is_default")]
        invoice_customized_email: &'m EmailMessage,
    }
    let sending = Sending {
        action_email: true,
        email_recipients: &message.recipients,
        invoice_customized_email: message,
    };
    put("send invoice", account, &id, &sending)
}

/// Sends an estimate to its client by e-mail, which makes it sent. Sending it twice writes twice.
///
/// # Errors
/// As [`create`](super::create).
pub fn send_estimate(
    account: &AccountId,
    id: EstimateId,
    message: &EmailMessage,
) -> Result<Call<Estimate>, Error> {
    #[derive(Serialize)]
    struct Sending<'m> {
        action_email: bool,
        #[serde(skip_serializing_if = "<[String]>::is_empty")]
        email_recipients: &'m [String],
        #[serde(skip_serializing_if = "EmailMessage::is_default")]
        estimate_customized_email: &'m EmailMessage,
    }
    let sending = Sending {
        action_email: true,
        email_recipients: &message.recipients,
        estimate_customized_email: message,
    };
    put("send estimate", account, &id, &sending)
}

/// Accepts an estimate in the client's name.
///
/// # Errors
/// As [`create`](super::create).
pub fn accept_estimate(account: &AccountId, id: EstimateId) -> Result<Call<Estimate>, Error> {
    #[derive(Serialize)]
    struct Accepting {
        action_accept: bool,
    }
    let accepting = Accepting {
        action_accept: true,
    };
    put("accept estimate", account, &id, &accepting)
}

/// An invoice as a PDF file.
pub fn invoice_pdf(account: &AccountId, id: InvoiceId) -> Call<Bytes> {
    let path = Family::Accounting.path(account, &format!("invoices/invoices/{id}/pdf"));
    let pdf: fn(&[u8]) -> Result<Bytes, Unread> = |body| decode::file(body, b"%PDF-", "PDF");
    read("get invoice PDF", path, pdf).accepting("application/pdf")
}

/// An address under which anyone can see an invoice that was sent.
pub fn share_link(account: &AccountId, id: InvoiceId) -> Call<ShareLink> {
    let below = format!("invoices/invoices/{id}/share_link?share_method=share_link");
    let path = Family::Accounting.path(account, &below);
    read("get share link", path, |body| {
        decode::result::<SharedLink>(body).map(|shared| shared.share_link)
    })
}

/// How new invoices look unless told otherwise.
pub fn invoice_presentation(account: &AccountId) -> Call<InvoicePresentation> {
    #[derive(Deserialize)]
    struct Defaults {
        presentation: InvoicePresentation,
    }
    let path = Family::Accounting.path(account, "invoices/presentations");
    read("get invoice presentation", path, |body| {
        decode::result::<Defaults>(body).map(|defaults| defaults.presentation)
    })
}

/// What the expenses of an account come to, by group and currency.
pub fn expense_summaries(account: &AccountId) -> Call<Vec<ExpenseSummary>> {
    #[derive(Deserialize)]
    struct Summaries {
        summaries: Vec<ExpenseSummary>,
    }
    let path = Family::Accounting.path(account, "expenses/summaries");
    read("get expense summaries", path, |body| {
        decode::result::<Summaries>(body).map(|found| found.summaries)
    })
}
