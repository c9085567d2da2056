//! GLBP: what was written is read, and any bytes are read within bounds.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;
use sagap::wire::glbp::{Authentication, Forwarder, Hello, Packet, State};
use sagap::wire::mac::MacAddr;

use crate::common::glbp::{emit, tlv};

proptest! {
    #[test]
    fn what_was_written_is_read(packet in packet()) {
        prop_assert_eq!(Packet::parse(&emit(&packet), 42), Ok(packet));
    }

    #[test]
    fn every_shorter_length_keeps_the_tlvs_before_the_cut(packet in packet()) {
        let bytes = emit(&packet);
        for len in 0..bytes.len() {
            let cut = Packet::parse(&bytes[..len], 42);
            if len < 12 {
                prop_assert!(cut.is_err());
                continue;
            }
            let cut = cut.unwrap();
            prop_assert!(cut.hello.is_none() || cut.hello == packet.hello);
            prop_assert!(packet.forwarders.starts_with(&cut.forwarders));
            // Nothing is missing where a TLV ends.
            let is_whole = |cut: &Packet| emit(cut) == bytes[..len];
            prop_assert_eq!(cut.malformed.is_none(), is_whole(&cut), "{}", len);
        }
    }

    #[test]
    fn unknown_tlvs_change_nothing(
        packet in packet(),
        kind in 4u8..,
        value in prop::collection::vec(any::<u8>(), 0..253),
    ) {
        let mut bytes = emit(&packet);
        let unknown = tlv(kind, &value);
        bytes.splice(12..12, unknown.iter().copied());
        bytes.extend(unknown);
        prop_assert_eq!(Packet::parse(&bytes, 42), Ok(packet));
    }

    #[test]
    fn any_tlvs_are_read_within_bounds(bytes in prop::collection::vec(wire_byte(), 0..600)) {
        let bytes = [&[1, 0, 0, 10, 0, 0, 2, 0, 0, 0, 0, 1], &bytes[..]].concat();
        check_bounds(&bytes);
    }

    #[test]
    fn any_bytes_are_read_within_bounds(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
        check_bounds(&bytes);
    }

    #[test]
    fn one_wrong_byte_is_read_within_bounds(packet in packet(), at in any::<prop::sample::Index>(), value in any::<u8>()) {
        let mut bytes = emit(&packet);
        let at = at.index(bytes.len());
        bytes[at] = value;
        check_bounds(&bytes);
    }
}

/// Parses; what comes out is no more than the bytes could hold.
fn check_bounds(bytes: &[u8]) {
    match Packet::parse(bytes, 42) {
        Ok(packet) => assert!(12 + packet.forwarders.len() * 20 <= bytes.len()),
        Err(_) => assert!(bytes.len() < 12 || bytes[0] != 1),
    }
}

/// A byte, often one that is a type or a length.
fn wire_byte() -> impl Strategy<Value = u8> {
    prop_oneof![0u8..=4, Just(20), Just(28), any::<u8>()]
}

fn packet() -> impl Strategy<Value = Packet> {
    let forwarders = prop::collection::vec(forwarder(), 0..5);
    (any::<u16>(), mac(), prop::option::of(hello()), forwarders, authentication()).prop_map(
        |(group, owner, hello, forwarders, authentication)| Packet {
            version: 1,
            group,
            owner,
            hello,
            forwarders,
            authentication,
            malformed: None,
        },
    )
}

fn hello() -> impl Strategy<Value = Hello> {
    let address =
        prop_oneof![any::<Ipv4Addr>().prop_map(IpAddr::V4), any::<Ipv6Addr>().prop_map(IpAddr::V6),];
    (state(), any::<u8>(), any::<[u32; 2]>(), any::<[u16; 2]>(), address).prop_map(
        |(state, priority, [hello_ms, hold_ms], [redirect_s, timeout_s], virtual_address)| Hello {
            state,
            priority,
            hello_ms,
            hold_ms,
            redirect_s,
            timeout_s,
            virtual_address,
        },
    )
}

fn forwarder() -> impl Strategy<Value = Forwarder> {
    (any::<[u8; 3]>(), state(), mac()).prop_map(|([number, priority, weight], state, mac)| Forwarder {
        number,
        state,
        priority,
        weight,
        mac,
    })
}

fn state() -> impl Strategy<Value = State> {
    prop_oneof![Just(4), Just(8), Just(16), Just(32), any::<u8>()].prop_map(State::from)
}

fn mac() -> impl Strategy<Value = MacAddr> {
    any::<[u8; 6]>().prop_map(MacAddr)
}

fn authentication() -> impl Strategy<Value = Authentication> {
    prop_oneof![
        Just(Authentication::None),
        prop::collection::vec(any::<u8>(), 0..250).prop_map(Authentication::Text),
        any::<Option<u32>>().prop_map(|key_id| Authentication::Md5 { key_id }),
        (4u8..).prop_map(Authentication::Unknown),
    ]
}
