//! HSRP version 1 (RFC 2281 §5.1), and the advertise message that later routers send beside it.

use std::net::Ipv4Addr;

use super::super::bytes::{Malformed, Reader};
use super::v2::authentication_tlvs;
use super::{Authentication, GroupMessage, InterfaceMessage, InterfaceState, Message, Packet, State};

/// Reads a hello, coup or resign, and the authentication TLV behind it.
pub(super) fn group(mut reader: Reader<'_>) -> Result<Packet, Malformed> {
    // The whole header first: a datagram that lacks the virtual address is none.
    let mut header = reader.part("version 1 header", 20)?;
    header.u8("version")?;
    let mut message = GroupMessage {
        version: 1,
        opcode: header.u8("opcode")?.into(),
        state: state(header.u8("state")?),
        hello_ms: u32::from(header.u8("hello time")?) * 1000,
        hold_ms: u32::from(header.u8("hold time")?) * 1000,
        priority: header.u8("priority")?.into(),
        group: header.u8("group")?.into(),
        identifier: None,
        authentication: {
            header.u8("reserved")?;
            text(header.array("authentication data")?)
        },
        virtual_address: Ipv4Addr::from(header.array::<4>("virtual address")?).into(),
    };
    let malformed = authentication_tlvs(&mut reader, &mut message.authentication).err();
    Ok(Packet { messages: vec![Message::Group(message)], malformed })
}

/// Reads an advertise message. Its own length field is seen to be wrong, so the layout alone counts.
pub(super) fn advertise(mut reader: Reader<'_>) -> Result<Packet, Malformed> {
    let mut body = reader.part("version 1 advertise", 16)?;
    body.take("version, opcode, type and length", 6)?;
    let state = InterfaceState::from(body.u8("state")?);
    body.u8("reserved")?;
    let message = InterfaceMessage {
        version: 1,
        state: Some(state),
        active_groups: body.u16("active groups")?,
        passive_groups: body.u16("passive groups")?,
    };
    Ok(Packet { messages: vec![Message::Interface(message)], malformed: None })
}

/// The state a version 1 number names (RFC 2281 §5.1).
const fn state(number: u8) -> State {
    match number {
        0 => State::Initial,
        1 => State::Learn,
        2 => State::Listen,
        4 => State::Speak,
        8 => State::Standby,
        16 => State::Active,
        other => State::Unknown(other),
    }
}

/// Eight zero bytes authenticate nothing; they also stand where an MD5 TLV follows.
fn text(bytes: [u8; 8]) -> Authentication {
    if bytes == [0; 8] { Authentication::None } else { Authentication::Text(bytes) }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::super::Opcode;
    use super::*;

    const HELLO: [u8; 20] =
        [0, 0, 16, 3, 10, 150, 10, 0, b'c', b'i', b's', b'c', b'o', 0, 0, 0, 192, 0, 2, 1];

    fn only_group(bytes: &[u8]) -> GroupMessage {
        match Packet::parse(bytes, 42).unwrap().messages.remove(0) {
            Message::Group(group) => group,
            Message::Interface(interface) => panic!("{interface:?}"),
        }
    }

    #[test]
    fn reads_an_active_hello() {
        let expected = GroupMessage {
            version: 1,
            opcode: Opcode::Hello,
            state: State::Active,
            group: 10,
            priority: 150,
            hello_ms: 3000,
            hold_ms: 10_000,
            virtual_address: IpAddr::from([192, 0, 2, 1]),
            identifier: None,
            authentication: Authentication::Text(*b"cisco\0\0\0"),
        };
        let packet = Packet::parse(&HELLO, 42).unwrap();
        assert_eq!(packet, Packet { messages: vec![Message::Group(expected)], malformed: None });
    }

    #[test]
    fn an_md5_tlv_replaces_the_text() {
        let mut bytes = HELLO.to_vec();
        bytes[8..16].fill(0);
        assert_eq!(only_group(&bytes).authentication, Authentication::None);
        bytes.extend([4, 28, 1, 0, 0, 0, 192, 0, 2, 2, 0, 0, 0, 7]);
        bytes.extend([0xab; 16]);
        assert_eq!(only_group(&bytes).authentication, Authentication::Md5 { algorithm: 1, key_id: 7 });
    }

    #[test]
    fn a_cut_md5_tlv_leaves_the_message() {
        let mut bytes = HELLO.to_vec();
        bytes.extend([4, 28, 1, 0]);
        let packet = Packet::parse(&bytes, 42).unwrap();
        assert_eq!(packet.messages.len(), 1);
        assert_eq!(packet.malformed.unwrap().to_string(), "hsrp TLV at byte 64 needs 28, has 2");
    }

    #[test]
    fn reads_an_advertise_whose_length_lies() {
        let bytes = [0, 3, 0, 1, 0, 14, 3, 0, 0, 1, 0, 2, 0x6f, 0, 0, 0];
        let expected = InterfaceMessage {
            version: 1,
            state: Some(InterfaceState::Active),
            active_groups: 1,
            passive_groups: 2,
        };
        assert_eq!(Packet::parse(&bytes, 42).unwrap().messages, [Message::Interface(expected)]);
    }

    #[test]
    fn every_shorter_length_is_no_message() {
        for len in 0..HELLO.len() {
            assert!(Packet::parse(&HELLO[..len], 42).is_err(), "{len}");
        }
        let advertise = [0, 3, 0, 1, 0, 14, 3, 0, 0, 1, 0, 2, 0, 0, 0, 0];
        assert!((0..16).all(|len| Packet::parse(&advertise[..len], 42).is_err()));
    }

    #[test]
    fn unknown_numbers_are_values_and_make_it_uncertain() {
        let mut bytes = HELLO;
        bytes[1] = 9;
        bytes[2] = 3;
        let group = only_group(&bytes);
        assert_eq!(
            (group.opcode.to_string(), group.state.to_string()),
            ("unknown(9)".into(), "unknown(3)".into())
        );
        assert!(!Packet::parse(&bytes, 42).unwrap().is_certain());
        assert!(Packet::parse(&HELLO, 42).unwrap().is_certain());
    }
}
