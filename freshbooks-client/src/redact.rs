//! Making bodies and paths fit to be kept: without tokens, secrets, and keys to files.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use url::form_urlencoded;

const MASK: &str = "(redacted)";

/// Nesting below which a body is left out; FreshBooks' deepest known has 6.
const DEPTH_MAX: usize = 32;

/// Words in the names of fields whose values open something.
const SECRET_WORDS: [&str; 8] = [
    "token",
    "secret",
    "password",
    "verifier",
    "authorization",
    "jwt",
    "api_key",
    "signature",
];

/// A JSON body with its secrets masked and everything else, digits included, as it was.
pub(crate) fn json(body: &[u8]) -> Option<String> {
    let body: &RawValue = serde_json::from_slice(body).ok()?;
    let mut out = String::with_capacity(body.get().len());
    value(body.get(), 0, &mut out);
    Some(out)
}

/// A form with its secrets masked, an authorization code among them.
pub(crate) fn form(body: &[u8]) -> String {
    let mut out = form_urlencoded::Serializer::new(String::new());
    for (key, value) in form_urlencoded::parse(body) {
        let secret = key == "code" || is_secret(&key) || holds_key(&value);
        out.append_pair(&key, if secret { MASK } else { &value });
    }
    out.finish()
}

/// A path whose segments that are keys are masked.
pub(crate) fn path(path: &str) -> Cow<'_, str> {
    if !holds_key(path) {
        return Cow::Borrowed(path);
    }
    let masked = |segment| if holds_key(segment) { MASK } else { segment };
    Cow::Owned(path.split('/').map(masked).collect::<Vec<_>>().join("/"))
}

fn value(text: &str, depth: usize, out: &mut String) {
    match text.as_bytes().first() {
        Some(b'{' | b'[') if depth >= DEPTH_MAX => mask(out),
        Some(b'{') => match serde_json::from_str::<Pairs<'_>>(text) {
            Ok(pairs) => object(&pairs, depth, out),
            Err(_) => mask(out),
        },
        Some(b'[') => match serde_json::from_str::<Vec<&RawValue>>(text) {
            Ok(rows) => array(&rows, depth, out),
            Err(_) => mask(out),
        },
        Some(b'"') if holds_key(text) => mask(out),
        Some(_) | None => out.push_str(text),
    }
}

fn object(pairs: &Pairs<'_>, depth: usize, out: &mut String) {
    out.push('{');
    for (index, (key, raw)) in pairs.0.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        // Writing a text as JSON cannot fail; an empty key would say so.
        out.push_str(&serde_json::to_string(key).unwrap_or_default());
        out.push(':');
        if is_secret(key) {
            mask(out);
        } else {
            value(raw.get(), depth.saturating_add(1), out);
        }
    }
    out.push('}');
}

fn array(rows: &[&RawValue], depth: usize, out: &mut String) {
    out.push('[');
    for (index, raw) in rows.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        value(raw.get(), depth.saturating_add(1), out);
    }
    out.push(']');
}

fn mask(out: &mut String) {
    out.push('"');
    out.push_str(MASK);
    out.push('"');
}

fn is_secret(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    SECRET_WORDS.iter().any(|word| key.contains(word))
}

/// Whether a text holds a JSON web token, whatever the field is called.
fn holds_key(text: &str) -> bool {
    let in_token = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    text.match_indices("eyJ").any(|(at, _)| {
        let tail = text.as_bytes().iter().skip(at);
        tail.take_while(|byte| in_token(**byte)).count() >= 20
    })
}

/// The fields of an object in the order they stand, twins included.
struct Pairs<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Pairs<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(PairsVisitor)
    }
}

struct PairsVisitor;

impl<'de> Visitor<'de> for PairsVisitor {
    type Value = Pairs<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = map.next_entry()? {
            pairs.push(pair);
        }
        Ok(Pairs(pairs))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const JWT: &str = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln";

    #[test]
    fn secrets_are_masked_and_every_digit_stays() {
        let body = format!(
            r#"{{ "access_token":"a1","nested":[{{"Client_Secret":{{"x":1}},"amount":12.10,"note":"caf\u00e9"}}],
            "attachment":{{"jwt":"x","link":"https://f.example/{JWT}"}},"verifier":"v1","code":"USD" }}"#
        );
        assert_eq!(
            json(body.as_bytes()).unwrap(),
            r#"{"access_token":"(redacted)","nested":[{"Client_Secret":"(redacted)","amount":12.10,"note":"caf\u00e9"}],"attachment":{"jwt":"(redacted)","link":"(redacted)"},"verifier":"(redacted)","code":"USD"}"#
        );
        let body =
            b"client_id=c&client_secret=s&grant_type=authorization_code&code=c0de&refresh_token=r";
        assert_eq!(
            form(body),
            "client_id=c&client_secret=%28redacted%29&grant_type=authorization_code&code=%28redacted%29&refresh_token=%28redacted%29"
        );
        assert_eq!(
            path(&format!("/uploads/attachments/{JWT}")),
            "/uploads/attachments/(redacted)"
        );
        assert_eq!(
            path("/accounting/account/ZyQ04o/x/7"),
            "/accounting/account/ZyQ04o/x/7"
        );
    }

    #[test]
    fn what_is_no_json_or_nested_without_end_is_left_out() {
        assert_eq!(json(b"<html>"), None);
        let deep = format!("{}{}", "[".repeat(100), "]".repeat(100));
        let kept = json(deep.as_bytes()).unwrap();
        assert!(kept.contains(MASK) && kept.len() < 100, "{kept}");
    }

    proptest! {
        #[test]
        fn a_masked_body_is_the_same_json_apart_from_its_secrets(
            name in "[a-z_]{1,8}", text in any::<String>(), number in any::<i64>(), secret in "[a-zA-Z0-9]{12}",
        ) {
            prop_assume!(!is_secret(&name) && !holds_key(&text) && !text.contains(&secret));
            let body = serde_json::json!({&name: [text, number, null, {"refresh_token": secret}]});
            let kept = json(body.to_string().as_bytes()).unwrap();
            prop_assert!(!kept.contains(&secret));
            let expected = serde_json::json!({&name: [text, number, null, {"refresh_token": MASK}]});
            prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&kept).unwrap(), expected);
        }
    }
}
