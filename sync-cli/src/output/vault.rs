//! Which keys seal what.

use serde::Serialize;

use super::View;
use super::table::{Header, Table};

/// Keys, by id, and the connections under them.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct VaultView {
    /// The key that seals.
    pub(crate) current_key: String,
    /// Keys that only open.
    pub(crate) retired_keys: Vec<String>,
    /// Connections with credentials.
    pub(crate) connections: Vec<SealedConnection>,
}

/// A connection with credentials.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct SealedConnection {
    connection: String,
    key: String,
    tokens_spilled: bool,
}

impl VaultView {
    /// Adds a connection.
    pub(crate) fn push(&mut self, connection: &str, key: String, tokens_spilled: bool) {
        self.connections.push(SealedConnection {
            connection: connection.to_owned(),
            key,
            tokens_spilled,
        });
    }
}

impl View for VaultView {
    const SCHEMA: &'static str = "ml-connector/vault/1";

    fn text(&self) -> String {
        let mut table = Table::new(&[
            Header::Left("connection"),
            Header::Left("sealed under key"),
            Header::Left("tokens in the spill file"),
        ]);
        for sealed in &self.connections {
            table.row([
                sealed.connection.clone(),
                sealed.key.clone(),
                if sealed.tokens_spilled { "yes" } else { "no" }.to_owned(),
            ]);
        }
        let retired = if self.retired_keys.is_empty() {
            String::new()
        } else {
            format!("; kept to open: {}", self.retired_keys.join(", "))
        };
        format!(
            "current key: {}{retired}\n{}",
            self.current_key,
            table.or("nothing is sealed yet")
        )
    }
}
