//! The short look that notes are taken by agrees with the whole decoder.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use sagap::capture::{Frame, LinkType, Skim};
use sagap::decode::{Content, Message, Options, Packet, Stop, decode_closely_with, glimpse};
use sagap::observe::{Note, Noted, Skimmer};

use crate::common::frames::*;
use crate::decode::glance::wrapped;

/// A frame of few flows of ESP, of which some fields are those of another one.
fn esp_of_few() -> impl Strategy<Value = Vec<u8>> {
    let layers = select(vec!["plain", "udp", "short udp", "tagged", "v6", "v6 udp"]);
    // One byte of a MAC, an address, a port, a length, the SPI, or of the sequence number or the TTL, which do not tell flows
    // apart.
    let changed = select(vec![
        0_usize, 5, 6, 11, 15, 17, 18, 22, 26, 29, 30, 33, 34, 35, 35, 37, 37, 39, 41, 42, 45, 49, 50, 60,
    ]);
    (layers, changed, 0_u8..3).prop_map(|(layers, at, value)| {
        let inner = esp(7);
        let mut frame = match layers {
            "plain" => ethernet(0x0800, &ipv4(50, &inner)),
            "udp" => ethernet(0x0800, &ipv4(17, &udp(4500, 4500, &inner))),
            "short udp" => [ethernet(0x0800, &ipv4(17, &udp(4500, 4500, &inner[..7]))), vec![0; 11]].concat(),
            "tagged" => ethernet(0x8100, &tag(10, 0x0800, &ipv4(50, &inner))),
            "v6" => ethernet(0x86dd, &ipv6(50, &inner)),
            _ => ethernet(0x86dd, &ipv6(17, &udp(4500, 4500, &inner))),
        };
        if let Some(byte) = frame.get_mut(at) {
            *byte = byte.wrapping_add(value);
        }
        frame
    })
}

/// All that tells one flow of ESP in a capture from another.
fn flow(interface: u32, packet: &Packet<'_>) -> Option<String> {
    let Some(Message::Esp { header, encapsulation, .. }) = &packet.message else { return None };
    let network = packet.network.as_ref()?;
    let link = &packet.link;
    let ends = (network.src, network.dst, header.spi, encapsulation);
    Some(format!("{interface} {:?} {:?} {:?} {ends:?}", link.src_mac, link.dst_mac, link.vlans))
}

/// Asserts that what one skimmer notes of these frames is what is decoded of them, and all that the short cut settles.
fn assert_noted(frames: &[Frame<'_>], options: &Options) {
    let mut skimmer = Skimmer::new(options.clone()).another();
    skimmer.begin();
    let (mut numbers, mut flows) = (BTreeMap::new(), BTreeMap::new());
    for frame in frames {
        let bytes = frame.bytes;
        let glanced = skimmer.glance(bytes, frame.link_type, frame.interface).map(Note::read);
        let noted = skimmer.skim(frame).read();
        assert!(glanced.is_none_or(|glanced| glanced == noted), "{glanced:?}, {noted:?}: {bytes:02x?}");
        assert!(matches!(glanced, None | Some(Noted::Esp { .. })), "{bytes:02x?}");
        let packet = decode_closely_with(frame, options);
        match noted {
            Noted::Esp { flow: number } => {
                let flow = flow(frame.interface, &packet).unwrap_or_else(|| panic!("no ESP: {packet:?}"));
                assert_eq!(packet.stop, None, "{bytes:02x?}");
                assert_eq!(numbers.entry(flow.clone()).or_insert(number), &number, "{flow}");
                assert_eq!(flows.entry(number).or_insert(flow.clone()), &flow);
            }
            Noted::Unrelated(kind) => {
                assert_eq!(
                    (packet.message, packet.stop),
                    (None, Some(Stop::Unrelated(kind))),
                    "{bytes:02x?}"
                );
            }
            Noted::Nothing => {}
        }
        // Whatever the short cut settles is noted.
        let settled = glimpse(bytes, frame.link_type, options).map(|glimpse| match glimpse.content {
            Content::Esp { .. } => None,
            Content::Unrelated(kind) => Some(kind),
        });
        let is_as_settled = match (settled, noted) {
            (None, Noted::Nothing) | (Some(None), Noted::Esp { .. }) => true,
            (Some(Some(kind)), Noted::Unrelated(noted)) => kind == noted,
            _ => false,
        };
        assert!(is_as_settled, "{settled:?}, {noted:?}: {bytes:02x?}");
        // What was noted before is found at once where it is plain.
        let again = skimmer.glance(bytes, frame.link_type, frame.interface).map(Note::read);
        assert!(again.is_none_or(|again| again == noted), "{again:?}, {noted:?}: {bytes:02x?}");
        assert_eq!(skimmer.skim(frame).read(), noted);
    }
}

/// Its bytes, its interface, where the capture cut it short, and whether it is of Ethernet.
type Made = (Vec<u8>, u32, Option<Index>, bool);

fn seen((bytes, interface, end, is_ethernet): &Made) -> Frame<'_> {
    let captured = end.map_or(bytes.len(), |end| end.index(bytes.len() + 1));
    let link_type = if *is_ethernet { LinkType::ETHERNET } else { LinkType(101) };
    Frame { interface: *interface, link_type, ..cut(bytes, captured) }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_noted_is_what_is_decoded(
        frames in vec(
            (
                prop_oneof![esp_of_few(), esp_of_few(), wrapped(), vec(any::<u8>(), 0..120)],
                0_u32..3,
                prop_oneof![3 => Just(None), 1 => any::<Index>().prop_map(Some)],
                prop_oneof![9 => Just(true), 1 => Just(false)],
            ),
            1..40,
        ),
        changes in vec((any::<Index>(), any::<Index>(), any::<u8>()), 0..10),
        ports in select(vec![vec![], vec![53, 40_000], vec![4500], vec![4501], vec![1701]]),
    ) {
        let mut frames = frames;
        for (which, at, value) in changes {
            let which = which.index(frames.len());
            if let Some(length @ 1..) = frames.get(which).map(|frame| frame.0.len()) {
                frames[which].0[at.index(length)] = value;
            }
        }
        let frames: Vec<Frame<'_>> = frames.iter().map(seen).collect();
        assert_noted(&frames, &Options::new(ports));
    }
}

/// Numbers and legends are each skimmer's own; what a frame is is not.
#[test]
fn skimmers_have_legends_of_their_own() {
    let first = Skimmer::new(Options::default());
    let (mut a, mut b) = (first.another(), first.another());
    assert_ne!(a.begin(), b.begin());
    let [early, late] = [1, 2].map(|spi| {
        let mut bytes = ethernet(0x0800, &ipv4(50, &esp(7)));
        bytes[37] = spi;
        bytes
    });
    let [early, late] = [&early, &late].map(|bytes| frame(LinkType::ETHERNET, bytes));
    assert_eq!(
        [a.skim(&early).read(), a.skim(&late).read()],
        [Noted::Esp { flow: 0 }, Noted::Esp { flow: 1 }]
    );
    assert_eq!(
        [b.skim(&late).read(), b.skim(&early).read()],
        [Noted::Esp { flow: 0 }, Noted::Esp { flow: 1 }]
    );
    assert!(a.glance(early.bytes, LinkType::ETHERNET, 0).is_some(), "plain ESP is found at once");
    assert!(a.glance(early.bytes, LinkType::ETHERNET, 1).is_none(), "of another interface");
    assert!(a.glance(early.bytes, LinkType(101), 0).is_none(), "of no Ethernet");
}
