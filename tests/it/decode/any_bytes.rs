//! Whatever a frame of any link type holds, decoding it ends, and says where within it.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use sagap::capture::{Frame, LinkType};
use sagap::decode::{Packet, Path, Stop, decode_closely};

use crate::common::frames::*;
use crate::common::wrap::*;

/// The link types that are read, and one that is not.
fn link_types() -> impl Strategy<Value = LinkType> {
    let numbers = [
        0, 1, 9, 12, 50, 51, 100, 101, 104, 105, 107, 108, 109, 113, 117, 149, 166, 204, 205, 206, 219, 228,
        229, 239, 258, 276, 281, 282, 284, 285,
    ];
    select(numbers.map(LinkType).to_vec())
}

/// Frames that nest one wrapping in another, for bytes to be changed in them.
fn nested() -> impl Strategy<Value = Vec<u8>> {
    let hello = ethernet(0x0800, &ipv4(17, &udp(1985, 1985, &HELLO)));
    let in_gre = |packet: Vec<u8>| outer(0x0800, &outer_ip(47, &packet));
    let tunnels = to_port(
        4789,
        &vxlan(5, &in_gre(erspan_3(&to_port(6081, &geneve(6, 0x6558, &[0; 8], &hello)), true))),
    );
    let labels = outer(0x8100, &tag(7, 0x8847, &mpls(&[16, 17], &[&[0; 4][..], &hello].concat())));
    let access = outer(
        0x8864,
        &pppoe(3, &ppp(0x21, &outer_ip(17, &udp(1701, 1701, &l2tp(1, 2, &ppp(0x21, &hello[14..])))))),
    );
    let mobile = to_port(
        2152,
        &gtp(
            7,
            true,
            &outer_ip(47, &gre(0x4000, 0x6558, &[0, 0, 0, 0, 8, 0, 0, 4, 1, 2, 3, 4, 0, 0, 0, 0], &hello)),
        ),
    );
    let snapped = [&outer(0, &[])[..12], &length_and_snap(0, 0x8847, &mpls(&[4], &hello))].concat();
    select(vec![tunnels, labels, access, mobile, snapped])
}

/// What was not there begins within what there was, and a path is no longer than it may be.
fn assert_sane(frame: &Frame<'_>, packet: &Packet<'_>) {
    if let Some(Stop::Malformed(malformed) | Stop::Cut(malformed)) = &packet.stop {
        assert!(malformed.offset <= frame.bytes.len(), "{malformed} {:02x?}", frame.bytes);
    }
    if let Some(path) = &packet.path {
        assert!((1..=Path::MAX).contains(&path.wrappings().count()), "{path} {:02x?}", frame.bytes);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4096, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn of_any_link_type(link_type in link_types(), bytes in vec(any::<u8>(), 0..160)) {
        let frame = frame(link_type, &bytes);
        assert_sane(&frame, &decode_closely(&frame));
    }

    #[test]
    fn of_wrapped_frames_that_were_changed(
        whole in nested(),
        changes in vec((any::<Index>(), any::<u8>()), 0..5),
        end in any::<Index>(),
    ) {
        let mut bytes = whole;
        for (at, value) in changes {
            *at.get_mut(&mut bytes[..]) = value;
        }
        let frame = cut(&bytes, end.index(bytes.len() + 1));
        assert_sane(&frame, &decode_closely(&frame));
    }
}

#[test]
fn nested_wrappings_lead_to_the_message() {
    proptest!(|(bytes in nested())| {
        let packet = decode_closely(&frame(LinkType::ETHERNET, &bytes));
        prop_assert!(packet.message.is_some() && packet.stop.is_none(), "{:?}", packet);
    });
}
