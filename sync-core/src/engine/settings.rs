//! Every number a pass is bounded by.

use std::time::Duration;

use super::Brake;
use crate::mapping::MappingRules;
use crate::model::{ConnectionId, Fingerprint, FingerprintWriter};

/// One pairing of Expensify workspaces with one FreshBooks business.
#[derive(Clone, Debug)]
pub struct Connection {
    /// Its name.
    pub id: ConnectionId,
    /// How reports become records.
    pub rules: MappingRules,
    /// Its bounds.
    pub settings: Settings,
}

/// What happens to a write whose outcome stays unknown after quiet time and probes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnprovenPolicy {
    /// Once absence is proven it is sent once more, under the same marker.
    ResendAfterProof,
    /// A person decides.
    Review,
}

/// The bounds of a connection's passes. Plain data; the defaults are the ones the reliability reference argues for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Days before the watermark an export starts: late approvals and unstated zones. Default 3.
    pub overlap_days: u32,
    /// Days between wide sweeps by submission date, which find what `approvedAfter` cannot. Default 1; 0 turns them off.
    pub sweep_every_days: u32,
    /// Days a sweep looks back. Default 90, at most 366.
    pub sweep_days: u32,
    /// How long Expensify must not show a report, in at least two exports by its id, before it counts as deleted there.
    /// Default 24 h.
    pub vanished_after: Duration,
    /// Reports taken in or planned per transaction. Default 200.
    pub report_batch: u32,
    /// Records whose intent is made durable per transaction. Default 100.
    pub send_batch: u32,
    /// How long a batch may take on the wire before what is not begun is put back. Default 60 s.
    pub send_window: Duration,
    /// How long a lease holds; it is renewed before every batch. Default 2 min, at least twice `send_window`.
    pub lease_ttl: Duration,
    /// How long an unknown outcome is left alone before absence can be proven. Default 15 min.
    pub quiet_time: Duration,
    /// Complete listings without the record that prove absence. Default 2, at least 1.
    pub absences_needed: u32,
    /// Time between two listings that both count. Default 60 s.
    pub absence_spacing: Duration,
    /// Sends repeated after proof of absence, per record. Default 1.
    pub resends_max: u32,
    /// Sends that were certainly not applied, per record, before a person is asked. Default 8.
    pub attempts_max: u32,
    /// First wait after a send that was not applied; doubled each time with jitter. Default 30 s.
    pub retry_base: Duration,
    /// Longest such wait. Default 1 h.
    pub retry_cap: Duration,
    /// Longest wait that a ledger's own `Retry-After` is believed for. Default 24 h.
    pub retry_after_max: Duration,
    /// Days added on both sides of a probe's window, for records whose date a person moved. Default 7. As long as the
    /// database knows no record of a kind, or the outcome of a request of that kind is unknown, probes of that kind have no
    /// bounds: they list all there is, once or twice per pass, at some 100 records a request.
    pub probe_margin_days: u32,
    /// What happens to a write that stays unproven.
    pub unproven: UnprovenPolicy,
    /// Stops a pass that would write more than this.
    pub brake: Brake,
    /// Label set on reports in Expensify once everything of them is verified; `None` sets none.
    pub exported_label: Option<String>,
    /// Whether Expensify is told that a report is reimbursed once all its bills are paid. Default no.
    pub tell_reimbursed: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            overlap_days: 3,
            sweep_every_days: 1,
            sweep_days: 90,
            vanished_after: Duration::from_hours(24),
            report_batch: 200,
            send_batch: 100,
            send_window: Duration::from_mins(1),
            lease_ttl: Duration::from_mins(2),
            quiet_time: Duration::from_mins(15),
            absences_needed: 2,
            absence_spacing: Duration::from_mins(1),
            resends_max: 1,
            attempts_max: 8,
            retry_base: Duration::from_secs(30),
            retry_cap: Duration::from_hours(1),
            retry_after_max: Duration::from_hours(24),
            probe_margin_days: 7,
            unproven: UnprovenPolicy::ResendAfterProof,
            brake: Brake::default(),
            exported_label: None,
            tell_reimbursed: false,
        }
    }
}

impl Settings {
    /// Hash of every bound and switch.
    pub fn fingerprint(&self) -> Fingerprint {
        let mut w = FingerprintWriter::new("settings/v1");
        // Plain values in the order of their declaration: equal settings give equal text.
        w.text(&format!("{self:?}"));
        w.finish()
    }
}
