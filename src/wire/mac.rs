//! Link-layer addresses, and the ranges that redundancy protocols use as virtual MACs.

use std::fmt;
use std::hash::{Hash, Hasher};

/// A 48-bit link-layer address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MacAddr(pub [u8; 6]);

/// Which redundancy protocol a virtual MAC belongs to, with its group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VirtualMac {
    /// `00:00:0c:07:ac:GG`: HSRP version 1, group 0 to 255 (RFC 2281 §4.1).
    HsrpV1(u8),
    /// `00:00:0c:9f:fG:GG`: HSRP version 2 for IPv4, group 0 to 4095 (Cisco; as Wireshark resolves it).
    HsrpV2(u16),
    /// `00:05:73:a0:0G:GG`: HSRP version 2 for IPv6, group 0 to 4095.
    HsrpV6(u16),
    /// `00:07:b4:…`: GLBP, a 10-bit group and an 8-bit forwarder.
    Glbp {
        /// Group 0 to 1023.
        group: u16,
        /// Forwarder 1 to 255.
        forwarder: u8,
    },
    /// `00:00:5e:00:01:VV`: VRRP for IPv4 (RFC 5798 §7.3), and CARP, for IPv6 too.
    VrrpV4(u8),
    /// `00:00:5e:00:02:VV`: VRRP for IPv6 (RFC 5798 §7.3).
    VrrpV6(u8),
}

impl MacAddr {
    /// The broadcast address `ff:ff:ff:ff:ff:ff`.
    pub const BROADCAST: Self = Self([0xff; 6]);

    /// Whether it stands for a group of hosts, or for all of them (IEEE 802: the lowest bit of its first byte).
    pub const fn is_multicast(self) -> bool {
        self.0[0] & 1 == 1
    }

    /// The redundancy group this address stands for, where it lies in a virtual range.
    pub const fn virtual_mac(self) -> Option<VirtualMac> {
        match self.0 {
            [0x00, 0x00, 0x0c, 0x07, 0xac, group] => Some(VirtualMac::HsrpV1(group)),
            [0x00, 0x00, 0x0c, 0x9f, high, low] if high >> 4 == 0xf => {
                Some(VirtualMac::HsrpV2(u16::from_be_bytes([high & 0x0f, low])))
            }
            [0x00, 0x05, 0x73, 0xa0, high, low] if high >> 4 == 0 => {
                Some(VirtualMac::HsrpV6(u16::from_be_bytes([high, low])))
            }
            [0x00, 0x07, 0xb4, high, low, forwarder] if high >> 2 == 0 => {
                Some(VirtualMac::Glbp { group: u16::from_be_bytes([high, low]), forwarder })
            }
            [0x00, 0x00, 0x5e, 0x00, 0x01, vrid] => Some(VirtualMac::VrrpV4(vrid)),
            [0x00, 0x00, 0x5e, 0x00, 0x02, vrid] => Some(VirtualMac::VrrpV6(vrid)),
            _ => None,
        }
    }
}

impl Hash for MacAddr {
    /// Feeds one whole word.
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0.into_iter().fold(0, |number, byte| number << 8 | u64::from(byte)));
    }
}

impl fmt::Display for MacAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Tables have two in each row: one text is faster than eleven.
        let mut text = [b':'; 17];
        for (digits, byte) in text.chunks_mut(3).zip(self.0) {
            let digit = |of: u8| if of < 10 { b'0' + of } else { b'a' + of - 10 };
            if let [high, low, ..] = digits {
                (*high, *low) = (digit(byte >> 4), digit(byte & 0xf));
            }
        }
        f.write_str(std::str::from_utf8(&text).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_virtual_ranges() {
        let cases = [
            ([0x00, 0x00, 0x0c, 0x07, 0xac, 0x0a], Some(VirtualMac::HsrpV1(10))),
            ([0x00, 0x00, 0x0c, 0x9f, 0xf1, 0x2c], Some(VirtualMac::HsrpV2(300))),
            ([0x00, 0x05, 0x73, 0xa0, 0x00, 0x10], Some(VirtualMac::HsrpV6(16))),
            ([0x00, 0x07, 0xb4, 0x03, 0xfc, 0x01], Some(VirtualMac::Glbp { group: 1020, forwarder: 1 })),
            ([0x00, 0x00, 0x5e, 0x00, 0x01, 0x0a], Some(VirtualMac::VrrpV4(10))),
            ([0x00, 0x00, 0x5e, 0x00, 0x02, 0x0a], Some(VirtualMac::VrrpV6(10))),
            // The bits that each range leaves 0 or sets are no part of a group.
            ([0x00, 0x00, 0x0c, 0x9f, 0xe1, 0x2c], None),
            ([0x00, 0x05, 0x73, 0xa0, 0x10, 0x10], None),
            ([0x00, 0x07, 0xb4, 0x04, 0x00, 0x01], None),
            ([0x00, 0x00, 0x5e, 0x00, 0x03, 0x0a], None),
            ([0xaa, 0xbb, 0xcc, 0x00, 0x01, 0x00], None),
        ];
        for (bytes, expected) in cases {
            assert_eq!(MacAddr(bytes).virtual_mac(), expected, "{}", MacAddr(bytes));
        }
    }
}
