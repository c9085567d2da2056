//! VRRP: what was written is read, and any bytes are read within bounds.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;
use sagap::wire::checksum::Sum;
use sagap::wire::vrrp::{Advertisement, Authentication, Checksum};

use crate::common::vrrp::emit;

#[test]
fn a_digest_behind_the_message_belongs_to_its_sum() {
    let mut bytes = vec![0x21, 10, 110, 1, 254, 1, 0, 0, 192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0];
    bytes.extend([0xfe, 28, 1, 0, 0, 0, 0, 10, 192, 0, 2, 2, 0, 0]);
    bytes.extend([0xab; 16]);
    let sum = Sum::default().then(&bytes).checksum();
    bytes[6..8].copy_from_slice(&sum.to_be_bytes());
    let found = Advertisement::parse(&bytes, 34, IPV4.0, IPV4.1, bytes.len()).unwrap();
    assert_eq!((found.authentication, found.addresses.len()), (Authentication::Md5, 1));
    assert_eq!((found.checksum, found.malformed), (Checksum::Plain, None));
}

proptest! {
    #[test]
    fn what_was_written_is_read((advertisement, src, dst) in message()) {
        let bytes = emit(&advertisement, src, dst);
        // The two sums differ, since that over the pseudo-header of these addresses is not zero.
        prop_assert_eq!(Advertisement::parse(&bytes, 34, src, dst, bytes.len()), Ok(advertisement));
    }

    #[test]
    fn every_shorter_capture_keeps_the_addresses_before_the_cut((advertisement, src, dst) in message()) {
        let bytes = emit(&advertisement, src, dst);
        let size = if src.is_ipv4() { 4 } else { 16 };
        for len in 0..bytes.len() {
            let cut = Advertisement::parse(&bytes[..len], 34, src, dst, bytes.len());
            if len < 8 {
                prop_assert!(cut.is_err());
                continue;
            }
            let cut = cut.unwrap();
            let whole = advertisement.addresses.len().min((len - 8) / size);
            prop_assert_eq!(&cut.addresses[..], &advertisement.addresses[..whole]);
            prop_assert_eq!((cut.vrid, cut.priority), (advertisement.vrid, advertisement.priority));
            prop_assert_eq!(cut.checksum, Checksum::Unchecked);
            let is_text = matches!(advertisement.authentication, Authentication::Text(_));
            prop_assert_eq!(cut.malformed.is_some(), whole < advertisement.addresses.len() || is_text);
        }
    }

    #[test]
    fn any_bytes_are_read_within_bounds(
        first in prop_oneof![Just(0x21), Just(0x31), any::<u8>()],
        rest in prop::collection::vec(any::<u8>(), 0..300),
        (src, dst) in prop_oneof![Just(IPV4), Just(IPV6)],
        wire_len in 0usize..400,
    ) {
        let bytes = [&[first], &rest[..]].concat();
        if let Ok(found) = Advertisement::parse(&bytes, 34, src, dst, wire_len) {
            prop_assert!(found.addresses.len() * 4 <= bytes.len());
            prop_assert_eq!(found.checksum == Checksum::Unchecked, bytes.len() < wire_len);
        }
    }
}

const IPV4: (IpAddr, IpAddr) =
    (IpAddr::V4(Ipv4Addr::new(192, 0, 2, 2)), IpAddr::V4(Ipv4Addr::new(224, 0, 0, 18)));
const IPV6: (IpAddr, IpAddr) = (
    IpAddr::V6(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 2)),
    IpAddr::V6(Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0x12)),
);

/// A message of each version and family, with the addresses it travels between.
fn message() -> impl Strategy<Value = (Advertisement, IpAddr, IpAddr)> {
    let v4 = || any::<Ipv4Addr>().prop_map(IpAddr::V4).boxed();
    let v6 = any::<Ipv6Addr>().prop_map(IpAddr::V6).boxed();
    let seconds = (0u32..256).prop_map(|seconds| seconds * 1000).boxed();
    let hundredths = || (0u32..4096).prop_map(|hundredths| hundredths * 10).boxed();
    let none = || Just(Authentication::None).boxed();
    let plain = || Just(Checksum::Plain);
    let wrong = || Just(Checksum::Wrong);
    let with_header = || Just(Checksum::PseudoHeader);
    prop_oneof![
        advertisement(2, v4(), seconds, authentication(), prop_oneof![plain(), wrong()].boxed())
            .prop_map(|it| (it, IPV4.0, IPV4.1)),
        advertisement(3, v4(), hundredths(), none(), prop_oneof![plain(), with_header(), wrong()].boxed())
            .prop_map(|it| (it, IPV4.0, IPV4.1)),
        advertisement(3, v6, hundredths(), none(), prop_oneof![with_header(), wrong()].boxed())
            .prop_map(|it| (it, IPV6.0, IPV6.1)),
    ]
}

fn advertisement(
    version: u8,
    address: BoxedStrategy<IpAddr>,
    interval_ms: BoxedStrategy<u32>,
    authentication: BoxedStrategy<Authentication>,
    checksum: BoxedStrategy<Checksum>,
) -> impl Strategy<Value = Advertisement> {
    let addresses = prop::collection::vec(address, 0..20);
    let rest = (interval_ms, addresses, authentication, checksum);
    (any::<u8>(), any::<u8>(), rest).prop_map(
        move |(vrid, priority, (interval_ms, addresses, authentication, checksum))| Advertisement {
            version,
            vrid,
            priority,
            interval_ms,
            addresses,
            authentication,
            checksum,
            malformed: None,
        },
    )
}

fn authentication() -> BoxedStrategy<Authentication> {
    prop_oneof![
        Just(Authentication::None),
        any::<[u8; 8]>().prop_map(Authentication::Text),
        Just(Authentication::Header),
        Just(Authentication::Md5),
        (3u8..254).prop_map(Authentication::Unknown),
    ]
    .boxed()
}
