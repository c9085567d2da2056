//! Payload types and their short names (RFC 2408 §3.1, RFC 3947 §3.2, and IANA's registry for version 2).

use std::fmt;

/// A payload type by its number on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PayloadType(pub u8);

impl PayloadType {
    /// No further payload; first inside SK: nothing inside.
    pub const NONE: Self = Self(0);
    /// Version 1: hash of an address and port (RFC 3947).
    pub const NAT_D: Self = Self(20);
    /// Version 1: the same, by the drafts before it.
    pub const NAT_D_DRAFT: Self = Self(130);
    /// Version 1: fragment of a whole message (Cisco and Microsoft).
    pub const FRAGMENT_V1: Self = Self(132);
    /// Version 2: security association.
    pub const SA: Self = Self(33);
    /// Version 2: key exchange.
    pub const KE: Self = Self(34);
    /// Version 2: identity of the initiator.
    pub const IDI: Self = Self(35);
    /// Version 2: identity of the responder.
    pub const IDR: Self = Self(36);
    /// Version 2: authentication.
    pub const AUTH: Self = Self(39);
    /// Version 2: nonce of either side.
    pub const NONCE: Self = Self(40);
    /// Version 2: notify.
    pub const NOTIFY: Self = Self(41);
    /// Version 2: delete.
    pub const DELETE: Self = Self(42);
    /// Version 2: encrypted and authenticated.
    pub const SK: Self = Self(46);
    /// Version 2: configuration.
    pub const CONFIGURATION: Self = Self(47);
    /// Version 2: EAP.
    pub const EAP: Self = Self(48);
    /// Version 2: encrypted fragment (RFC 7383).
    pub const SKF: Self = Self(53);

    /// The short name in version `major`, in the RFCs' notation (`SA`, `TSi`, `NAT-D`); `None` for a number the
    /// version does not name. `response` tells `Ni` from `Nr` in version 2.
    pub fn name(self, major: u8, response: bool) -> Option<&'static str> {
        let table = match major {
            1 => VERSION_1,
            2 if self == Self::NONCE => return Some(if response { "Nr" } else { "Ni" }),
            2 => VERSION_2,
            _ => return None,
        };
        table.iter().find(|(number, _)| *number == self.0).map(|(_, name)| *name)
    }

    /// Name and number for print: `SA(33)`, `Nr(40)`; `UNKNOWN(200)` for a number without a name.
    pub fn label(self, major: u8, response: bool) -> Label<u8> {
        Label { name: self.name(major, response), number: self.0 }
    }
}

/// A code point with its name: displays as `NAME(number)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Label<N> {
    /// Its name, where it has one.
    pub name: Option<&'static str>,
    /// Its number on the wire.
    pub number: N,
}

impl<N: fmt::Display> fmt::Display for Label<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({})", self.name.unwrap_or("UNKNOWN"), self.number)
    }
}

const VERSION_1: &[(u8, &str)] = &[
    (0, "NONE"),
    (1, "SA"),
    (2, "P"),
    (3, "T"),
    (4, "KE"),
    (5, "ID"),
    (6, "CERT"),
    (7, "CR"),
    (8, "HASH"),
    (9, "SIG"),
    (10, "NONCE"),
    (11, "N"),
    (12, "D"),
    (13, "VID"),
    (14, "ATTR"),
    (15, "SAK"),
    (16, "SAT"),
    (17, "KD"),
    (18, "SEQ"),
    (19, "POP"),
    (20, "NAT-D"),
    (21, "NAT-OA"),
    (22, "GAP"),
    // Private use: the numbers of the NAT-T drafts, and the fragments of Cisco and Microsoft.
    (130, "NAT-D"),
    (131, "NAT-OA"),
    (132, "FRAG"),
];

const VERSION_2: &[(u8, &str)] = &[
    (0, "NONE"),
    (33, "SA"),
    (34, "KE"),
    (35, "IDi"),
    (36, "IDr"),
    (37, "CERT"),
    (38, "CERTREQ"),
    (39, "AUTH"),
    (41, "N"),
    (42, "D"),
    (43, "V"),
    (44, "TSi"),
    (45, "TSr"),
    (46, "SK"),
    (47, "CP"),
    (48, "EAP"),
    (49, "GSPM"),
    (50, "IDg"),
    (51, "GSA"),
    (52, "KD"),
    (53, "SKF"),
    (54, "PS"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_name_and_number() {
        let cases = [
            (33, 2, false, "SA(33)"),
            (40, 2, false, "Ni(40)"),
            (40, 2, true, "Nr(40)"),
            (46, 2, true, "SK(46)"),
            (10, 1, false, "NONCE(10)"),
            (20, 1, false, "NAT-D(20)"),
            (33, 1, false, "UNKNOWN(33)"),
            (1, 2, false, "UNKNOWN(1)"),
            (33, 3, false, "UNKNOWN(33)"),
        ];
        for (number, major, response, expected) in cases {
            assert_eq!(PayloadType(number).label(major, response).to_string(), expected);
        }
    }
}
