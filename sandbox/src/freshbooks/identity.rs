//! Who the token belongs to, and who works in a business.

use serde_json::{Map, Value, json};

use super::account::Account;
use super::render::stamp;
use super::resources::{Resource, Zone};
use super::schema::text_of;
use crate::http::Reply;
use crate::scenario::Identity;

/// `GET /auth/api/v1/users/me`.
pub(crate) fn me(identity: &Identity, accounts: &[Account]) -> Reply {
    let memberships: Vec<Value> = accounts
        .iter()
        .zip(1_u64..)
        .map(|(account, index)| membership(account, index))
        .collect();
    let mut permissions = Map::new();
    let mut statuses = Map::new();
    for account in accounts
        .iter()
        .filter(|account| account.business.account_id.is_some())
    {
        permissions.insert(account.account_id().to_owned(), permissions_of(account));
        statuses.insert(account.account_id().to_owned(), "active".into());
    }
    Reply::json(
        200,
        &json!({"response": {
            "id": identity.id, "identity_id": identity.id, "identity_uuid": "0f4a7a52-6c7b-4f1e-8a3d-1d2c3b4a5968",
            "first_name": identity.first_name, "last_name": identity.last_name, "email": identity.email, "language": "en",
            "confirmed_at": "2024-01-08T14:00:00Z", "created_at": "2024-01-08T13:58:12Z", "setup_complete": true,
            "phone_numbers": [], "addresses": [null], "profession": null, "groups": [], "roles": [],
            "permissions": permissions, "business_statuses": statuses, "subscription_statuses": {},
            "business_memberships": memberships,
        }}),
    )
}

fn membership(account: &Account, index: u64) -> Value {
    let business = &account.business;
    json!({
        // A membership id is not the business id; clients that confuse them must fail here too.
        "id": 9_000 + index, "role": business.role, "fasttrack_token": null,
        "business": {
            "id": business.business_id, "business_uuid": business.uuid, "name": business.name, "account_id": business.account_id,
            "timezone": business.timezone, "active": true, "status": "active", "advanced_accounting_enabled": true,
            // FreshBooks' own Node SDK fails on a business without these three keys.
            "address": null, "phone_number": null, "business_clients": [],
        },
    })
}

fn permissions_of(account: &Account) -> Value {
    let mut permissions = Map::new();
    permissions.insert(
        "accounts_payable.access".to_owned(),
        account.business.accounts_payable.into(),
    );
    permissions.insert("attachments.access".to_owned(), true.into());
    permissions.insert("advanced_accounting.access".to_owned(), true.into());
    for (name, granted) in &account.business.permissions {
        permissions.insert(name.clone(), (*granted).into());
    }
    Value::Object(permissions)
}

/// `GET /auth/api/v1/businesses/{business}/team_members`. No `staffid` here: members and staff meet by e-mail only.
pub(crate) fn team_members(account: &Account) -> Reply {
    let staff = account.table(Resource::Staff);
    let members: Vec<Value> = staff
        .into_iter()
        .flat_map(super::table::Table::iter)
        .map(|row| {
            json!({
                "uuid": format!("00000000-0000-4000-8000-{:012}", row.id),
                "first_name": text_of(&row.fields, "fname"), "last_name": text_of(&row.fields, "lname"),
                "email": text_of(&row.fields, "email"), "business_id": account.business.business_id,
                "business_role_name": if row.id == 1 { "owner" } else { "business_employee" }, "active": true,
                "identity_id": null, "created_at": stamp(Zone::Utc, row.created), "updated_at": stamp(Zone::Utc, row.updated),
            })
        })
        .collect();
    let meta = json!({"page": 1, "per_page": members.len(), "total": members.len()});
    Reply::json(200, &json!({"response": members, "meta": meta}))
}
