//! Frames to packets: a pure function of the frame alone that never fails, and [`Reassembler`], which puts together
//! what came in pieces and calls the pure part again.
//!
//! [`decode`] takes a cheap look at each frame first ([`glance()`], and one for plain ARP) and decodes layer by layer only
//! what that look cannot settle ([`decode_closely`]). Both give the same packet wherever the first gives one.

mod closely;
mod gateway;
mod glance;
mod layer;
mod link;
mod network;
mod options;
mod packet;
mod path;
mod plain_arp;
mod plain_ip;
mod reassembly;
mod tcp;
mod transport;
mod vlans;
mod wanted;
mod wrapping;

pub use closely::{decode_closely, decode_closely_with};
pub use glance::{Content, Glimpse, glance, glance_with, glimpse};
pub use options::Options;
pub use packet::{
    Ah, Encapsulation, Fragment, Link, Message, Network, Packet, Pieces, Segment, Stop, TooDeep, Unrelated,
};
pub use path::{Path, TunnelId, VirtualNetwork, Wrapping};
pub use plain_ip::{PlainEsp, plain_unrelated};
pub use reassembly::{Assembled, Incomplete, Reassembler, Reassembly, Unfinished};
pub use vlans::Vlans;
pub use wanted::wanted;

use crate::capture::Frame;
use plain_arp::plain_arp;

/// Decodes a frame: what could be read of it, and why no more could.
///
/// Offsets in the packet's [`Stop`] count from the frame's first byte. Nothing is allocated for ESP and for frames
/// this program is not about.
#[inline]
pub fn decode<'a>(frame: &Frame<'a>) -> Packet<'a> {
    decode_with(frame, &Options::NONE)
}

/// The same with these options.
#[inline]
pub fn decode_with<'a>(frame: &Frame<'a>, options: &Options) -> Packet<'a> {
    if let Some(packet) = plain_arp(frame) {
        return packet;
    }
    glance_with(frame, options).unwrap_or_else(|| decode_closely_with(frame, options))
}
