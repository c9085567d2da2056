//! Frames that a capture lacks: a few of ESP, or all of IKE.

use sagap::capture::{Frame, FrameNumber, LinkType};
use sagap::decode::{Message, Network, Packet, Stop, decode};
use sagap::time::Timestamp;

use crate::common::read::Owned;

/// The frames without one in a hundred of those with ESP, chosen by `seed`.
pub(super) fn without_some_esp(frames: &[Owned], seed: u64) -> Vec<Owned> {
    let mut state = seed;
    let mut is_lost = || {
        // Knuth's linear congruential generator; its high bits are the good ones.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33).is_multiple_of(100)
    };
    let kept = |frame: &&Owned| !(is(frame, is_esp) && is_lost());
    frames.iter().filter(kept).cloned().collect()
}

/// The frames without IKE, as a capture filter for ESP and the gateway protocols leaves them.
pub(super) fn without_ike(frames: &[Owned]) -> Vec<Owned> {
    frames.iter().filter(|frame| !is(frame, is_ike)).cloned().collect()
}

/// The frames of the gateway protocols, ARP and ESP alone: a capture filter that forgets IKE.
pub(super) fn filtered(frames: &[Owned]) -> Vec<Owned> {
    frames.iter().filter(|frame| is(frame, is_filtered_for)).cloned().collect()
}

/// Whether there is IKE among the frames.
pub(super) fn have_ike(frames: &[Owned]) -> bool {
    frames.iter().any(|frame| is(frame, is_ike))
}

fn is(frame: &Owned, what: fn(&Packet<'_>) -> bool) -> bool {
    what(&decode(&Frame {
        number: FrameNumber(frame.number),
        time: Timestamp::from_nanos(frame.nanos),
        wire_len: frame.wire_len,
        interface: frame.interface,
        link_type: LinkType(frame.link_type),
        bytes: &frame.bytes,
    }))
}

const fn is_esp(packet: &Packet<'_>) -> bool {
    matches!(packet.message, Some(Message::Esp { .. }))
}

const fn is_filtered_for(packet: &Packet<'_>) -> bool {
    use Message::{Arp, Carp, Esp, Glbp, Hsrp, Vrrp};
    matches!(packet.message, Some(Hsrp(_) | Vrrp(_) | Glbp(_) | Carp(_) | Arp(_) | Esp { .. }))
}

/// Nothing else in these recordings comes in fragments of UDP.
const fn is_ike(packet: &Packet<'_>) -> bool {
    let fragment = matches!(packet.stop, Some(Stop::Fragment(_)))
        && matches!(packet.network, Some(Network { protocol: UDP, .. }));
    fragment || matches!(packet.message, Some(Message::Ike(_)))
}

const UDP: u8 = 17;
