//! What a report tells that must not depend on how an incident was captured.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Duration;

use sagap::diagnose::{Severity, Verdict};
use sagap::report::Report;
use sagap::time::Timestamp;

/// Failovers with their verdicts, and the rules that find something worth acting on.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Told {
    pub(super) failovers: Vec<Failover>,
    /// Rules with findings at `warning` or above.
    pub(super) rules: BTreeSet<&'static str>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Failover {
    pub(super) time: Timestamp,
    pub(super) group: String,
    pub(super) from: IpAddr,
    pub(super) to: IpAddr,
    pub(super) cause: String,
    pub(super) tunnels: Vec<Tunnel>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tunnel {
    pub(super) local: IpAddr,
    pub(super) peer: IpAddr,
    pub(super) verdict: Verdict,
    /// In hundredths, as it is printed.
    pub(super) confidence: i64,
    pub(super) resumed_after: Option<Duration>,
    pub(super) reasons: Vec<String>,
}

impl Told {
    pub(super) fn of(report: &Report) -> Self {
        let failovers = report.failovers.iter().map(|(failover, judgements)| Failover {
            time: failover.at.time,
            group: failover.group.to_string(),
            from: failover.from,
            to: failover.to,
            cause: failover.cause.to_string(),
            tunnels: judgements.iter().map(Tunnel::of).collect(),
        });
        let weighty = report.findings.iter().filter(|finding| finding.severity > Severity::Info);
        Self { failovers: failovers.collect(), rules: weighty.map(|finding| finding.rule).collect() }
    }

    /// The same with every tunnel changed so.
    pub(super) fn with_tunnels(mut self, change: impl Fn(&mut Tunnel)) -> Self {
        self.failovers.iter_mut().flat_map(|failover| &mut failover.tunnels).for_each(change);
        self
    }

    /// The same without how sure it is of anything, and why.
    pub(super) fn without_confidence(self) -> Self {
        self.with_tunnels(|tunnel| {
            tunnel.confidence = 0;
            tunnel.reasons.clear();
        })
    }
}

impl Tunnel {
    fn of(judgement: &sagap::diagnose::Judgement) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "0 to 100")]
        let confidence = (judgement.confidence * 100.0).round() as i64;
        Self {
            local: judgement.outage.tunnel.local,
            peer: judgement.outage.tunnel.peer,
            verdict: judgement.verdict,
            confidence,
            resumed_after: judgement.esp_resumed_after,
            reasons: judgement.reasons.iter().map(|reason| reason.text.clone()).collect(),
        }
    }
}

/// Whether the tunnel came up again, or never went down.
pub(super) const fn is_good(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Stateful | Verdict::Recovered | Verdict::RecoveredLate)
}

/// Whether the tunnel is down, or works in one direction.
pub(super) const fn is_fault(verdict: Verdict) -> bool {
    !is_good(verdict) && !matches!(verdict, Verdict::Idle | Verdict::Inconclusive)
}
