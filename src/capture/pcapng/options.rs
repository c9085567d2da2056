//! The options at the end of a block.
//!
//! ```text
//!  0      2        4
//! | code | length | value, padded to 32 bits …
//! ```
//!
//! Source: draft-ietf-opsawg-pcapng, section 3.5.

use crate::capture::order::Order;

/// `opt_comment`.
pub(super) const COMMENT: u16 = 1;

/// The options in `rest`, in file order: code and value. Ends at `opt_endofopt`, at the end of `rest`, or with an
/// `Err` at an option that does not fit.
pub(super) struct Options<'a> {
    order: Order,
    rest: &'a [u8],
}

/// An option does not fit its block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DoesNotFit;

impl<'a> Options<'a> {
    pub(super) const fn new(order: Order, rest: &'a [u8]) -> Self {
        Self { order, rest }
    }

    fn split(&mut self) -> Option<(u16, &'a [u8])> {
        let code = self.order.u16(self.rest, 0)?;
        let length = usize::from(self.order.u16(self.rest, 2)?);
        let value = self.rest.get(4..4 + length)?;
        // The padding of the last one may be missing.
        self.rest = self.rest.get(4 + length.next_multiple_of(4)..).unwrap_or_default();
        Some((code, value))
    }
}

impl<'a> Iterator for Options<'a> {
    type Item = Result<(u16, &'a [u8]), DoesNotFit>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let option = self.split();
        match option {
            Some((0, _)) => {
                self.rest = &[];
                None
            }
            Some(option) => Some(Ok(option)),
            None => {
                self.rest = &[];
                Some(Err(DoesNotFit))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_end_at_the_end_mark_or_where_they_do_not_fit() {
        let bytes = [2, 0, 3, 0, b'e', b't', b'h', 0, 9, 0, 1, 0, 9, 0, 0, 0, 0, 0, 0, 0, 7, 7];
        let read: Vec<_> = Options::new(Order::Little, &bytes).collect();
        assert_eq!(read, [Ok((2, &b"eth"[..])), Ok((9, &[9][..]))]);
        let read: Vec<_> = Options::new(Order::Little, &[2, 0, 9, 0, 1]).collect();
        assert_eq!(read, [Err(DoesNotFit)]);
    }
}
