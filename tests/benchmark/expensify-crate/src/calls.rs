//! Calls under the published limits, as each crate keeps to them by default.

use std::error::Error;

use expensify_client::{PolicyListQuery, PolicyScope};

use crate::measure::{self, Measured};

/// So many calls, one after the other.
pub fn ours(url: &str, count: u64) -> Result<Measured, Box<dyn Error>> {
    measure::run(count, async {
        let client = crate::ours::client(&format!("{url}/0/"), true)?;
        let query = PolicyListQuery { scope: PolicyScope::All, user_email: None };
        for _ in 0..count {
            client.run(&query).await?;
        }
        Ok::<_, Box<dyn Error>>(count)
    })
}

/// So many calls, one after the other.
pub fn theirs(url: &str, count: u64) -> Result<Measured, Box<dyn Error>> {
    measure::run(count, async {
        let client = crate::theirs::client(&format!("{url}/0/"), true)?;
        for _ in 0..count {
            client.list_policies().await?;
        }
        Ok::<_, Box<dyn Error>>(count)
    })
}
