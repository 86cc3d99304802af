//! What the `CredentialStore` port promises.

use std::future::Future;

use secrecy::{ExposeSecret, SecretString};

use super::refused;
use crate::error::ErrorKind;
use crate::model::{ConnectionId, ExpensifyKey, FreshBooksGrant, GrantState, Provider};
use crate::ports::{Credential, CredentialStore};
use crate::testing::samples;

macro_rules! run_each_on_a_fresh_store {
    ($fresh:ident: $($check:path,)+) => {
        $({
            let (store, guard) = $fresh().await;
            $check(&store).await;
            drop(store);
            drop(guard);
        })+
    };
}

/// Checks every promise of [`CredentialStore`], each on a fresh store. `fresh` gives a store and what must live as long
/// as it does.
///
/// # Panics
/// At the first promise that is not kept; the message and the place say which.
pub async fn credentials<S, G, F, Fut>(fresh: F)
where
    S: CredentialStore,
    G: Send,
    F: Fn() -> Fut + Sync,
    Fut: Future<Output = (S, G)> + Send,
{
    run_each_on_a_fresh_store!(fresh:
        what_is_stored_reads_back_whole,
        a_replacement_wins_only_on_the_version_that_was_read,
        forgetting_is_for_good_and_never_revives_an_old_version,
        providers_and_connections_are_kept_apart,
    );
}

fn key(secret: &str) -> Credential {
    Credential::Expensify(ExpensifyKey {
        user_id: "aa_ann".to_owned(),
        user_secret: SecretString::from(secret),
    })
}

fn grant(state: GrantState) -> FreshBooksGrant {
    FreshBooksGrant {
        client_id: "client".to_owned(),
        client_secret: SecretString::from("client secret \u{1F511}"),
        redirect_uri: "https://example.test/callback".to_owned(),
        access_token: SecretString::from("access"),
        refresh_token: SecretString::from("refresh"),
        expires_at: samples::start(),
        state,
    }
}

async fn secret_of(
    store: &dyn CredentialStore,
    connection: &ConnectionId,
) -> Option<(u64, String)> {
    let stored = store.load(connection, Provider::Expensify).await.unwrap()?;
    match stored.credential {
        Credential::Expensify(key) => {
            Some((stored.version, key.user_secret.expose_secret().to_owned()))
        }
        Credential::FreshBooks(_) => panic!("gave FreshBooks' credential for Expensify's"),
    }
}

async fn what_is_stored_reads_back_whole(store: &dyn CredentialStore) {
    let main = samples::connection();
    assert!(
        store
            .load(&main, Provider::FreshBooks)
            .await
            .unwrap()
            .is_none()
    );
    let mut version = None;
    for state in [
        GrantState::Ready,
        GrantState::Refreshing {
            since: samples::start(),
        },
        GrantState::NeedsReauth,
    ] {
        let given = store
            .replace(&main, version, Credential::FreshBooks(grant(state)))
            .await
            .unwrap();
        assert_eq!(
            given,
            version.unwrap_or(0) + 1,
            "versions grow by one, from 1"
        );
        version = Some(given);
        let stored = store
            .load(&main, Provider::FreshBooks)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(stored.version, given);
        let Credential::FreshBooks(read) = stored.credential else {
            panic!("gave Expensify's credential")
        };
        let wrote = grant(state);
        assert_eq!(
            (
                read.client_id,
                read.redirect_uri,
                read.expires_at,
                read.state
            ),
            (
                wrote.client_id,
                wrote.redirect_uri,
                wrote.expires_at,
                wrote.state
            )
        );
        for (read, wrote) in [
            (&read.client_secret, &wrote.client_secret),
            (&read.access_token, &wrote.access_token),
            (&read.refresh_token, &wrote.refresh_token),
        ] {
            assert_eq!(read.expose_secret(), wrote.expose_secret());
        }
    }
    store.replace(&main, None, key("pair")).await.unwrap();
    assert_eq!(secret_of(store, &main).await, Some((1, "pair".to_owned())));
}

async fn a_replacement_wins_only_on_the_version_that_was_read(store: &dyn CredentialStore) {
    let main = samples::connection();
    refused(
        store.replace(&main, Some(1), key("first")).await,
        ErrorKind::Conflict,
    );
    store.replace(&main, None, key("first")).await.unwrap();
    refused(
        store.replace(&main, None, key("second")).await,
        ErrorKind::Conflict,
    );
    store.replace(&main, Some(1), key("second")).await.unwrap();
    refused(
        store.replace(&main, Some(1), key("third")).await,
        ErrorKind::Conflict,
    );
    refused(
        store.replace(&main, Some(3), key("third")).await,
        ErrorKind::Conflict,
    );
    assert_eq!(
        secret_of(store, &main).await,
        Some((2, "second".to_owned()))
    );
}

async fn forgetting_is_for_good_and_never_revives_an_old_version(store: &dyn CredentialStore) {
    let main = samples::connection();
    store.forget(&main, Provider::Expensify).await.unwrap();
    store.replace(&main, None, key("first")).await.unwrap();
    store.forget(&main, Provider::Expensify).await.unwrap();
    store.forget(&main, Provider::Expensify).await.unwrap();
    assert_eq!(secret_of(store, &main).await, None);
    // A writer that read the forgotten one must lose, also against its successor.
    refused(
        store.replace(&main, Some(1), key("late")).await,
        ErrorKind::Conflict,
    );
    let version = store.replace(&main, None, key("new")).await.unwrap();
    assert!(version > 1, "versions count on after forgetting");
    refused(
        store.replace(&main, Some(1), key("late")).await,
        ErrorKind::Conflict,
    );
    assert_eq!(
        secret_of(store, &main).await,
        Some((version, "new".to_owned()))
    );
}

async fn providers_and_connections_are_kept_apart(store: &dyn CredentialStore) {
    let main = samples::connection();
    let other = ConnectionId::new("other");
    store.replace(&main, None, key("main")).await.unwrap();
    store.replace(&other, None, key("other")).await.unwrap();
    store
        .replace(
            &main,
            None,
            Credential::FreshBooks(grant(GrantState::Ready)),
        )
        .await
        .unwrap();
    store.forget(&main, Provider::FreshBooks).await.unwrap();
    store
        .replace(&other, Some(1), key("other again"))
        .await
        .unwrap();
    assert_eq!(secret_of(store, &main).await, Some((1, "main".to_owned())));
    assert_eq!(
        secret_of(store, &other).await,
        Some((2, "other again".to_owned()))
    );
}
