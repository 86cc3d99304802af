use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU32, Ordering};

use chrono::TimeDelta;
use secrecy::ExposeSecret as _;
use sync_core::model::{FreshBooksGrant, GrantState, Provider, TokenAnswer, TokenPair};
use sync_core::ports::{Credential, TokenEndpoint};
use wire::TokenProvider as _;

use super::*;
use crate::test_support::{HandClock, MemoryCredentials};

mod unstored;

/// Draws zero, so that jitter is nothing.
#[derive(Debug)]
struct NoEntropy;

impl Entropy for NoEntropy {
    fn next_u64(&self) -> u64 {
        0
    }
}

/// A token endpoint on which refresh tokens work once, with a way to fail.
#[derive(Debug)]
struct Server {
    live: StdMutex<String>,
    calls: AtomicU32,
    under_way: AtomicU32,
    fault: StdMutex<Fault>,
    clock: Arc<HandClock>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    /// Rotates, and the answer is lost.
    LostAfter,
    /// Does nothing, and fails in a way that tells nothing.
    LostBefore,
    NotSent,
    Refused,
}

#[async_trait]
impl TokenEndpoint for Server {
    async fn refresh(&self, grant: &FreshBooksGrant) -> TokenAnswer {
        assert_eq!(
            self.under_way.fetch_add(1, Ordering::SeqCst),
            0,
            "two refreshes at once"
        );
        let call = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
        sleep(Duration::from_millis(50)).await;
        self.under_way.fetch_sub(1, Ordering::SeqCst);
        let fault = *self.fault.lock().unwrap();
        match fault {
            Fault::NotSent => return TokenAnswer::NotSent("no connection".to_owned()),
            Fault::Refused => return TokenAnswer::Refused("invalid_client".to_owned()),
            Fault::LostBefore => return TokenAnswer::Unknown("status 502".to_owned()),
            Fault::None | Fault::LostAfter => {}
        }
        let mut live = self.live.lock().unwrap();
        if *live != grant.refresh_token.expose_secret() {
            return TokenAnswer::Spent;
        }
        *live = format!("refresh-{call}");
        if fault == Fault::LostAfter {
            return TokenAnswer::Unknown("no complete reply".to_owned());
        }
        let (access_token, refresh_token) = (format!("access-{call}").into(), live.clone().into());
        TokenAnswer::Pair(TokenPair {
            access_token,
            refresh_token,
            expires_at: Some(self.clock.now() + TimeDelta::hours(12)),
        })
    }
}

struct World {
    store: Arc<MemoryCredentials>,
    server: Arc<Server>,
    clock: Arc<HandClock>,
}

impl World {
    /// A grant made twelve hours before its end, in some state.
    async fn new(state: GrantState) -> Self {
        let clock = Arc::new(HandClock::at("2026-11-22T10:00:00Z"));
        let world = Self {
            store: Arc::default(),
            server: Arc::new(Server {
                live: StdMutex::new("refresh-0".to_owned()),
                calls: AtomicU32::new(0),
                under_way: AtomicU32::new(0),
                fault: StdMutex::new(Fault::None),
                clock: Arc::clone(&clock),
            }),
            clock,
        };
        let grant = FreshBooksGrant {
            client_id: "app".to_owned(),
            client_secret: "app-secret".into(),
            redirect_uri: "https://localhost/callback".to_owned(),
            access_token: "access-0".into(),
            refresh_token: "refresh-0".into(),
            expires_at: world.clock.now() + TimeDelta::hours(12),
            state,
        };
        world
            .store
            .replace(
                &ConnectionId::new("acme"),
                None,
                Credential::FreshBooks(grant),
            )
            .await
            .unwrap();
        world
    }

    fn custody(&self) -> GrantCustody {
        let store: Arc<dyn CredentialStore> = Arc::<MemoryCredentials>::clone(&self.store);
        self.custody_over(store, Arc::new(NoSpill))
    }

    fn custody_over(
        &self,
        store: Arc<dyn CredentialStore>,
        spill: Arc<dyn GrantSpill>,
    ) -> GrantCustody {
        let ports = GrantPorts {
            store,
            endpoint: Arc::<Server>::clone(&self.server),
            spill,
            clock: Arc::<HandClock>::clone(&self.clock),
            entropy: Arc::new(NoEntropy),
        };
        GrantCustody::over(
            ConnectionId::new("acme"),
            ports,
            GrantSettings::default(),
            Duration::from_secs(30),
        )
    }

    async fn stored(&self) -> FreshBooksGrant {
        let found = self
            .store
            .load(&ConnectionId::new("acme"), Provider::FreshBooks)
            .await
            .unwrap()
            .unwrap();
        let Credential::FreshBooks(grant) = found.credential else {
            panic!()
        };
        grant
    }

    fn calls(&self) -> u32 {
        self.server.calls.load(Ordering::SeqCst)
    }

    fn fail(&self, fault: Fault) {
        *self.server.fault.lock().unwrap() = fault;
    }

    fn later(&self, hours: i64) {
        self.clock.advance(TimeDelta::hours(hours));
    }
}

async fn access(custody: &GrantCustody) -> String {
    custody
        .access_token()
        .await
        .unwrap()
        .secret
        .expose_secret()
        .to_owned()
}

/// The whole story of a failure, as the client would tell it.
fn story(error: &TokenError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

#[tokio::test(start_paused = true)]
async fn a_good_token_is_given_out_without_asking_anyone() {
    let world = World::new(GrantState::Ready).await;
    let custody = world.custody();
    assert_eq!(access(&custody).await, "access-0");
    world.later(5);
    assert_eq!(access(&custody).await, "access-0");
    assert_eq!(
        (world.calls(), world.store.writes.load(Ordering::SeqCst)),
        (0, 1)
    );
}

#[tokio::test(start_paused = true)]
async fn many_callers_at_half_life_make_one_refresh() {
    let world = World::new(GrantState::Ready).await;
    world.later(6);
    let custody = world.custody();
    let callers: Vec<_> = (0..50)
        .map(|_| {
            let custody = custody.clone();
            tokio::spawn(async move { access(&custody).await })
        })
        .collect();
    for caller in callers {
        assert_eq!(caller.await.unwrap(), "access-1");
    }
    assert_eq!(world.calls(), 1);
    assert_eq!(
        world.stored().await.refresh_token.expose_secret(),
        "refresh-1"
    );
    assert_eq!(world.stored().await.state, GrantState::Ready);
}

#[tokio::test(start_paused = true)]
async fn two_processes_on_one_store_make_one_refresh() {
    let world = World::new(GrantState::Ready).await;
    world.later(13);
    let (one, other) = (world.custody(), world.custody());
    let tasks: Vec<_> = [one.clone(), other.clone(), one, other]
        .into_iter()
        .map(|custody| tokio::spawn(async move { access(&custody).await }))
        .collect();
    let mut seen = BTreeSet::new();
    for task in tasks {
        seen.insert(task.await.unwrap());
    }
    assert_eq!(seen, BTreeSet::from(["access-1".to_owned()]));
    assert_eq!(world.calls(), 1);
}

/// As two processes do: each with its own connections to one file, sealed.
#[cfg(all(feature = "sqlite", feature = "vault"))]
#[tokio::test(flavor = "multi_thread")]
async fn two_installations_of_one_database_file_make_one_refresh() {
    use crate::sqlite::{SqliteSettings, SqliteStore};
    use crate::vault::{Key, KeyChain, SealedCredentials, SpillFiles};

    let world = World::new(GrantState::Ready).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sync.db");
    let mut custodies = Vec::new();
    for number in 0..2 {
        let rows = SqliteStore::open(&path, SqliteSettings::default())
            .await
            .unwrap();
        let keys = Arc::new(KeyChain::new(Key::from_bytes([1; 32])));
        let vault = SealedCredentials::new(Arc::new(rows), keys);
        if number == 0 {
            let grant = Credential::FreshBooks(world.stored().await);
            let connection = ConnectionId::new("acme");
            vault.replace(&connection, None, grant).await.unwrap();
        }
        let spill = SpillFiles::new(vault.clone(), &path);
        custodies.push(world.custody_over(Arc::new(vault), Arc::new(spill)));
    }
    world.later(13);
    let tasks: Vec<_> = (0..20)
        .map(|number| {
            let custody = custodies[number % 2].clone();
            tokio::spawn(async move { access(&custody).await })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap(), "access-1");
    }
    assert_eq!(world.calls(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_is_renewed_once_per_version() {
    let world = World::new(GrantState::Ready).await;
    let custody = world.custody();
    let refused = custody.access_token().await.unwrap().version;
    let tasks: Vec<_> = (0..10)
        .map(|_| {
            let custody = custody.clone();
            tokio::spawn(async move { custody.refreshed_after(refused).await })
        })
        .collect();
    for task in tasks {
        let token = task.await.unwrap().unwrap();
        assert!(token.version > refused);
        assert_eq!(token.secret.expose_secret(), "access-1");
    }
    assert_eq!(world.calls(), 1);
    // A token just made that is refused as well will not get better by making another.
    let newest = custody.access_token().await.unwrap().version;
    let error = custody.refreshed_after(newest).await.unwrap_err();
    assert!(story(&error).contains("a moment ago"), "{}", story(&error));
    assert_eq!(world.calls(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_goes_away_does_not_stop_the_renewal() {
    let world = World::new(GrantState::Ready).await;
    world.later(13);
    let custody = world.custody();
    let abandoned = tokio::time::timeout(Duration::from_millis(10), custody.access_token()).await;
    assert!(abandoned.is_err());
    sleep(Duration::from_millis(100)).await;
    assert_eq!(
        world.stored().await.refresh_token.expose_secret(),
        "refresh-1"
    );
    assert_eq!(
        (access(&custody).await.as_str(), world.calls()),
        ("access-1", 1)
    );
}

#[tokio::test(start_paused = true)]
async fn a_crash_between_answer_and_store_ends_in_a_loud_need_for_a_person() {
    let world = World::new(GrantState::Ready).await;
    world.later(13);
    // The first process rotates the token and dies before it could store the new one.
    let TokenAnswer::Pair(_) = world.server.refresh(&world.stored().await).await else {
        panic!()
    };
    let begun = FreshBooksGrant {
        state: GrantState::Refreshing {
            since: world.clock.now(),
        },
        ..world.stored().await
    };
    world
        .store
        .replace(
            &ConnectionId::new("acme"),
            Some(1),
            Credential::FreshBooks(begun),
        )
        .await
        .unwrap();
    // The next one waits while the other may still be at it.
    let custody = world.custody();
    let error = custody.access_token().await.unwrap_err();
    assert!(
        story(&error).contains("another process"),
        "{}",
        story(&error)
    );
    assert_eq!(world.calls(), 1);
    // Then it tries the old token once, and says what to do.
    world.clock.advance(TimeDelta::seconds(121));
    let error = custody.access_token().await.unwrap_err();
    assert!(
        story(&error).contains("ml-connector connect freshbooks"),
        "{}",
        story(&error)
    );
    assert_eq!(
        (world.calls(), world.stored().await.state),
        (2, GrantState::NeedsReauth)
    );
    assert!(custody.access_token().await.is_err());
    assert_eq!(world.calls(), 2, "a dead token is not tried again");
}

#[tokio::test(start_paused = true)]
async fn a_crash_before_the_call_costs_a_wait_and_nothing_else() {
    let world = World::new(GrantState::Refreshing {
        since: "2026-11-22T09:00:00Z".parse().unwrap(),
    })
    .await;
    assert_eq!(access(&world.custody()).await, "access-1");
    assert_eq!(
        (world.calls(), world.stored().await.state),
        (1, GrantState::Ready)
    );
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_deletes_nothing_and_the_old_access_token_serves_on() {
    for (fault, then) in [(Fault::LostBefore, "access-2"), (Fault::LostAfter, "")] {
        let world = World::new(GrantState::Ready).await;
        world.later(7);
        let custody = world.custody();
        world.fail(fault);
        assert_eq!(access(&custody).await, "access-0");
        let stored = world.stored().await;
        assert_eq!(stored.refresh_token.expose_secret(), "refresh-0");
        assert!(matches!(stored.state, GrantState::Refreshing { .. }));
        // While it is not known whether the first refresh was applied, no second one is made.
        world.clock.advance(TimeDelta::seconds(61));
        assert_eq!(
            (access(&custody).await.as_str(), world.calls()),
            ("access-0", 1)
        );
        world.fail(Fault::None);
        world.clock.advance(TimeDelta::seconds(121));
        match custody.access_token().await {
            Ok(token) => assert_eq!(token.secret.expose_secret(), then),
            Err(error) => assert!(
                then.is_empty() && story(&error).contains("ml-connector connect"),
                "{}",
                story(&error)
            ),
        }
        assert_eq!(world.calls(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn what_certainly_did_not_happen_leaves_the_grant_as_it_was() {
    for (fault, advice) in [
        (Fault::NotSent, "try again later"),
        (Fault::Refused, "id and secret"),
    ] {
        let world = World::new(GrantState::Ready).await;
        world.later(13);
        world.fail(fault);
        let custody = world.custody();
        let error = custody.access_token().await.unwrap_err();
        assert!(story(&error).contains(advice), "{}", story(&error));
        assert_eq!(world.stored().await.state, GrantState::Ready);
        world.fail(Fault::None);
        assert_eq!(access(&custody).await, "access-2");
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_cannot_be_written_is_found_out_before_the_token_is_spent() {
    let world = World::new(GrantState::Ready).await;
    world.later(13);
    world.store.failing_writes.store(1, Ordering::SeqCst);
    let custody = world.custody();
    let error = custody.access_token().await.unwrap_err();
    assert!(story(&error).contains("disk is full"), "{}", story(&error));
    assert_eq!(world.calls(), 0);
    assert_eq!(access(&custody).await, "access-1");
}

#[tokio::test(start_paused = true)]
async fn a_connection_without_a_grant_says_how_to_get_one() {
    let world = World::new(GrantState::Ready).await;
    world
        .store
        .forget(&ConnectionId::new("acme"), Provider::FreshBooks)
        .await
        .unwrap();
    let error = world.custody().access_token().await.unwrap_err();
    assert!(
        story(&error).contains("ml-connector connect freshbooks"),
        "{}",
        story(&error)
    );
}

#[tokio::test(start_paused = true)]
async fn nothing_shown_holds_a_secret() {
    let world = World::new(GrantState::Ready).await;
    let custody = world.custody();
    let token = custody.access_token().await.unwrap();
    let shown = format!("{custody:?} {token:?} {:?}", custody.shared);
    assert!(
        !shown.contains("access-0") && !shown.contains("secret-"),
        "{shown}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_renewal_that_another_process_never_ends_is_waited_for_only_so_long() {
    let world = World::new(GrantState::Refreshing {
        since: "2026-11-22T23:00:00Z".parse().unwrap(),
    })
    .await;
    // The old access token has ended, and the other process began just now.
    world.later(13);
    let began = Instant::now();
    let error = world.custody().access_token().await.unwrap_err();
    assert!(!error.is_needs_authorization(), "{}", story(&error));
    let waited = began.elapsed();
    assert!(
        waited >= Duration::from_secs(30) && waited < Duration::from_millis(30_200),
        "{waited:?}"
    );
    assert_eq!(world.calls(), 0, "the old token is not tried meanwhile");
}

/// A store whose code is broken.
#[derive(Debug)]
struct Panics;

#[async_trait]
impl CredentialStore for Panics {
    async fn load(
        &self,
        _: &ConnectionId,
        _: Provider,
    ) -> Result<Option<sync_core::ports::Versioned>> {
        panic!("a bug of the host")
    }

    async fn replace(&self, _: &ConnectionId, _: Option<u64>, _: Credential) -> Result<u64> {
        panic!("a bug of the host")
    }

    async fn forget(&self, _: &ConnectionId, _: Provider) -> Result<()> {
        panic!("a bug of the host")
    }
}

#[tokio::test]
async fn a_renewal_that_breaks_off_is_a_failure_to_its_caller_and_to_the_next() {
    let world = World::new(GrantState::Ready).await;
    let custody = world.custody_over(Arc::new(Panics), Arc::new(NoSpill));
    for _ in 0..2 {
        let error = custody.access_token().await.unwrap_err();
        assert!(story(&error).contains("broke off"), "{}", story(&error));
        assert!(!error.is_needs_authorization());
    }
}

#[tokio::test]
async fn custody_made_from_settings_asks_the_endpoint_they_name() {
    use wiremock::matchers::{method, path};
    use wiremock::{Mock, MockServer, ResponseTemplate};

    assert_eq!(
        CustodySettings::default()
            .at("ftp://localhost")
            .unwrap_err()
            .kind(),
        ErrorKind::Invalid
    );
    let server = MockServer::start().await;
    let reply = r#"{"access_token":"access-1","token_type":"Bearer","expires_in":43200,"refresh_token":"refresh-1","scope":""}"#;
    Mock::given(method("POST"))
        .and(path("/auth/oauth/token"))
        .respond_with(ResponseTemplate::new(200).set_body_raw(reply, "application/json"))
        .expect(1)
        .mount(&server)
        .await;
    let world = World::new(GrantState::Ready).await;
    world.later(13);
    let custody = GrantCustody::new(
        ConnectionId::new("acme"),
        Arc::<MemoryCredentials>::clone(&world.store),
        Arc::<HandClock>::clone(&world.clock),
        Arc::new(NoEntropy),
        CustodySettings::default().at(&server.uri()).unwrap(),
    );
    assert_eq!(access(&custody).await, "access-1");
    assert_eq!(
        world.stored().await.refresh_token.expose_secret(),
        "refresh-1"
    );
    assert!(format!("{custody:?}").contains("acme"));
}

/// Counts how often it is read.
#[derive(Debug)]
struct Counting(Arc<MemoryCredentials>, AtomicU32);

#[async_trait]
impl CredentialStore for Counting {
    async fn load(
        &self,
        connection: &ConnectionId,
        provider: Provider,
    ) -> Result<Option<sync_core::ports::Versioned>> {
        self.1.fetch_add(1, Ordering::SeqCst);
        self.0.load(connection, provider).await
    }

    async fn replace(
        &self,
        connection: &ConnectionId,
        expected: Option<u64>,
        credential: Credential,
    ) -> Result<u64> {
        self.0.replace(connection, expected, credential).await
    }

    async fn forget(&self, connection: &ConnectionId, provider: Provider) -> Result<()> {
        self.0.forget(connection, provider).await
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_held_is_given_out_without_the_store_until_the_moment_it_is_due() {
    let world = World::new(GrantState::Ready).await;
    let store = Arc::new(Counting(Arc::clone(&world.store), AtomicU32::new(0)));
    let custody = world.custody_over(Arc::<Counting>::clone(&store), Arc::new(NoSpill));
    let first = custody.access_token().await.unwrap();
    let read = store.1.load(Ordering::SeqCst);
    assert!(read > 0);
    // An older one was refused: the one that is held is newer.
    let newer = custody.refreshed_after(first.version - 1).await.unwrap();
    assert_eq!(newer.version, first.version);
    world
        .clock
        .advance(TimeDelta::hours(6) - TimeDelta::seconds(1));
    assert_eq!(access(&custody).await, "access-0");
    assert_eq!(store.1.load(Ordering::SeqCst), read);
    world.clock.advance(TimeDelta::seconds(1));
    assert_eq!(access(&custody).await, "access-1");
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_is_not_given_out_again_once_its_grant_is_dead() {
    let world = World::new(GrantState::Ready).await;
    let custody = world.custody();
    let first = custody.access_token().await.unwrap();
    "someone else's".clone_into(&mut world.server.live.lock().unwrap());
    let error = custody.refreshed_after(first.version).await.unwrap_err();
    assert!(error.is_needs_authorization(), "{}", story(&error));
    let error = custody.access_token().await.unwrap_err();
    assert!(error.is_needs_authorization(), "{}", story(&error));
    assert_eq!(world.calls(), 1, "a dead token is not tried again");
}
