//! IKE on ports that are not its own.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use sagap::capture::LinkType;
use sagap::decode::{
    Encapsulation, Message, Options, Packet, Stop, Unrelated, decode, decode_closely_with, decode_with,
    glance_with,
};
use sagap::wire::ike::{Body, ExchangeType, Header, Payload, PayloadType, Spi, is_unmistakable};

use crate::common::frames::*;
use crate::common::ike::{emit, header, sealed};

fn over_udp(src: u16, dst: u16, payload: &[u8]) -> Vec<u8> {
    ethernet(0x0800, &ipv4(17, &udp(src, dst, payload)))
}

fn marked(message: &[u8]) -> Vec<u8> {
    [&[0; 4][..], message].concat()
}

fn payload(kind: u8, bytes: &[u8]) -> Payload<'_> {
    Payload { kind: PayloadType(kind), critical: false, body: Body::Other(bytes) }
}

/// A message with these payloads, which stand in clear.
fn clear(header: Header, payloads: &[Payload<'_>]) -> Vec<u8> {
    emit(&header, payloads).1
}

fn init(flags: u8, responder: u64, payloads: &[Payload<'_>]) -> Vec<u8> {
    let header = Header {
        responder_spi: Spi(responder),
        message_id: 0,
        ..header(2, ExchangeType::IKE_SA_INIT, flags)
    };
    clear(header, payloads)
}

fn version_1(exchange: ExchangeType, message_id: u32, responder: u64, payloads: &[Payload<'_>]) -> Vec<u8> {
    let header = Header { responder_spi: Spi(responder), message_id, ..header(1, exchange, 0) };
    clear(header, payloads)
}

/// An encrypted message of version 1 of which `first` is the first payload.
fn sealed_1(exchange: ExchangeType, message_id: u32, first: u8, sealed: usize) -> Vec<u8> {
    let header = Header { next_payload: first, message_id, ..header(1, exchange, 1) };
    let header = Header { length: u32::try_from(28 + sealed).unwrap(), ..header };
    [crate::common::ike::emit_header(&header), vec![0x5a; sealed]].concat()
}

/// An empty security association, as far as version 1 and 2 have one.
const SA: &[u8] = &[];
const SA_1: &[u8] = &[0, 0, 0, 1, 0, 0, 0, 1];

/// Messages that are IKE whatever their port.
fn unmistakable() -> Vec<Vec<u8>> {
    let sa_ke_nonce = [payload(33, SA), payload(34, &[0, 14, 0, 0, 1, 2]), payload(40, &[7; 32])];
    let notify = [payload(41, &[0, 0, 0, 14])];
    vec![
        init(0x08, 0, &sa_ke_nonce),
        init(0x20, 9, &sa_ke_nonce),
        init(0x20, 0, &notify),
        sealed(ExchangeType::IKE_AUTH, 0x08, PayloadType::IDI, 300),
        sealed(ExchangeType::INFORMATIONAL, 0x20, PayloadType::NONE, 76),
        sealed(ExchangeType(41), 0x08, PayloadType(51), 200),
        version_1(ExchangeType::IDENTITY_PROTECTION, 0, 0, &[payload(1, SA_1), payload(13, &[1; 16])]),
        version_1(ExchangeType::IDENTITY_PROTECTION, 0, 5, &[payload(4, &[1; 128]), payload(10, &[2; 20])]),
        version_1(ExchangeType::INFORMATIONAL_V1, 77, 5, &[payload(11, &[0, 0, 0, 1, 1, 0, 0, 14])]),
        version_1(ExchangeType::IDENTITY_PROTECTION, 0, 5, &[payload(132, &[0, 1, 1, 0, 9, 9])]),
        sealed_1(ExchangeType::IDENTITY_PROTECTION, 0, 5, 64),
        sealed_1(ExchangeType::QUICK_MODE, 0xdead_beef, 8, 160),
        sealed_1(ExchangeType::INFORMATIONAL_V1, 0xdead_beef, 8, 56),
    ]
}

fn is_ike(packet: &Packet<'_>) -> bool {
    matches!(packet.message, Some(Message::Ike(_)))
}

#[test]
fn what_can_be_nothing_else_is_ike_on_any_port() {
    for message in unmistakable() {
        assert!(is_unmistakable(&message), "{message:02x?}");
        for bytes in [over_udp(40_000, 12_345, &message), over_udp(12_345, 40_000, &marked(&message))] {
            let packet = decode(&frame(LinkType::ETHERNET, &bytes));
            let Some(Message::Ike(found)) = &packet.message else { panic!("{packet:?}") };
            assert_eq!((found.bytes, &packet.stop), (&message[..], &None));
        }
    }
}

#[test]
fn one_wrong_field_makes_it_a_stranger() {
    let faults: [(usize, &[u8], &str); 9] = [
        (0, &[0; 8], "no initiator SPI"),
        (16, &[0], "no payload"),
        (16, &[200], "an unknown payload"),
        (17, &[0x21], "a minor version"),
        (17, &[0x30], "an unknown version"),
        (18, &[45], "an unknown exchange"),
        (19, &[0x40], "an unknown flag"),
        (27, &[29], "another length"),
        (31, &[0], "a payload of no length"),
    ];
    for message in unmistakable() {
        for (at, bytes, what) in faults {
            // What is encrypted as a whole has no payload to be wrong about.
            if at == 31 && message[17] == 0x10 && message[19] & 1 == 1 {
                continue;
            }
            let mut changed = message.clone();
            changed[at..at + bytes.len()].copy_from_slice(bytes);
            assert!(!is_unmistakable(&changed), "{what}: {message:02x?}");
        }
        let longer = [&message[..], &[0]].concat();
        assert!(!is_unmistakable(&longer));
        for end in 0..message.len() {
            assert!(!is_unmistakable(&message[..end]));
        }
    }
}

#[test]
fn rules_of_each_exchange_are_held() {
    let sa_ke = [payload(33, SA), payload(34, &[0, 14, 0, 0, 1, 2])];
    let nonce = [payload(40, &[7; 32])];
    let mut auth_zero = sealed(ExchangeType::IKE_AUTH, 0x08, PayloadType::IDI, 300);
    auth_zero[20..24].fill(0);
    let mut alone = sealed(ExchangeType::CREATE_CHILD_SA, 0x08, PayloadType::SA, 300);
    alone[8..16].fill(0);
    let cases = [
        init(0x08, 0, &sa_ke),
        init(0x08, 0, &nonce),
        init(0x20, 9, &nonce),
        init(0x28, 9, &nonce),
        auth_zero,
        alone,
        clear(header(2, ExchangeType::INFORMATIONAL, 0x08), &[payload(41, &[0, 0, 0, 11])]),
        version_1(ExchangeType::IDENTITY_PROTECTION, 7, 0, &[payload(1, SA_1)]),
        version_1(ExchangeType::IDENTITY_PROTECTION, 0, 0, &[payload(4, &[1; 128])]),
        version_1(ExchangeType::QUICK_MODE, 7, 5, &[payload(1, SA_1)]),
        sealed_1(ExchangeType::QUICK_MODE, 0, 8, 64),
        sealed_1(ExchangeType::QUICK_MODE, 7, 5, 64),
        sealed_1(ExchangeType::IDENTITY_PROTECTION, 0, 5, 63),
        sealed_1(ExchangeType::IDENTITY_PROTECTION, 0, 5, 0),
    ];
    for message in cases {
        assert!(!is_unmistakable(&message), "{message:02x?}");
    }
}

#[test]
fn a_message_cut_by_snaplen_does_not_show_what_it_is() {
    let message = sealed(ExchangeType::IKE_AUTH, 0x08, PayloadType::IDI, 300);
    let bytes = over_udp(40_000, 12_345, &message);
    let packet = decode(&cut(&bytes, 200));
    assert_eq!(packet.stop, Some(Stop::Unrelated(Unrelated::Udp(12_345))));
}

#[test]
fn group_keys_come_on_port_848() {
    for message in
        [ike(), sealed_1(ExchangeType(33), 0, 15, 64), sealed(ExchangeType(40), 0x08, PayloadType::IDI, 300)]
    {
        for bytes in [over_udp(848, 848, &message), over_udp(61_234, 848, &message)] {
            assert!(is_ike(&decode(&frame(LinkType::ETHERNET, &bytes))), "{message:02x?}");
        }
    }
    // The port lies among those that other services pick at random.
    let bytes = over_udp(848, 2049, &[0x55; 60]);
    let packet = decode(&frame(LinkType::ETHERNET, &bytes));
    assert_eq!(packet.stop, Some(Stop::Unrelated(Unrelated::Udp(848))));
}

#[test]
fn a_port_that_is_named_is_read_without_strictness() {
    let options = Options::new(vec![4501]);
    let cases = [(61_234, 4501), (4501, 61_234)];
    for (src, dst) in cases {
        let read = |payload: &[u8]| {
            let bytes = over_udp(src, dst, payload);
            let packet = decode_with(&frame(LinkType::ETHERNET, &bytes), &options);
            let other = decode(&frame(LinkType::ETHERNET, &bytes));
            assert!(matches!(other.stop, Some(Stop::Unrelated(Unrelated::Udp(4501)))), "{other:?}");
            (format!("{:?}", packet.message), packet.stop)
        };
        for message in [ike(), marked(&ike())] {
            let (message, stop) = read(&message);
            assert!(message.starts_with("Some(Ike") && stop.is_none(), "{message}");
        }
        assert_eq!(read(&[0xff]).0, "Some(NatKeepalive)");
        assert!(read(&esp(4)).0.contains("encapsulation: Udp"));
        let mut broken = marked(&ike());
        broken[21] = 0x30;
        let (message, stop) = read(&broken);
        assert!(message == "None" && matches!(stop, Some(Stop::Malformed(_))), "{message} {stop:?}");
    }
    let bytes = over_udp(4500, 4501, &esp(4));
    let packet = decode_with(&frame(LinkType::ETHERNET, &bytes), &options);
    assert!(matches!(packet.message, Some(Message::Esp { encapsulation: Encapsulation::Udp, .. })));
}

fn datagrams() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        vec(any::<u8>(), 0..1500),
        select(unmistakable()),
        select(unmistakable()).prop_map(|it| marked(&it))
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4096, failure_persistence: None, ..ProptestConfig::default() })]

    /// Also where version and length are those of IKE.
    #[test]
    fn random_datagrams_are_never_ike(
        mut bytes in vec(any::<u8>(), 0..1500),
        version in select(vec![0x10_u8, 0x20]),
        honest in any::<bool>(),
        is_marked in any::<bool>(),
        ports in (1_u16.., 1_u16..),
    ) {
        prop_assume!([500, 848, 1985, 4500].iter().all(|port| ports.0 != *port && ports.1 != *port));
        if honest && bytes.len() >= 28 {
            bytes[17] = version;
            let length = u32::try_from(bytes.len()).unwrap();
            bytes[24..28].copy_from_slice(&length.to_be_bytes());
        }
        let bytes = if is_marked { marked(&bytes) } else { bytes };
        let bytes = over_udp(ports.0, ports.1, &bytes);
        let packet = decode(&frame(LinkType::ETHERNET, &bytes));
        prop_assert!(packet.message.is_none(), "{:?}", packet);
    }

    #[test]
    fn the_short_cut_agrees_on_every_port(
        payload in datagrams(),
        ports in (select(vec![500, 848, 4500, 4501, 12_345]), select(vec![848, 4501, 12_345])),
        length in prop::option::of(any::<u16>()),
        end in prop::option::of(any::<Index>()),
    ) {
        let options = Options::new(vec![4501]);
        let mut bytes = over_udp(ports.0, ports.1, &payload);
        if let Some(length) = length {
            bytes[38..40].copy_from_slice(&length.to_be_bytes());
        }
        let end = end.map_or(bytes.len(), |end| end.index(bytes.len()));
        let frame = cut(&bytes, end);
        if let Some(packet) = glance_with(&frame, &options) {
            prop_assert_eq!(packet, decode_closely_with(&frame, &options));
        }
    }
}
