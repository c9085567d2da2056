//! Neighbour advertisements: what was written is read, and any options come to an end.

use std::net::Ipv6Addr;

use proptest::prelude::*;
use sagap::wire::mac::MacAddr;
use sagap::wire::neighbour::Advertisement;

use crate::common::neighbour::emit;

proptest! {
    #[test]
    fn what_was_written_is_read(advertisement in advertisement()) {
        prop_assert_eq!(Advertisement::parse(&emit(&advertisement), 54), Ok(advertisement));
    }

    #[test]
    fn any_options_are_read_within_bounds(
        advertisement in advertisement(),
        options in prop::collection::vec(prop_oneof![0u8..4, any::<u8>()], 0..200),
    ) {
        let bytes = [emit(&advertisement), options].concat();
        let found = Advertisement::parse(&bytes, 54).unwrap();
        let expected = Advertisement {
            target_mac: advertisement.target_mac.or(found.target_mac),
            malformed: found.malformed.clone(),
            ..advertisement
        };
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn any_bytes_are_read_within_bounds(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        prop_assert_eq!(Advertisement::parse(&bytes, 54).is_err(), bytes.len() < 24);
    }
}

fn advertisement() -> impl Strategy<Value = Advertisement> {
    let mac = prop::option::of(any::<[u8; 6]>().prop_map(MacAddr));
    (any::<[bool; 3]>(), any::<Ipv6Addr>(), mac).prop_map(
        |([router, solicited, overrides], target, target_mac)| Advertisement {
            router,
            solicited,
            overrides,
            target,
            target_mac,
            malformed: None,
        },
    )
}
