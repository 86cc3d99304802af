//! Policies.

use crate::client::Client;
use crate::error::Error;
use crate::exchange::ExchangeError;
use crate::ids::PolicyId;
use crate::job::{PolicyQuery, SectionSet};

impl Client {
    /// Reads sections of one policy, where [`run`](Self::run) with a [`PolicyQuery`] reads those of several.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) if it is not visible to the account, and every other kind.
    pub async fn policy<S: SectionSet>(
        &self,
        policy: &PolicyId,
        sections: S,
    ) -> Result<S::Content, Error> {
        let query = PolicyQuery::new([policy.clone()], sections);
        self.run(&query).await?.remove(policy).ok_or_else(|| {
            ExchangeError::Missing {
                what: format!("policy {policy}"),
            }
            .into()
        })
    }
}
