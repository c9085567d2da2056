//! Finding the next block of a pcapng after a damaged place.
//!
//! A place counts when a block of a known type stands there whose length is a multiple of four and the same at
//! both ends. A section header counts in either byte order. Each place costs a bounded number of steps.

use std::io;

use super::SMALLEST_BLOCK;
use super::block::Body;
use crate::capture::order::{Order, size};
use crate::capture::window::Window;

/// What a search found.
#[derive(Clone, Copy)]
pub(super) enum Found {
    /// A block begins here, counted from the front of the window.
    At(usize),
    /// No block up to the end of the file.
    Nothing,
}

/// Looks for the next block from `at` in the window on, in a section in `order`.
///
/// What was searched leaves the window when it is more than [`SEARCHED_KEPT`] bytes.
pub(super) fn find(order: Order, mut at: usize, window: &mut Window) -> io::Result<Found> {
    while window.reach(at + SMALLEST_BLOCK)? {
        if block_begins(order, window, at)? {
            return Ok(Found::At(at));
        }
        // No known type is zero, and some files have many zeros.
        at += window.zeros(at).saturating_sub(4).max(1);
        if at >= SEARCHED_KEPT {
            window.consume(at);
            at = 0;
        }
    }
    Ok(Found::Nothing)
}

#[inline]
fn block_begins(order: Order, window: &mut Window, at: usize) -> io::Result<bool> {
    let bytes = window.bytes().get(at..).unwrap_or_default();
    if !Body::is_known(order, bytes) {
        return Ok(false);
    }
    let order = if Body::is_section_header(bytes) { Body::order_of_section(bytes) } else { Some(order) };
    let Some((order, length)) = order.and_then(|order| Some((order, order.u32(bytes, 4)?))) else {
        return Ok(false);
    };
    let bytes = size(length);
    if length % 4 != 0 || !(SMALLEST_BLOCK..=LONGEST_LOOK).contains(&bytes) || !window.reach(at + bytes)? {
        return Ok(false);
    }
    Ok(order.u32(window.bytes(), at + bytes - 4) == Some(length))
}

/// How many searched bytes stay in the window, so that the damaged block can still be read.
const SEARCHED_KEPT: usize = 512 * 1024;

/// The longest block that a search believes in.
const LONGEST_LOOK: usize = 1024 * 1024;
