//! What decoding may be told.

/// What decoding may be told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// UDP and TCP ports, beside the known ones, on which IKE and ESP are read.
    pub ike_ports: Vec<u16>,
}

impl Options {
    /// Nothing.
    pub(super) const NONE: Self = Self { ike_ports: Vec::new() };

    /// Whether one of a datagram's two ports is one on which IKE was said to be.
    #[inline]
    pub(super) fn adds(&self, (src, dst): (u16, u16)) -> bool {
        self.ike_ports.iter().any(|&port| port == src || port == dst)
    }
}
