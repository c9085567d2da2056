//! Other systems than Linux, on which no interface can be captured on.

use std::time::Duration;

use crate::capture::frame::LinkType;
use crate::wire::mac::MacAddr;

use super::filter::Wanted;
use super::{RawFrame, Received, Selection, SocketError, SocketOptions};

/// A socket that cannot be opened here.
#[derive(Debug)]
pub enum PacketSocket {}

/// An interface that frames came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SocketInterface {
    /// Its name.
    pub name: String,
    /// How its frames begin.
    pub link_type: LinkType,
}

impl PacketSocket {
    /// # Errors
    ///
    /// Always.
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
