//! Writes VRRP advertisements: the reverse of `sagap::wire::vrrp::Advertisement::parse`.

use std::net::IpAddr;

use sagap::wire::checksum::Sum;
use sagap::wire::vrrp::{Advertisement, Authentication, Checksum, PROTOCOL};

/// The message from `src` to `dst` that says this; its checksum is the one that `checksum` names.
pub(crate) fn emit(advertisement: &Advertisement, src: IpAddr, dst: IpAddr) -> Vec<u8> {
    let Advertisement { version, vrid, priority, interval_ms, addresses, authentication, .. } = advertisement;
    let count = u8::try_from(addresses.len()).unwrap();
    let mut bytes = vec![version << 4 | 1, *vrid, *priority, count];
    if *version == 2 {
        bytes.extend([number(authentication), u8::try_from(interval_ms / 1000).unwrap()]);
    } else {
        bytes.extend(u16::try_from(interval_ms / 10).unwrap().to_be_bytes());
    }
    bytes.extend([0, 0]);
    for address in addresses {
        match address {
            IpAddr::V4(address) => bytes.extend(address.octets()),
            IpAddr::V6(address) => bytes.extend(address.octets()),
        }
    }
    if *version == 2 {
        bytes.extend(if let Authentication::Text(text) = authentication { *text } else { [0; 8] });
    }
    let length = u32::try_from(bytes.len()).unwrap();
    let pseudo_header = Sum::of_pseudo_header(src, dst, PROTOCOL, length);
    let sum = match advertisement.checksum {
        Checksum::PseudoHeader => pseudo_header.then(&bytes).checksum(),
        Checksum::Plain | Checksum::Unchecked => Sum::default().then(&bytes).checksum(),
        Checksum::Wrong => wrong([Sum::default(), pseudo_header].map(|sum| sum.then(&bytes).checksum())),
    };
    bytes[6..8].copy_from_slice(&sum.to_be_bytes());
    bytes
}

/// A checksum that is none of these two.
fn wrong(right: [u16; 2]) -> u16 {
    (1..=3).find(|sum| !right.contains(sum)).unwrap()
}

fn number(authentication: &Authentication) -> u8 {
    match authentication {
        Authentication::None => 0,
        Authentication::Text(_) => 1,
        Authentication::Header => 2,
        Authentication::Md5 => 254,
        Authentication::Unknown(number) => *number,
    }
}
