//! What goes on after a failover without any negotiation, and needs none.

use std::net::IpAddr;

use crate::track::{Outage, SpiKind, Use};

use super::super::options::Options;
use super::super::reading::{Negotiations, Reading};
use super::super::verdict::{Reason, Verdict};

/// The tunnel ends at the old router's own address, not at one that moved, and that router goes on with it.
pub(super) fn own_tunnel(reading: &Reading<'_>, options: &Options) -> Option<(Verdict, Vec<Reason>)> {
    let Outage { failover, before, after, tunnel, ends_at_virtual_address, .. } = reading.outage;
    let until = reading.outage.until.min(failover.at.time.plus(options.window));
    let goes_on = |seen: &&Use| until.since(seen.last.time) <= options.settle;
    let mut old = after.outbound.iter().filter(|seen| seen.kind == SpiKind::OldRouter);
    let out = old.find(goes_on).filter(|_| !ends_at_virtual_address && tunnel.local == failover.from)?;
    if before.inbound.is_some() && !after.inbound.iter().any(|seen| goes_on(&seen)) {
        return None;
    }
    let text = format!(
        "the tunnel ends at {}'s own address, which did not move, and goes on there with SPI {:08x} (frame {}); no \
         negotiation is needed",
        failover.from, out.spi, out.last.frame
    );
    Some((Verdict::Stateful, vec![Reason { text, factor: 1.0 }]))
}

/// The tunnel had moved elsewhere before the failover, and nothing was seen of it here since.
pub(super) fn elsewhere(reading: &Reading<'_>) -> Option<(Verdict, Vec<Reason>)> {
    let Outage { before, after, .. } = reading.outage;
    let (at, tunnel) = before.moved?;
    let is_quiet = after.outbound.is_empty() && after.inbound.is_empty() && after.negotiations.is_empty();
    is_quiet.then(|| {
        let text = format!("its IKE SA had gone on in {tunnel} before the failover (frame {})", at.frame);
        (Verdict::Inconclusive, vec![Reason { text, factor: 1.0 }])
    })
}

/// The new active router has the IKE SA of the old one, and no ESP was sent since that would show more.
pub(super) fn ike_sa(reading: &Reading<'_>) -> Option<(Verdict, Vec<Reason>)> {
    let Outage { failover, after, .. } = reading.outage;
    let at = after.ike_taken_over.filter(|at| reading.is_within(*at))?;
    let quiet = after.inbound.is_empty() && after.outbound.iter().all(|seen| seen.kind == SpiKind::OldRouter);
    let is_unharmed = matches!(reading.negotiations(), Negotiations::None | Negotiations::Established(_));
    (quiet && is_unharmed).then(|| {
        let text = format!(
            "{} goes on with the IKE SA that {} had (frame {}), so that no negotiation is needed; no ESP was seen since",
            failover.to, failover.from, at.frame
        );
        (Verdict::Inconclusive, vec![Reason { text, factor: 1.0 }])
    })
}

/// Who goes on with an SA: the new active router, unless the tunnel ends at a router's own address.
pub(super) fn who(outage: &Outage, seen: &Use) -> IpAddr {
    if outage.ends_at_virtual_address || seen.from == outage.tunnel.local && seen.from == outage.failover.from
    {
        outage.failover.to
    } else {
        seen.from
    }
}
