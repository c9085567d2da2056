//! Extension headers and AH: any chain comes to an end, and the outermost AH is found in it.

use proptest::prelude::*;
use sagap::wire::ah;
use sagap::wire::extension::Chain;

use crate::common::frames::{ah_with, option_header};

proptest! {
    #[test]
    fn an_ah_that_was_written_is_read(
        header in header(),
        inner in prop::option::of(header()),
        (icv_words, next) in (0u8..200, any::<u8>()),
        options in 0usize..4,
        payload in prop::collection::vec(any::<u8>(), 0..20),
    ) {
        prop_assume!(!EXTENSIONS.contains(&next));
        let mut bytes = payload.clone();
        let mut first = next;
        for header in inner.into_iter().chain([header]) {
            bytes = ah_with(header, icv_words, first, &bytes);
            first = ah::PROTOCOL;
        }
        let inside = bytes.len();
        for _ in 0..options {
            bytes = option_header(first, &bytes);
            first = HOP_BY_HOP;
        }
        let chain = Chain::of_ipv6(first, &bytes, 54);
        prop_assert_eq!((chain.ah, chain.ah_offset), (Some(header), 54 + bytes.len() - inside));
        prop_assert_eq!((chain.protocol, chain.payload), (next, &payload[..]));
        prop_assert_eq!(chain.malformed, None);
    }

    #[test]
    fn any_chain_comes_to_an_end(
        first in header_number(),
        bytes in prop::collection::vec(prop_oneof![header_number(), 0u8..4], 0..300),
    ) {
        for chain in [Chain::of_ipv4(first, &bytes, 34), Chain::of_ipv6(first, &bytes, 34)] {
            prop_assert!(bytes.ends_with(chain.payload));
            prop_assert_eq!(chain.offset - 34 + chain.payload.len(), bytes.len());
            prop_assert!(chain.ah.is_none() || (34..=chain.offset).contains(&chain.ah_offset));
        }
    }
}

const HOP_BY_HOP: u8 = 0;

/// Hop-by-hop, routing, fragment, AH, destination options.
const EXTENSIONS: [u8; 5] = [HOP_BY_HOP, 43, 44, ah::PROTOCOL, 60];

fn header_number() -> impl Strategy<Value = u8> {
    prop_oneof![prop::sample::select(&EXTENSIONS[..]), any::<u8>()]
}

fn header() -> impl Strategy<Value = ah::Header> {
    (any::<u32>(), any::<u32>()).prop_map(|(spi, sequence)| ah::Header { spi, sequence })
}
