//! NAT-detection hashes: with which addresses and ports a message was sent (RFC 7296 §2.23, RFC 3947 §3.2).
//!
//! ```text
//! version 2: NAT_DETECTION_SOURCE_IP, NAT_DETECTION_DESTINATION_IP = SHA-1(SPIi | SPIr | IP | port)
//! version 1: NAT-D = HASH(CKY-I | CKY-R | IP | port), HASH the negotiated one; the first is of the destination,
//!            the others of what may be the source
//! ```
//!
//! The hashes are in clear, and so are SPIs, addresses and ports: whether an address was translated between the sender
//! and here can be reckoned without keys. Not proof against a sender who makes a hash up: strongSwan sends random bytes
//! and libreswan a hash made with port 0 where encapsulation in UDP is forced, both in place of their own address.

use std::net::IpAddr;

use md5::Md5;
use sha1::Sha1;
use sha2::digest::Digest;
use sha2::{Sha256, Sha384, Sha512};

use super::exchange::ExchangeType;
use super::header::{Header, Spi};
use super::notify_type::NotifyType;
use super::payload::Body;
use super::payload_type::PayloadType;
use super::{Message, Payload};

/// The NAT-detection hashes of one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NatDetection {
    spis: (Spi, Spi),
    source: Vec<Box<[u8]>>,
    destination: Vec<Box<[u8]>>,
}

/// How the hashes of one address compare with an address and port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HashMatch {
    /// One of them is its hash.
    Same,
    /// One of them is its hash with port 0, which nobody sends from: made so that encapsulation is forced.
    PortZero,
    /// None of them is.
    Other,
}

impl NatDetection {
    /// The hashes of a message; `None` where it has none in clear, or cannot be read whole.
    pub fn of(message: &Message<'_>) -> Option<Self> {
        let header = &message.header;
        if message.malformed.is_some() || !may_have_hashes(header) {
            return None;
        }
        let mut hashes = Self {
            spis: (header.initiator_spi, header.responder_spi),
            source: Vec::new(),
            destination: Vec::new(),
        };
        for payload in &message.payloads {
            hashes.add(header.major(), payload)?;
        }
        (hashes.source.len() + hashes.destination.len() > 0).then_some(hashes)
    }

    /// How the sender's hashes of its own address compare with one; `None` where there are none.
    pub fn source(&self, address: IpAddr, port: u16) -> Option<HashMatch> {
        self.compare(&self.source, address, port)
    }

    /// How the sender's hashes of the address it sent to compare with one; `None` where there are none.
    pub fn destination(&self, address: IpAddr, port: u16) -> Option<HashMatch> {
        self.compare(&self.destination, address, port)
    }

    /// Adds the hash of a payload, if it holds one; `None` where that is of a kind not known here, and might be a match.
    fn add(&mut self, major: u8, payload: &Payload<'_>) -> Option<()> {
        let (list, hash) = match (major, payload.kind, &payload.body) {
            (1, PayloadType::NAT_D | PayloadType::NAT_D_DRAFT, Body::Other(hash)) => {
                let is_first = self.destination.is_empty();
                (if is_first { &mut self.destination } else { &mut self.source }, *hash)
            }
            (2, _, Body::Notify(notify)) if notify.kind == NotifyType::NAT_DETECTION_SOURCE_IP => {
                (&mut self.source, notify.data)
            }
            (2, _, Body::Notify(notify)) if notify.kind == NotifyType::NAT_DETECTION_DESTINATION_IP => {
                (&mut self.destination, notify.data)
            }
            _ => return Some(()),
        };
        let is_hash = if major == 2 { hash.len() == SHA1 } else { HASHES.contains(&hash.len()) };
        if list.len() < ADDRESSES {
            list.push(hash.into());
        }
        is_hash.then_some(())
    }

    /// Any match counts: whoever does not know from which of its addresses it sends may name them all.
    fn compare(&self, hashes: &[Box<[u8]>], address: IpAddr, port: u16) -> Option<HashMatch> {
        let is_of = |port: u16| hashes.iter().any(|hash| self.is_hash_of(hash, address, port));
        match hashes {
            [] => None,
            _ if is_of(port) => Some(HashMatch::Same),
            _ if is_of(0) => Some(HashMatch::PortZero),
            _ => Some(HashMatch::Other),
        }
    }

    fn is_hash_of(&self, hash: &[u8], address: IpAddr, port: u16) -> bool {
        let mut text = Vec::with_capacity(TEXT);
        text.extend(self.spis.0.0.to_be_bytes());
        text.extend(self.spis.1.0.to_be_bytes());
        match address {
            IpAddr::V4(address) => text.extend(address.octets()),
            IpAddr::V6(address) => text.extend(address.octets()),
        }
        text.extend(port.to_be_bytes());
        match hash.len() {
            MD5 => *hash == *Md5::digest(&text),
            SHA1 => *hash == *Sha1::digest(&text),
            SHA256 => *hash == *Sha256::digest(&text),
            SHA384 => *hash == *Sha384::digest(&text),
            SHA512 => *hash == *Sha512::digest(&text),
            _ => false,
        }
    }
}

/// Whether a message is one in which addresses are compared in clear.
fn may_have_hashes(header: &Header) -> bool {
    let exchanges: &[ExchangeType] = match header.major() {
        1 if !header.is_encrypted() => &[ExchangeType::IDENTITY_PROTECTION, ExchangeType::AGGRESSIVE],
        2 => &[ExchangeType::IKE_SA_INIT, ExchangeType::IKE_SESSION_RESUME],
        _ => &[],
    };
    exchanges.contains(&header.exchange)
}

/// Lengths of hashes, which tell the negotiated one.
const MD5: usize = 16;
const SHA1: usize = 20;
const SHA256: usize = 32;
const SHA384: usize = 48;
const SHA512: usize = 64;
const HASHES: [usize; 5] = [MD5, SHA1, SHA256, SHA384, SHA512];
/// How many addresses of one message are kept.
const ADDRESSES: usize = 16;
/// The longest text that is hashed: two SPIs, an IPv6 address, a port.
const TEXT: usize = 8 + 8 + 16 + 2;
