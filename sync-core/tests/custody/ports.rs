//! Ports that are disturbed, and that check what they are asked to do.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use secrecy::ExposeSecret as _;
use sync_core::model::{ConnectionId, FreshBooksGrant, GrantState, Provider, TokenAnswer};
use sync_core::ports::{
    Credential, CredentialStore, GrantSpill, SpilledGrant, TokenEndpoint, Versioned,
};
use sync_core::testing::{
    MemoryCredentials, MemorySpill, MemoryTokens, TokenFault, block_on, samples, yield_once,
};
use sync_core::{Error, Result};

use crate::choice::Choices;

/// Draws disturbances until none are left.
#[derive(Debug)]
pub(crate) struct Disturber {
    choices: Arc<dyn Choices>,
    left: Mutex<u32>,
    seen: Mutex<u64>,
    excuse: Mutex<Option<&'static str>>,
}

impl Disturber {
    pub(crate) fn new(choices: Arc<dyn Choices>, disturbances: u32) -> Self {
        Self {
            choices,
            left: Mutex::new(disturbances),
            seen: Mutex::default(),
            excuse: Mutex::default(),
        }
    }

    /// Notes why a grant may die from now on.
    pub(crate) fn excuse(&self, why: &'static str) {
        *self.excuse.lock().unwrap() = Some(why);
    }

    /// Why the grant may have died since the last time this was asked.
    pub(crate) fn take_excuse(&self) -> Option<&'static str> {
        self.excuse.lock().unwrap().take()
    }

    /// One of `options` ways; 0 is the undisturbed one, and the only one when no disturbance is left.
    pub(crate) fn draw(&self, options: usize) -> usize {
        let mut left = self.left.lock().unwrap();
        if *left == 0 {
            return 0;
        }
        let chosen = self.choices.choose(options);
        if chosen > 0 {
            *left -= 1;
            *self.seen.lock().unwrap() += 1;
        }
        chosen
    }

    pub(crate) fn calm(&self) {
        *self.left.lock().unwrap() = 0;
    }

    pub(crate) fn seen(&self) -> u64 {
        *self.seen.lock().unwrap()
    }
}

fn broken(side: &str) -> Error {
    Error::unavailable(format!("write the credential: fault {side} the work"))
}

/// A store whose writes fail before or after the work; remembers every access token that was ever durable.
#[derive(Debug)]
pub(crate) struct Store {
    pub(crate) inner: MemoryCredentials,
    pub(crate) disturber: Arc<Disturber>,
    pub(crate) stored: Mutex<BTreeSet<String>>,
}

impl Store {
    /// What is stored, without disturbance.
    pub(crate) fn grant(&self) -> (u64, FreshBooksGrant) {
        let stored = block_on(
            self.inner
                .load(&samples::connection(), Provider::FreshBooks),
        );
        let Versioned {
            version,
            credential,
        } = stored.unwrap().unwrap();
        match credential {
            Credential::FreshBooks(grant) => (version, grant),
            Credential::Expensify(_) => unreachable!("only grants are stored here"),
        }
    }

    /// Stores a person's new consent.
    pub(crate) fn put(&self, grant: FreshBooksGrant) {
        let connection = samples::connection();
        let before = block_on(self.inner.load(&connection, Provider::FreshBooks)).unwrap();
        self.note(&grant);
        let expected = before.map(|stored| stored.version);
        let grant = Credential::FreshBooks(grant);
        block_on(self.inner.replace(&connection, expected, grant)).unwrap();
    }

    fn note(&self, grant: &FreshBooksGrant) {
        let token = grant.access_token.expose_secret().to_owned();
        self.stored.lock().unwrap().insert(token);
    }
}

#[async_trait]
impl CredentialStore for Store {
    async fn load(
        &self,
        connection: &ConnectionId,
        provider: Provider,
    ) -> Result<Option<Versioned>> {
        yield_once().await;
        self.inner.load(connection, provider).await
    }

    async fn replace(
        &self,
        connection: &ConnectionId,
        expected: Option<u64>,
        credential: Credential,
    ) -> Result<u64> {
        yield_once().await;
        let fault = self.disturber.draw(3);
        if fault == 1 {
            return Err(broken("before"));
        }
        let given = self
            .inner
            .replace(connection, expected, credential.clone())
            .await;
        if let (Ok(_), Credential::FreshBooks(grant)) = (&given, &credential) {
            self.note(grant);
        }
        yield_once().await;
        if fault == 2 {
            return Err(broken("after"));
        }
        given
    }

    async fn forget(&self, connection: &ConnectionId, provider: Provider) -> Result<()> {
        self.inner.forget(connection, provider).await
    }
}

/// A spill that fails; what it holds can be seen without disturbance.
#[derive(Debug)]
pub(crate) struct Spill {
    pub(crate) inner: MemorySpill,
    pub(crate) disturber: Arc<Disturber>,
}

impl Spill {
    pub(crate) fn kept(&self) -> Option<SpilledGrant> {
        block_on(self.inner.get(&samples::connection())).unwrap()
    }

    fn fault(&self) -> Result<()> {
        if self.disturber.draw(2) == 1 {
            return Err(Error::unavailable("write the spill: disk is full"));
        }
        Ok(())
    }
}

#[async_trait]
impl GrantSpill for Spill {
    async fn put(&self, connection: &ConnectionId, spilled: &SpilledGrant) -> Result<()> {
        yield_once().await;
        self.fault().inspect_err(|_| {
            self.disturber
                .excuse("neither store nor spill took the pair");
        })?;
        self.inner.put(connection, spilled).await?;
        yield_once().await;
        Ok(())
    }

    async fn get(&self, connection: &ConnectionId) -> Result<Option<SpilledGrant>> {
        self.inner.get(connection).await
    }

    async fn clear(&self, connection: &ConnectionId, spilled: &SpilledGrant) -> Result<()> {
        yield_once().await;
        self.fault()?;
        self.inner.clear(connection, spilled).await?;
        yield_once().await;
        Ok(())
    }
}

/// A token endpoint whose answers are lost, and that insists on what must be durable before it is asked.
#[derive(Debug)]
pub(crate) struct Endpoint {
    pub(crate) inner: Arc<MemoryTokens>,
    pub(crate) store: Arc<Store>,
    pub(crate) spill: Arc<Spill>,
    pub(crate) disturber: Arc<Disturber>,
}

#[async_trait]
impl TokenEndpoint for Endpoint {
    async fn refresh(&self, grant: &FreshBooksGrant) -> TokenAnswer {
        let (_, durable) = self.store.grant();
        assert!(
            matches!(durable.state, GrantState::Refreshing { .. }),
            "a request was made whose beginning is not durable: {:?}",
            durable.state
        );
        assert!(
            self.spill.kept().is_none(),
            "an old token was tried while the only live pair waits in the spill"
        );
        let faults = [
            TokenFault::LostAfter,
            TokenFault::LostBefore,
            TokenFault::NotSent,
            TokenFault::Refused,
        ];
        let drawn = self.disturber.draw(faults.len() + 1);
        if let Some(fault) = drawn.checked_sub(1).and_then(|index| faults.get(index)) {
            self.inner.fail(*fault);
            if *fault == TokenFault::LostAfter {
                self.disturber.excuse("the reply was lost");
            }
        }
        self.inner.refresh(grant).await
    }
}
