//! Telling a retransmission by its bytes.

/// A 64-bit FNV-1a hash of a message's bytes: equal for a retransmission, which is byte-identical in both
/// versions (RFC 7296 §2.1; version 1 as observed), and as good as never equal for another message.
///
/// The same on every machine and in every build, so that observations made apart can be compared. Not proof
/// against bytes made up to collide.
pub fn fingerprint(bytes: &[u8]) -> u64 {
    bytes.iter().fold(OFFSET_BASIS, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(PRIME))
}

const OFFSET_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_the_published_values() {
        // Test vectors of the FNV authors.
        assert_eq!(fingerprint(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fingerprint(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fingerprint(b"foobar"), 0x8594_4171_f739_67e8);
    }
}
