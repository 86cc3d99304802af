//! Faults on demand: which request is hit, and what happens to it.

use serde::{Deserialize, Serialize};

/// One of the two services.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Service {
    /// The Integration Server.
    Expensify,
    /// The accounting API.
    #[serde(rename = "freshbooks")]
    FreshBooks,
}

impl Service {
    /// The word used in logs, counters and scenario files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Expensify => "expensify",
            Self::FreshBooks => "freshbooks",
        }
    }
}

/// Which requests a fault hits, and what it does to them.
///
/// ```
/// use sync_sandbox::{Effect, Fault, Service};
/// // The second bill is stored, but its answer never arrives.
/// let fault = Fault::on(Service::FreshBooks, Effect::DropAfter).method("POST").path("/bills/bills").nth(2);
/// # let _ = fault;
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The service it hits.
    pub service: Service,
    /// HTTP method, in capitals; absent means any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Part of the path; absent means any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Expensify job as counted (`file`, `download`, `get policyList`, ...); absent means any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<String>,
    /// The first matching request that is hit, counted from 1 (default).
    #[serde(default = "one")]
    pub nth: u64,
    /// How many matching requests are hit from there on; default 1, 0 means all of them.
    #[serde(default = "one")]
    pub count: u64,
    /// What happens.
    pub effect: Effect,
}

/// What a fault does. "Before" means the request has no effect on the records; "after" means it was carried out in full.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Effect {
    /// The connection closes without an answer; nothing was done.
    DropBefore,
    /// The connection closes without an answer; the work was done.
    DropAfter,
    /// The connection is reset (RST); nothing was done.
    ResetBefore,
    /// The connection is reset (RST); the work was done.
    ResetAfter,
    /// An error status with a short HTML page; nothing was done.
    StatusBefore {
        /// HTTP status, 400 to 599.
        status: u16,
    },
    /// An error status with a short HTML page; the work was done.
    StatusAfter {
        /// HTTP status, 400 to 599.
        status: u16,
    },
    /// The work starts late.
    DelayBefore {
        /// Milliseconds.
        ms: u64,
    },
    /// The work is done at once, the answer comes late.
    DelayAfter {
        /// Milliseconds.
        ms: u64,
    },
    /// The work is done; the answer announces its full length, breaks off after some bytes of body, and the connection closes.
    Truncate {
        /// Bytes of the body that arrive.
        bytes: usize,
    },
    /// The work is done; the body is cut short but looks complete to HTTP.
    CutBody {
        /// Bytes of the body that arrive.
        bytes: usize,
    },
    /// HTTP 429; nothing was done.
    Throttle {
        /// Seconds for `Retry-After`; absent leaves the header out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after: Option<u64>,
    },
    /// HTTP 200 with an HTML page; the work was not done.
    HtmlBefore,
    /// HTTP 200 with an HTML page; the work was done.
    HtmlAfter,
    /// HTTP 200 with an empty body; the work was done.
    EmptyAfter,
    /// The access token of the request is void from now on (FreshBooks); for Expensify, bad credentials.
    ExpireToken,
    /// The work is done on another record than was sent (FreshBooks): these fields take the place of those of the object in
    /// the body, and the answer and every later listing show them.
    Alter {
        /// The fields, as the object has them.
        fields: serde_json::Map<String, serde_json::Value>,
    },
    /// A listing leaves out the records with the highest ids, as a lagging index would.
    StaleList {
        /// How many records are missing.
        newest: usize,
    },
}

fn one() -> u64 {
    1
}

impl Fault {
    /// A fault that hits the first request to `service`, once.
    pub fn on(service: Service, effect: Effect) -> Self {
        Self {
            service,
            method: None,
            path: None,
            job: None,
            nth: 1,
            count: 1,
            effect,
        }
    }

    /// Restricts it to an HTTP method.
    #[must_use]
    pub fn method(mut self, method: &str) -> Self {
        self.method = Some(method.to_owned());
        self
    }

    /// Restricts it to paths that contain `part`.
    #[must_use]
    pub fn path(mut self, part: &str) -> Self {
        self.path = Some(part.to_owned());
        self
    }

    /// Restricts it to an Expensify job, named as the counters name it.
    #[must_use]
    pub fn job(mut self, job: &str) -> Self {
        self.job = Some(job.to_owned());
        self
    }

    /// Hits the `nth` matching request (from 1) instead of the first.
    #[must_use]
    pub fn nth(mut self, nth: u64) -> Self {
        self.nth = nth;
        self
    }

    /// Hits `count` matching requests in a row instead of one.
    #[must_use]
    pub fn times(mut self, count: u64) -> Self {
        self.count = count;
        self
    }

    /// Hits every matching request from `nth` on.
    #[must_use]
    pub fn every(mut self) -> Self {
        self.count = 0;
        self
    }

    fn matches(&self, target: &Target<'_>) -> bool {
        self.service == target.service
            && self
                .method
                .as_deref()
                .is_none_or(|method| method.eq_ignore_ascii_case(target.method))
            && self
                .path
                .as_deref()
                .is_none_or(|part| target.path.contains(part))
            && self.job.as_deref().is_none_or(|job| job == target.kind)
    }
}

impl Effect {
    /// Fields that take the place of those sent.
    pub(crate) fn altered(&self) -> Option<&serde_json::Map<String, serde_json::Value>> {
        if let Self::Alter { fields } = self {
            Some(fields)
        } else {
            None
        }
    }

    /// Records a stale listing leaves out.
    pub(crate) fn stale(&self) -> Option<usize> {
        if let Self::StaleList { newest } = self {
            Some(*newest)
        } else {
            None
        }
    }
}

/// What a fault looks at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target<'a> {
    pub(crate) service: Service,
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) kind: &'a str,
}

/// The faults laid out, and how often each has been met.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    rules: Vec<(Fault, u64)>,
}

impl Faults {
    pub(crate) fn add(&mut self, fault: Fault) {
        self.rules.push((fault, 0));
    }

    pub(crate) fn clear(&mut self) {
        self.rules.clear();
    }

    /// Counts the request against every rule and returns the effects that hit it, in the order the rules were added.
    pub(crate) fn strike(&mut self, target: &Target<'_>) -> Vec<Effect> {
        let mut effects = Vec::new();
        for (fault, seen) in &mut self.rules {
            if !fault.matches(target) {
                continue;
            }
            *seen += 1;
            let last = fault.nth.saturating_add(fault.count).saturating_sub(1);
            if *seen >= fault.nth && (fault.count == 0 || *seen <= last) {
                effects.push(fault.effect.clone());
            }
        }
        effects
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hits(fault: Fault, requests: u64) -> Vec<bool> {
        let mut faults = Faults::default();
        faults.add(fault);
        let target = Target {
            service: Service::FreshBooks,
            method: "POST",
            path: "/x/bills/bills",
            kind: "",
        };
        (0..requests)
            .map(|_| !faults.strike(&target).is_empty())
            .collect()
    }

    #[test]
    fn nth_and_count_choose_the_requests() {
        let fault = Fault::on(Service::FreshBooks, Effect::DropAfter)
            .method("post")
            .path("/bills");
        assert_eq!(hits(fault.clone(), 3), [true, false, false]);
        assert_eq!(hits(fault.clone().nth(2), 3), [false, true, false]);
        assert_eq!(
            hits(fault.clone().nth(2).times(2), 4),
            [false, true, true, false]
        );
        assert_eq!(
            hits(fault.clone().nth(2).every(), 4),
            [false, true, true, true]
        );
        assert_eq!(hits(fault.path("/expenses"), 1), [false]);
    }

    #[test]
    fn a_rule_reads_from_json() {
        let rule: Fault = serde_json::from_str(
            r#"{"service":"expensify","job":"download","effect":{"kind":"throttle","retry_after":3}}"#,
        )
        .unwrap();
        assert_eq!(
            rule,
            Fault::on(
                Service::Expensify,
                Effect::Throttle {
                    retry_after: Some(3)
                }
            )
            .job("download")
        );
        assert!(
            serde_json::from_str::<Fault>(r#"{"service":"expensify","effect":{"kind":"no_such"}}"#)
                .is_err()
        );
    }
}
