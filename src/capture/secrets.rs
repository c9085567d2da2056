//! What keys a capture carries, without the keys.

use std::fmt;

/// A kind of decryption secrets, by its number in pcapng.
///
/// Source: draft-ietf-opsawg-pcapng, section 4.7, and Wireshark's wiretap/secrets-types.h.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SecretsKind(pub u32);

impl SecretsKind {
    /// A TLS key log.
    pub const TLS: Self = Self(0x544c_534b);
    /// An SSH key log.
    pub const SSH: Self = Self(0x5353_484b);
    /// A `WireGuard` key log.
    pub const WIREGUARD: Self = Self(0x5747_4b4c);
    /// A Zigbee network key.
    pub const ZIGBEE_NETWORK: Self = Self(0x5a4e_574b);
    /// A Zigbee APS key.
    pub const ZIGBEE_APS: Self = Self(0x5a41_5053);
    /// An OPC UA key log.
    pub const OPC_UA: Self = Self(0x5541_4b4c);

    /// How many kinds are told apart in one capture; the others are counted as kind 0.
    pub(super) const MAX: usize = 16;
}

impl fmt::Display for SecretsKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match *self {
            Self::TLS => "TLS",
            Self::SSH => "SSH",
            Self::WIREGUARD => "WireGuard",
            Self::ZIGBEE_NETWORK | Self::ZIGBEE_APS => "Zigbee",
            Self::OPC_UA => "OPC UA",
            Self(number) => return write!(f, "kind {number:#010x}"),
        })
    }
}
