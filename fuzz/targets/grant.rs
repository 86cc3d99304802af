//! What a grant of FreshBooks begins with: the address a person is sent back to, and the reply with the tokens.
//!
//! The first byte chooses. A code comes only out of an address with the request's own state; tokens are never empty, and
//! when they end can be told, whatever the reply says of it.

#![no_main]

use chrono::{DateTime, TimeDelta};
use freshbooks_client::oauth::{RedirectError, TokenReply, redirected_code};
use libfuzzer_sys::fuzz_target;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

/// Ours; a query of the input may hold it.
const STATE: &str = "s1";

fn redirected(address: &Url) {
    let state = SecretString::from(STATE);
    let values = |wanted: &str| {
        let pairs = address.query_pairs().filter(|(key, _)| key == wanted);
        pairs
            .map(|(_, value)| value.into_owned())
            .collect::<Vec<_>>()
    };
    match redirected_code(address, &state) {
        Ok(code) => {
            assert_eq!(values("state"), [STATE]);
            assert_eq!(values("code"), [code.expose_secret()]);
            assert!(!code.expose_secret().is_empty() && values("error").is_empty());
        }
        Err(RedirectError::Refused { word }) => {
            assert_eq!(values("state"), [STATE]);
            assert!(word.len() <= 60 && word.bytes().all(|byte| byte.is_ascii_graphic()));
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    let unasked = redirected_code(address, &SecretString::from(""));
    assert!(matches!(
        unasked,
        Err(RedirectError::OtherState | RedirectError::Ambiguous)
    ));
}

fn tokens(reply: &TokenReply) {
    for token in [&reply.access_token, &reply.refresh_token] {
        assert!(
            !format!("{reply:?}").contains(token.expose_secret())
                || token.expose_secret().len() < 24
        );
    }
    for received in [0, 1_800_000_000, 8_000_000_000_000] {
        let received = DateTime::from_timestamp(received, 0).unwrap();
        if let Some(end) = reply.expires_at(received) {
            assert!(end <= received + TimeDelta::seconds(i64::from(u32::MAX)));
        }
    }
    for scope in reply.scopes() {
        assert!(!scope.as_str().is_empty());
    }
}

fuzz_target!(|input: &[u8]| {
    let Some((choice, rest)) = input.split_first() else {
        return;
    };
    if choice % 2 == 0 {
        if let Ok(text) = std::str::from_utf8(rest)
            && let Ok(address) = Url::parse(text.trim())
        {
            redirected(&address);
        }
    } else if let Ok(reply) = serde_json::from_slice(rest) {
        tokens(&reply);
    }
});
