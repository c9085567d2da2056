//! HSRP version 2: a sequence of TLVs.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::super::bytes::{Malformed, Reader};
use super::super::mac::MacAddr;
use super::{Authentication, GroupMessage, InterfaceMessage, Message, Packet, State};

/// Reads every TLV; an authentication TLV belongs to the group state it follows.
pub(super) fn tlvs(mut reader: Reader<'_>) -> Result<Packet, Malformed> {
    let nothing = reader.malformed("version 2 TLV", 2 + usize::from(GROUP_STATE_LEN));
    let mut packet = Packet { messages: Vec::new(), malformed: None };
    while !reader.is_empty() {
        let stop = match tlv(&mut reader) {
            Ok((kind, value)) => add(&mut packet.messages, kind, value).err(),
            Err(malformed) => {
                // Where the next TLV would begin is unknown.
                packet.malformed.get_or_insert(malformed);
                break;
            }
        };
        packet.malformed = packet.malformed.or(stop);
    }
    if packet.messages.is_empty() { Err(packet.malformed.unwrap_or(nothing)) } else { Ok(packet) }
}

/// Reads the TLVs behind a version 1 message, of which only the authentication means anything there.
pub(super) fn authentication_tlvs(
    reader: &mut Reader<'_>,
    kept: &mut Authentication,
) -> Result<(), Malformed> {
    // A single byte is padding, not half a TLV.
    while reader.remaining() > 1 {
        let (kind, value) = tlv(reader)?;
        if kind == MD5 {
            *kept = md5(value)?;
        }
    }
    Ok(())
}

/// The next TLV: its type and its value.
fn tlv<'a>(reader: &mut Reader<'a>) -> Result<(u8, Reader<'a>), Malformed> {
    let kind = reader.u8("TLV type")?;
    let length = reader.u8("TLV length")?;
    Ok((kind, reader.part("TLV", length.into())?))
}

/// Adds what a TLV says to the messages read so far; unknown types say nothing.
fn add(messages: &mut Vec<Message>, kind: u8, value: Reader<'_>) -> Result<(), Malformed> {
    match kind {
        GROUP_STATE => messages.push(Message::Group(group_state(value)?)),
        INTERFACE_STATE => messages.push(Message::Interface(interface_state(value)?)),
        TEXT => authenticate(messages, text(value)?),
        MD5 => authenticate(messages, md5(value)?),
        _ => {}
    }
    Ok(())
}

/// Gives the last group state its authentication; a digest outweighs text.
fn authenticate(messages: &mut [Message], authentication: Authentication) {
    let last = messages.iter_mut().rev().find_map(|message| match message {
        Message::Group(group) => Some(group),
        Message::Interface(_) => None,
    });
    if let Some(group) = last
        && !matches!(group.authentication, Authentication::Md5 { .. })
    {
        group.authentication = authentication;
    }
}

fn group_state(mut value: Reader<'_>) -> Result<GroupMessage, Malformed> {
    let start = value.offset();
    let mut value = value.part("group state", GROUP_STATE_LEN.into())?;
    let version = value.u8("version")?;
    if version != VERSION {
        let (need, have) = (VERSION.into(), version.into());
        return Err(Malformed { layer: "hsrp", what: "group state version", offset: start, need, have });
    }
    let opcode = value.u8("opcode")?.into();
    let state = state(value.u8("state")?);
    let ip_version = value.u8("IP version")?;
    Ok(GroupMessage {
        version: VERSION,
        opcode,
        state,
        group: value.u16("group")?,
        identifier: Some(MacAddr(value.array("identifier")?)),
        priority: value.u32("priority")?,
        hello_ms: value.u32("hello time")?,
        hold_ms: value.u32("hold time")?,
        virtual_address: virtual_address(ip_version, value.array("virtual address")?),
        authentication: Authentication::None,
    })
}

/// An IPv4 address stands in the first four of the sixteen bytes.
fn virtual_address(ip_version: u8, bytes: [u8; 16]) -> IpAddr {
    let [a, b, c, d, ..] = bytes;
    if ip_version == 6 { Ipv6Addr::from(bytes).into() } else { Ipv4Addr::new(a, b, c, d).into() }
}

fn interface_state(mut value: Reader<'_>) -> Result<InterfaceMessage, Malformed> {
    Ok(InterfaceMessage {
        version: VERSION,
        state: None,
        active_groups: value.u16("active groups")?,
        passive_groups: value.u16("passive groups")?,
    })
}

fn text(mut value: Reader<'_>) -> Result<Authentication, Malformed> {
    value.array("text authentication").map(Authentication::Text)
}

fn md5(mut value: Reader<'_>) -> Result<Authentication, Malformed> {
    let mut value = value.part("MD5 authentication", 28)?;
    let algorithm = value.u8("algorithm")?;
    value.take("padding, flags and address", 7)?;
    Ok(Authentication::Md5 { algorithm, key_id: value.u32("key id")? })
}

/// The state a version 2 number names; version 1 numbers them otherwise.
const fn state(number: u8) -> State {
    match number {
        0 => State::Disabled,
        1 => State::Initial,
        2 => State::Learn,
        3 => State::Listen,
        4 => State::Speak,
        5 => State::Standby,
        6 => State::Active,
        other => State::Unknown(other),
    }
}

const VERSION: u8 = 2;

pub(super) const GROUP_STATE: u8 = 1;
const INTERFACE_STATE: u8 = 2;
const TEXT: u8 = 3;
pub(super) const MD5: u8 = 4;

const GROUP_STATE_LEN: u8 = 40;

#[cfg(test)]
mod tests {
    use super::super::Opcode;
    use super::*;

    fn group_tlv(group: u16) -> Vec<u8> {
        let mut bytes = vec![1, 40, 2, 0, 6, 4];
        bytes.extend(group.to_be_bytes());
        bytes.extend([0xaa, 0xbb, 0xcc, 0, 1, 0]);
        for word in [110_u32, 250, 750] {
            bytes.extend(word.to_be_bytes());
        }
        bytes.extend([192, 0, 2, 1]);
        bytes.extend([0; 12]);
        bytes
    }

    fn md5_tlv(key_id: u8) -> Vec<u8> {
        let mut bytes = vec![4, 28, 1, 0, 0, 0, 192, 0, 2, 2, 0, 0, 0, key_id];
        bytes.extend([0xab; 16]);
        bytes
    }

    const TEXT_TLV: [u8; 10] = [3, 8, b'c', b'i', b's', b'c', b'o', 0, 0, 0];

    fn parse(parts: &[&[u8]]) -> Packet {
        Packet::parse(&parts.concat(), 42).unwrap()
    }

    fn authentications(packet: &Packet) -> Vec<&'static str> {
        let name = |message: &Message| match message {
            Message::Group(group) => group.authentication.name(),
            Message::Interface(_) => "interface",
        };
        packet.messages.iter().map(name).collect()
    }

    #[test]
    fn reads_a_group_state() {
        let expected = GroupMessage {
            version: 2,
            opcode: Opcode::Hello,
            state: State::Active,
            group: 300,
            priority: 110,
            hello_ms: 250,
            hold_ms: 750,
            virtual_address: IpAddr::from([192, 0, 2, 1]),
            identifier: Some(MacAddr([0xaa, 0xbb, 0xcc, 0, 1, 0])),
            authentication: Authentication::None,
        };
        assert_eq!(parse(&[&group_tlv(300)]).messages, [Message::Group(expected)]);
    }

    #[test]
    fn an_ipv6_virtual_address_fills_the_field() {
        let mut bytes = group_tlv(16);
        bytes[5] = 6;
        bytes[26..42].copy_from_slice(&Ipv6Addr::LOCALHOST.octets());
        let Some(Message::Group(group)) = parse(&[&bytes]).messages.pop() else { panic!("no group") };
        assert_eq!(group.virtual_address, IpAddr::from(Ipv6Addr::LOCALHOST));
    }

    #[test]
    fn reads_a_hello_over_ipv6() {
        // As the active router of group 300 sends it to ff02::66.
        let mut bytes = vec![1, 40, 2, 0, 6, 6, 1, 0x2c, 0xaa, 0xbb, 0xcc, 0, 2, 0, 0, 0, 0, 100];
        bytes.extend([0, 0, 3, 0xe8, 0, 0, 0x0b, 0xb8, 0xfe, 0x80, 0, 0, 0, 0, 0, 0]);
        bytes.extend([0, 5, 0x73, 0xff, 0xfe, 0xa0, 1, 0x2c]);
        let virtual_address = Ipv6Addr::new(0xfe80, 0, 0, 0, 5, 0x73ff, 0xfea0, 0x012c);
        let expected = GroupMessage {
            version: 2,
            opcode: Opcode::Hello,
            state: State::Active,
            group: 300,
            priority: 100,
            hello_ms: 1000,
            hold_ms: 3000,
            virtual_address: virtual_address.into(),
            identifier: Some(MacAddr([0xaa, 0xbb, 0xcc, 0, 2, 0])),
            authentication: Authentication::Md5 { algorithm: 1, key_id: 0 },
        };
        let packet = parse(&[&bytes, &md5_tlv(0)]);
        assert_eq!(packet, Packet { messages: vec![Message::Group(expected)], malformed: None });
        assert!(packet.is_certain());
    }

    #[test]
    fn authentication_belongs_to_the_group_before_it() {
        let packet = parse(&[&group_tlv(1), &md5_tlv(7), &group_tlv(2), &TEXT_TLV, &group_tlv(3)]);
        assert_eq!(authentications(&packet), ["md5", "text", "none"]);
        let interface = [2, 4, 0, 1, 0, 0];
        let packet = parse(&[&TEXT_TLV, &group_tlv(1), &interface, &md5_tlv(7), &TEXT_TLV]);
        assert_eq!(authentications(&packet), ["md5", "interface"]);
    }

    #[test]
    fn an_empty_and_an_unknown_tlv_are_stepped_over() {
        let packet = parse(&[&[2, 4, 0, 1, 0, 0], &[9, 0], &[200, 3, 1, 2, 3], &group_tlv(1)]);
        assert_eq!((packet.messages.len(), packet.malformed), (2, None));
    }

    #[test]
    fn a_short_group_state_costs_itself_alone() {
        let packet = parse(&[&group_tlv(1), &[1, 3, 2, 0, 6], &group_tlv(2)]);
        assert_eq!(packet.messages.len(), 2);
        assert_eq!(packet.malformed.unwrap().to_string(), "hsrp group state at byte 86 needs 40, has 3");
    }

    #[test]
    fn a_tlv_that_overruns_ends_the_datagram() {
        let packet = parse(&[&group_tlv(1), &[2, 9, 0, 1]]);
        assert_eq!(packet.messages.len(), 1);
        assert_eq!(packet.malformed.unwrap().to_string(), "hsrp TLV at byte 86 needs 9, has 2");
    }

    #[test]
    fn an_interface_state_names_no_group() {
        let expected = InterfaceMessage { version: 2, state: None, active_groups: 1, passive_groups: 2 };
        assert_eq!(parse(&[&[2, 4, 0, 1, 0, 2]]).messages, [Message::Interface(expected)]);
    }

    #[test]
    fn other_traffic_is_no_message() {
        for bytes in [&b""[..], b"\x12\x34\x01\x00\x00\x01", &[1, 0], &[3, 1, 0], &[1, 40, 1], &[9, 0]] {
            assert!(Packet::parse(bytes, 42).is_err(), "{bytes:?}");
        }
        let mut other_version = group_tlv(1);
        other_version[2] = 1;
        assert!(Packet::parse(&other_version, 42).is_err());
    }
}
