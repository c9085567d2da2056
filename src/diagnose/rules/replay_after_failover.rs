//! The new active router goes on with an SA whose sequence numbers were used already: the peer drops them as replays.

use crate::diagnose::advice::{self, Site};
use crate::diagnose::finding::{Advice, Finding, Severity};
use crate::diagnose::options::Options;
use crate::diagnose::phrase::{doubted, finding, note, takeover};
use crate::diagnose::reading::{count, seconds};
use crate::diagnose::rule::{Meta, Rule};
use crate::diagnose::verdict::{Judgement, Reason, Verdict};
use crate::track::{Outage, SpiKind, Use};

/// The rule.
pub(super) struct ReplayAfterFailover;

static META: Meta = Meta {
    name: "replay-after-failover",
    severity: Severity::Warning,
    text: include_str!("replay_after_failover.md"),
};

impl Rule for ReplayAfterFailover {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judged(&self, judgement: &Judgement, options: &Options) -> Option<Finding> {
        if judgement.verdict <= Verdict::Inconclusive {
            return None;
        }
        let outage = &judgement.outage;
        let end = outage.failover.at.time.plus(options.window);
        let (seen, highest) = outage.after.outbound.iter().find_map(replayed)?;
        if seen.first.time > end {
            return None;
        }
        let summary = format!(
            "after {}, it goes on with SPI {:08x} from sequence {} (frame {}), and {highest} was used before: {} takes its \
             packets for replays",
            takeover(&outage.failover),
            seen.spi,
            seen.first_sequence,
            seen.first.frame,
            outage.tunnel.peer,
        );
        let mut finding = finding(&META, judgement, summary, advise(outage));
        doubted(&mut finding, &reasons(outage, seen));
        let first =
            note(seen.first, format!("SPI {:08x} again, from sequence {}", seen.spi, seen.first_sequence));
        finding.at = seen.first;
        finding.evidence.retain(|evidence| evidence.at != seen.first);
        finding.evidence.insert(0, first);
        Some(finding)
    }
}

/// An SA that the new active router goes on with below what was used of it, and the highest number that was. Numbers are
/// compared around their wrap (RFC 4303 appendix A).
fn replayed(seen: &Use) -> Option<(&Use, u32)> {
    let highest = seen.highest_before.filter(|_| seen.kind == SpiKind::CurrentRestarted)?;
    let highest = u32::try_from(highest & u64::from(u32::MAX)).ok()?;
    (highest.wrapping_sub(seen.first_sequence) < 1 << 31).then_some((seen, highest))
}

/// What makes it more or less likely that the peer drops them.
fn reasons(outage: &Outage, seen: &Use) -> Vec<Reason> {
    let peer = outage.tunnel.peer;
    let mut reasons = Vec::new();
    let mut add = |factor: f64, text: String| reasons.push(Reason { text, factor });
    add(1.0, format!("{} were sent so, up to frame {}", count(seen.packets, "packet"), seen.last.frame));
    let back = outage.after.inbound.iter().map(|seen| seen.last).max();
    match back {
        Some(last) if last.time > seen.first.time => {
            let longer = seconds(last.time.since(seen.first.time));
            add(0.9, format!("{peer} went on sending for {longer}: it may not answer, or check no replays"));
        }
        Some(_) | None => add(1.0, format!("nothing came back from {peer} after that")),
    }
    reasons
}

fn advise(outage: &Outage) -> Advice {
    let site = Site::from(outage);
    let (router, peer) = (site.router, site.tunnel.peer);
    let special = advice::commands_on(
        site.gateway,
        "where the routers share their state, let them write sequence numbers often enough, and jump ahead far enough at \
         a takeover",
        &["crypto map NAME redundancy replay-interval inbound 1000 outbound 100000"],
    );
    Advice {
        meaning: format!(
            "{router} took the SAs over without their sequence numbers, or with old ones. {peer} has seen these \
             numbers and drops the packets until they pass the highest it has seen; for ESP that is silent."
        ),
        confirm: vec![
            advice::commands_on(
                site.peer,
                format!("on {peer}: do packets fail the replay check"),
                &[
                    &format!("show crypto ipsec sa peer {} detail | include replay", site.tunnel.local),
                    "show logging | include REPLAY_ERR",
                ],
            ),
            advice::commands_on(
                site.gateway,
                format!("on {router}: is its state shared with {}, and up to date", outage.failover.from),
                &["show crypto ha", "show redundancy states", "show redundancy inter-device"],
            ),
            advice::check_ipsec(site),
        ],
        remedy: advice::remedies_with(site, special),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::{CaptureId, FrameNumber};
    use crate::observe::At;
    use crate::time::Timestamp;

    #[test]
    fn numbers_are_compared_around_their_wrap() {
        let at = At { time: Timestamp::MIN, capture: CaptureId(0), frame: FrameNumber(1) };
        let seen = |first_sequence, highest| Use {
            spi: 1,
            from: std::net::IpAddr::from([192, 0, 2, 1]),
            kind: SpiKind::CurrentRestarted,
            first: at,
            last: at,
            packets: 1,
            first_sequence,
            highest_before: Some(highest),
            first_before: Some(at),
        };
        assert!(replayed(&seen(5, 2554)).is_some());
        assert!(replayed(&seen(2554, 2554)).is_some());
        assert!(replayed(&seen(200_000, 2554)).is_none());
        assert!(replayed(&seen(3, u64::from(u32::MAX) + 10)).is_some());
        assert!(replayed(&seen(200_000, u64::from(u32::MAX) + 10)).is_none());
    }
}
