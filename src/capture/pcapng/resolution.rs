//! Name resolution blocks: addresses and their names.
//!
//! ```text
//!  0      2        4
//! | type | length | value, padded to 32 bits …          (type 0 ends them)
//! ```
//!
//! The value of type 1 is an IPv4 address and its names, each ended by a zero byte; that of type 2 the same of an IPv6
//! address. Other types are passed over. Source: draft-ietf-opsawg-pcapng, section 4.5.

use std::net::IpAddr;

use crate::capture::names::Names;
use crate::capture::order::Order;

use super::options::{DoesNotFit, Options};

/// Reads the records of a block's `body` into `names`.
///
/// # Errors
///
/// Where a record does not fit. Those before it were read.
pub(super) fn read(order: Order, body: &[u8], names: &mut Names) -> Result<(), DoesNotFit> {
    // They are laid out as options are.
    for record in Options::new(order, body) {
        let (kind, value) = record?;
        let (address, rest) = match kind {
            IPV4 => split::<4>(value),
            IPV6 => split::<16>(value),
            _ => continue,
        }
        .ok_or(DoesNotFit)?;
        let name = rest.split(|byte| *byte == 0).next().unwrap_or_default();
        names.hear(address, name);
    }
    Ok(())
}

fn split<const N: usize>(value: &[u8]) -> Option<(IpAddr, &[u8])>
where
    IpAddr: From<[u8; N]>,
{
    let (address, rest) = value.split_first_chunk::<N>()?;
    Some((IpAddr::from(*address), rest))
}

const IPV4: u16 = 1;
const IPV6: u16 = 2;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_families_are_read_and_the_first_name_counts() {
        let body = [
            &[0, 1, 0, 11, 192, 0, 2, 1, b'g', b'w', 0, b'r', b'1', b'o', 0, 0][..],
            &[0, 3, 0, 2, 9, 9, 0, 0],
            &[0, 2, 0, 19, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9, b'v', b'6', 0, 0],
            &[0, 0, 0, 0, 0xff],
        ]
        .concat();
        let mut names = Names::default();
        assert_eq!(read(Order::Big, &body, &mut names), Ok(()));
        let all: Vec<_> = names.iter().map(|(address, name)| format!("{address} {name}")).collect();
        assert_eq!(all, ["192.0.2.1 gw", "2001:db8::9 v6"]);
    }

    #[test]
    fn every_shorter_record_is_named_or_read_as_far_as_it_goes() {
        let body = [0, 1, 0, 7, 192, 0, 2, 1, b'g', b'w', 0, 0];
        for cut in 0..body.len() {
            let mut names = Names::default();
            let read = read(Order::Big, &body[..cut], &mut names);
            let whole = cut >= 11;
            assert_eq!(read, if cut == 0 || whole { Ok(()) } else { Err(DoesNotFit) }, "{cut}");
            assert_eq!(names.iter().count(), usize::from(whole), "{cut}");
        }
        let mut names = Names::default();
        assert_eq!(read(Order::Big, &[0, 1, 0, 3, 192, 0, 2, 0], &mut names), Err(DoesNotFit));
    }
}
