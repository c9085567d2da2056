//! CARP: what was written is read, and told from VRRP.

use proptest::prelude::*;
use sagap::wire::carp::{Advertisement, is_carp};
use sagap::wire::vrrp::{self, Checksum};

use crate::common;
use crate::common::carp::emit;

proptest! {
    #[test]
    fn what_was_written_is_read(advertisement in advertisement(), code in any::<[u8; 20]>()) {
        let bytes = emit(&advertisement, code);
        prop_assert!(is_carp(&bytes, bytes.len()));
        prop_assert_eq!(Advertisement::parse(&bytes, 34), Ok(advertisement));
    }

    #[test]
    fn every_shorter_capture_is_carp_still(advertisement in advertisement(), code in any::<[u8; 20]>()) {
        let bytes = emit(&advertisement, code);
        // Where a byte of the code looks like the counter's, it takes a longer capture to tell.
        prop_assume!(code[0] != bytes[8]);
        for len in 16..bytes.len() {
            prop_assert!(len == 16 || is_carp(&bytes[..len], bytes.len()));
            let cut = Advertisement::parse(&bytes[..len], 34).unwrap();
            let expected = Advertisement {
                checksum: Checksum::Unchecked,
                malformed: cut.malformed.clone(),
                ..advertisement.clone()
            };
            prop_assert!(cut.malformed.is_some());
            prop_assert_eq!(cut, expected);
        }
        for len in 0..16 {
            prop_assert!(Advertisement::parse(&bytes[..len], 34).is_err());
        }
    }

    #[test]
    fn vrrp_of_one_network_is_no_carp(
        network in 1u8..=255,
        hosts in prop::collection::vec(any::<[u8; 3]>(), 7),
        vrid in any::<u8>(),
        priority in any::<u8>(),
    ) {
        let addresses = hosts.iter().map(|[a, b, c]| [network, *a, *b, *c].into()).collect();
        let advertisement = vrrp::Advertisement {
            version: 2,
            vrid,
            priority,
            interval_ms: 1000,
            addresses,
            authentication: vrrp::Authentication::None,
            checksum: Checksum::Plain,
            malformed: None,
        };
        let bytes = common::vrrp::emit(&advertisement, [192, 0, 2, 2].into(), [224, 0, 0, 18].into());
        prop_assert!(!is_carp(&bytes, bytes.len()));
        // Without the authentication data it is as long as CARP.
        prop_assert!(!is_carp(&bytes[..36], 36));
    }

    #[test]
    fn any_bytes_are_read_within_bounds(bytes in prop::collection::vec(any::<u8>(), 0..60), wire_len in 30usize..40) {
        let is_carp = is_carp(&bytes, wire_len);
        prop_assert!(!is_carp || bytes.len() >= 8 && wire_len == 36);
        let _ = Advertisement::parse(&bytes, 34);
    }
}

fn advertisement() -> impl Strategy<Value = Advertisement> {
    let checksum = prop_oneof![Just(Checksum::Plain), Just(Checksum::Wrong)];
    (any::<[u8; 4]>(), any::<u64>(), checksum).prop_map(
        |([vhid, advskew, advbase_s, demotion], counter, checksum)| Advertisement {
            vhid,
            advskew,
            advbase_s,
            demotion,
            counter,
            checksum,
            malformed: None,
        },
    )
}
