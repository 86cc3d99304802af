//! What can be done with the records of one owner.

use std::fmt;

use secrecy::SecretString;

use super::{Client, Pager};
use crate::calls;
use crate::error::Error;
use crate::page::{Page, PageRequest};
use crate::resource::{
    Create, Get, GetWith, HardDelete, List, Replace, Resource, SoftDelete, Update,
};
use crate::types::Callback;
use crate::wire::{CallbackId, VisState};

/// The records of one kind that one account, or one business, owns.
///
/// Reads are repeated within the client's budget. Writes are one attempt each, and their errors say
/// whether they may have been applied.
#[derive(Clone)]
pub struct Collection<R: Resource> {
    pub(super) client: Client,
    pub(super) owner: R::Owner,
}

impl<R: Resource> fmt::Debug for Collection<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Collection")
            .field("owner", &self.owner)
            .finish_non_exhaustive()
    }
}

impl<R: Resource> Collection<R> {
    pub(super) fn new(client: &Client, owner: &R::Owner) -> Self {
        Self {
            client: client.clone(),
            owner: owner.clone(),
        }
    }
}

impl<R: List> Collection<R> {
    /// Walks the list, narrowed by a filter.
    pub fn list(&self, filter: R::Filter) -> Pager<R> {
        Pager::new(self.client.clone(), self.owner.clone(), filter)
    }

    /// One page of the list, for those who walk themselves.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub async fn page(&self, filter: &R::Filter, page: PageRequest) -> Result<Page<R>, Error> {
        let call = calls::list::<R>(&self.owner, filter, page);
        self.client.send(&call).await
    }
}

impl<R: Get> Collection<R> {
    /// One record, even a deleted one.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) and as [`Client::send`].
    pub async fn get(&self, id: R::Id) -> Result<R, Error> {
        let call = calls::get::<R>(&self.owner, &id);
        self.client.send(&call).await
    }
}

impl<R: GetWith> Collection<R> {
    /// One record with more than it shows by itself.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub async fn get_with(&self, id: R::Id, include: &[R::Include]) -> Result<R, Error> {
        let call = calls::get_with::<R>(&self.owner, &id, include);
        self.client.send(&call).await
    }
}

impl<R: Create> Collection<R> {
    /// Makes a record. One attempt.
    ///
    /// # Errors
    /// As [`Client::send`]. With [`Effect::Unknown`](crate::Effect::Unknown) look for the record
    /// before trying again.
    pub async fn create(&self, new: &R::New) -> Result<R, Error> {
        let call = calls::create::<R>(&self.owner, new)?;
        self.client.send(&call).await
    }
}

impl<R: Update> Collection<R> {
    /// Changes some fields of a record. One attempt.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub async fn update(&self, id: R::Id, update: &R::Update) -> Result<R, Error> {
        let call = calls::update::<R>(&self.owner, &id, update)?;
        self.client.send(&call).await
    }
}

impl<R: Replace> Collection<R> {
    /// Replaces all fields of a record; what is not sent is emptied. One attempt.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub async fn replace(&self, id: R::Id, full: &R::Full) -> Result<R, Error> {
        let call = calls::replace::<R>(&self.owner, &id, full)?;
        self.client.send(&call).await
    }
}

impl<R: SoftDelete> Collection<R> {
    /// Deletes, archives or restores a record. One attempt.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub async fn set_vis_state(&self, id: R::Id, state: VisState) -> Result<R, Error> {
        let call = calls::set_vis_state::<R>(&self.owner, &id, state)?;
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
            .send(&calls::delete::<R>(&self.owner, &id))
            .await
    }
}

impl Collection<Callback> {
    /// Sends a webhook's verifier back, after which FreshBooks delivers. One attempt.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub async fn verify(&self, id: CallbackId, verifier: &SecretString) -> Result<Callback, Error> {
        let call = calls::verify_callback(&self.owner, id, verifier)?;
        self.client.send(&call).await
    }

    /// Asks FreshBooks to send the verifier again. One attempt.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub async fn resend_verifier(&self, id: CallbackId) -> Result<Callback, Error> {
        let call = calls::resend_verifier(&self.owner, id)?;
        self.client.send(&call).await
    }
}
