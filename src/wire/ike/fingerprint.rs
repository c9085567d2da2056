//! Telling a retransmission by its bytes.

use std::hash::{BuildHasher, Hasher};

use foldhash::fast::FixedState;

/// A 64-bit hash of a message's bytes: equal for a retransmission, which is byte-identical in both versions (RFC 7296
/// §2.1; version 1 as observed), and as good as never equal for another message.
///
/// The same throughout one build of this program. Not proof against bytes made up to collide.
pub fn fingerprint(bytes: &[u8]) -> u64 {
    let mut hasher = FixedState::with_seed(SEED).build_hasher();
    hasher.write(bytes);
    hasher.finish()
}

const SEED: u64 = 0x696b_6500;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_messages_apart_by_any_byte_and_by_their_length() {
        let message = [7; 100];
        let whole = fingerprint(&message);
        assert_eq!(fingerprint(&message), whole);
        for at in 0..message.len() {
            let mut other = message;
            other[at] ^= 1;
            assert_ne!(fingerprint(&other), whole, "{at}");
            assert_ne!(fingerprint(&message[..at]), whole, "{at}");
        }
    }
}
