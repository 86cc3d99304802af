//! What was asked of the sandbox: a log and counters.

use std::collections::{BTreeMap, VecDeque};

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::fault::Service;

/// Entries the log keeps; the oldest go first.
const LOG_MAX: usize = 200_000;

/// One request as it arrived, and the status it was answered with.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct LoggedRequest {
    /// Number of the request, from 1, over both services.
    pub seq: u64,
    /// The service.
    pub service: Service,
    /// The sandbox's time of arrival.
    pub at: DateTime<Utc>,
    /// HTTP method.
    pub method: String,
    /// Path without query.
    pub path: String,
    /// Query as sent.
    pub query: String,
    /// What the counters call it: `POST /accounting/account/{account}/bills/bills`, or an Expensify job such as `get policyList`.
    pub kind: String,
    /// Body as sent; empty for token requests, and without credentials for Expensify jobs.
    pub body: String,
    /// Status the service gave; `None` when a fault kept the request from being carried out.
    pub status: Option<u16>,
}

#[derive(Debug, Default)]
pub(crate) struct Journal {
    seq: u64,
    entries: VecDeque<LoggedRequest>,
    counters: BTreeMap<(Service, String), u64>,
}

impl Journal {
    /// Notes a request and returns its number.
    pub(crate) fn note(&mut self, mut request: LoggedRequest) -> u64 {
        self.seq += 1;
        request.seq = self.seq;
        *self
            .counters
            .entry((request.service, request.kind.clone()))
            .or_default() += 1;
        if self.entries.len() == LOG_MAX {
            self.entries.pop_front();
        }
        self.entries.push_back(request);
        self.seq
    }

    /// Adds the status to the newest entry.
    pub(crate) fn answered(&mut self, seq: u64, status: u16) {
        if let Some(entry) = self
            .entries
            .iter_mut()
            .rev()
            .take(10_000)
            .find(|entry| entry.seq == seq)
        {
            entry.status = Some(status);
        }
    }

    pub(crate) fn entries(&self) -> Vec<LoggedRequest> {
        self.entries.iter().cloned().collect()
    }

    pub(crate) fn counters(&self, service: Service) -> BTreeMap<String, u64> {
        let of_service = self.counters.iter().filter(|((of, _), _)| *of == service);
        of_service
            .map(|((_, kind), count)| (kind.clone(), *count))
            .collect()
    }

    pub(crate) fn clear(&mut self) {
        self.entries.clear();
        self.counters.clear();
    }
}
