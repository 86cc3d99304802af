//! What can be done with the records of one account.

use std::fmt;
use std::marker::PhantomData;

use secrecy::SecretString;

use super::{Client, Pager};
use crate::calls;
use crate::error::Error;
use crate::page::{Page, PageRequest};
use crate::resource::{Create, HardDelete, Resource, SoftDelete, Update};
use crate::types::Callback;
use crate::wire::{AccountId, CallbackId, VisState};

/// The records of one kind in one account.
///
/// Reads are repeated within the client's budget. Writes are one attempt each, and their errors say
/// whether they may have been applied.
#[derive(Clone)]
pub struct Collection<R> {
    client: Client,
    account: AccountId,
    resource: PhantomData<fn() -> R>,
}

impl<R> fmt::Debug for Collection<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Collection")
            .field("account", &self.account)
            .finish_non_exhaustive()
    }
}

impl<R: Resource> Collection<R> {
    pub(super) fn new(client: &Client, account: &AccountId) -> Self {
        Self {
            client: client.clone(),
            account: account.clone(),
            resource: PhantomData,
        }
    }

    /// Walks the list, narrowed by a filter.
    pub fn list(&self, filter: R::Filter) -> Pager<R>
    where
        R::Filter: 'static,
        R::Id: Into<u64>,
    {
        let account = self.account.clone();
        let list = move |page| calls::list::<R>(&account, &filter, page);
        Pager::new(self.client.clone(), R::SHAPE.list, list, |row: &R| {
            row.id().into()
        })
    }

    /// One page of the list, for those who walk themselves.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub async fn page(&self, filter: &R::Filter, page: PageRequest) -> Result<Page<R>, Error> {
        let call = calls::list::<R>(&self.account, filter, page);
        self.client.send(&call).await
    }

    /// One record, even a deleted one.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) and as [`Client::send`].
    pub async fn get(&self, id: R::Id) -> Result<R, Error> {
        self.client.send(&calls::get::<R>(&self.account, id)).await
    }
}

impl<R: Create> Collection<R> {
    /// Makes a record. One attempt.
    ///
    /// # Errors
    /// As [`Client::send`]. With [`Effect::Unknown`](crate::Effect::Unknown) look for the record
    /// before trying again.
    pub async fn create(&self, new: &R::New) -> Result<R, Error> {
        let call = calls::create::<R>(&self.account, new)?;
        self.client.send(&call).await
    }
}

impl<R: Update> Collection<R> {
    /// Changes some fields of a record. One attempt.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub async fn update(&self, id: R::Id, update: &R::Update) -> Result<R, Error> {
        let call = calls::update::<R>(&self.account, id, update)?;
        self.client.send(&call).await
    }
}

impl<R: SoftDelete> Collection<R> {
    /// Deletes, archives or restores a record. One attempt.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub async fn set_vis_state(&self, id: R::Id, state: VisState) -> Result<R, Error> {
        let call = calls::set_vis_state::<R>(&self.account, id, state)?;
        self.client.send(&call).await
    }
}

impl<R: HardDelete> Collection<R> {
    /// Deletes a record for good. One attempt.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub async fn delete(&self, id: R::Id) -> Result<(), Error> {
        self.client
            .send(&calls::delete::<R>(&self.account, id))
            .await
    }
}

impl Collection<Callback> {
    /// Sends a webhook's verifier back, after which FreshBooks delivers. One attempt.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub async fn verify(&self, id: CallbackId, verifier: &SecretString) -> Result<Callback, Error> {
        let call = calls::verify_callback(&self.account, id, verifier)?;
        self.client.send(&call).await
    }

    /// Asks FreshBooks to send the verifier again. One attempt.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub async fn resend_verifier(&self, id: CallbackId) -> Result<Callback, Error> {
        let call = calls::resend_verifier(&self.account, id)?;
        self.client.send(&call).await
    }
}
