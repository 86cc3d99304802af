//! Starting, watching and stopping the two servers.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use crate::clock::Clock;
use crate::fault::{Fault, Service};
use crate::freshbooks::Resource;
use crate::journal::LoggedRequest;
use crate::person::{self, Person, PersonError};
use crate::scenario::{Report, Scenario};
use crate::world::World;
use crate::{delivery, server};

/// Time connections have to finish when the sandbox shuts down.
const GRACE: Duration = Duration::from_secs(5);

/// Why the sandbox could not start.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}")]
pub struct StartError {
    address: SocketAddr,
    source: std::io::Error,
}

/// Options of a sandbox.
#[derive(Debug)]
pub struct SandboxBuilder {
    scenario: Scenario,
    clock: Clock,
    expensify_port: u16,
    freshbooks_port: u16,
    rate_limits: Option<bool>,
}

impl SandboxBuilder {
    /// What the services hold; default [`Scenario::demo`].
    #[must_use]
    pub fn scenario(mut self, scenario: Scenario) -> Self {
        self.scenario = scenario;
        self
    }

    /// The clock; default the machine's.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Port of the Expensify side on 127.0.0.1; default 0, any free one.
    #[must_use]
    pub fn expensify_port(mut self, port: u16) -> Self {
        self.expensify_port = port;
        self
    }

    /// Port of the FreshBooks side on 127.0.0.1; default 0, any free one.
    #[must_use]
    pub fn freshbooks_port(mut self, port: u16) -> Self {
        self.freshbooks_port = port;
        self
    }

    /// Switches the request budgets of both services on or off, over what the scenario says, whichever is set first.
    #[must_use]
    pub fn rate_limits(mut self, enforced: bool) -> Self {
        self.rate_limits = Some(enforced);
        self
    }

    /// Opens both ports and serves.
    ///
    /// # Errors
    /// When a port cannot be opened.
    pub async fn start(self) -> Result<Sandbox, StartError> {
        let (expensify, expensify_address) = listen(self.expensify_port).await?;
        let (freshbooks, freshbooks_address) = listen(self.freshbooks_port).await?;
        let (deliveries, queue) = mpsc::unbounded_channel();
        let mut scenario = self.scenario;
        if let Some(enforced) = self.rate_limits {
            scenario.expensify.settings.rate_limits = enforced;
            scenario.freshbooks.settings.rate_limits = enforced;
        }
        let world = Arc::new(World::new(scenario, self.clock, deliveries));
        let (stop, stopped) = watch::channel(false);
        let servers = vec![
            tokio::spawn(server::serve(
                expensify,
                Service::Expensify,
                Arc::clone(&world),
                stopped.clone(),
            )),
            tokio::spawn(server::serve(
                freshbooks,
                Service::FreshBooks,
                Arc::clone(&world),
                stopped,
            )),
        ];
        let poster = tokio::spawn(delivery::run(queue));
        Ok(Sandbox {
            world,
            expensify_address,
            freshbooks_address,
            stop,
            servers,
            poster,
        })
    }
}

async fn listen(port: u16) -> Result<(TcpListener, SocketAddr), StartError> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let opened = async {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        Ok((listener, address))
    };
    opened
        .await
        .map_err(|source| StartError { address, source })
}

/// Both services, running. Dropping it stops them at once; [`Sandbox::shutdown`] lets requests finish.
#[derive(Debug)]
pub struct Sandbox {
    world: Arc<World>,
    expensify_address: SocketAddr,
    freshbooks_address: SocketAddr,
    stop: watch::Sender<bool>,
    servers: Vec<JoinHandle<()>>,
    poster: JoinHandle<()>,
}

impl Sandbox {
    /// A sandbox with the demo scenario, the machine's clock and free ports, to be changed before it starts.
    pub fn builder() -> SandboxBuilder {
        SandboxBuilder {
            scenario: Scenario::demo(),
            clock: Clock::system(),
            expensify_port: 0,
            freshbooks_port: 0,
            rate_limits: None,
        }
    }

    /// Base URL of the Expensify side, without a trailing slash; jobs are accepted at every path under it.
    pub fn expensify_url(&self) -> String {
        format!("http://{}", self.expensify_address)
    }

    /// Base URL of the FreshBooks side (API and authorization), without a trailing slash.
    pub fn freshbooks_url(&self) -> String {
        format!("http://{}", self.freshbooks_address)
    }

    /// The clock; moving it moves both services.
    pub fn clock(&self) -> &Clock {
        &self.world.clock
    }

    /// Lays out a fault.
    pub fn add_fault(&self, fault: Fault) {
        self.world.lock().faults.add(fault);
    }

    /// Removes all faults.
    pub fn clear_faults(&self) {
        self.world.lock().faults.clear();
    }

    /// Does what a person would do in a web interface; the answer names the record that was made, as `{"id":…}`, if any.
    ///
    /// # Errors
    /// When the record does not exist or the new values are not valid.
    pub fn person(&self, edit: Person) -> Result<Value, PersonError> {
        person::act(&self.world, edit)
    }

    /// Changes a report in place, as an edit in Expensify would; says whether it exists.
    pub fn edit_report(&self, id: &str, edit: impl FnOnce(&mut Report)) -> bool {
        self.world
            .lock()
            .expensify
            .report_mut(id)
            .map(edit)
            .is_some()
    }

    /// The reports as they are now; `labels` are what they were marked as exported with.
    pub fn reports(&self) -> Vec<Report> {
        self.world.lock().expensify.scenario.reports.clone()
    }

    /// All bills of all businesses, deleted ones too, as the API shows them, each with its `account_id`.
    pub fn bills(&self) -> Vec<Value> {
        self.records(Resource::Bill)
    }

    /// All expenses of all businesses, deleted ones too, as the API shows them, each with its `account_id`.
    pub fn expenses(&self) -> Vec<Value> {
        self.records(Resource::Expense)
    }

    /// All bill vendors of all businesses, deleted ones too.
    pub fn vendors(&self) -> Vec<Value> {
        self.records(Resource::BillVendor)
    }

    /// All bill payments of all businesses, deleted ones too.
    pub fn bill_payments(&self) -> Vec<Value> {
        self.records(Resource::BillPayment)
    }

    /// Number of bills and of expenses, deleted ones too, without rendering them.
    pub fn record_counts(&self) -> (usize, usize) {
        let state = self.world.lock();
        (
            state.freshbooks.count(Resource::Bill),
            state.freshbooks.count(Resource::Expense),
        )
    }

    /// The access token and the refresh token that are alive.
    pub fn live_tokens(&self) -> (Option<String>, Option<String>) {
        self.world
            .lock()
            .freshbooks
            .oauth
            .live(self.world.clock.now())
    }

    /// Requests by kind: `POST /accounting/account/{account}/bills/bills`, or Expensify jobs such as `get policyList`.
    pub fn counters(&self, service: Service) -> BTreeMap<String, u64> {
        self.world.lock().journal.counters(service)
    }

    /// The log, oldest first; its newest 200,000 entries.
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.world.lock().journal.entries()
    }

    /// The accounting POSTs that arrived, oldest first, whether or not they were carried out.
    pub fn posts(&self) -> Vec<LoggedRequest> {
        let mut entries = self.requests();
        entries.retain(|entry| {
            entry.service == Service::FreshBooks
                && entry.method == "POST"
                && entry.path.starts_with("/accounting")
        });
        entries
    }

    /// Empties log and counters; records stay.
    pub fn clear_requests(&self) {
        self.world.lock().journal.clear();
    }

    /// Starts over from the scenario: records, reports, tokens, faults, log.
    pub fn reset(&self) {
        self.world.reset();
    }

    /// Stops taking connections, lets requests in flight finish (at most 5 s), and returns.
    pub async fn shutdown(mut self) {
        // Nobody listens any more only when both servers have ended already.
        let _ = self.stop.send(true);
        for server in std::mem::take(&mut self.servers) {
            let abort = server.abort_handle();
            if tokio::time::timeout(GRACE, server).await.is_err() {
                abort.abort();
            }
        }
    }

    fn records(&self, resource: Resource) -> Vec<Value> {
        self.world
            .lock()
            .freshbooks
            .records(resource, self.world.clock.now())
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        for server in &self.servers {
            server.abort();
        }
        self.poster.abort();
    }
}
