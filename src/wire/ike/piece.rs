//! Messages that are pieces of a longer one: fragments of version 1 (Cisco's and Microsoft's payload 132) and of version 2
//! (RFC 7383).

use super::header::Header;
use super::payload::Body;
use super::payload_type::PayloadType;
use super::{Message, Reader};

/// What a message that is a piece of a longer one is a piece of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Of version 1: a slice of a whole message, header included.
    Version1 {
        /// Equal for the pieces of one message.
        id: u16,
        /// From 1.
        number: u8,
        /// Whether it is the last.
        last: bool,
        /// The slice.
        data: &'a [u8],
    },
    /// Of version 2: a part of what is encrypted, encrypted by itself.
    Version2 {
        /// From 1.
        number: u16,
        /// How many there are; more than 1.
        total: u16,
        /// The first payload inside, which piece 1 alone names.
        first: PayloadType,
    },
}

impl<'a> Message<'a> {
    /// What this message is a piece of, if it is one. One that is cut into a single piece is whole.
    pub fn piece(&self) -> Option<Piece<'a>> {
        let first = self.payloads.first().map(|payload| &payload.body);
        if let Some(&Body::Fragment { id, number, last, data }) = first {
            return Some(Piece::Version1 { id, number, last, data });
        }
        match self.payloads.last()?.body {
            Body::EncryptedFragment { first, number, total } if total > 1 => {
                Some(Piece::Version2 { number, total, first })
            }
            _ => None,
        }
    }
}

impl Piece<'_> {
    /// The header of the whole message, where this is its first piece and shows one: of version 1 the one inside, of
    /// version 2 the piece's `own`, which is that of the whole but for its length.
    pub fn opening(&self, own: &Header) -> Option<Header> {
        match *self {
            Piece::Version1 { number: 1, data, .. } => Header::read(&mut Reader::new("ike", data, 0)).ok(),
            Piece::Version2 { number: 1, .. } => Some(*own),
            _ => None,
        }
    }
}
