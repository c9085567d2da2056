//! Vendor IDs: which implementation or extension a vendor ID payload announces (RFC 2408 §3.16, RFC 7296 §3.12).
//!
//! The values are the vendors' own, mostly MD5 sums of a text; known from their documents and from Wireshark.

use std::fmt::Write;

/// The name of a vendor ID; `None` for bytes no entry begins.
///
/// Entries are prefixes, since many vendors append a version. The longest that fits wins.
pub fn name(bytes: &[u8]) -> Option<&'static str> {
    let fitting = KNOWN.iter().filter(|(prefix, _)| bytes.starts_with(prefix));
    fitting.max_by_key(|(prefix, _)| prefix.len()).map(|(_, name)| *name)
}

/// Whether [`name`] gives this name to anything.
pub fn is_name(name: &str) -> bool {
    KNOWN.iter().any(|(_, known)| *known == name)
}

/// The bytes for print: as text where all are printable ASCII, with backslashes and quotes escaped, else in
/// lower-case hex.
pub fn text(bytes: &[u8]) -> String {
    let printable = |byte: &u8| byte.is_ascii_graphic() || *byte == b' ';
    if !bytes.is_empty() && bytes.iter().all(printable) {
        return bytes.escape_ascii().to_string();
    }
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut hex, byte| {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// Prefix and name.
const KNOWN: &[(&[u8], &str)] = &[
    (b"\xaf\xca\xd7\x13\x68\xa1\xf1\xc9\x6b\x86\x96\xfc\x77\x57", "DPD"),
    (b"\x12\xf5\xf2\x8c\x45\x71\x68\xa9\x70\x2d\x9f\xe2\x74\xcc", "Cisco Unity"),
    (b"\x09\x00\x26\x89\xdf\xd6\xb7\x12", "XAUTH"),
    (b"\x40\x48\xb7\xd5\x6e\xbc\xe8\x85\x25\xe7\xde\x7f\x00\xd6\xc2\xd3", "IKE fragmentation"),
    (b"\x4a\x13\x1c\x81\x07\x03\x58\x45\x5c\x57\x28\xf2\x0e\x95\x45\x2f", "NAT-T (RFC 3947)"),
    (b"\x44\x85\x15\x2d\x18\xb6\xbb\xcd\x0b\xe8\xa8\x46\x95\x79\xdd\xcc", "NAT-T (draft 00)"),
    (b"\x16\xf6\xca\x16\xe4\xa4\x06\x6d\x83\x82\x1a\x0f\x0a\xea\xa8\x62", "NAT-T (draft 01)"),
    (b"\xcd\x60\x46\x43\x35\xdf\x21\xf8\x7c\xfd\xb2\xfc\x68\xb6\xa4\x48", "NAT-T (draft 02)"),
    (b"\x90\xcb\x80\x91\x3e\xbb\x69\x6e\x08\x63\x81\xb5\xec\x42\x7b\x1f", "NAT-T (draft 02\\n)"),
    (b"\x7d\x94\x19\xa6\x53\x10\xca\x6f\x2c\x17\x9d\x92\x15\x52\x9d\x56", "NAT-T (draft 03)"),
    (b"\x99\x09\xb6\x4e\xed\x93\x7c\x65\x73\xde\x52\xac\xe9\x52\xfa\x6b", "NAT-T (draft 04)"),
    (b"\x80\xd0\xbb\x3d\xef\x54\x56\x5e\xe8\x46\x45\xd4\xc8\x5c\xe3\xee", "NAT-T (draft 05)"),
    (b"\x4d\x1e\x0e\x13\x6d\xea\xfa\x34\xc4\xf3\xea\x9f\x02\xec\x72\x85", "NAT-T (draft 06)"),
    (b"\x43\x9b\x59\xf8\xba\x67\x6c\x4c\x77\x37\xae\x22\xea\xb8\xf5\x82", "NAT-T (draft 07)"),
    (b"\x8f\x8d\x83\x82\x6d\x24\x6b\x6f\xc7\xa8\xa6\xa4\x28\xc1\x1d\xe8", "NAT-T (draft 08)"),
    (b"\x88\x2f\xe5\x6d\x6f\xd2\x0d\xbc\x22\x51\x61\x3b\x2e\xbe\x5b\xeb", "strongSwan"),
    (b"\x1f\x07\xf7\x0e\xaa\x65\x14\xd3\xb0\xfa\x96\x54\x2a\x50", "Cisco VPN concentrator"),
    (b"\xf6\xf7\xef\xc7\xf5\xae\xb8\xcb\x15\x8c\xb9\xd0\x94\xba\x69\xe7", "Cisco VPN 3000 client"),
    (b"\x1e\x2b\x51\x69\x05\x99\x1c\x7d\x7c\x96\xfc\xbf\xb5\x87\xe4\x61", "Microsoft"),
    (b"\xfb\x1d\xe3\xcd\xf3\x41\xb7\xea\x16\xb7\xe5\xbe\x08\x55\xf1\x20", "Microsoft negotiation discovery"),
    (b"\x26\x24\x4d\x38\xed\xdb\x61\xb3\x17\x2a\x36\xe3\xd0\xcf\xb8\x19", "Microsoft initial contact"),
    (b"\x62\x1b\x04\xbb\x09\x88\x2a\xc1\xe1\x59\x35\xfe\xfa\x24\xae\xee", "GSSAPI"),
    (b"\x1d\x6e\x17\x8f\x6c\x2c\x0b\xe2\x84\x98\x54\x65\x45\x0f\xe9\xd4", "FortiGate"),
    (b"\x82\x99\x03\x17\x57\xa3\x60\x82\xc6\xa6\x21\xde", "FortiGate"),
    (b"\xf4\xed\x19\xe0\xc1\x14\xeb\x51\x6f\xaa\xac\x0e\xe3\x7d\xaf\x28\x07\xb4\x38\x1f", "Check Point"),
    (
        b"\x69\x93\x69\x22\x87\x41\xc6\xd4\xca\x09\x4c\x93\xe2\x42\xc9\xde\x19\xe7\xb7\xc6",
        "Juniper NetScreen",
    ),
    (b"\xfd\x80\x88\x04\xdf\x73\xb1\x51\x50\x70\x9d\x87\x80\x44\xcd\xe0\xac\x1e\xfc\xde", "Juniper SRX"),
    (b"\x70\x03\xcb\xc1\x09\x7d\xbe\x9c\x26\x00\xba\x69\x83\xbc\x8b\x35", "KAME/racoon"),
    (b"HeartBeat_Notify", "HeartBeat_Notify"),
    (b"\x5b\x36\x2b\xc8\x20\xf6", "SonicWall"),
    (b"CISCO-DELETE-REASON", "Cisco delete reason"),
    (b"FLEXVPN-SUPPORTED", "Cisco FlexVPN"),
    (b"CISCO-DYNAMIC-ROUTE", "Cisco dynamic route"),
    (b"CISCO(COPYRIGHT)", "Cisco"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_by_prefix_and_prefers_the_longest() {
        let dpd = *b"\xaf\xca\xd7\x13\x68\xa1\xf1\xc9\x6b\x86\x96\xfc\x77\x57\x01\x00";
        assert_eq!(name(&dpd), Some("DPD"));
        assert_eq!(name(&dpd[..14]), Some("DPD"));
        assert_eq!(name(&dpd[..13]), None);
        assert_eq!(name(b"CISCO-DELETE-REASON"), Some("Cisco delete reason"));
        assert_eq!(name(b"CISCO-DELETE-REASONS AND MORE"), Some("Cisco delete reason"));
        assert_eq!(name(b""), None);
    }

    #[test]
    fn prints_text_only_where_all_of_it_is() {
        assert_eq!(text(b"FLEXVPN-SUPPORTED"), "FLEXVPN-SUPPORTED");
        assert_eq!(text(b"say \"hi\"\\"), "say \\\"hi\\\"\\\\");
        assert_eq!(text(b"a\x1b[31m"), "611b5b33316d");
        assert_eq!(text(b""), "");
    }

    #[test]
    fn no_entry_stands_twice() {
        for (i, (prefix, _)) in KNOWN.iter().enumerate() {
            assert!(KNOWN.iter().skip(i + 1).all(|(other, _)| other != prefix), "{prefix:02x?}");
        }
    }
}
