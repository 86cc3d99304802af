//! The address FreshBooks sends a person back to.

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use url::Url;

/// Longest error word of FreshBooks that is kept, in characters.
const WORD_CHARS_MAX: usize = 60;

/// Why an address gives no code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RedirectError {
    /// It belongs to another request, or to none: somebody else's code must not become our grant.
    #[error("the address does not belong to this request")]
    OtherState,
    /// The person, or FreshBooks, said no.
    #[error("consent was refused: {word}")]
    Refused {
        /// FreshBooks' word for it, such as `access_denied`.
        word: String,
    },
    /// A parameter stands twice; which of the two counts would be open.
    #[error("the address has a parameter twice")]
    Ambiguous,
    /// There is no code in it.
    #[error("the address holds no code")]
    NoCode,
}

/// Takes the code out of the address a person was sent back to, if `state` is the one of the
/// [authorization URL](super::OAuthApp::authorization_url). Compares in constant time.
///
/// # Errors
/// [`RedirectError`]; begin anew then, with a new state.
///
/// # Examples
/// ```
/// use freshbooks_client::oauth::{RedirectError, redirected_code};
///
/// let address = "https://localhost/callback?code=c0de&state=s1".parse()?;
/// assert!(redirected_code(&address, &"s1".into()).is_ok());
/// let forged = redirected_code(&address, &"s2".into());
/// assert_eq!(forged.unwrap_err(), RedirectError::OtherState);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn redirected_code(address: &Url, state: &SecretString) -> Result<SecretString, RedirectError> {
    let value = |wanted: &str| {
        let mut found = address.query_pairs().filter(|(key, _)| key == wanted);
        match (found.next(), found.next()) {
            (_, Some(_)) => Err(RedirectError::Ambiguous),
            (first, None) => Ok(first.map(|(_, value)| value.into_owned())),
        }
    };
    let echoed = value("state")?.unwrap_or_default();
    // Equal digests mean equal texts, and say nothing about where unequal ones part.
    let digest = |text: &str| Sha256::digest(text.as_bytes());
    if state.expose_secret().is_empty() || digest(&echoed) != digest(state.expose_secret()) {
        return Err(RedirectError::OtherState);
    }
    if let Some(error) = value("error")? {
        let word = error.chars().filter(char::is_ascii_graphic);
        let word = word.take(WORD_CHARS_MAX).collect();
        return Err(RedirectError::Refused { word });
    }
    let code = value("code")?.filter(|code| !code.is_empty());
    code.map(SecretString::from).ok_or(RedirectError::NoCode)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_gives_its_code_only_to_the_request_it_answers() {
        let refused = RedirectError::Refused {
            word: "access_denied".to_owned(),
        };
        for (query, expected) in [
            ("code=c0de&state=s1", Ok("c0de")),
            ("state=s1&code=a%2Bb", Ok("a+b")),
            ("code=c0de&state=s2", Err(RedirectError::OtherState)),
            ("code=c0de", Err(RedirectError::OtherState)),
            ("error=access_denied&state=s1", Err(refused)),
            (
                "error=access_denied&state=x",
                Err(RedirectError::OtherState),
            ),
            ("state=s1", Err(RedirectError::NoCode)),
            ("code=&state=s1", Err(RedirectError::NoCode)),
            ("code=a&code=b&state=s1", Err(RedirectError::Ambiguous)),
            ("code=a&state=s1&state=s2", Err(RedirectError::Ambiguous)),
        ] {
            let address = format!("https://localhost/callback?{query}");
            let code = redirected_code(&address.parse().unwrap(), &"s1".into());
            let code = code.map(|code| code.expose_secret().to_owned());
            assert_eq!(code, expected.map(str::to_owned), "{query}");
        }
        let empty = "https://localhost/?code=c&state=".parse().unwrap();
        let code = redirected_code(&empty, &"".into());
        assert_eq!(code.unwrap_err(), RedirectError::OtherState);
    }
}
