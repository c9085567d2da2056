//! What an outage amounts to, question by question; the judge asks them in order.

use std::net::IpAddr;
use std::time::Duration;

use crate::observe::At;
use crate::track::{Closed, Flow, Negotiation, Outage, Outcome, Purpose, Refusal, SpiKind, Use};

use super::options::Options;

/// The answers an outage gives.
pub(super) struct Reading<'a> {
    pub(super) outage: &'a Outage,
    options: &'a Options,
}

/// What became of the negotiations of an outage.
#[derive(Clone, Copy, Debug)]
pub(super) enum Negotiations<'a> {
    /// There was none.
    None,
    /// One set up a child SA, and none was refused after it.
    Established(&'a Negotiation),
    /// The last one that ended was refused.
    Refused(Refusal),
    /// One stopped for want of an answer.
    Unanswered(&'a Negotiation),
    /// One is under way, and has not waited long enough to be given up.
    UnderWay(&'a Negotiation),
}

impl<'a> Reading<'a> {
    pub(super) const fn new(outage: &'a Outage, options: &'a Options) -> Self {
        Self { outage, options }
    }

    /// No ESP and no IKE in the window before the failover or after it.
    pub(super) fn is_idle(&self) -> bool {
        let (before, after) = (&self.outage.before, &self.outage.after);
        before.outbound.is_none()
            && before.inbound.is_none()
            && before.ike.is_none()
            && after.outbound.iter().all(|seen| seen.kind == SpiKind::OldRouter)
            && after.inbound.is_empty()
            && after.negotiations.is_empty()
            && after.peer_informational.is_none()
            && after.invalid_spi.is_none()
    }

    /// Where the old router claims the role still, beside the new one, and its ESP goes on: the first such claim, and its
    /// last ESP.
    pub(super) fn kept_by_old_router(&self) -> Option<(At, At)> {
        let Outage { after, failover, .. } = self.outage;
        let claim = after.contested.filter(|claim| self.is_within(*claim))?;
        let old = after.outbound.iter().filter(|seen| seen.kind == SpiKind::OldRouter);
        let last = old.map(|seen| seen.last).max()?;
        let goes_on = self.outage.until.min(failover.at.time.plus(self.options.window));
        (last > claim && goes_on.since(last.time) <= self.options.settle).then_some((claim, last))
    }

    /// The SPI in use before that the new active router goes on with.
    pub(super) fn carried_on(&self) -> Option<&'a Use> {
        outbound(self.outage, SpiKind::Current)
    }

    /// The SPI the new active router goes on with although its sequence or the peer has moved on.
    pub(super) fn stale_outbound(&self) -> Option<&'a Use> {
        let stale = outbound(self.outage, SpiKind::CurrentRestarted);
        let stale = stale.or_else(|| outbound(self.outage, SpiKind::Older));
        stale.filter(|seen| self.is_within(seen.first))
    }

    /// When ESP was back: on new SPIs, or on those that the new active router kept.
    pub(super) fn recovery(&self) -> Option<At> {
        self.new_pair().or_else(|| self.kept_pair())
    }

    /// ESP of the new active router on an SA from before the capture began, with ESP of the peer beside it.
    pub(super) fn works_unseen(&self) -> Option<&'a Use> {
        outbound(self.outage, SpiKind::Unseen).filter(|_| !self.outage.after.inbound.is_empty())
    }

    /// When new SPIs carried ESP in every direction that carried it before. Where nothing was seen before, both
    /// directions are asked for.
    pub(super) fn new_pair(&self) -> Option<At> {
        let before = &self.outage.before;
        let unknown = before.outbound.is_none() && before.inbound.is_none();
        let out = outbound(self.outage, SpiKind::New).map(|seen| seen.first);
        let back = inbound(self.outage, SpiKind::New).map(|seen| seen.first);
        match (before.outbound.is_some() || unknown, before.inbound.is_some() || unknown) {
            (true, true) => Some(out?.max(back?)),
            (true, false) => out,
            _ => back,
        }
    }

    /// Since when ESP flows both ways on the SAs that the new active router had when it was active before: it kept them,
    /// and so did the peer.
    fn kept_pair(&self) -> Option<At> {
        let after = &self.outage.after;
        let kept = after.outbound.iter().filter(|seen| seen.kind == SpiKind::Older);
        kept.filter_map(|out| {
            let back = after.inbound.iter().find(|back| began_together(out, back))?;
            Some(out.first.max(back.first))
        })
        .min()
    }

    /// ESP on a new SPI, in whichever direction, that began within the window.
    pub(super) fn any_new(&self) -> Option<&'a Use> {
        let new = outbound(self.outage, SpiKind::New).or_else(|| inbound(self.outage, SpiKind::New));
        new.filter(|seen| self.is_within(seen.first))
    }

    /// Whether the tunnel carried no ESP before the failover, nor after it.
    pub(super) fn is_without_esp(&self) -> bool {
        let Outage { before, after, .. } = self.outage;
        before.outbound.is_none()
            && before.inbound.is_none()
            && after.outbound.is_empty()
            && after.inbound.is_empty()
    }

    /// How long after the failover nobody began a negotiation.
    pub(super) fn without_negotiation(&self) -> Duration {
        let t_f = self.outage.failover.at.time;
        let first = self.outage.after.negotiations.iter().map(|it| it.started.time.since(t_f)).min();
        self.outage.watched().min(first.unwrap_or(Duration::MAX))
    }

    /// Whether something is judged: after the window's end only success counts.
    pub(super) fn is_within(&self, at: At) -> bool {
        at.time <= self.outage.failover.at.time.plus(self.options.window)
    }

    /// ESP of the peer on SPIs from before: how many packets, the first and the last.
    pub(super) fn dead_spi(&self) -> Option<(u64, At, At)> {
        let inbound = || self.outage.after.inbound.iter().filter(|seen| self.is_within(seen.first));
        let dead = || inbound().filter(|seen| seen.kind != SpiKind::New);
        let first = dead().map(|seen| seen.first).min()?;
        let last = dead().map(|seen| seen.last).max()?;
        Some((dead().map(|seen| seen.packets).sum(), first, last))
    }

    /// Whether a negotiation set up a child SA, whenever.
    pub(super) fn negotiation_was_seen(&self) -> bool {
        self.outage.after.negotiations.iter().any(|negotiation| established_at(negotiation).is_some())
    }

    /// What became of the negotiations begun within the window.
    pub(super) fn negotiations(&self) -> Negotiations<'a> {
        let negotiations = &self.outage.after.negotiations;
        let counts = |negotiation: &&Negotiation| {
            self.is_within(negotiation.started) && !matches!(negotiation.outcome, Outcome::Redirected(_))
        };
        let all = || negotiations.iter().filter(counts);
        let established = all()
            .filter_map(|negotiation| Some((established_at(negotiation)?, negotiation)))
            .max_by_key(|(at, _)| *at);
        let refused = all()
            .filter_map(|negotiation| match negotiation.outcome {
                Outcome::Refused(refusal) => Some(refusal),
                _ => None,
            })
            .max_by_key(|refusal| refusal.at);
        match (established, refused) {
            (Some((at, negotiation)), refused) if refused.is_none_or(|refusal| refusal.at < at) => {
                return Negotiations::Established(negotiation);
            }
            (_, Some(refusal)) => return Negotiations::Refused(refusal),
            _ => {}
        }
        let stopped = all().rev().find(|negotiation| self.is_given_up(negotiation));
        match (stopped, all().next_back()) {
            (Some(negotiation), _) => Negotiations::Unanswered(negotiation),
            (None, Some(negotiation)) => Negotiations::UnderWay(negotiation),
            (None, None) => Negotiations::None,
        }
    }

    /// How many negotiations were refused.
    pub(super) fn refusals(&self) -> usize {
        let is_refused = |it: &&Negotiation| matches!(it.outcome, Outcome::Refused(_));
        self.outage.after.negotiations.iter().filter(is_refused).count()
    }

    /// Whether a negotiation has waited for its next message for long enough, or asked twice.
    fn is_given_up(&self, negotiation: &Negotiation) -> bool {
        let times = negotiation.waiting.map_or(0, |waiting| waiting.times);
        negotiation.outcome == Outcome::Pending
            && (times >= self.options.requests
                || self.outage.until.since(negotiation.last.time) >= self.options.settle)
    }

    /// The address of the gateway's side that negotiated, where it is not the tunnel's own.
    pub(super) fn member_end(&self) -> Option<IpAddr> {
        let tunnel = self.outage.tunnel;
        let own = |negotiation: &Negotiation| {
            let ends = [negotiation.initiator, negotiation.responder];
            ends.into_iter().find(|&end| end != tunnel.peer && end != tunnel.local)
        };
        self.outage.after.negotiations.iter().find_map(own)
    }

    /// Where the initiator was sent to another gateway, if it was.
    pub(super) fn redirected(&self) -> Option<At> {
        self.outage.after.negotiations.iter().find_map(|negotiation| match negotiation.outcome {
            Outcome::Redirected(at) => Some(at),
            _ => None,
        })
    }

    /// Whether the peer was never heard before the failover, and its unanswered IKE is all there is: anyone can send
    /// that to a public address.
    pub(super) fn is_stranger(&self) -> bool {
        let Outage { before, after, tunnel, .. } = self.outage;
        before.ever == (false, false)
            && after.outbound.is_empty()
            && after.inbound.is_empty()
            && after.negotiations.iter().all(|negotiation| !negotiation.heard_other_than(tunnel.peer))
    }

    /// The negotiations that were given up at this message, the first one first, with how often they sent it together.
    pub(super) fn given_up(&self, stage: &str) -> (Vec<&'a Negotiation>, u32) {
        let all = self.outage.after.negotiations.iter().filter(|negotiation| negotiation.stage == stage);
        let given_up: Vec<_> = all.filter(|negotiation| self.is_given_up(negotiation)).collect();
        let messages =
            given_up.iter().map(|negotiation| negotiation.waiting.map_or(1, |waiting| waiting.times)).sum();
        (given_up, messages)
    }

    /// Whether anything asked for the tunnel until it was late for it: ESP that ran until the failover, a sign afterwards,
    /// or a negotiation.
    pub(super) fn is_wanted(&self) -> bool {
        let late = self.outage.failover.at.time.plus(self.options.late_after);
        self.outage.ran_until_failover()
            || !self.demand_after().is_empty()
            || self.outage.after.negotiations.iter().any(|it| it.started.time <= late)
    }

    /// Signs that the tunnel was wanted, one clause each.
    pub(super) fn demand(&self) -> Vec<String> {
        let outage = self.outage;
        let ran = |flow: &Option<Flow>, whose: IpAddr| {
            let flow = flow.as_ref().filter(|flow| flow.ran_until_failover)?;
            let before = seconds(outage.failover.at.time.since(flow.last.time));
            Some(format!("ESP of {whose} ran until {before} before the failover (frame {})", flow.last.frame))
        };
        let signs = ran(&outage.before.outbound, outage.tunnel.local);
        let mut signs: Vec<String> = signs.into_iter().collect();
        let after = self.demand_after();
        if after.is_empty() || signs.is_empty() {
            signs.extend(ran(&outage.before.inbound, outage.tunnel.peer));
        }
        signs.extend(after);
        signs
    }

    /// The same, after the failover only.
    pub(super) fn demand_after(&self) -> Vec<String> {
        let peer = self.outage.tunnel.peer;
        let mut signs = Vec::new();
        if let Some((packets, first, _)) = self.dead_spi() {
            signs.push(format!(
                "{peer} went on sending ESP, {} from frame {}",
                count(packets, "packet"),
                first.frame
            ));
        }
        let within = |sign: Option<(u64, At)>| sign.filter(|&(_, first)| self.is_within(first));
        if let Some((times, first)) = within(self.outage.after.peer_informational) {
            let what = count(times, "IKE informational message");
            signs.push(format!("{peer} sent {what} from frame {}", first.frame));
        }
        if let Some((times, first)) = within(self.outage.after.invalid_spi) {
            let notices = count(times, "notice");
            signs.push(format!("{notices} of an unknown SPI from frame {}", first.frame));
        }
        if let Some((packets, first)) = within(self.outage.after.in_clear) {
            let router = self.outage.failover.to;
            signs.push(format!(
                "{router} sent inside traffic in clear, at least {} from frame {}",
                count(packets, "packet"),
                first.frame
            ));
        }
        if let Some((times, first)) = within(self.outage.after.unreachable) {
            signs.push(format!("{} from frame {}", count(times, "ICMP unreachable error"), first.frame));
        }
        signs
    }
}

/// The outbound use of this kind, the earliest.
fn outbound(outage: &Outage, kind: SpiKind) -> Option<&Use> {
    outage.after.outbound.iter().find(|seen| seen.kind == kind)
}

/// The inbound use of this kind, the earliest.
fn inbound(outage: &Outage, kind: SpiKind) -> Option<&Use> {
    outage.after.inbound.iter().find(|seen| seen.kind == kind)
}

/// Whether the SAs of two directions came up together: a router that goes on with its own old SA while the peer has
/// another one since has nothing to gain.
fn began_together(out: &Use, back: &Use) -> bool {
    out.first_before.zip(back.first_before).is_some_and(|(out, back)| {
        out.time.since(back.time) <= TOGETHER && back.time.since(out.time) <= TOGETHER
    })
}

/// When a negotiation set up a child SA: phase 1 of version 1 alone sets up none, nor does one that was asked for none.
fn established_at(negotiation: &Negotiation) -> Option<At> {
    match negotiation.outcome {
        Outcome::Completed(at)
            if !negotiation.childless
                && (negotiation.version != 1 || negotiation.purpose == Purpose::ChildSa) =>
        {
            Some(at)
        }
        _ => None,
    }
}

/// How far apart the first packets of an SA's two directions may be.
const TOGETHER: Duration = Duration::from_secs(5);

/// What ended the watching.
pub(super) const fn end_of(outage: &Outage) -> &'static str {
    match outage.closed {
        Some(Closed::NextFailover) => "the group failed over again",
        Some(Closed::CaptureEnd) => "the capture ended",
        None => "the window ended",
    }
}

/// `28.6 s`.
pub(super) fn seconds(span: Duration) -> String {
    format!("{:.1} s", span.as_secs_f64())
}

/// `1 packet`, `2 packets`.
pub(super) fn count(number: u64, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}
