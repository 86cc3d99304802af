//! What a FreshBooks grant allows, against what the connection does.

use std::collections::BTreeSet;

use freshbooks_client::oauth::Scope;
use sync_adapters::{FreshBooksUse, ScopeNeed, granted_scopes, scope_needs};
use sync_core::mapping::CompanyPaid;
use sync_core::model::FreshBooksGrant;

use crate::config::ConnectionConfig;
use crate::output::Check;

const WHAT: &str = "FreshBooks scopes";

/// What was granted, one line for all of it, and one for each scope that is missing.
pub(super) fn checks(connection: &ConnectionConfig, grant: &FreshBooksGrant) -> Vec<Check> {
    let Some(granted) = granted_scopes(grant) else {
        let found = "FreshBooks' access token does not tell them; whether writing is granted shows only at the first write";
        return vec![Check::ok(WHAT, found)];
    };
    let list: Vec<&str> = granted.iter().map(Scope::as_str).collect();
    let mut checks = vec![Check::ok(
        WHAT,
        format!("{} granted: {}", granted.len(), list.join(" ")),
    )];
    checks.extend(missing(connection, &granted).iter().map(lack));
    checks
}

/// The scopes the connection uses and the grant is known to lack.
fn missing(connection: &ConnectionConfig, granted: &BTreeSet<Scope>) -> Vec<ScopeNeed> {
    let rules = &connection.engine.rules;
    let needs = scope_needs(FreshBooksUse {
        expenses: rules.company_paid == CompanyPaid::Expenses,
        vendors: rules.ladders.create_missing_vendors,
        projects_and_clients: connection.names_projects_or_clients(),
    });
    needs
        .into_iter()
        .filter(|need| !granted.contains(&need.scope))
        .collect()
}

fn lack(need: &ScopeNeed) -> Check {
    let ScopeNeed {
        scope,
        purpose,
        vital,
    } = need;
    let found = format!("{scope} is not granted; it is needed to {purpose}");
    let fix = format!(
        "tick {scope} at the application in FreshBooks' developer settings, then run `ml-connector connect freshbooks`"
    );
    if *vital {
        Check::fail(WHAT, found, fix)
    } else {
        Check::warn(WHAT, found, fix)
    }
}
