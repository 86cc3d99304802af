//! Where the client gets its access token: from a fixed one, from one kept fresh, or from elsewhere.

mod provider;
mod refreshing;
mod store;

pub use provider::{AccessToken, FixedToken, TokenError, TokenProvider};
pub use refreshing::{RefreshSettings, RefreshingTokens};
pub use store::{Replaced, StoreError, TokenPair, TokenStore};
