//! OAuth 2.0: consent, code exchange, refresh, revocation.
//!
//! A refresh token works once, and each use makes a new one. So a refresh is one attempt: this crate
//! never repeats it. After a lost reply ([`Effect::Unknown`](crate::Effect::Unknown)) the old token
//! may be tried once more; `invalid_grant` then means that a person must authorize again. With feature
//! `client` the type `RefreshingTokens` does all that.

mod app;
mod pkce;
mod redirect;
mod scope;
mod token;

pub use app::OAuthApp;
pub use pkce::PkceVerifier;
pub use redirect::{RedirectError, redirected_code};
pub use scope::Scope;
pub use token::TokenReply;
