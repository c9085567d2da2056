//! The TLVs of a GLBP datagram.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::super::bytes::{Malformed, Reader};
use super::super::mac::MacAddr;
use super::{Authentication, Forwarder, Hello, Packet};

/// The next TLV: its type and its value.
pub(super) fn next<'a>(reader: &mut Reader<'a>) -> Result<(u8, Reader<'a>), Malformed> {
    let kind = reader.u8("TLV type")?;
    let offset = reader.offset();
    let length = reader.u8("TLV length")?;
    let value =
        length.checked_sub(HEADER).ok_or_else(|| out_of_range("TLV length", offset, HEADER, length))?;
    Ok((kind, reader.part("TLV", value.into())?))
}

/// Adds what a TLV says to the packet; unknown types say nothing.
pub(super) fn add(packet: &mut Packet, kind: u8, mut value: Reader<'_>) -> Result<(), Malformed> {
    match kind {
        HELLO if packet.hello.is_some() => {
            return Err(out_of_range("number of hellos", value.offset(), 1, 2));
        }
        HELLO => {
            let hello = packet.hello.insert(hello(&mut value)?);
            hello.virtual_address = virtual_address(&mut value)?;
        }
        FORWARDER => packet.forwarders.push(forwarder(value)?),
        AUTHENTICATION => packet.authentication = authentication(value)?,
        _ => {}
    }
    Ok(())
}

/// Reads a hello up to its address, which is left unspecified.
fn hello(value: &mut Reader<'_>) -> Result<Hello, Malformed> {
    let mut value = value.part("hello", 18)?;
    value.u8("unknown")?;
    let state = value.u8("gateway state")?.into();
    value.u8("unknown")?;
    let priority = value.u8("priority")?;
    value.u16("unknown")?;
    Ok(Hello {
        state,
        priority,
        hello_ms: value.u32("hello time")?,
        hold_ms: value.u32("hold time")?,
        redirect_s: value.u16("redirect time")?,
        timeout_s: value.u16("timeout")?,
        virtual_address: Ipv4Addr::UNSPECIFIED.into(),
    })
}

/// Reads the end of a hello: the virtual address, unspecified where its type is unknown.
fn virtual_address(value: &mut Reader<'_>) -> Result<IpAddr, Malformed> {
    value.u16("unknown")?;
    let kind = value.u8("address type")?;
    let offset = value.offset();
    let length = value.u8("address length")?;
    match (kind, length) {
        (IPV4, 4) => Ok(Ipv4Addr::from(value.array::<4>("virtual address")?).into()),
        (IPV6, 16) => Ok(Ipv6Addr::from(value.array::<16>("virtual address")?).into()),
        (IPV4, _) => Err(out_of_range("address length", offset, 4, length)),
        (IPV6, _) => Err(out_of_range("address length", offset, 16, length)),
        _ => Ok(Ipv4Addr::UNSPECIFIED.into()),
    }
}

fn forwarder(mut value: Reader<'_>) -> Result<Forwarder, Malformed> {
    let mut value = value.part("forwarder", 18)?;
    let number = value.u8("forwarder number")?;
    let state = value.u8("forwarder state")?.into();
    value.u8("unknown")?;
    let priority = value.u8("priority")?;
    let weight = value.u8("weight")?;
    value.take("unknown", 7)?;
    Ok(Forwarder { number, state, priority, weight, mac: MacAddr(value.array("virtual MAC")?) })
}

fn authentication(mut value: Reader<'_>) -> Result<Authentication, Malformed> {
    let kind = value.u8("authentication type")?;
    let length = value.u8("authentication length")?;
    let mut data = value.part("authentication data", length.into())?;
    Ok(match kind {
        0 => Authentication::None,
        1 => Authentication::Text(data.rest().to_vec()),
        2 => Authentication::Md5 { key_id: None },
        3 => Authentication::Md5 { key_id: Some(data.u32("key index")?) },
        other => Authentication::Unknown(other),
    })
}

/// The complaint about a value that passes its bound.
fn out_of_range(what: &'static str, offset: usize, need: u8, have: u8) -> Malformed {
    Malformed { layer: "glbp", what, offset, need: need.into(), have: have.into() }
}

/// Length of a TLV's type and length, which its length counts.
const HEADER: u8 = 2;

const HELLO: u8 = 1;
const FORWARDER: u8 = 2;
const AUTHENTICATION: u8 = 3;

const IPV4: u8 = 1;
const IPV6: u8 = 2;

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::*;

    const HEAD: [u8; 12] = [1, 0, 0, 10, 0, 0, 0xaa, 0xbb, 0xcc, 0, 2, 0];
    const HELLO_TLV: [u8; 28] = [
        1, 28, 0, 32, 0, 100, 0, 0, 0, 0, 0x0b, 0xb8, 0, 0, 0x27, 0x10, 2, 0x58, 0x38, 0x40, 0, 0, 1, 4, 192,
        0, 2, 1,
    ];

    fn forwarder_tlv(number: u8, state: u8) -> [u8; 20] {
        [2, 20, number, state, 0, 135, 100, 1, 2, 3, 4, 5, 6, 7, 0, 7, 0xb4, 0, 10, number]
    }

    fn parse(parts: &[&[u8]]) -> Packet {
        Packet::parse(&[&HEAD[..], &parts.concat()].concat(), 42).unwrap()
    }

    fn complaint(packet: &Packet) -> String {
        packet.malformed.as_ref().expect("a complaint").to_string()
    }

    #[test]
    fn reads_a_gateway_with_two_forwarders() {
        let forwarder = |number, state| Forwarder {
            number,
            state,
            priority: 135,
            weight: 100,
            mac: MacAddr([0, 7, 0xb4, 0, 10, number]),
        };
        let expected = Packet {
            version: 1,
            group: 10,
            owner: MacAddr([0xaa, 0xbb, 0xcc, 0, 2, 0]),
            hello: Some(Hello {
                state: State::Active,
                priority: 100,
                hello_ms: 3000,
                hold_ms: 10_000,
                redirect_s: 600,
                timeout_s: 14_400,
                virtual_address: [192, 0, 2, 1].into(),
            }),
            forwarders: vec![forwarder(1, State::Listen), forwarder(2, State::Active)],
            authentication: Authentication::None,
            malformed: None,
        };
        let found = parse(&[&HELLO_TLV, &forwarder_tlv(1, 4), &forwarder_tlv(2, 32)]);
        assert_eq!(found, expected);
        assert!(found.is_certain());
    }

    #[test]
    fn reads_an_ipv6_address_and_none_of_a_type_it_does_not_know() {
        let mut tlv = [&HELLO_TLV[..24], &Ipv6Addr::LOCALHOST.octets()].concat();
        tlv[1] = 40;
        tlv[22..24].copy_from_slice(&[2, 16]);
        assert_eq!(parse(&[&tlv]).hello.unwrap().virtual_address, IpAddr::from(Ipv6Addr::LOCALHOST));
        tlv[22] = 3;
        let found = parse(&[&tlv]);
        assert_eq!(found.malformed, None);
        assert!(found.hello.unwrap().virtual_address.is_unspecified());
    }

    #[test]
    fn an_address_of_the_wrong_length_leaves_the_hello() {
        let mut tlv = HELLO_TLV;
        tlv[23] = 16;
        let found = parse(&[&tlv, &forwarder_tlv(1, 4)]);
        assert_eq!(complaint(&found), "glbp address length at byte 77 needs 4, has 16");
        assert!(found.hello.unwrap().virtual_address.is_unspecified());
        assert_eq!(found.forwarders.len(), 1);
        tlv[1] = 26;
        tlv[23] = 4;
        let found = parse(&[&tlv[..26]]);
        assert_eq!(complaint(&found), "glbp virtual address at byte 78 needs 4, has 2");
        assert_eq!(found.hello.unwrap().state, State::Active);
    }

    #[test]
    fn reads_each_authentication_and_never_shows_a_text() {
        let md5 = |key_id| Authentication::Md5 { key_id };
        let digest = [0xab; 16];
        for (tlv, expected) in [
            (&[&[3, 4, 0, 0][..]][..], Authentication::None),
            (&[&[3, 9, 1, 5], b"cisco"], Authentication::Text(b"cisco".to_vec())),
            (&[&[3, 20, 2, 16], &digest], md5(None)),
            (&[&[3, 24, 3, 20, 0, 0, 0, 7], &digest], md5(Some(7))),
            (&[&[3, 4, 9, 0]], Authentication::Unknown(9)),
        ] {
            let found = parse(&[&tlv.concat(), &HELLO_TLV]);
            assert_eq!((&found.authentication, &found.malformed), (&expected, &None));
            assert!(!format!("{found:?}").contains("99, 105"), "{found:?}");
        }
    }

    #[test]
    fn authentication_data_that_overrun_their_tlv_are_named() {
        let found = parse(&[&[3, 9, 1, 6], b"cisco", &HELLO_TLV]);
        assert_eq!(complaint(&found), "glbp authentication data at byte 58 needs 6, has 5");
        assert_eq!((found.authentication.name(), found.hello.is_some()), ("none", true));
        let found = parse(&[&[3, 7, 3, 3, 0, 0, 7]]);
        assert_eq!(complaint(&found), "glbp key index at byte 58 needs 4, has 3");
    }

    #[test]
    fn an_unknown_tlv_is_stepped_over() {
        let found = parse(&[&[4, 8, 0, 1, 2, 3, 4, 5], &[200, 2], &HELLO_TLV]);
        assert_eq!((found.hello.is_some(), found.malformed), (true, None));
    }

    #[test]
    fn a_length_below_two_ends_the_datagram() {
        for length in 0..2 {
            let found = parse(&[&HELLO_TLV, &[2, length], &forwarder_tlv(1, 4)]);
            assert_eq!(complaint(&found), format!("glbp TLV length at byte 83 needs 2, has {length}"));
            assert_eq!((found.hello.is_some(), found.forwarders.len()), (true, 0));
        }
    }

    #[test]
    fn a_tlv_that_overruns_leaves_those_before() {
        let found = parse(&[&forwarder_tlv(1, 4), &HELLO_TLV[..27]]);
        assert_eq!(complaint(&found), "glbp TLV at byte 76 needs 26, has 25");
        assert_eq!((found.hello, found.forwarders.len()), (None, 1));
    }

    #[test]
    fn a_short_forwarder_and_a_second_hello_cost_themselves_alone() {
        let found = parse(&[&[2, 4, 1, 32], &forwarder_tlv(2, 32), &HELLO_TLV]);
        assert_eq!(complaint(&found), "glbp forwarder at byte 56 needs 18, has 2");
        assert_eq!((found.forwarders.len(), found.hello.is_some()), (1, true));
        let found = parse(&[&HELLO_TLV, &HELLO_TLV, &forwarder_tlv(2, 32)]);
        assert_eq!(complaint(&found), "glbp number of hellos at byte 84 needs 1, has 2");
        assert_eq!(found.forwarders.len(), 1);
    }

    #[test]
    fn an_unknown_state_is_a_value_and_makes_it_uncertain() {
        let found = parse(&[&forwarder_tlv(1, 2)]);
        assert_eq!(found.forwarders[0].state.to_string(), "unknown(2)");
        assert!(!found.is_certain());
    }

    #[test]
    fn other_versions_and_shorter_headers_are_no_message() {
        assert!((0..12).all(|len| Packet::parse(&HEAD[..len], 42).is_err()));
        assert_eq!(parse(&[]).hello, None);
        let mut other = HEAD;
        other[0] = 2;
        let complaint = Packet::parse(&other, 42).unwrap_err().to_string();
        assert_eq!(complaint, "glbp version at byte 42 needs 1, has 2");
    }
}
