//! Webhooks: registration, handshake, signed deliveries.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::Call;
use super::account::Account;
use super::error::Refusal;
use super::resources::Resource;
use crate::digest::digest;
use crate::http::Reply;

const NOUNS: &[&str] = &[
    "bill",
    "bill_vendor",
    "category",
    "client",
    "credit_note",
    "estimate",
    "expense",
    "invoice",
    "item",
    "payment",
    "project",
    "recurring",
    "service",
    "tax",
    "time_entry",
];

/// A registered callback.
#[derive(Clone, Debug)]
pub(crate) struct Callback {
    event: String,
    uri: String,
    verifier: String,
    verified: bool,
    updated: String,
}

/// A record that was written.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    noun: Option<&'static str>,
    verb: &'static str,
    id: u64,
}

impl Change {
    pub(crate) fn new(resource: Resource, verb: &'static str, id: u64) -> Self {
        Self {
            noun: resource.shape().event,
            verb,
            id,
        }
    }
}

/// One POST to a registered address.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    /// The registered address.
    pub(crate) uri: String,
    /// The form, encoded.
    pub(crate) body: String,
    /// Value of `X-FreshBooks-Hmac-SHA256`.
    pub(crate) signature: String,
}

impl Delivery {
    fn new(uri: &str, verifier: &str, fields: &[(&str, String)]) -> Self {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        Self {
            uri: uri.to_owned(),
            body,
            signature: sign(verifier, fields),
        }
    }
}

/// The deliveries a change causes: one per verified callback whose event matches it.
pub(crate) fn deliveries(account: &Account, identity: u64, changes: &[Change]) -> Vec<Delivery> {
    let mut out = Vec::new();
    for change in changes {
        let Some(noun) = change.noun else { continue };
        let name = format!("{noun}.{}", change.verb);
        for callback in account
            .callbacks
            .values()
            .filter(|it| it.verified && (it.event == noun || it.event == name))
        {
            let fields = [
                ("name", name.clone()),
                ("object_id", change.id.to_string()),
                ("account_id", account.account_id().to_owned()),
                ("business_id", account.business.business_id.to_string()),
                ("identity_id", identity.to_string()),
                ("user_id", "1".to_owned()),
            ];
            out.push(Delivery::new(&callback.uri, &callback.verifier, &fields));
        }
    }
    out
}

/// Answers a call to `/events/account/{account}/events/callbacks[/{id}]`.
pub(crate) fn answer(
    account: &mut Account,
    call: &Call<'_>,
    id: Option<&str>,
    out: &mut Vec<Delivery>,
) -> Result<Reply, Refusal> {
    let id = id.map(|id| {
        id.parse()
            .ok()
            .filter(|id| account.callbacks.contains_key(id))
            .ok_or_else(|| Refusal::not_found("callback", id))
    });
    match (call.request.method.as_str(), id.transpose()?) {
        ("GET", None) => Ok(list(account, call)),
        ("GET", Some(id)) => Ok(single(account, id)),
        ("POST", None) => register(account, call, out),
        ("PUT", Some(id)) => confirm(account, id, call, out),
        ("DELETE", Some(id)) => {
            account.callbacks.remove(&id);
            Ok(Reply::empty(204))
        }
        _ => Err(Refusal::new(405, 405, "callback", "Method not allowed.")),
    }
}

fn shown(id: u64, callback: &Callback) -> Value {
    json!({"callbackid": id, "event": callback.event, "uri": callback.uri, "verified": callback.verified, "updated_at": callback.updated})
}

fn single(account: &Account, id: u64) -> Reply {
    let callback = account
        .callbacks
        .get(&id)
        .map(|callback| shown(id, callback));
    Reply::json(
        200,
        &json!({"response": {"result": {"callback": callback}}}),
    )
}

fn list(account: &Account, call: &Call<'_>) -> Reply {
    let query = call.request.query_pairs();
    let wanted = query
        .iter()
        .find(|(key, _)| key == "search[event]")
        .map(|(_, value)| value.as_str());
    let rows: Vec<Value> = account
        .callbacks
        .iter()
        .filter(|(_, it)| {
            wanted.is_none_or(|wanted| {
                it.event == wanted || wanted.split('.').next() == Some(it.event.as_str())
            })
        })
        .map(|(id, callback)| shown(*id, callback))
        .collect();
    let total = rows.len();
    let result = json!({"callbacks": rows, "page": 1, "pages": usize::from(total > 0), "per_page": 100, "total": total});
    Reply::json(200, &json!({"response": {"result": result}}))
}

fn body_field(call: &Call<'_>, name: &str) -> Option<Value> {
    call.request.json()?.get("callback")?.get(name).cloned()
}

fn is_event(event: &str) -> bool {
    let (noun, verb) = event
        .split_once('.')
        .map_or((event, None), |(noun, verb)| (noun, Some(verb)));
    let known_verb = |verb| {
        matches!(verb, "create" | "update" | "delete")
            || (verb == "sendByEmail" && matches!(noun, "estimate" | "invoice"))
    };
    NOUNS.contains(&noun) && verb.is_none_or(known_verb)
}

fn register(
    account: &mut Account,
    call: &Call<'_>,
    out: &mut Vec<Delivery>,
) -> Result<Reply, Refusal> {
    let text = |name: &str| {
        body_field(call, name)
            .and_then(|value| value.as_str().map(str::to_owned))
            .unwrap_or_default()
    };
    let (event, uri) = (text("event"), text("uri"));
    let refuse = |field: &str, message: &str| Refusal::field(422, 422, "callback", field, message);
    if !is_event(&event) {
        return Err(refuse("event", "Value error, Unrecognized event."));
    }
    if !url::Url::parse(&uri).is_ok_and(|url| matches!(url.scheme(), "http" | "https")) {
        return Err(refuse("uri", "Input should be a valid URL"));
    }
    let noun = event.split('.').next().unwrap_or_default();
    if let Some(resource) = Resource::ALL
        .into_iter()
        .find(|resource| resource.shape().event == Some(noun))
    {
        call.require(resource.shape().scope, "read", "callback")?;
    }
    let id = account.next_id();
    let verifier = digest(&format!("verifier {} {id}", account.account_id()));
    let updated = call.now.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    let callback = Callback {
        event,
        uri,
        verifier,
        verified: false,
        updated,
    };
    out.push(handshake(account, id, &callback));
    account.callbacks.insert(id, callback);
    Ok(single(account, id))
}

/// The handshake is signed with its own verifier; whether FreshBooks signs it is not known, so nobody may rely on it.
fn handshake(account: &Account, id: u64, callback: &Callback) -> Delivery {
    let fields = [
        ("name", "callback.verify".to_owned()),
        ("object_id", id.to_string()),
        ("account_id", account.account_id().to_owned()),
        ("verifier", callback.verifier.clone()),
    ];
    Delivery::new(&callback.uri, &callback.verifier, &fields)
}

fn confirm(
    account: &mut Account,
    id: u64,
    call: &Call<'_>,
    out: &mut Vec<Delivery>,
) -> Result<Reply, Refusal> {
    if body_field(call, "resend").and_then(|value| value.as_bool()) == Some(true) {
        if let Some(callback) = account.callbacks.get(&id) {
            out.push(handshake(account, id, callback));
        }
        return Ok(single(account, id));
    }
    let given = body_field(call, "verifier").and_then(|value| value.as_str().map(str::to_owned));
    if let (Some(given), Some(callback)) = (given, account.callbacks.get_mut(&id)) {
        if given != callback.verifier {
            return Err(Refusal::field(
                422,
                422,
                "callback",
                "verifier",
                "The verifier does not match.",
            ));
        }
        callback.verified = true;
    }
    Ok(single(account, id))
}

/// Signs form fields: base64 of HMAC-SHA256 over what Python's `json.dumps` prints for them.
pub(crate) fn sign(verifier: &str, fields: &[(&str, String)]) -> String {
    let message = python_json(fields);
    // HMAC takes keys of any length, so this never fails.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(verifier.as_bytes()) else {
        return String::new();
    };
    mac.update(message.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

fn python_json(fields: &[(&str, String)]) -> String {
    let pairs: Vec<String> = fields
        .iter()
        .map(|(key, value)| format!("{}: {}", python_string(key), python_string(value)))
        .collect();
    format!("{{{}}}", pairs.join(", "))
}

fn python_string(text: &str) -> String {
    let mut out = String::from("\"");
    for unit in text.encode_utf16() {
        match char::from_u32(u32::from(unit)) {
            Some('"') => out.push_str("\\\""),
            Some('\\') => out.push_str("\\\\"),
            Some('\n') => out.push_str("\\n"),
            Some('\r') => out.push_str("\\r"),
            Some('\t') => out.push_str("\\t"),
            Some('\u{8}') => out.push_str("\\b"),
            Some('\u{c}') => out.push_str("\\f"),
            Some(plain @ ' '..='~') => out.push(plain),
            Some(_) | None => {
                // Writing to a String never fails.
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_equal_the_vectors_computed_with_cpython() {
        let v1 = [
            ("name", "invoice.create"),
            ("object_id", "1234567"),
            ("account_id", "6BApk"),
            ("business_id", "6543"),
            ("identity_id", "1234"),
            ("user_id", "1"),
        ];
        let v4 = [
            ("name", "expense.update"),
            ("object_id", "9876"),
            ("account_id", "6BApk"),
            ("business_id", "6543"),
            ("identity_id", "1234"),
            ("user_id", "1"),
            ("note", "café & \"tea\"/https://x.example?a=1,b=😀"),
        ];
        let v6 = [
            ("name", "client.delete"),
            ("object_id", "55"),
            ("account_id", "6BApk"),
            ("business_id", ""),
            ("identity_id", "1234"),
            ("user_id", "1"),
        ];
        for (secret, fields, expected) in [
            (
                "scADVVi5QuKuj5qTjVkbJNYQe7V7USpGd",
                v1.to_vec(),
                "/S03vyYmI7CekM4YXBHUhs9o5rnMtqGLrW3aA8S9gPc=",
            ),
            (
                "test-verifier-0004",
                v4.to_vec(),
                "qaEOCRBj/21B+t0WFWXMr5Uv1GlCCbwuMU4NbGQhvgs=",
            ),
            (
                "test-verifier-0006",
                v6.to_vec(),
                "gZaVt1xS/8egfniin76UY1V3hKD6sdq3AGfLOjwPpfw=",
            ),
        ] {
            let fields: Vec<(&str, String)> = fields
                .into_iter()
                .map(|(key, value)| (key, value.to_owned()))
                .collect();
            assert_eq!(sign(secret, &fields), expected);
        }
    }

    #[test]
    fn nouns_and_verbs_are_checked() {
        for (event, known) in [
            ("bill", true),
            ("bill.create", true),
            ("bill.send", false),
            ("invoice.sendByEmail", true),
            ("house", false),
        ] {
            assert_eq!(is_event(event), known, "{event}");
        }
    }
}
