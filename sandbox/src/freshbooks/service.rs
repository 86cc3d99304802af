//! Takes a request to the part that answers it: token, budget, route.

use chrono::{DateTime, Duration, Utc};
use serde_json::json;

use super::account::Account;
use super::error::{Family, Refusal};
use super::events::{self, Delivery};
use super::oauth::{Access, OAuth};
use super::resources::Resource;
use super::{accounting, identity, ledger, projects};
use crate::http::{Incoming, Reply};
use crate::limit::{FixedWindow, Verdict};
use crate::scenario::{ErrorForm, FreshBooksScenario, FreshBooksSettings, Identity};

/// The accounting API: one person, one app, several businesses.
#[derive(Debug)]
pub(crate) struct FreshBooks {
    pub(crate) settings: FreshBooksSettings,
    pub(crate) oauth: OAuth,
    pub(crate) accounts: Vec<Account>,
    pub(crate) identity: Identity,
    requests: FixedWindow,
    creates: FixedWindow,
}

/// What the moment and the faults add to a request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Conditions {
    pub(crate) now: DateTime<Utc>,
    pub(crate) elapsed: Duration,
    /// Records with the highest ids that listings leave out.
    pub(crate) stale: usize,
    /// The token of this request is void from now on.
    pub(crate) expire_token: bool,
}

/// A request with all that its handler needs to know.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) request: &'a Incoming,
    pub(crate) settings: &'a FreshBooksSettings,
    pub(crate) access: &'a Access,
    pub(crate) now: DateTime<Utc>,
    pub(crate) stale: usize,
}

impl Call<'_> {
    /// Refuses when the token lacks the scope.
    pub(crate) fn require(
        &self,
        scope: &str,
        verb: &str,
        object: &'static str,
    ) -> Result<(), Refusal> {
        self.access.require(scope, verb, object)
    }

    /// Refuses when the token lacks the scope of a resource.
    pub(crate) fn allow(&self, resource: Resource, verb: &str) -> Result<(), Refusal> {
        self.require(resource.shape().scope, verb, resource.shape().singular)
    }
}

impl FreshBooks {
    pub(crate) fn new(scenario: &FreshBooksScenario, now: DateTime<Utc>) -> Self {
        let settings = scenario.settings.clone();
        let scope = settings.bill_number_scope;
        let numbered = scenario.businesses.iter().zip(0_u64..);
        let accounts = numbered
            .map(|(business, index)| Account::new(business, index, scope, now))
            .collect();
        let minute = Duration::minutes(1);
        Self {
            oauth: OAuth::new(&scenario.oauth, settings.access_token_secs, now),
            accounts,
            identity: scenario.identity.clone(),
            requests: FixedWindow::new(settings.requests_per_minute, minute),
            creates: FixedWindow::new(settings.creates_per_minute, minute),
            settings,
        }
    }

    /// Answers one request; webhook deliveries it causes are added to `out`.
    pub(crate) fn handle(
        &mut self,
        request: &Incoming,
        conditions: &Conditions,
        out: &mut Vec<Delivery>,
    ) -> Reply {
        let segments = request.segments();
        match (request.method.as_str(), segments.as_slice()) {
            ("GET", ["oauth" | "service" | "auth", .., "authorize"]) => {
                return self.oauth.authorize(request, conditions.now);
            }
            ("POST", ["auth", "oauth", "token"] | ["service", "auth", "oauth", "token"]) => {
                return self.oauth.token(request, conditions.now);
            }
            ("POST", ["auth", "oauth", "revoke"]) => return self.oauth.revoke(request),
            _ => {}
        }
        if conditions.expire_token
            && let Some(token) = request.bearer()
        {
            self.oauth.void(token);
        }
        let family = family_of(&segments);
        let access = request
            .bearer()
            .and_then(|token| self.oauth.access(token, conditions.now))
            .cloned();
        let Some(access) = access else {
            return Refusal::unauthenticated().reply(family, self.settings.error_form);
        };
        let budget = match self.take(request, family, conditions) {
            Ok(budget) => budget,
            Err(throttled) => return throttled,
        };
        let settings = self.settings.clone();
        let call = Call {
            request,
            settings: &settings,
            access: &access,
            now: conditions.now,
            stale: conditions.stale,
        };
        let reply = self
            .route(&segments, &call, out)
            .unwrap_or_else(|refusal| self.refuse(&refusal, family));
        match budget {
            Some((verdict, limit)) => with_budget(reply, verdict, limit, conditions.now),
            None => reply,
        }
    }

    fn refuse(&self, refusal: &Refusal, family: Family) -> Reply {
        let gated = refusal
            .violations
            .iter()
            .any(|violation| matches!(violation.errno, 31001 | 41001 | 41101));
        if gated && self.settings.gates_as_200 {
            // The error then comes in its old form, inside a 200.
            return Reply {
                status: 200,
                ..refusal.reply(family, ErrorForm::Legacy)
            };
        }
        refusal.reply(family, self.settings.error_form)
    }

    /// Counts the request: accounting creates have a budget of their own.
    fn take(
        &mut self,
        request: &Incoming,
        family: Family,
        conditions: &Conditions,
    ) -> Result<Option<(Verdict, usize)>, Reply> {
        if !self.settings.rate_limits {
            return Ok(None);
        }
        let creates = request.method == "POST" && family == Family::Accounting;
        let window = if creates {
            &mut self.creates
        } else {
            &mut self.requests
        };
        let verdict = window.take(conditions.elapsed);
        let limit = window.limit();
        if verdict.allowed {
            return Ok(Some((verdict, limit)));
        }
        // The body of a 429 is not known.
        let throttled = Reply::json(429, &json!({"message": "API rate limit exceeded"}));
        Err(with_budget(throttled, verdict, limit, conditions.now))
    }

    fn route(
        &mut self,
        segments: &[&str],
        call: &Call<'_>,
        out: &mut Vec<Delivery>,
    ) -> Result<Reply, Refusal> {
        let mut changes = Vec::new();
        let identity = self.identity.id;
        match segments {
            ["auth", "api", "v1", "users", "me"] => {
                Ok(identity::me(&self.identity, &self.accounts))
            }
            ["auth", "api", "v1", "businesses", business, "team_members"] => {
                call.require("teams", "read", "")?;
                Ok(identity::team_members(self.business(business)?))
            }
            ["accounting", "account", account, family, name, rest @ ..] if rest.len() < 2 => {
                let account = self.account(account)?;
                let reply = accounting::answer(
                    account,
                    call,
                    family,
                    name,
                    rest.first().copied(),
                    &mut changes,
                )?;
                out.extend(events::deliveries(account, identity, &changes));
                Ok(reply)
            }
            [
                "events",
                "account",
                account,
                "events",
                "callbacks",
                rest @ ..,
            ] if rest.len() < 2 => {
                events::answer(self.account(account)?, call, rest.first().copied(), out)
            }
            [
                "projects",
                "business",
                business,
                "project" | "projects",
                rest @ ..,
            ] if rest.len() < 2 => {
                let account = self.business(business)?;
                let reply = projects::answer(account, call, rest.first().copied(), &mut changes)?;
                out.extend(events::deliveries(account, identity, &changes));
                Ok(reply)
            }
            _ => self.read_ledger(segments, call),
        }
    }

    fn read_ledger(&self, segments: &[&str], call: &Call<'_>) -> Result<Reply, Refusal> {
        if call.request.method != "GET" {
            return Err(Refusal::not_found("", &call.request.path));
        }
        // Which scope guards the ledger is not known; journal_entries is the likely one.
        match segments {
            ["accounting", "ledger_accounts", "types"] => Ok(ledger::types()),
            ["accounting", "ledger_accounts", "sub_types"] => Ok(ledger::sub_types()),
            [
                "accounting",
                "businesses",
                uuid,
                "ledger_accounts",
                "accounts",
                rest @ ..,
            ] if rest.len() < 2 => {
                call.require("journal_entries", "read", "account")?;
                ledger::accounts(self.by_uuid(uuid)?, rest.first().copied())
            }
            [
                "accounting",
                "businesses",
                uuid,
                "reports",
                "chart_of_accounts",
            ] => {
                call.require("reports", "read", "report")?;
                ledger::chart(self.by_uuid(uuid)?, &call.request.query_pairs())
            }
            _ => Err(Refusal::not_found("", &call.request.path)),
        }
    }

    pub(crate) fn account(&mut self, id: &str) -> Result<&mut Account, Refusal> {
        let found = self
            .accounts
            .iter_mut()
            .find(|account| account.business.account_id.as_deref() == Some(id));
        found.ok_or_else(|| Refusal::not_found("", id))
    }

    fn business(&mut self, id: &str) -> Result<&mut Account, Refusal> {
        let found = self
            .accounts
            .iter_mut()
            .find(|account| account.business.business_id.to_string() == id);
        found.ok_or_else(|| Refusal::not_found("", id))
    }

    fn by_uuid(&self, uuid: &str) -> Result<&Account, Refusal> {
        self.accounts
            .iter()
            .find(|account| account.business.uuid == uuid)
            .ok_or_else(|| Refusal::not_found("", uuid))
    }
}

fn family_of(segments: &[&str]) -> Family {
    match segments {
        ["auth", ..] => Family::Auth,
        ["events", ..] => Family::Events,
        ["projects", ..] => Family::Projects,
        ["accounting", "ledger_accounts", ..] | ["accounting", _, _, "ledger_accounts", ..] => {
            Family::Ledger
        }
        _ => Family::Accounting,
    }
}

/// The headers every answer carries, also a 200.
fn with_budget(reply: Reply, verdict: Verdict, limit: usize, now: DateTime<Utc>) -> Reply {
    let wait = verdict.reset_in.num_seconds().max(0);
    reply
        .with_header("x-ratelimit-limit", limit.to_string())
        .with_header("x-ratelimit-remaining", verdict.remaining.to_string())
        .with_header("x-ratelimit-reset", (now.timestamp() + wait).to_string())
        .with_header("retry-after", wait.to_string())
}
