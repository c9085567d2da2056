//! What passes for whose it is: from a gateway, or to one.

use std::collections::BTreeMap;

use crate::wire::mac::MacAddr;

use super::Wanted;
use super::assembler::{AND, Assembler, LOAD_HALF, LOAD_WORD, Test};

/// Lets pass what comes from a virtual MAC or one of `gateways`, or goes to one. What does not goes on behind this.
pub(super) fn accept(program: &mut Assembler, gateways: &[MacAddr]) {
    if gateways.len() > Wanted::MAX_GATEWAYS {
        program.accept();
        return;
    }
    let known = by_beginning(gateways);
    for side in [DESTINATION, SOURCE] {
        for range in VIRTUAL {
            accept_range(program, side, range);
        }
        program.push(LOAD_WORD, side);
        for (&beginning, ends) in &known {
            program.when(&[Test::Is(beginning)], |program| {
                program.push(LOAD_HALF, side + 4);
                program.accept_among(ends.iter().copied());
                program.push(LOAD_WORD, side);
            });
        }
    }
}

fn accept_range(program: &mut Assembler, side: u32, range: &Range) {
    program.push(LOAD_WORD, side);
    program.push(AND, range.beginning_mask);
    program.when(&[Test::Is(range.beginning)], |program| {
        program.push(LOAD_HALF, side + 4);
        program.push(AND, range.end_mask);
        program.accept_among([range.end]);
    });
}

/// The last two bytes of MACs by their first four.
fn by_beginning(gateways: &[MacAddr]) -> BTreeMap<u32, Vec<u32>> {
    let mut known: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for &MacAddr([a, b, c, d, e, f]) in gateways {
        known.entry(u32::from_be_bytes([a, b, c, d])).or_default().push(u16::from_be_bytes([e, f]).into());
    }
    known
}

/// Virtual MACs: the bits that tell them, of the first four bytes and of the last two.
struct Range {
    beginning: u32,
    beginning_mask: u32,
    end: u32,
    end_mask: u32,
}

impl Range {
    const fn new((beginning, beginning_mask): (u32, u32), (end, end_mask): (u32, u32)) -> Self {
        Self { beginning, beginning_mask, end, end_mask }
    }
}

/// The ranges of [`VirtualMac`](crate::wire::mac::VirtualMac).
const VIRTUAL: &[Range] = &[
    // HSRP version 1, version 2, and that for IPv6.
    Range::new((0x0000_0c07, u32::MAX), (0xac00, 0xff00)),
    Range::new((0x0000_0c9f, u32::MAX), (0xf000, 0xf000)),
    Range::new((0x0005_73a0, u32::MAX), (0x0000, 0xf000)),
    // GLBP.
    Range::new((0x0007_b400, 0xffff_fffc), (0, 0)),
    // VRRP for IPv4 with CARP, VRRP for IPv6.
    Range::new((0x0000_5e00, u32::MAX), (0x0100, 0xff00)),
    Range::new((0x0000_5e00, u32::MAX), (0x0200, 0xff00)),
];

/// Where the addresses stand in an Ethernet header.
const DESTINATION: u32 = 0;
const SOURCE: u32 = 6;
