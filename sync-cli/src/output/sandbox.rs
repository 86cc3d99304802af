//! Where the sandbox listens and what opens it. Its credentials are made up and open nothing else.

use serde::Serialize;
use sync_sandbox::Scenario;

use super::View;
use super::text::plain_lines;

/// A running sandbox.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct SandboxView {
    /// Base URL of the Expensify side.
    pub(crate) expensify_url: String,
    /// Base URL of the FreshBooks side.
    pub(crate) freshbooks_url: String,
    expensify_user_id: String,
    expensify_user_secret: String,
    freshbooks_client_id: String,
    freshbooks_client_secret: String,
    workspaces: Vec<String>,
}

impl SandboxView {
    /// What a scenario says; the addresses are filled in once it runs.
    pub(crate) fn of(scenario: &Scenario) -> Self {
        let (expensify, app) = (&scenario.expensify, &scenario.freshbooks.oauth);
        Self {
            expensify_url: String::new(),
            freshbooks_url: String::new(),
            expensify_user_id: expensify.partner_user_id.clone(),
            expensify_user_secret: expensify.partner_user_secret.clone(),
            freshbooks_client_id: app.client_id.clone(),
            freshbooks_client_secret: app.client_secret.clone(),
            workspaces: expensify
                .policies
                .iter()
                .map(|policy| policy.id.clone())
                .collect(),
        }
    }
}

impl View for SandboxView {
    const SCHEMA: &'static str = "ml-connector/sandbox/1";

    fn text(&self) -> String {
        let workspaces: Vec<_> = self.workspaces.iter().map(|id| format!("{id:?}")).collect();
        plain_lines(&format!(
            "stand-ins are running; stop them with Ctrl-C\n\n\
             # in ml-connector.toml\n[services]\nexpensify = {:?}\nfreshbooks = {:?}\nunpaced = true\n# and under [[connection]]\n\
             workspaces = [{}]\n\n\
             # in the shell, before `ml-connector connect …`\n\
             export EXPENSIFY_USER_ID={}\nexport EXPENSIFY_USER_SECRET={}\n\
             export FRESHBOOKS_CLIENT_ID={}\nexport FRESHBOOKS_CLIENT_SECRET={}",
            self.expensify_url,
            self.freshbooks_url,
            workspaces.join(", "),
            self.expensify_user_id,
            self.expensify_user_secret,
            self.freshbooks_client_id,
            self.freshbooks_client_secret,
        ))
    }
}
