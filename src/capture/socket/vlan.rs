//! The VLAN tag that the kernel takes out of a frame, put back where it was.

/// The frame with its tag, of type and priority with VLAN id, behind the addresses. `room` holds it where there is one.
pub(super) fn restore<'a>(bytes: &'a [u8], tag: Option<(u16, u16)>, room: &'a mut Vec<u8>) -> &'a [u8] {
    let Some(((kind, control), (addresses, rest))) = tag.zip(bytes.split_at_checked(ADDRESSES)) else {
        return bytes;
    };
    room.clear();
    for part in [addresses, &kind.to_be_bytes(), &control.to_be_bytes(), rest] {
        room.extend_from_slice(part);
    }
    room
}

/// Bytes of a tag.
pub(super) const TAG: u32 = 4;
/// Bytes of the addresses that an Ethernet header begins with.
const ADDRESSES: usize = 12;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tag_stands_behind_the_addresses() {
        let mut room = vec![9; 99];
        let untagged = b"ddddddssssss\x08\x00rest";
        assert_eq!(restore(untagged, None, &mut room), untagged);
        let tagged = restore(untagged, Some((0x88a8, 0x602a)), &mut room);
        assert_eq!(tagged, b"ddddddssssss\x88\xa8\x60\x2a\x08\x00rest");
        assert_eq!(restore(b"short", Some((0x8100, 1)), &mut room), b"short");
    }
}
