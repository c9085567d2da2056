//! How a ring of a given size is cut into blocks.

/// The blocks of a ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    /// Bytes of a block, a power of two.
    pub(super) block: usize,
    /// How many there are.
    pub(super) blocks: usize,
}

impl Shape {
    /// What the kernel is told of the size of a frame. It divides the block, and means nothing more: frames lie one behind
    /// the other.
    pub(super) const FRAME: usize = 2048;

    /// The shape of a ring of about `bytes`, 512 KiB at the least.
    pub(super) const fn of(bytes: usize) -> Self {
        let blocks = bytes / BLOCK;
        Self { block: BLOCK, blocks: if blocks < 2 { 2 } else { blocks } }
    }

    /// Bytes of the ring.
    pub(super) const fn bytes(self) -> usize {
        self.block * self.blocks
    }
}

/// Bytes of a block. It holds the largest frame that segmentation offload makes, 64 KiB. It is no larger, since a block is
/// used up by its time also where it holds one frame only: with many of them a reader may pause for seconds.
const BLOCK: usize = 256 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_has_two_blocks_at_least() {
        assert_eq!(Shape::of(64 << 20).blocks, 256);
        assert_eq!(Shape::of(0).bytes(), 512 << 10);
        assert!(Shape::of(3 << 20).bytes().is_multiple_of(Shape::FRAME));
    }
}
