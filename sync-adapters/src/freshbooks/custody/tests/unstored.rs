//! Pairs that the store cannot take: kept, used only once they are stored, and never in the way of a younger one.

use sync_core::testing::MemorySpill;

use super::*;

/// Lets the first write through and fails the next so many.
#[derive(Debug)]
struct FailsAfterBegin(Arc<MemoryCredentials>, u32);

#[async_trait]
impl CredentialStore for FailsAfterBegin {
    async fn load(
        &self,
        connection: &ConnectionId,
        provider: Provider,
    ) -> Result<Option<sync_core::ports::Versioned>> {
        self.0.load(connection, provider).await
    }

    async fn replace(
        &self,
        connection: &ConnectionId,
        expected: Option<u64>,
        credential: Credential,
    ) -> Result<u64> {
        let begins = matches!(&credential, Credential::FreshBooks(grant) if matches!(grant.state, GrantState::Refreshing { .. }));
        let version = self.0.replace(connection, expected, credential).await?;
        if begins {
            self.0.failing_writes.store(self.1, Ordering::SeqCst);
        }
        Ok(version)
    }

    async fn forget(&self, connection: &ConnectionId, provider: Provider) -> Result<()> {
        self.0.forget(connection, provider).await
    }
}

#[tokio::test(start_paused = true)]
async fn a_pair_that_cannot_be_stored_is_kept_and_not_used_until_it_is() {
    for (failures, first_call_succeeds) in [(3, true), (7, false)] {
        let world = World::new(GrantState::Ready).await;
        world.later(13);
        let store = Arc::new(FailsAfterBegin(Arc::clone(&world.store), failures));
        let custody = world.custody_over(store, Arc::new(NoSpill));
        if !first_call_succeeds {
            let error = custody.access_token().await.unwrap_err();
            assert!(
                story(&error).contains("kept in memory"),
                "{}",
                story(&error)
            );
            assert_eq!(
                world.stored().await.refresh_token.expose_secret(),
                "refresh-0"
            );
        }
        assert_eq!(access(&custody).await, "access-1");
        assert_eq!(
            (
                world.calls(),
                world.stored().await.refresh_token.expose_secret()
            ),
            (1, "refresh-1")
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_pair_that_cannot_be_stored_survives_the_process_in_the_spill() {
    let world = World::new(GrantState::Ready).await;
    world.later(13);
    let spill = Arc::new(MemorySpill::new());
    let store = Arc::new(FailsAfterBegin(Arc::clone(&world.store), 100));
    let beside: Arc<dyn GrantSpill> = Arc::<MemorySpill>::clone(&spill);
    let first = world.custody_over(store, beside);
    let error = first.access_token().await.unwrap_err();
    assert!(
        story(&error).contains("sealed beside the database"),
        "{}",
        story(&error)
    );
    drop(first);
    world.store.failing_writes.store(0, Ordering::SeqCst);
    // The next process finds the pair before it would try the spent token.
    let store: Arc<dyn CredentialStore> = Arc::<MemoryCredentials>::clone(&world.store);
    let beside: Arc<dyn GrantSpill> = Arc::<MemorySpill>::clone(&spill);
    let next = world.custody_over(store, beside);
    assert_eq!(access(&next).await, "access-1");
    assert_eq!(
        (world.calls(), world.stored().await.state),
        (1, GrantState::Ready)
    );
    let left = spill.get(&ConnectionId::new("acme")).await.unwrap();
    assert!(left.is_none(), "the spill is empty once its pair is stored");
}

#[tokio::test(start_paused = true)]
async fn a_process_that_lets_go_of_its_old_pair_leaves_the_pair_of_another_in_the_spill() {
    let world = World::new(GrantState::Ready).await;
    let spill = Arc::new(MemorySpill::new());
    let process = || {
        let store = Arc::new(FailsAfterBegin(Arc::clone(&world.store), 100));
        let beside: Arc<dyn GrantSpill> = Arc::<MemorySpill>::clone(&spill);
        world.custody_over(store, beside)
    };
    let (first, second) = (process(), process());
    world.later(13);
    first.access_token().await.unwrap_err();
    world.store.failing_writes.store(0, Ordering::SeqCst);
    assert_eq!(access(&second).await, "access-1");
    // The disk is full once more, for the other process.
    let third = process();
    world.later(13);
    third.access_token().await.unwrap_err();
    world.store.failing_writes.store(0, Ordering::SeqCst);
    assert_eq!(access(&first).await, "access-2");
    assert_eq!(world.calls(), 2, "no spent token is tried");
}

#[tokio::test(start_paused = true)]
async fn a_grant_that_is_gone_while_a_pair_waits_asks_for_a_person_and_the_pair_gives_way() {
    let world = World::new(GrantState::Ready).await;
    let consent = world.stored().await;
    world.later(13);
    let spill = Arc::new(MemorySpill::new());
    let store = Arc::new(FailsAfterBegin(Arc::clone(&world.store), 100));
    let beside: Arc<dyn GrantSpill> = Arc::<MemorySpill>::clone(&spill);
    let custody = world.custody_over(store, beside);
    custody.access_token().await.unwrap_err();
    world.store.failing_writes.store(0, Ordering::SeqCst);
    let acme = ConnectionId::new("acme");
    world
        .store
        .forget(&acme, Provider::FreshBooks)
        .await
        .unwrap();
    let error = custody.access_token().await.unwrap_err();
    let told = story(&error);
    assert!(
        told.contains("none is stored") && told.contains("connect freshbooks"),
        "{told}"
    );
    assert!(error.is_needs_authorization(), "{told}");
    // A person consents: what waited is older.
    let consent = Credential::FreshBooks(FreshBooksGrant {
        access_token: "consented".into(),
        refresh_token: "new".into(),
        expires_at: world.clock.now() + TimeDelta::hours(12),
        ..consent
    });
    world.store.replace(&acme, None, consent).await.unwrap();
    assert_eq!(access(&custody).await, "consented");
    assert!(spill.get(&acme).await.unwrap().is_none());
}
