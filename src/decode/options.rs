//! What decoding may be told.

/// What decoding may be told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// UDP and TCP ports, beside the known ones, on which IKE and ESP are read.
    pub ike_ports: Vec<u16>,
    /// Whether each segment of TCP is a piece of a stream worth to be read, whatever it holds.
    pub(super) all_streams: bool,
}

impl Options {
    /// Options that add these ports.
    pub const fn new(ike_ports: Vec<u16>) -> Self {
        Self { ike_ports, all_streams: false }
    }
}

impl Options {
    /// Nothing.
    pub(super) const NONE: Self = Self::new(Vec::new());

    /// Whether one of a datagram's two ports is one on which IKE was said to be.
    #[inline]
    pub(super) fn adds(&self, (src, dst): (u16, u16)) -> bool {
        self.ike_ports.iter().any(|&port| port == src || port == dst)
    }
}
