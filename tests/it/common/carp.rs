//! Writes CARP advertisements: the reverse of `sagap::wire::carp::Advertisement::parse`.

use sagap::wire::carp::Advertisement;
use sagap::wire::checksum::Sum;
use sagap::wire::vrrp::Checksum;

/// The message that says this, with this authentication code; its checksum is right unless `checksum` says otherwise.
pub(crate) fn emit(advertisement: &Advertisement, code: [u8; 20]) -> Vec<u8> {
    let Advertisement { vhid, advskew, advbase_s, demotion, counter, checksum, .. } = advertisement;
    let mut bytes = vec![0x21, *vhid, *advskew, 7, *demotion, *advbase_s, 0, 0];
    bytes.extend(counter.to_be_bytes());
    bytes.extend(code);
    let right = Sum::default().then(&bytes).checksum();
    let sum = if *checksum == Checksum::Wrong { right ^ 1 } else { right };
    bytes[6..8].copy_from_slice(&sum.to_be_bytes());
    bytes
}
