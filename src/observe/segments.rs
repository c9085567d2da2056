//! Which segments are one: two captures that show a group with the same number, VLAN and virtual address were taken
//! on one segment.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::decode::Vlans;

use super::gateway::{GatewayMessage, GroupName};
use super::place::Segment;

/// The segments of a run, each by the name under which it was seen first.
#[derive(Default)]
pub(super) struct Segments {
    first: BTreeMap<Segment, Segment>,
    by_group: BTreeMap<(Vlans, GroupName, IpAddr), Segment>,
}

impl Segments {
    /// The name of a segment.
    pub(super) fn name(&self, segment: Segment) -> Segment {
        self.first.get(&segment).copied().unwrap_or(segment)
    }

    /// Learns from a group message of `router` on a segment; the segment's name from now on.
    ///
    /// Interfaces of one capture are never one segment: whoever captured them apart knows why.
    pub(super) fn learn(&mut self, segment: Segment, router: IpAddr, message: &GatewayMessage) -> Segment {
        let name = self.name(segment);
        if self.by_group.len() >= LIMIT {
            return name;
        }
        // CARP names no virtual address; there the same router in the same group tells as much.
        let address = match message.virtual_addresses.first() {
            Some(&address) => address,
            None if message.group.protocol.names_virtual_addresses() => return name,
            None => router,
        };
        let identity = (segment.vlans, message.group, address);
        let known = *self.by_group.entry(identity).or_insert(name);
        if known.series != name.series {
            self.first.insert(segment, known);
            return known;
        }
        name
    }
}

/// How many groups are remembered; beyond that captures are judged each on its own.
const LIMIT: usize = 0x1_0000;
