//! A proposal in one line, by the names of its algorithms (RFC 2409 appendix A; IANA's registry for version 2).

use std::fmt;

use super::sa::{Proposal, Transform};

/// A proposal for print.
///
/// Version 2: encryption, integrity, PRF, key exchanges and sequence numbers, alternatives joined by `|`:
/// `AES-CBC-256|AES-CBC-128/SHA2-256-128/PRF-SHA2-256/MODP2048`. Version 1: one suite for each transform, of
/// encryption, hash, authentication and group: `AES-CBC-256/SHA2-256/PSK/MODP2048, 3DES-CBC/SHA1/PSK/MODP1024`.
/// A number without a name prints as `ENCR-99`. Version 1's phase 2 is never in clear, and prints by number.
#[derive(Clone, Copy, Debug)]
pub struct Suite<'a> {
    proposal: &'a Proposal<'a>,
    major: u8,
}

impl Proposal<'_> {
    /// The proposal for print, read by the rules of version `major`.
    pub const fn suite(&self, major: u8) -> Suite<'_> {
        Suite { proposal: self, major }
    }
}

impl fmt::Display for Suite<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let transforms = &self.proposal.transforms;
        if self.major == 1 {
            for (i, transform) in transforms.iter().enumerate() {
                f.write_str(if i == 0 { "" } else { ", " })?;
                write_version_1(f, self.proposal.protocol, transform)?;
            }
            return Ok(());
        }
        let mut separator = "";
        for kind in ORDER {
            for transform in transforms.iter().filter(|transform| transform.kind == *kind) {
                write!(f, "{separator}")?;
                write_version_2(f, transform)?;
                separator = "|";
            }
            separator = if separator.is_empty() { "" } else { "/" };
        }
        Ok(())
    }
}

/// The name of a key exchange group, the same in both versions; `None` for a number without one.
pub fn group_name(group: u16) -> Option<&'static str> {
    name(GROUPS, group)
}

fn write_version_1(f: &mut fmt::Formatter<'_>, protocol: u8, transform: &Transform<'_>) -> fmt::Result {
    if protocol != PROTOCOL_IKE {
        return write!(f, "TRANSFORM-{}", transform.id);
    }
    let parts =
        [(1, "ENCR", ENCRYPTION_V1), (2, "HASH", HASHES_V1), (3, "AUTH", METHODS_V1), (4, "GROUP", GROUPS)];
    let mut separator = "";
    for (attribute, prefix, table) in parts {
        let Some(value) = transform.short(attribute) else { continue };
        f.write_str(separator)?;
        write_name(f, prefix, table, value)?;
        if let (1, Some(bits)) = (attribute, transform.short(KEY_LENGTH)) {
            write!(f, "-{bits}")?;
        }
        separator = "/";
    }
    Ok(())
}

fn write_version_2(f: &mut fmt::Formatter<'_>, transform: &Transform<'_>) -> fmt::Result {
    let (prefix, table) = match transform.kind {
        1 => ("ENCR", ENCRYPTION),
        2 => ("PRF", PRFS),
        3 => ("INTEG", INTEGRITY),
        5 => ("ESN", SEQUENCE_NUMBERS),
        _ => ("GROUP", GROUPS),
    };
    write_name(f, prefix, table, transform.id)?;
    transform.short(KEY_LENGTH).map_or(Ok(()), |bits| write!(f, "-{bits}"))
}

fn write_name(f: &mut fmt::Formatter<'_>, prefix: &str, table: Table, number: u16) -> fmt::Result {
    match name(table, number) {
        Some(name) => f.write_str(name),
        None => write!(f, "{prefix}-{number}"),
    }
}

fn name(table: Table, number: u16) -> Option<&'static str> {
    table.iter().find(|(found, _)| *found == number).map(|(_, name)| *name)
}

type Table = &'static [(u16, &'static str)];

/// Transform types in the order of print; 6 to 12 are the additional key exchanges (RFC 9370).
const ORDER: &[u8] = &[1, 3, 2, 4, 6, 7, 8, 9, 10, 11, 12, 5];
const PROTOCOL_IKE: u8 = 1;
/// The attribute that holds a key length in bits, in both versions.
const KEY_LENGTH: u16 = 14;

const ENCRYPTION_V1: Table = &[
    (1, "DES-CBC"),
    (2, "IDEA-CBC"),
    (3, "BLOWFISH-CBC"),
    (4, "RC5-CBC"),
    (5, "3DES-CBC"),
    (6, "CAST-CBC"),
    (7, "AES-CBC"),
    (8, "CAMELLIA-CBC"),
];

const HASHES_V1: Table =
    &[(1, "MD5"), (2, "SHA1"), (3, "TIGER"), (4, "SHA2-256"), (5, "SHA2-384"), (6, "SHA2-512")];

/// Above 64220: hybrid authentication and XAUTH, for initiator (I) and responder (R).
const METHODS_V1: Table = &[
    (1, "PSK"),
    (2, "DSS"),
    (3, "RSA"),
    (4, "RSA-ENC"),
    (5, "RSA-REV-ENC"),
    (9, "ECDSA-256"),
    (10, "ECDSA-384"),
    (11, "ECDSA-521"),
    (64221, "HYBRID-RSA-I"),
    (64222, "HYBRID-RSA-R"),
    (64223, "HYBRID-DSS-I"),
    (64224, "HYBRID-DSS-R"),
    (65001, "XAUTH-PSK-I"),
    (65002, "XAUTH-PSK-R"),
    (65003, "XAUTH-DSS-I"),
    (65004, "XAUTH-DSS-R"),
    (65005, "XAUTH-RSA-I"),
    (65006, "XAUTH-RSA-R"),
    (65007, "XAUTH-RSA-ENC-I"),
    (65008, "XAUTH-RSA-ENC-R"),
    (65009, "XAUTH-RSA-REV-ENC-I"),
    (65010, "XAUTH-RSA-REV-ENC-R"),
];

const ENCRYPTION: Table = &[
    (1, "DES-IV64"),
    (2, "DES-CBC"),
    (3, "3DES-CBC"),
    (4, "RC5-CBC"),
    (5, "IDEA-CBC"),
    (6, "CAST-CBC"),
    (7, "BLOWFISH-CBC"),
    (8, "3IDEA"),
    (9, "DES-IV32"),
    (11, "NULL"),
    (12, "AES-CBC"),
    (13, "AES-CTR"),
    (14, "AES-CCM-8"),
    (15, "AES-CCM-12"),
    (16, "AES-CCM-16"),
    (18, "AES-GCM-8"),
    (19, "AES-GCM-12"),
    (20, "AES-GCM-16"),
    (21, "NULL-AES-GMAC"),
    (23, "CAMELLIA-CBC"),
    (24, "CAMELLIA-CTR"),
    (25, "CAMELLIA-CCM-8"),
    (26, "CAMELLIA-CCM-12"),
    (27, "CAMELLIA-CCM-16"),
    (28, "CHACHA20-POLY1305"),
];

const PRFS: Table = &[
    (1, "PRF-MD5"),
    (2, "PRF-SHA1"),
    (3, "PRF-TIGER"),
    (4, "PRF-AES-XCBC"),
    (5, "PRF-SHA2-256"),
    (6, "PRF-SHA2-384"),
    (7, "PRF-SHA2-512"),
    (8, "PRF-AES-CMAC"),
];

const INTEGRITY: Table = &[
    (0, "NONE"),
    (1, "MD5-96"),
    (2, "SHA1-96"),
    (3, "DES-MAC"),
    (4, "KPDK-MD5"),
    (5, "AES-XCBC-96"),
    (6, "MD5-128"),
    (7, "SHA1-160"),
    (8, "AES-CMAC-96"),
    (9, "AES-128-GMAC"),
    (10, "AES-192-GMAC"),
    (11, "AES-256-GMAC"),
    (12, "SHA2-256-128"),
    (13, "SHA2-384-192"),
    (14, "SHA2-512-256"),
];

const GROUPS: Table = &[
    (0, "NONE"),
    (1, "MODP768"),
    (2, "MODP1024"),
    (3, "EC2N155"),
    (4, "EC2N185"),
    (5, "MODP1536"),
    (14, "MODP2048"),
    (15, "MODP3072"),
    (16, "MODP4096"),
    (17, "MODP6144"),
    (18, "MODP8192"),
    (19, "ECP256"),
    (20, "ECP384"),
    (21, "ECP521"),
    (22, "MODP1024-160"),
    (23, "MODP2048-224"),
    (24, "MODP2048-256"),
    (25, "ECP192"),
    (26, "ECP224"),
    (27, "BRAINPOOL224"),
    (28, "BRAINPOOL256"),
    (29, "BRAINPOOL384"),
    (30, "BRAINPOOL512"),
    (31, "X25519"),
    (32, "X448"),
    (33, "GOST256"),
    (34, "GOST512"),
    (35, "ML-KEM-512"),
    (36, "ML-KEM-768"),
    (37, "ML-KEM-1024"),
];

const SEQUENCE_NUMBERS: Table = &[(0, "NO-ESN"), (1, "ESN")];

#[cfg(test)]
mod tests {
    use super::super::sa::Attribute;
    use super::*;

    fn transform(kind: u8, id: u16, attributes: &[(u16, u16)]) -> Transform<'static> {
        let attributes = attributes.iter().map(|(kind, value)| (*kind, Attribute::Short(*value))).collect();
        Transform { kind, id, attributes }
    }

    fn print(major: u8, protocol: u8, transforms: Vec<Transform<'_>>) -> String {
        Proposal { number: 1, protocol, spi: &[], transforms }.suite(major).to_string()
    }

    #[test]
    fn version_2_orders_by_type_and_joins_alternatives() {
        let transforms = vec![
            transform(4, 14, &[]),
            transform(1, 12, &[(14, 256)]),
            transform(1, 12, &[(14, 128)]),
            transform(2, 5, &[]),
            transform(3, 12, &[]),
        ];
        assert_eq!(print(2, 1, transforms), "AES-CBC-256|AES-CBC-128/SHA2-256-128/PRF-SHA2-256/MODP2048");
        let transforms = vec![transform(1, 20, &[(14, 256)]), transform(5, 0, &[]), transform(4, 999, &[])];
        assert_eq!(print(2, 3, transforms), "AES-GCM-16-256/GROUP-999/NO-ESN");
        assert_eq!(print(2, 3, vec![]), "");
    }

    #[test]
    fn version_1_prints_a_suite_for_each_transform() {
        let transforms = vec![
            transform(1, 1, &[(1, 7), (14, 256), (2, 4), (4, 14), (3, 1), (11, 1), (12, 28800)]),
            transform(2, 1, &[(1, 5), (2, 2), (4, 2), (3, 65001)]),
        ];
        assert_eq!(
            print(1, 1, transforms),
            "AES-CBC-256/SHA2-256/PSK/MODP2048, 3DES-CBC/SHA1/XAUTH-PSK-I/MODP1024"
        );
        assert_eq!(print(1, 3, vec![transform(1, 12, &[])]), "TRANSFORM-12");
    }
}
