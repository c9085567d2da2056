//! Which segments show their tunnels from one end alone.

use std::collections::BTreeMap;

use crate::observe::Segment;
use crate::track::TunnelFacts;

/// The tunnels of each segment on which ESP was captured, and of every tunnel packets of one end alone: a mirror that
/// copies one direction leaves them so.
///
/// One tunnel of many is no such sign: its other end may be dead. Neither is IKE: a request without an answer is a
/// matter of the network.
pub(super) fn one_sided<'a>(
    tunnels: impl IntoIterator<Item = &'a TunnelFacts>,
) -> BTreeMap<Segment, Vec<&'a TunnelFacts>> {
    let mut segments: BTreeMap<Segment, Vec<&TunnelFacts>> = BTreeMap::new();
    for facts in tunnels {
        let multicast = facts.tunnel.local.is_multicast() || facts.tunnel.peer.is_multicast();
        if esp_of(facts) > 0 && !multicast {
            segments.entry(facts.segment).or_default().push(facts);
        }
    }
    segments.retain(|_, tunnels| {
        let is_one_sided = |facts: &&TunnelFacts| facts.heard.0 != facts.heard.1;
        tunnels.iter().all(is_one_sided) && tunnels.iter().map(|facts| esp_of(facts)).sum::<u64>() >= PACKETS
    });
    segments
}

const fn esp_of(facts: &TunnelFacts) -> u64 {
    facts.esp_packets.0 + facts.esp_packets.1
}

/// How many ESP packets are no remnant of an SA.
const PACKETS: u64 = 10;
