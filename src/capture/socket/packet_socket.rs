//! A packet socket on an interface, or on all of them.

use std::io;
use std::time::Duration;

use crate::wire::mac::MacAddr;

use super::block;
use super::delivery;
use super::filter::{self, Instruction, Wanted};
use super::interfaces::Interfaces;
use super::presence::{self, Wait};
use super::ring::{self, Ring};
use super::shape::Shape;
use super::{RawFrame, Received, Selection, SocketError, SocketEvent, SocketInterface, SocketOptions};

/// An open packet socket.
///
/// Opening takes `CAP_NET_RAW`, and nothing does afterwards: an interface that went down or was deleted is waited for,
/// and captured on again.
pub struct PacketSocket {
    ring: Ring,
    selection: Selection,
    promiscuous: bool,
    wanted: Option<Wanted>,
    interfaces: Interfaces,
    /// Whether the interface went down or was deleted, and has not come back.
    is_gone: bool,
    drops: u64,
    freezes: u64,
    /// Holds a frame with its VLAN tag.
    room: Vec<u8>,
}

impl PacketSocket {
    /// Begins to capture. No frame enters that the filter does not let in.
    ///
    /// # Errors
    ///
    /// When the interface is missing or down, `CAP_NET_RAW` is missing, or there is no room for the ring.
    pub fn open(selection: Selection, options: SocketOptions) -> Result<Self, SocketError> {
        let SocketOptions { promiscuous, ring_bytes, wanted } = options;
        let device = presence::find(&selection)?;
        let socket = presence::raw_socket(&selection)?;
        let shape = Shape::of(ring_bytes);
        let no_ring = |source| {
            let bytes = u64::try_from(shape.bytes()).unwrap_or(u64::MAX);
            SocketError::Ring { name: selection.to_string(), bytes, source }
        };
        let ring = Ring::map(socket, shape).map_err(no_ring)?;
        let mut interfaces = Interfaces::default();
        if let Some(device) = &device {
            interfaces.number(device.index, device.link_type, || Some(device.name.clone()));
        }
        let (is_gone, drops, freezes, room) = (false, 0, 0, Vec::new());
        let mut open =
            Self { ring, selection, promiscuous, wanted: None, interfaces, is_gone, drops, freezes, room };
        open.set_wanted(wanted)?;
        let index = device.map_or(EVERY, |device| device.index);
        open.bind(index).map_err(|source| open.failed("it cannot be captured on", source))?;
        Ok(open)
    }

    /// Gives the frames that wait to `each`. Where there are none, waits for some, `timeout` at most; a signal ends that
    /// early.
    ///
    /// Frames that this host sends are among them. What is neither Ethernet nor IP is not.
    ///
    /// # Errors
    ///
    /// When the system cannot go on. An interface that is gone is none.
    pub fn receive(
        &mut self,
        timeout: Duration,
        each: &mut dyn FnMut(RawFrame<'_>),
    ) -> Result<Received, SocketError> {
        let event = self.look_for_return();
        let frames = self.read_ready(each);
        if frames > 0 || event.is_some() {
            return Ok(Received { frames, quiet: false, event });
        }
        let timeout = if self.is_gone { timeout.min(LOOK_EVERY) } else { timeout };
        let wait = presence::wait(self.ring.socket(), timeout)
            .map_err(|source| self.failed("it cannot be waited for", source))?;
        let event = match wait {
            Wait::Gone if !self.is_gone => {
                self.is_gone = true;
                Some(SocketEvent::Gone)
            }
            _ => None,
        };
        let frames = self.read_ready(each);
        Ok(Received { frames, quiet: frames == 0 && matches!(wait, Wait::Quiet), event })
    }

    /// The interfaces that frames came from so far.
    pub fn interfaces(&self) -> &[SocketInterface] {
        self.interfaces.known()
    }

    /// How many frames were dropped so far, since they were not taken out of the ring in time.
    pub fn drops(&mut self) -> u64 {
        // The kernel counts from 0 again each time it is asked.
        if let Ok((drops, freezes)) = ring::drops(self.ring.socket()) {
            self.drops = self.drops.saturating_add(drops.into());
            self.freezes = self.freezes.saturating_add(freezes.into());
        }
        self.drops
    }

    /// How often the ring was full so far, as of the last [`Self::drops`].
    pub const fn freezes(&self) -> u64 {
        self.freezes
    }

    /// Lets in all from these MACs and to them from now on, beside what is wanted anyway.
    ///
    /// # Errors
    ///
    /// When the system refuses the filter.
    pub fn set_gateways(&mut self, gateways: &[MacAddr]) -> Result<(), SocketError> {
        match &self.wanted {
            Some(wanted) if wanted.gateways != gateways => {
                self.set_wanted(Some(Wanted { gateways: gateways.to_vec(), ..wanted.clone() }))
            }
            _ => Ok(()),
        }
    }

    /// Lets in this from now on; everything for `None`.
    ///
    /// # Errors
    ///
    /// When the system refuses the filter. Then the one before stays.
    pub fn set_wanted(&mut self, wanted: Option<Wanted>) -> Result<(), SocketError> {
        let program: Vec<Instruction> = wanted.as_ref().map_or_else(filter::everything, filter::program);
        ring::attach(self.ring.socket(), &program)
            .map_err(|source| self.failed("the filter cannot be set", source))?;
        self.wanted = wanted;
        Ok(())
    }

    /// Captures on the interface with this index from now on.
    fn bind(&self, index: u32) -> io::Result<()> {
        ring::bind(self.ring.socket(), index)?;
        if self.promiscuous && index != EVERY {
            ring::take_all(self.ring.socket(), index)?;
        }
        Ok(())
    }

    /// Captures again on an interface that was gone, if it is up.
    fn look_for_return(&mut self) -> Option<SocketEvent> {
        if !self.is_gone {
            return None;
        }
        let device = presence::find(&self.selection).ok()??;
        self.bind(device.index).ok()?;
        self.is_gone = false;
        Some(SocketEvent::Back)
    }

    /// Gives the frames of the blocks that are ready to `each`, each block once at most; how many.
    fn read_ready(&mut self, each: &mut dyn FnMut(RawFrame<'_>)) -> u64 {
        let Self { ring, interfaces, room, .. } = self;
        let mut frames = 0;
        for _ in 0..ring.blocks() {
            let ready = ring.take(&mut |block| {
                for slot in block::frames(block) {
                    if let Some(frame) = delivery::frame(slot, interfaces, room) {
                        each(frame);
                        frames += 1;
                    }
                }
            });
            if !ready {
                break;
            }
        }
        frames
    }

    fn failed(&self, doing: &'static str, source: io::Error) -> SocketError {
        SocketError::System { name: self.selection.to_string(), doing, source }
    }
}

/// The index that stands for all interfaces.
const EVERY: u32 = 0;
/// How often an interface that is gone is looked for.
const LOOK_EVERY: Duration = Duration::from_millis(200);
