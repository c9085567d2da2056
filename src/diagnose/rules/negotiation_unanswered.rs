//! A negotiation was begun after a failover and stopped for want of an answer.

use crate::decode::Pieces;
use crate::diagnose::advice;
use crate::diagnose::finding::{Advice, Finding, Severity, Step};
use crate::diagnose::options::Options;
use crate::diagnose::phrase::{after_takeover, finding};
use crate::diagnose::reading::Reading;
use crate::diagnose::rule::{Meta, Rule};
use crate::diagnose::verdict::{Judgement, Verdict};
use crate::track::{InPieces, Negotiation, Outage, Tunnel};

/// The rule.
pub(super) struct NegotiationUnanswered;

static META: Meta = Meta {
    name: "negotiation-unanswered",
    severity: Severity::Critical,
    text: include_str!("negotiation_unanswered.md"),
};

impl Rule for NegotiationUnanswered {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judged(&self, judgement: &Judgement, options: &Options) -> Option<Finding> {
        if judgement.verdict != Verdict::Unanswered {
            return None;
        }
        Some(finding(&META, judgement, after_takeover(judgement), advise(judgement, options)))
    }
}

fn advise(judgement: &Judgement, options: &Options) -> Advice {
    let outage = &judgement.outage;
    let (router, peer) = (outage.failover.to, outage.tunnel.peer);
    let first = if is_asked_by_peer(outage) { advice::check_map(outage) } else { advice::check_peer(outage) };
    let way = advice::commands_on(
        advice::Site::from(outage).gateway,
        format!(
            "on the way between {router} and {peer}: do UDP 500 and 4500 pass, and where does the way back lead"
        ),
        &[
            "show ip access-lists",
            &format!("show ip route {peer}"),
            &format!("show ip arp {}", outage.tunnel.local),
        ],
    );
    Advice {
        meaning: advice::left_virtual_address(&Reading::new(outage, options))
            .unwrap_or_else(|| meaning(outage)),
        confirm: vec![first, advice::check_ike(outage), way, advice::check_gateway(outage)],
        remedy: match fragmented(outage) {
            Some(in_pieces) => advice::mend_first(outage, advice::let_fragments_pass(outage, in_pieces)),
            // A router that asks has its crypto map in force.
            None if !is_asked_by_peer(outage) => advice::mend_first(outage, let_pass(outage)),
            None => advice::remedies(outage),
        },
    }
}

/// What keeps the peer from answering, or its answer from arriving.
fn let_pass(outage: &Outage) -> Step {
    let (router, Tunnel { local, peer }) = (outage.failover.to, outage.tunnel);
    advice::words(format!(
        "on {peer} and on the way: does IKE of {router} arrive there, is a peer of {local} configured and listening, and does \
         the way back lead to {router}; let UDP 500 and 4500 pass both ways"
    ))
}

/// Where it stopped, and who was silent.
fn meaning(outage: &Outage) -> String {
    let (router, peer) = (outage.failover.to, outage.tunnel.peer);
    if last(outage).is_some_and(|negotiation| negotiation.waiting.is_none()) {
        return format!(
            "{router} and {peer} began to negotiate, and then no further message came through: UDP 4500 is filtered \
             where UDP 500 passes, or longer messages (certificates) are lost because their fragments are."
        );
    }
    if let Some(InPieces { stage, from, .. }) = fragmented(outage) {
        let (to, why) = (if from == peer { router } else { peer }, fragments_lost(outage));
        return format!(
            "{stage} of {from} is too long for one packet, and its fragments do not all reach {to}{why}: a filter on the \
             new path drops fragments, or its MTU is smaller than the old one's."
        );
    }
    if is_asked_by_peer(outage) {
        return format!(
            "{peer} asks for new SAs, and {router}, which owns {} now, does not answer: its {} is not in \
             force, IKE is off there, or an access list drops UDP 500 and 4500.",
            outage.tunnel.local,
            advice::Site::from(outage).policy()
        );
    }
    format!(
        "{router} asks for new SAs, and no answer of {peer} reaches it: the peer does not listen or does not know the \
         address it is asked from, or the way back still leads elsewhere."
    )
}

/// The message it stopped at, where that came in IP fragments.
fn fragmented(outage: &Outage) -> Option<InPieces> {
    let negotiation = last(outage)?;
    let is_ip = |it: &InPieces| matches!(it.pieces, Pieces::Fragments { .. });
    negotiation.in_pieces.filter(|it| it.stage == negotiation.stage && is_ip(it))
}

/// What shows that fragments were lost.
fn fragments_lost(outage: &Outage) -> &'static str {
    match (outage.after.fragments_lost, last(outage).and_then(|it| it.in_pieces)) {
        (Some(_), _) => ", as ICMP errors say",
        (None, Some(InPieces { whole: false, .. })) => ", nor did they come by here",
        (None, _) => ", or so it seems, since no answer comes",
    }
}

fn is_asked_by_peer(outage: &Outage) -> bool {
    last(outage).is_some_and(|negotiation| negotiation.initiator == outage.tunnel.peer)
}

fn last(outage: &Outage) -> Option<&Negotiation> {
    outage.after.negotiations.last()
}
