//! What a grant allows, for people to see.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use freshbooks_client::oauth::Scope;
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use sync_core::model::FreshBooksGrant;

/// What a connection does in FreshBooks, as far as it decides which scopes it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FreshBooksUse {
    /// Company-paid expenses become FreshBooks expenses, and not bills.
    pub expenses: bool,
    /// Missing vendors are created.
    pub vendors: bool,
    /// Rules name projects or clients.
    pub projects_and_clients: bool,
}

/// A scope, and what is lost without it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeNeed {
    /// Which.
    pub scope: Scope,
    /// What it is for, in words that follow "to".
    pub purpose: &'static str,
    /// Whether a sync cannot do without it.
    pub vital: bool,
}

/// The scopes that a use needs (reference 1.6), vital ones first.
pub fn scope_needs(of: FreshBooksUse) -> Vec<ScopeNeed> {
    let charged = of.projects_and_clients;
    let vital = [
        (
            true,
            Scope::BillsRead,
            "look for bills before and after writing",
        ),
        (true, Scope::BillsWrite, "write bills"),
        (
            true,
            Scope::BillVendorsRead,
            "find the vendor of an employee",
        ),
        (
            true,
            Scope::ExpensesRead,
            "read categories, and look for expenses",
        ),
        (
            of.expenses,
            Scope::ExpensesWrite,
            "write company-paid expenses",
        ),
        (
            of.vendors,
            Scope::BillVendorsWrite,
            "create missing vendors",
        ),
        (
            charged,
            Scope::ProjectsRead,
            "find the projects that rules name",
        ),
        (
            charged,
            Scope::ClientsRead,
            "find the clients that rules name",
        ),
    ];
    let helpful = [
        (true, Scope::TaxesRead, "find the taxes that rules name"),
        (
            of.expenses,
            Scope::TeamsRead,
            "check the staff member of an expense",
        ),
        // That this is the scope of the ledger accounts is UNVERIFIED.
        (
            true,
            Scope::JournalEntriesRead,
            "compare GL codes with account numbers",
        ),
    ];
    let needs = |vital| {
        move |(used, scope, purpose): (bool, Scope, &'static str)| {
            used.then_some(ScopeNeed {
                scope,
                purpose,
                vital,
            })
        }
    };
    let vital = vital.into_iter().filter_map(needs(true));
    vital
        .chain(helpful.into_iter().filter_map(needs(false)))
        .collect()
}

/// The scopes of a grant, as its access token states them; `None` when it does not tell.
///
/// The token is taken for the JWT it was seen to be (reference 1.2), and its signature is not checked: this is for people
/// to see why something is refused, and decides nothing.
pub fn granted_scopes(grant: &FreshBooksGrant) -> Option<BTreeSet<Scope>> {
    #[derive(Deserialize)]
    struct Claims {
        scope: String,
    }
    let payload = grant.access_token.expose_secret().split('.').nth(1)?;
    let claims = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
    let Claims { scope } = serde_json::from_slice(&claims).ok()?;
    let scopes: BTreeSet<Scope> = scope.split_whitespace().map(Scope::from).collect();
    Some(scopes).filter(|scopes| !scopes.is_empty())
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use sync_core::model::GrantState;

    use super::*;

    fn grant(access_token: String) -> FreshBooksGrant {
        FreshBooksGrant {
            client_id: "app".to_owned(),
            client_secret: "secret".into(),
            redirect_uri: "https://localhost/callback".to_owned(),
            access_token: access_token.into(),
            refresh_token: "once".into(),
            expires_at: DateTime::UNIX_EPOCH,
            state: GrantState::Ready,
        }
    }

    fn token(claims: &str) -> String {
        format!("head.{}.signature", URL_SAFE_NO_PAD.encode(claims))
    }

    #[test]
    fn the_scopes_of_a_token_are_told_and_any_other_token_tells_none() {
        let scopes = granted_scopes(&grant(token(
            r#"{"scope":"user:bills:read  user:bills:write","exp":1,"future":[]}"#,
        )));
        assert_eq!(
            scopes.unwrap().into_iter().collect::<Vec<_>>(),
            [Scope::BillsRead, Scope::BillsWrite]
        );
        for other in [
            "opaque".to_owned(),
            "a.b.c".to_owned(),
            String::new(),
            token("{}"),
            token(r#"{"scope":["user:bills:read"]}"#),
            token(r#"{"scope":""}"#),
            token("not json"),
        ] {
            assert_eq!(granted_scopes(&grant(other.clone())), None, "{other}");
        }
    }

    #[test]
    fn only_what_is_used_is_needed() {
        let names =
            |of| -> Vec<Scope> { scope_needs(of).into_iter().map(|need| need.scope).collect() };
        let least = names(FreshBooksUse {
            expenses: false,
            vendors: false,
            projects_and_clients: false,
        });
        let most = names(FreshBooksUse {
            expenses: true,
            vendors: true,
            projects_and_clients: true,
        });
        assert_eq!((least.len(), most.len()), (6, 11));
        assert!(
            !least.contains(&Scope::BillVendorsWrite) && most.contains(&Scope::BillVendorsWrite)
        );
    }
}
