//! The truth about tokens: what the token endpoint of one FreshBooks application has given out, and what of it works.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret as _, SecretString};
use sync_core::model::{FreshBooksGrant, GrantState, TokenPair};
use sync_core::testing::Reuse;

use crate::canary::CANARY;

/// Where a pair is that was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whereabouts {
    /// Its answer has not arrived, and perhaps never will.
    Lost,
    /// In the memory of this host alone.
    Held(usize),
    /// In the memory of a process that ended, alone.
    Gone,
    /// In a database or its spill.
    Durable,
}

#[derive(Clone, Debug)]
struct Pair {
    expires_at: DateTime<Utc>,
    access_works: bool,
    whereabouts: Whereabouts,
}

/// What came of one consent: pairs that follow from each other.
#[derive(Clone, Debug)]
struct Family {
    pairs: Vec<Pair>,
    /// No refresh token below this one works any more.
    oldest_alive: usize,
    /// Why it may have died without a pair being lost.
    excuse: Option<&'static str>,
}

/// What the books say to an access token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    Admitted,
    Refused,
    /// It is a token of other books.
    Foreign,
    /// It works, and is durable nowhere: it must not be used yet.
    TooEarly,
}

/// One application at FreshBooks, and everything it was ever given.
#[derive(Clone, Debug)]
pub(crate) struct Authority {
    tenant: usize,
    reuse: Reuse,
    /// How long an access token lives.
    pub(crate) life: TimeDelta,
    /// Whether an older access token serves to its end after a newer one was made.
    old_access_serves: bool,
    families: Vec<Family>,
    /// Refresh tokens that were shown and not certainly answered, by which database, and when last.
    pub(crate) shown: BTreeMap<(usize, String), DateTime<Utc>>,
    /// Access tokens that the books refused.
    pub(crate) refused: BTreeSet<String>,
    /// Requests for tokens that arrived.
    pub(crate) requests: u64,
    /// Grants that died, by what they died of; each was told.
    pub(crate) lost: BTreeMap<&'static str, u64>,
}

impl Authority {
    pub(crate) const fn new(
        tenant: usize,
        reuse: Reuse,
        life: TimeDelta,
        old_access_serves: bool,
    ) -> Self {
        Self {
            tenant,
            reuse,
            life,
            old_access_serves,
            families: Vec::new(),
            shown: BTreeMap::new(),
            refused: BTreeSet::new(),
            requests: 0,
            lost: BTreeMap::new(),
        }
    }

    /// A person's consent: a grant of its own.
    pub(crate) fn consent(&mut self, now: DateTime<Utc>) -> FreshBooksGrant {
        self.families.push(Family {
            pairs: Vec::new(),
            oldest_alive: 0,
            excuse: None,
        });
        let place = self.issue(self.families.len() - 1, now);
        self.pair_mut(place).whereabouts = Whereabouts::Durable;
        FreshBooksGrant {
            client_id: format!("app{}", self.tenant),
            client_secret: SecretString::from(format!("{CANARY}client.{}", self.tenant)),
            redirect_uri: "https://localhost/callback".to_owned(),
            access_token: self.token("access", place),
            refresh_token: self.token("refresh", place),
            expires_at: now + self.life,
            state: GrantState::Ready,
        }
    }

    /// Spends a refresh token for a new pair, whose answer is on its way; `None` when it does not work.
    pub(crate) fn spend(
        &mut self,
        refresh_token: &SecretString,
        now: DateTime<Utc>,
    ) -> Option<(usize, usize)> {
        let (family, number) = self.place_of("refresh", refresh_token.expose_secret())?;
        if self.works(family, number) {
            self.families[family].oldest_alive = number;
            return Some(self.issue(family, now));
        }
        if self.reuse == Reuse::RevokesAll {
            self.revoke(family);
        }
        None
    }

    /// The pair as the endpoint answers it; the host sees it end by its own clock.
    pub(crate) fn answered(
        &mut self,
        place: (usize, usize),
        host: usize,
        host_now: DateTime<Utc>,
    ) -> TokenPair {
        self.pair_mut(place).whereabouts = Whereabouts::Held(host);
        TokenPair {
            access_token: self.token("access", place),
            refresh_token: self.token("refresh", place),
            expires_at: Some(host_now + self.life),
        }
    }

    /// Whether a grant's refresh token works.
    pub(crate) fn is_alive(&self, grant: &FreshBooksGrant) -> bool {
        self.place_of("refresh", grant.refresh_token.expose_secret())
            .is_some_and(|(family, number)| self.works(family, number))
    }

    /// Whether the books refuse a grant's access token, before its end or after it.
    pub(crate) fn is_refused(&self, grant: &FreshBooksGrant, now: DateTime<Utc>) -> bool {
        self.place_of("access", grant.access_token.expose_secret())
            .is_some_and(|(family, number)| {
                let pair = &self.families[family].pairs[number];
                !pair.access_works || now >= pair.expires_at
            })
    }

    /// Which pair of which consent a grant's refresh token is of, for the trace.
    pub(crate) fn number_of(&self, grant: &FreshBooksGrant) -> Option<(usize, usize)> {
        self.place_of("refresh", grant.refresh_token.expose_secret())
    }

    /// Whether a grant's tokens are of these books.
    pub(crate) fn is_ours(&self, grant: &FreshBooksGrant) -> bool {
        self.place_of("refresh", grant.refresh_token.expose_secret())
            .is_some()
            && self
                .place_of("access", grant.access_token.expose_secret())
                .is_some()
    }

    /// What the books say to an access token.
    pub(crate) fn admits(&mut self, access_token: &SecretString, now: DateTime<Utc>) -> Admission {
        let token = access_token.expose_secret();
        let Some(place) = self.place_of("access", token) else {
            return Admission::Foreign;
        };
        let pair = self.pair_mut(place);
        if matches!(pair.whereabouts, Whereabouts::Held(_) | Whereabouts::Lost) {
            return Admission::TooEarly;
        }
        if pair.access_works && now < pair.expires_at {
            return Admission::Admitted;
        }
        self.refused.insert(token.to_owned());
        Admission::Refused
    }

    /// The token stops working before its end.
    pub(crate) fn kill(&mut self, access_token: &SecretString) {
        if let Some(place) = self.place_of("access", access_token.expose_secret()) {
            self.pair_mut(place).access_works = false;
        }
    }

    /// When a grant's access token really ends.
    pub(crate) fn ends(&self, grant: &FreshBooksGrant) -> Option<DateTime<Utc>> {
        let (family, number) = self.place_of("access", grant.access_token.expose_secret())?;
        Some(self.families[family].pairs[number].expires_at)
    }

    /// A pair is in a database or its spill.
    pub(crate) fn became_durable(&mut self, grant: &FreshBooksGrant) {
        if let Some(place) = self.place_of("access", grant.access_token.expose_secret()) {
            self.pair_mut(place).whereabouts = Whereabouts::Durable;
        }
    }

    /// A process of that host ended, with what it held in memory.
    pub(crate) fn process_ended(&mut self, host: usize) {
        for pair in self
            .families
            .iter_mut()
            .flat_map(|family| &mut family.pairs)
        {
            if pair.whereabouts == Whereabouts::Held(host) {
                pair.whereabouts = Whereabouts::Gone;
            }
        }
    }

    /// Whether a process of another host holds a pair in memory alone.
    pub(crate) fn is_held_by_other(&self, host: usize) -> bool {
        let held = |pair: &Pair| matches!(pair.whereabouts, Whereabouts::Held(by) if by != host);
        self.families
            .iter()
            .any(|family| family.pairs.iter().any(held))
    }

    /// Notes why a grant may die though no pair is lost.
    pub(crate) fn excuse(&mut self, grant: &FreshBooksGrant, why: &'static str) {
        if let Some((family, _)) = self.place_of("refresh", grant.refresh_token.expose_secret()) {
            self.families[family].excuse.get_or_insert(why);
        }
    }

    /// A person takes a consent back.
    pub(crate) fn revoke_grant(&mut self, grant: &FreshBooksGrant) {
        if let Some((family, _)) = self.place_of("refresh", grant.refresh_token.expose_secret()) {
            self.revoke(family);
            self.families[family]
                .excuse
                .get_or_insert("a person revoked it");
        }
    }

    /// Why a dead grant may be dead: only what a client cannot help counts.
    pub(crate) fn cause_of_death(&self, grant: &FreshBooksGrant) -> Option<&'static str> {
        let (family, _) = self.place_of("refresh", grant.refresh_token.expose_secret())?;
        let family = &self.families[family];
        let is_lost =
            |pair: &Pair| matches!(pair.whereabouts, Whereabouts::Lost | Whereabouts::Gone);
        // A server that forgives takes the old token again: with it, a lost pair costs nothing.
        let lost = self.reuse != Reuse::IsForgiven && family.pairs.iter().any(is_lost);
        lost.then_some("a pair was lost").or(family.excuse)
    }

    fn works(&self, family: usize, number: usize) -> bool {
        let family = &self.families[family];
        let newest = number + 1 == family.pairs.len();
        number >= family.oldest_alive && (newest || self.reuse == Reuse::IsForgiven)
    }

    fn issue(&mut self, family: usize, now: DateTime<Utc>) -> (usize, usize) {
        let serves = self.old_access_serves;
        let pairs = &mut self.families[family].pairs;
        for pair in pairs.iter_mut().filter(|_| !serves) {
            pair.access_works = false;
        }
        pairs.push(Pair {
            expires_at: now + self.life,
            access_works: true,
            whereabouts: Whereabouts::Lost,
        });
        (family, pairs.len() - 1)
    }

    fn revoke(&mut self, family: usize) {
        let family = &mut self.families[family];
        family.oldest_alive = family.pairs.len();
        for pair in &mut family.pairs {
            pair.access_works = false;
        }
    }

    fn pair_mut(&mut self, (family, number): (usize, usize)) -> &mut Pair {
        &mut self.families[family].pairs[number]
    }

    fn token(&self, kind: &str, (family, number): (usize, usize)) -> SecretString {
        SecretString::from(format!("{CANARY}{kind}.{}.{family}.{number}", self.tenant))
    }

    fn place_of(&self, kind: &str, token: &str) -> Option<(usize, usize)> {
        let rest = token.strip_prefix(CANARY)?.strip_prefix(kind)?;
        let mut numbers = rest.strip_prefix('.')?.split('.').map(str::parse::<usize>);
        let mut next = || numbers.next()?.ok();
        (next()? == self.tenant).then_some(())?;
        Some((next()?, next()?))
    }
}
