//! A layer that is announced and not yet read: how the readers of headers hand on what follows them.

use crate::wire::bytes::Reader;

use super::path::VirtualNetwork;

/// What a header announces that the bytes behind it are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Carried {
    /// IPv4.
    Ipv4,
    /// IPv6.
    Ipv6,
    /// IPv4 or IPv6, as their first four bits say.
    Ip,
    /// ARP.
    Arp,
    /// What this `EtherType` stands for, or LLC where it is a length.
    EtherType(u16),
    /// An Ethernet frame without preamble and FCS, which begins a link layer of its own.
    Ethernet(Option<VirtualNetwork>),
    /// IEEE 802.2 LLC.
    Llc,
    /// PPP, from its address or its protocol field on.
    Ppp,
    /// An MPLS label stack.
    Mpls,
}

/// Bytes of a frame, and what they are announced as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layer<'a> {
    /// Its protocol.
    pub(super) carried: Carried,
    /// What was captured of it, and of whatever padding follows it.
    pub(super) bytes: &'a [u8],
    /// Where it begins, in bytes from the start of the frame.
    pub(super) base: usize,
    /// Where it ends on the wire, counted likewise: behind the captured bytes where the frame was cut.
    pub(super) end: usize,
    /// Whether the wrapping around it says that bytes are missing at its end.
    pub(super) truncated: bool,
}

impl<'a> Layer<'a> {
    /// A reader of its bytes, which belong to the layer of this name.
    pub(super) const fn reader(&self, name: &'static str) -> Reader<'a> {
        Reader::new(name, self.bytes, self.base)
    }

    /// What follows what `reader`, a reader of this layer, has read.
    pub(super) fn after(&self, reader: &Reader<'a>, carried: Carried) -> Self {
        Self { carried, bytes: reader.rest(), base: reader.offset(), ..*self }
    }

    /// No more of it than its first `length` bytes; a length that is too great changes nothing.
    pub(super) fn within(self, length: usize) -> Self {
        let bytes = self.bytes.get(..length).unwrap_or(self.bytes);
        Self { bytes, end: self.end.min(self.base.saturating_add(length)), ..self }
    }

    /// How many bytes there were on the wire.
    pub(super) const fn wire_len(&self) -> usize {
        self.end.saturating_sub(self.base)
    }
}
