//! Where tshark's reading and the `messages` table differ, and why. Each was looked at by hand.

use std::ops::RangeInclusive;

/// One explained difference.
#[derive(Debug)]
pub(super) struct Deviation {
    /// The capture.
    file: &'static str,
    /// Which of its frames.
    frames: RangeInclusive<u64>,
    /// Which of their rows.
    protocol: &'static str,
    /// `missing`, `extra`, or the column that differs.
    what: &'static str,
    #[expect(dead_code, reason = "for the reader, and for the list of entries that explain nothing")]
    reason: &'static str,
}

impl Deviation {
    pub(super) fn covers(&self, file: &str, frame: u64, protocol: &str, what: &str) -> bool {
        (self.file, self.protocol, self.what) == (file, protocol, what) && self.frames.contains(&frame)
    }
}

pub(super) const DEVIATIONS: &[Deviation] = &[
    Deviation {
        file: "AlexeyVasilev+PcapFlowLab/10_outer_qinq_ipv4_ah_tcp.pcap",
        frames: 1..=1,
        protocol: "ah",
        what: "vlan",
        reason: "the outer tag is of 802.1ad (0x88a8), and tshark's reading lists those of 802.1Q alone",
    },
    Deviation {
        file: "idaholab+Malcolm-Test-Artifacts/RADIUS.pcap",
        frames: 210..=210,
        protocol: "vrrp",
        what: "missing",
        reason: "version 7, type 2: there is no such VRRP; the bytes are those of a certificate",
    },
    Deviation {
        file: "the-tcpdump-group+tcpdump/arp-too-long-tha.pcap",
        frames: 1..=1,
        protocol: "arp",
        what: "missing",
        reason: "hardware type 12336 with addresses of 14 bytes: not ARP for IPv4 over Ethernet",
    },
];
