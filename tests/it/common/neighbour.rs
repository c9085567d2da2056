//! Writes neighbour advertisements: the reverse of `sagap::wire::neighbour::Advertisement::parse`.

use sagap::wire::neighbour::{Advertisement, TYPE};

/// The message that says this, its checksum left 0.
pub(crate) fn emit(advertisement: &Advertisement) -> Vec<u8> {
    let Advertisement { router, solicited, overrides, target, target_mac, .. } = advertisement;
    let flags = u8::from(*router) << 7 | u8::from(*solicited) << 6 | u8::from(*overrides) << 5;
    let mut bytes = vec![TYPE, 0, 0, 0, flags, 0, 0, 0];
    bytes.extend(target.octets());
    if let Some(mac) = target_mac {
        bytes.extend([2, 1]);
        bytes.extend(mac.0);
    }
    bytes
}
