//! Other systems than Linux, on which no interface can be captured on.

use std::time::Duration;

use crate::wire::mac::MacAddr;

use super::filter::Wanted;
use super::{RawFrame, Received, Selection, SocketError, SocketInterface, SocketOptions};

/// A socket that cannot be opened here.
#[derive(Debug)]
pub enum PacketSocket {}

impl PacketSocket {
    /// Captures on no interface.
    ///
    /// # Errors
    ///
    /// Always.
    #[expect(clippy::needless_pass_by_value, reason = "it is kept where there are packet sockets")]
    pub fn open(selection: Selection, _: SocketOptions) -> Result<Self, SocketError> {
        Err(SocketError::NotLinux { name: selection.to_string() })
    }

    /// Nothing.
    pub fn receive(&mut self, _: Duration, _: &mut dyn FnMut(RawFrame<'_>)) -> Result<Received, SocketError> {
        match *self {}
    }

    /// None.
    pub fn interfaces(&self) -> &[SocketInterface] {
        match *self {}
    }

    /// None.
    pub fn drops(&mut self) -> u64 {
        match *self {}
    }

    /// None.
    pub fn freezes(&self) -> u64 {
        match *self {}
    }

    /// Nothing.
    pub fn set_gateways(&mut self, _: &[MacAddr]) -> Result<(), SocketError> {
        match *self {}
    }

    /// Nothing.
    pub fn set_wanted(&mut self, _: Option<Wanted>) -> Result<(), SocketError> {
        match *self {}
    }
}
