//! Where FreshBooks is.

use url::Url;

/// The URLs of the service, each replaceable to talk to a stand-in.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Endpoints {
    /// Base of all API paths; `https://api.freshbooks.com` by default.
    pub api: Url,
    /// Where a person grants access; `https://auth.freshbooks.com/oauth/authorize/` by default.
    pub authorize: Url,
    /// Where codes and refresh tokens are exchanged; `auth/oauth/token` below the API by default.
    pub token: Url,
    /// Where tokens are revoked; `auth/oauth/revoke` below the API by default.
    pub revoke: Url,
}

/// A base URL that paths cannot be put below, such as `data:`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not usable as a base URL")]
pub struct InvalidBase;

impl Endpoints {
    /// FreshBooks itself.
    ///
    /// # Errors
    /// None in practice: the addresses are constants of this crate.
    pub fn freshbooks() -> Result<Self, InvalidBase> {
        let api = Url::parse("https://api.freshbooks.com").map_err(|_| InvalidBase)?;
        let authorize = "https://auth.freshbooks.com/oauth/authorize/";
        Ok(Self {
            authorize: Url::parse(authorize).map_err(|_| InvalidBase)?,
            ..Self::at(&api)?
        })
    }

    /// A stand-in that serves everything below one URL, authorization page included
    /// (`auth/oauth/authorize`).
    ///
    /// # Errors
    /// [`InvalidBase`] when the URL cannot have paths below it.
    pub fn at(base: &Url) -> Result<Self, InvalidBase> {
        if base.cannot_be_a_base() {
            return Err(InvalidBase);
        }
        let mut api = base.clone();
        api.set_query(None);
        api.set_fragment(None);
        if !api.path().ends_with('/') {
            let path = format!("{}/", api.path());
            api.set_path(&path);
        }
        let below = |path: &str| api.join(path).map_err(|_| InvalidBase);
        Ok(Self {
            authorize: below("auth/oauth/authorize")?,
            token: below("auth/oauth/token")?,
            revoke: below("auth/oauth/revoke")?,
            api,
        })
    }

    pub(crate) fn api_url(&self, path: &str) -> String {
        let base = self.api.as_str().trim_end_matches('/');
        format!("{base}{path}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_go_below_the_base_whatever_its_ending() {
        for base in ["http://127.0.0.1:9/fb", "http://127.0.0.1:9/fb/"] {
            let endpoints = Endpoints::at(&Url::parse(base).unwrap()).unwrap();
            assert_eq!(endpoints.api_url("/auth/x"), "http://127.0.0.1:9/fb/auth/x");
            assert_eq!(
                endpoints.token.as_str(),
                "http://127.0.0.1:9/fb/auth/oauth/token"
            );
        }
        assert!(Endpoints::at(&Url::parse("data:x").unwrap()).is_err());
        let real = Endpoints::freshbooks().unwrap();
        assert_eq!(
            real.api_url("/auth/api/v1/users/me"),
            "https://api.freshbooks.com/auth/api/v1/users/me"
        );
        assert_eq!(
            real.token.as_str(),
            "https://api.freshbooks.com/auth/oauth/token"
        );
    }
}
