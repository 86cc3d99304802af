//! What a keeper does at each step that goes wrong, one at a time.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use sync_core::engine::{GrantKeeper, GrantPorts, Renewal};
use sync_core::model::{
    ConnectionId, ExpensifyKey, FreshBooksGrant, GrantState, Provider, TokenAnswer,
};
use sync_core::ports::{
    Clock, Credential, CredentialStore, GrantSpill, NoSpill, SpilledGrant, TokenEndpoint, Versioned,
};
use sync_core::state::{GrantSettings, TokenWant};
use sync_core::testing::{
    ManualClock, MemoryCredentials, MemorySpill, MemoryTokens, Reuse, SeededEntropy, TokenFault,
    block_on, samples,
};
use sync_core::{Error, ErrorKind, Result};

/// What becomes of a call of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whim {
    Works,
    Fails,
    /// Someone else was faster.
    Overtaken,
    /// It takes so long.
    Takes(Duration),
}

/// A store, and a spill beside it, that do what they are told to, call by call; then they work.
#[derive(Debug)]
struct Place {
    rows: MemoryCredentials,
    spill: MemorySpill,
    clock: Arc<ManualClock>,
    loads: Mutex<VecDeque<Whim>>,
    writes: Mutex<VecDeque<Whim>>,
    /// A pair that another process leaves in the spill as soon as a renewal was begun.
    left_by_other: Mutex<Option<SpilledGrant>>,
}

struct World {
    place: Arc<Place>,
    tokens: Arc<MemoryTokens>,
    clock: Arc<ManualClock>,
}

impl Place {
    fn meets(&self, whims: &Mutex<VecDeque<Whim>>) -> Result<()> {
        match whims.lock().unwrap().pop_front().unwrap_or(Whim::Works) {
            Whim::Works => Ok(()),
            Whim::Fails => Err(Error::unavailable("the database is busy")),
            Whim::Overtaken => Err(Error::new(ErrorKind::Conflict, "someone else did")),
            Whim::Takes(span) => {
                self.clock.advance(span);
                Ok(())
            }
        }
    }

    fn will(&self, loads: &[Whim], writes: &[Whim]) {
        self.loads.lock().unwrap().extend(loads);
        self.writes.lock().unwrap().extend(writes);
    }
}

#[async_trait]
impl CredentialStore for Place {
    async fn load(&self, of: &ConnectionId, provider: Provider) -> Result<Option<Versioned>> {
        self.meets(&self.loads)?;
        self.rows.load(of, provider).await
    }

    async fn replace(&self, of: &ConnectionId, over: Option<u64>, new: Credential) -> Result<u64> {
        self.meets(&self.writes)?;
        let left = self.left_by_other.lock().unwrap().take();
        if let Some(left) = left {
            self.spill.put(of, &left).await?;
        }
        self.rows.replace(of, over, new).await
    }

    async fn forget(&self, of: &ConnectionId, provider: Provider) -> Result<()> {
        self.rows.forget(of, provider).await
    }
}

#[async_trait]
impl GrantSpill for Place {
    async fn put(&self, of: &ConnectionId, spilled: &SpilledGrant) -> Result<()> {
        self.spill.put(of, spilled).await
    }

    async fn get(&self, of: &ConnectionId) -> Result<Option<SpilledGrant>> {
        self.spill.get(of).await
    }

    async fn clear(&self, of: &ConnectionId, spilled: &SpilledGrant) -> Result<()> {
        self.spill.clear(of, spilled).await
    }
}

impl World {
    /// A grant that is due, and whose access token has ended or still serves.
    fn after(hours: u64) -> Self {
        let clock = Arc::new(ManualClock::new(samples::start()));
        let time: Arc<dyn Clock> = Arc::<ManualClock>::clone(&clock);
        let tokens = Arc::new(MemoryTokens::new(time, Reuse::IsRefused));
        let place = Arc::new(Place {
            rows: MemoryCredentials::new(),
            spill: MemorySpill::new(),
            clock: Arc::clone(&clock),
            loads: Mutex::default(),
            writes: Mutex::default(),
            left_by_other: Mutex::default(),
        });
        let world = Self {
            place,
            tokens,
            clock,
        };
        world.put(Credential::FreshBooks(world.tokens.consent()));
        world.clock.advance(Duration::from_hours(hours));
        world
    }

    fn put(&self, credential: Credential) {
        let (id, provider) = (samples::connection(), credential.provider());
        let before = block_on(self.place.rows.load(&id, provider)).unwrap();
        let over = before.map(|before| before.version);
        block_on(self.place.rows.replace(&id, over, credential)).unwrap();
    }

    fn stored(&self) -> FreshBooksGrant {
        let id = samples::connection();
        let stored = block_on(self.place.rows.load(&id, Provider::FreshBooks)).unwrap();
        match stored.unwrap().credential {
            Credential::FreshBooks(grant) => grant,
            Credential::Expensify(_) => unreachable!("only grants are stored here"),
        }
    }

    fn keeper(&self) -> GrantKeeper {
        let spill = Arc::<Place>::clone(&self.place);
        self.keeper_with(spill, samples::connection())
    }

    fn keeper_with(&self, spill: Arc<dyn GrantSpill>, connection: ConnectionId) -> GrantKeeper {
        let ports = GrantPorts {
            store: Arc::<Place>::clone(&self.place),
            endpoint: Arc::<MemoryTokens>::clone(&self.tokens),
            spill,
            clock: Arc::<ManualClock>::clone(&self.clock),
            entropy: Arc::new(SeededEntropy::new(1)),
        };
        GrantKeeper::new(connection, ports, GrantSettings::default())
    }
}

fn attempt(keeper: &mut GrantKeeper) -> Result<Renewal> {
    block_on(keeper.attempt(TokenWant::Good))
}

fn version(renewal: Result<Renewal>) -> u64 {
    match renewal.unwrap() {
        Renewal::Token { token, .. } => token.version,
        Renewal::Wait { because, .. } => unreachable!("no token: {because}"),
    }
}

fn wait(renewal: Result<Renewal>) -> (Duration, String) {
    match renewal.unwrap() {
        Renewal::Wait { pause, because } => (pause, because.to_string()),
        Renewal::Token { token, .. } => unreachable!("{token:?}"),
    }
}

#[test]
fn a_store_that_cannot_be_read_is_told_and_a_pair_that_waits_is_kept_meanwhile() {
    let world = World::after(13);
    let mut keeper = world.keeper();
    world.place.will(&[Whim::Fails], &[]);
    let error = attempt(&mut keeper).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(
        error.to_string().starts_with("read the FreshBooks grant"),
        "{error}"
    );
    // A pair is made and cannot be stored; then nothing can even be read.
    world.place.will(&[], &[Whim::Works, Whim::Fails]);
    let (_, because) = wait(attempt(&mut keeper));
    assert!(because.contains("the database is busy"), "{because}");
    world.place.will(&[Whim::Fails], &[]);
    let (_, because) = wait(attempt(&mut keeper));
    assert!(because.contains("sealed beside the database"), "{because}");
    version(attempt(&mut keeper));
    assert_eq!(world.tokens.calls(), 1);
    assert!(world.tokens.is_alive(&world.stored()));
}

#[test]
fn a_pair_is_saved_so_often_with_growing_pauses_then_told_and_saved_again_later() {
    let world = World::after(13);
    let mut keeper = world.keeper_with(Arc::new(NoSpill), samples::connection());
    let settings = GrantSettings::default();
    let saves = usize::try_from(settings.saves_max).unwrap();
    let mut writes = vec![Whim::Works];
    writes.extend(vec![Whim::Fails; saves + 1]);
    world.place.will(&[], &writes);
    let mut pause_before = Duration::ZERO;
    for _ in 0..saves {
        let (pause, because) = wait(attempt(&mut keeper));
        assert!(pause > pause_before, "{pause:?} after {pause_before:?}");
        assert!(because.contains("in memory alone"), "{because}");
        pause_before = pause;
    }
    let error = attempt(&mut keeper).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    version(attempt(&mut keeper));
    assert_eq!(world.tokens.calls(), 1, "the pair was not asked for again");
}

#[test]
fn a_grant_that_changes_at_every_look_is_given_up_for_now() {
    let world = World::after(13);
    world.place.will(&[], &[Whim::Overtaken; 8]);
    let error = attempt(&mut world.keeper()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
    assert!(error.to_string().contains("keeps changing"), "{error}");
    assert_eq!(world.tokens.calls(), 0);
}

#[test]
fn a_renewal_that_is_under_way_elsewhere_is_waited_for_once_the_token_has_ended() {
    let world = World::after(13);
    let since = world.clock.now();
    world.put(Credential::FreshBooks(FreshBooksGrant {
        state: GrantState::Refreshing { since },
        ..world.stored()
    }));
    let (pause, because) = wait(attempt(&mut world.keeper()));
    assert_eq!(pause, GrantSettings::default().poll_every);
    assert!(because.contains("another process is at it"), "{because}");
    assert_eq!(world.tokens.calls(), 0);
}

#[test]
fn a_pair_that_another_process_leaves_just_before_the_request_is_stored_instead() {
    let world = World::after(13);
    let spent = world.stored();
    let answer = block_on(world.tokens.refresh(&spent));
    let TokenAnswer::Pair(pair) = answer else {
        panic!("{answer:?}")
    };
    *world.place.left_by_other.lock().unwrap() = Some(SpilledGrant {
        replaces: 1,
        spent: spent.refresh_mark(),
        grant: FreshBooksGrant {
            access_token: pair.access_token,
            refresh_token: pair.refresh_token,
            expires_at: pair.expires_at.unwrap(),
            ..spent
        },
    });
    // The beginning is waited out, as if it were of somebody else.
    let mut keeper = world.keeper();
    wait(attempt(&mut keeper));
    world.clock.advance(Duration::from_mins(3));
    version(attempt(&mut keeper));
    assert_eq!(world.tokens.calls(), 1, "the spent token is not tried");
    assert!(world.tokens.is_alive(&world.stored()));
    assert!(
        block_on(world.place.spill.get(&samples::connection()))
            .unwrap()
            .is_none()
    );
}

#[test]
fn a_beginning_that_took_too_long_to_store_is_begun_anew_at_once() {
    let world = World::after(13);
    let slow = Whim::Takes(Duration::from_mins(1));
    world.place.will(&[], &[slow]);
    version(attempt(&mut world.keeper()));
    assert_eq!(world.tokens.calls(), 1);
    assert!(world.tokens.is_alive(&world.stored()));
}

#[test]
fn a_failure_is_told_as_it_is_when_the_store_cannot_be_read_after_it() {
    let world = World::after(7);
    world.tokens.fail(TokenFault::NotSent);
    world.place.will(&[Whim::Works, Whim::Fails], &[]);
    let error = attempt(&mut world.keeper()).unwrap_err();
    assert!(error.to_string().contains("try again later"), "{error}");
}

#[test]
fn a_grant_found_dead_that_someone_has_renewed_meanwhile_is_looked_at_again() {
    let world = World::after(13);
    let spent = world.stored();
    block_on(world.tokens.refresh(&spent));
    // Beginning works; burying comes too late, and once more, and then it is dead.
    world.place.will(&[], &[Whim::Works, Whim::Overtaken]);
    let mut keeper = world.keeper();
    let (_, because) = wait(attempt(&mut keeper));
    assert!(because.contains("another process is at it"), "{because}");
    world.clock.advance(Duration::from_mins(3));
    let error = attempt(&mut keeper).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized, "{error}");
    assert_eq!(world.stored().state, GrantState::NeedsReauth);
}

#[test]
fn a_step_that_someone_else_was_faster_with_is_taken_again_at_once() {
    // First the beginning, then the new pair.
    for writes in [vec![Whim::Overtaken], vec![Whim::Works, Whim::Overtaken]] {
        let world = World::after(13);
        world.place.will(&[], &writes);
        version(attempt(&mut world.keeper()));
        assert_eq!(world.tokens.calls(), 1, "{writes:?}");
        assert!(world.tokens.is_alive(&world.stored()), "{writes:?}");
    }
}

#[test]
fn a_beginning_that_cannot_be_stored_is_told_beside_the_token_that_still_serves() {
    let world = World::after(7);
    world.place.will(&[], &[Whim::Fails]);
    match attempt(&mut world.keeper()).unwrap() {
        Renewal::Token { because, .. } => {
            let because = because.unwrap().to_string();
            assert!(because.contains("begin to renew"), "{because}");
        }
        Renewal::Wait { because, .. } => unreachable!("no token: {because}"),
    }
    assert_eq!(world.tokens.calls(), 0);
}

#[test]
fn a_request_whose_answer_is_lost_is_not_sent_again_at_once() {
    for fault in [TokenFault::LostAfter, TokenFault::LostBefore] {
        let world = World::after(13);
        world.tokens.fail(fault);
        let error = attempt(&mut world.keeper()).unwrap_err();
        assert!(error.to_string().contains("is tried again"), "{error}");
        assert_eq!(world.tokens.calls(), 1, "{fault:?}");
    }
}

#[test]
fn a_grant_found_dead_is_told_at_once_though_that_cannot_be_stored() {
    let world = World::after(13);
    block_on(world.tokens.refresh(&world.stored()));
    world.place.will(&[], &[Whim::Works, Whim::Fails]);
    let error = attempt(&mut world.keeper()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized, "{error}");
}

#[test]
fn a_connection_without_a_grant_or_with_the_credential_of_another_service_says_so() {
    let world = World::after(0);
    let mut keeper = world.keeper_with(Arc::new(NoSpill), ConnectionId::new("new"));
    let error = attempt(&mut keeper).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized);
    assert!(error.to_string().contains("connect freshbooks"), "{error}");
    let odd = Arc::new(Odd);
    let ports = GrantPorts {
        store: odd,
        endpoint: Arc::<MemoryTokens>::clone(&world.tokens),
        spill: Arc::new(NoSpill),
        clock: Arc::<ManualClock>::clone(&world.clock),
        entropy: Arc::new(SeededEntropy::new(1)),
    };
    let mut keeper = GrantKeeper::new(samples::connection(), ports, GrantSettings::default());
    let error = attempt(&mut keeper).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert!(error.to_string().contains("of another service"), "{error}");
}

/// A store that gives another service's credential.
#[derive(Debug)]
struct Odd;

#[async_trait]
impl CredentialStore for Odd {
    async fn load(&self, _: &ConnectionId, _: Provider) -> Result<Option<Versioned>> {
        let credential = Credential::Expensify(ExpensifyKey {
            user_id: "aa_ann".to_owned(),
            user_secret: "hush".into(),
        });
        Ok(Some(Versioned {
            version: 1,
            credential,
        }))
    }

    async fn replace(&self, _: &ConnectionId, _: Option<u64>, _: Credential) -> Result<u64> {
        Err(Error::unavailable("nothing is written here"))
    }

    async fn forget(&self, _: &ConnectionId, _: Provider) -> Result<()> {
        Ok(())
    }
}

#[test]
fn what_is_shown_of_a_keeper_holds_no_token() {
    let world = World::after(13);
    let mut keeper = world.keeper_with(Arc::new(NoSpill), samples::connection());
    world.place.will(&[], &[Whim::Works, Whim::Fails]);
    wait(attempt(&mut keeper));
    let shown = format!("{keeper:?}");
    assert!(shown.contains("holds_unstored: true"), "{shown}");
    assert!(
        !shown.contains("refresh") && !shown.contains("token"),
        "{shown}"
    );
}
