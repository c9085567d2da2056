//! Walking over the packets of a section as long as nothing else stands between them.

use std::sync::Arc;

use super::block::{Block, Described, Section};
use super::raw_block;
use crate::capture::order::{Order, size};
use crate::capture::reading::{Step, Walk};

/// What enhanced packet blocks mean in a section.
#[derive(Clone)]
pub(in crate::capture) struct PcapngWalk {
    order: Order,
    interfaces: Arc<[Described]>,
    /// Interfaces of the sections before.
    interfaces_before: u32,
}

impl PcapngWalk {
    /// In this section, with the interfaces described so far.
    pub(super) fn new(section: &Section) -> Self {
        Self {
            order: section.order,
            interfaces: section.interfaces.clone().into(),
            interfaces_before: section.interfaces_before,
        }
    }
}

impl Walk for PcapngWalk {
    #[inline]
    fn step(&self, ahead: &[u8]) -> Option<Step> {
        let block = raw_block(self.order, ahead)?;
        let record = block.plain_packet(self.order, ahead, &self.interfaces, self.interfaces_before)?;
        Some(Step { bytes: block.bytes, seconds: 0, record })
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "done for every record")]
    fn plain_step<'a>(&self, ahead: &'a [u8]) -> Option<(Step, &'a [u8])> {
        let field = |at: usize| self.order.u32(ahead, at);
        let [length, of, captured, wire] = [field(4)?, field(8)?, field(20)?, field(24)?];
        let ticks = u64::from(field(12)?) << 32 | u64::from(field(16)?);
        let bytes = Block::of_packet(captured);
        if !Block::is_packet(self.order, ahead) || size(length) != bytes || field(bytes - 4)? != length {
            return None;
        }
        let interface = self.interfaces_before.saturating_add(of);
        let record = self.interfaces.get(size(of))?.plain_record(interface, ticks, [captured, wire])?;
        let frame = ahead.get(record.start..)?.get(..record.len)?;
        Some((Step { bytes, seconds: 0, record }, frame))
    }

    fn claims(&self, ahead: &[u8]) -> Option<usize> {
        let length = size(self.order.u32(ahead, 4)?);
        (Block::is_packet(self.order, ahead) && length.is_multiple_of(4)).then_some(length)
    }

    #[inline]
    fn may_begin(&self, ahead: &[u8]) -> Option<usize> {
        if !Block::is_packet(self.order, ahead) {
            return None;
        }
        let block = raw_block(self.order, ahead)?;
        block.plain_packet(self.order, ahead, &self.interfaces, self.interfaces_before)?;
        Some(block.bytes)
    }
}
