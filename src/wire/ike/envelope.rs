//! How large a message becomes once its payloads are encrypted (RFC 7296 §3.14, RFC 5282 §3, RFC 2409 §5).

use super::sa::Proposal;

/// What encryption adds to the payloads of one IKE SA, and how long its proofs are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// Bytes of the message that are no payload: header, SK's own header, IV and checksum.
    overhead: u32,
    /// The payloads and their padding fill a multiple of this many bytes.
    block: u32,
    /// Bytes of the keyed hash: the PRF's output in version 2, the HASH payload's content in version 1.
    hash: u32,
}

impl Envelope {
    /// Version 2: the smallest that any suite has. AES-CCM with an 8-byte IV and checksum, no padding beyond its
    /// length byte, and a 16-byte PRF.
    pub const SMALLEST: Self = Self { overhead: CLEAR_V2 + 8 + 8, block: 1, hash: 16 };

    /// That of the chosen proposal, which the responder's security association names in clear. `None` where an
    /// algorithm is missing or unknown.
    pub fn of(major: u8, chosen: &Proposal<'_>) -> Option<Self> {
        match major {
            1 => Self::of_version_1(chosen),
            2 => Self::of_version_2(chosen),
            _ => None,
        }
    }

    /// Length of the smallest version 2 message that holds `plain` bytes of payloads, with the least padding.
    pub const fn sealed(self, plain: u32) -> u32 {
        // One byte more for the padding's length.
        self.overhead.saturating_add(round_up(plain.saturating_add(1), self.block))
    }

    /// Bytes of the keyed hash.
    pub const fn hash(self) -> u32 {
        self.hash
    }

    /// Shortest and longest version 1 message that holds `plain` bytes of payloads.
    ///
    /// Where they fill whole blocks some implementations add none and others one more block of padding.
    pub const fn sealed_version_1(self, plain: u32) -> (u32, u32) {
        let shortest = self.overhead.saturating_add(round_up(plain, self.block));
        (shortest, self.sealed(plain))
    }

    fn of_version_1(chosen: &Proposal<'_>) -> Option<Self> {
        let transform = chosen.transforms.first()?;
        // The IV is derived and not sent, and there is no checksum.
        let block = match transform.short(ENCRYPTION_V1)? {
            1..=6 => 8,
            7 | 8 => 16,
            _ => return None,
        };
        let hash = match transform.short(HASH_V1)? {
            1 => 16,
            2 => 20,
            3 => 24,
            4 => 32,
            5 => 48,
            6 => 64,
            _ => return None,
        };
        Some(Self { overhead: HEADER, block, hash })
    }

    fn of_version_2(chosen: &Proposal<'_>) -> Option<Self> {
        let id = |kind: u8| chosen.transforms.iter().find(|found| found.kind == kind).map(|found| found.id);
        let (iv, block, own_checksum) = cipher(id(ENCRYPTION)?)?;
        let checksum = match own_checksum {
            Some(checksum) => checksum,
            None => checksum_length(id(INTEGRITY)?)?,
        };
        Some(Self { overhead: CLEAR_V2 + iv + checksum, block, hash: prf_length(id(PRF)?)? })
    }
}

const fn round_up(bytes: u32, block: u32) -> u32 {
    bytes.div_ceil(block).saturating_mul(block)
}

/// IV, block, and checksum where the cipher authenticates by itself; in bytes.
const fn cipher(id: u16) -> Option<(u32, u32, Option<u32>)> {
    Some(match id {
        2..=7 => (8, 8, None),
        12 | 23 => (16, 16, None),
        13 | 24 => (8, 1, None),
        14 | 18 | 25 => (8, 1, Some(8)),
        15 | 19 | 26 => (8, 1, Some(12)),
        16 | 20 | 27 | 28 => (8, 1, Some(16)),
        _ => return None,
    })
}

const fn checksum_length(integrity: u16) -> Option<u32> {
    Some(match integrity {
        1 | 2 | 5 | 8 => 12,
        6 | 12 => 16,
        7 => 20,
        13 => 24,
        14 => 32,
        _ => return None,
    })
}

const fn prf_length(prf: u16) -> Option<u32> {
    Some(match prf {
        1 | 4 | 8 => 16,
        2 => 20,
        3 => 24,
        5 => 32,
        6 => 48,
        7 => 64,
        _ => return None,
    })
}

/// The IKE header.
const HEADER: u32 = 28;
/// The header, and the generic header of SK.
const CLEAR_V2: u32 = HEADER + 4;
/// Transform types of version 2.
const ENCRYPTION: u8 = 1;
const PRF: u8 = 2;
const INTEGRITY: u8 = 3;
/// Attributes of a version 1 transform.
const ENCRYPTION_V1: u16 = 1;
const HASH_V1: u16 = 2;

#[cfg(test)]
mod tests {
    use super::super::sa::{Attribute, Transform};
    use super::*;

    fn version_2(ids: &[(u8, u16)]) -> Envelope {
        let transforms =
            ids.iter().map(|(kind, id)| Transform { kind: *kind, id: *id, attributes: vec![] }).collect();
        Envelope::of(2, &Proposal { number: 1, protocol: 1, spi: &[], transforms }).unwrap()
    }

    fn version_1(encryption: u16, hash: u16) -> Envelope {
        let attributes = vec![(1, Attribute::Short(encryption)), (2, Attribute::Short(hash))];
        let transforms = vec![Transform { kind: 1, id: 1, attributes }];
        Envelope::of(1, &Proposal { number: 1, protocol: 1, spi: &[], transforms }).unwrap()
    }

    #[test]
    fn an_empty_version_2_message_has_its_known_length() {
        let cases = [
            (version_2(&[(1, 12), (2, 2), (3, 2)]), 76),
            (version_2(&[(1, 12), (2, 5), (3, 12)]), 80),
            (version_2(&[(1, 12), (2, 6), (3, 13)]), 88),
            (version_2(&[(1, 12), (2, 7), (3, 14)]), 96),
            (version_2(&[(1, 3), (2, 2), (3, 2)]), 60),
            (version_2(&[(1, 20), (2, 5)]), 57),
            (version_2(&[(1, 28), (2, 5)]), 57),
        ];
        for (envelope, expected) in cases {
            assert_eq!(envelope.sealed(0), expected, "{envelope:?}");
            assert!(envelope.sealed(100) >= Envelope::SMALLEST.sealed(100));
        }
    }

    #[test]
    fn a_version_1_probe_has_its_known_length() {
        // HASH, and a notify with both cookies and a sequence number.
        for (envelope, expected) in [(version_1(7, 2), 92), (version_1(7, 4), 108), (version_1(5, 2), 84)] {
            let (shortest, longest) = envelope.sealed_version_1(4 + envelope.hash() + 32);
            assert!((shortest..=longest).contains(&expected), "{envelope:?}: {shortest} to {longest}");
        }
    }

    #[test]
    fn an_unknown_algorithm_gives_none() {
        let transforms = vec![Transform { kind: 1, id: 999, attributes: vec![] }];
        let proposal = Proposal { number: 1, protocol: 1, spi: &[], transforms };
        assert_eq!(Envelope::of(2, &proposal), None);
        assert_eq!(Envelope::of(1, &proposal), None);
    }
}
