//! A packet socket, and the ring of blocks that it shares with the kernel.
//!
//! Sources: packet(7); Linux, `Documentation/networking/packet_mmap.rst` (`TPACKET_V3`), `net/packet/af_packet.c`.
//!
//! All unsafe code of the project stands in this file.
#![expect(unsafe_code, reason = "the ring is shared memory, and nix has no options of packet sockets")]

use std::io;
use std::mem;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::ptr::{self, NonNull};
use std::slice;
use std::sync::atomic::{AtomicU32, Ordering};

use super::filter::Instruction;
use super::shape::Shape;

/// The ring of a packet socket. Blocks are filled by the kernel and read one after the other.
pub(super) struct Ring {
    socket: OwnedFd,
    /// The first of `shape.bytes()` mapped bytes.
    memory: NonNull<u8>,
    shape: Shape,
    /// The block that is filled next.
    next: usize,
}

// SAFETY: the mapping is not bound to a thread, and nothing but this ring has the pointer.
unsafe impl Send for Ring {}

impl Ring {
    /// Gives `socket` a ring of this shape. Nothing may enter yet: it is not bound.
    pub(super) fn map(socket: OwnedFd, shape: Shape) -> io::Result<Self> {
        let version = libc::tpacket_versions::TPACKET_V3 as libc::c_int;
        set(socket.as_fd(), libc::SOL_PACKET, libc::PACKET_VERSION, &version)?;
        let request = libc::tpacket_req3 {
            tp_block_size: count(shape.block)?,
            tp_block_nr: count(shape.blocks)?,
            tp_frame_size: count(Shape::FRAME)?,
            tp_frame_nr: count(shape.bytes() / Shape::FRAME)?,
            tp_retire_blk_tov: RETIRE_MS,
            tp_sizeof_priv: 0,
            tp_feature_req_word: 0,
        };
        set(socket.as_fd(), libc::SOL_PACKET, libc::PACKET_RX_RING, &request)?;
        let (access, flags) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_SHARED);
        let (nowhere, fd) = (ptr::null_mut(), socket.as_raw_fd());
        // SAFETY: a new mapping of an open socket at a place that the kernel chooses touches no memory in use.
        let memory = unsafe { libc::mmap(nowhere, shape.bytes(), access, flags, fd, 0) };
        if memory == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let memory = NonNull::new(memory.cast()).ok_or(io::ErrorKind::OutOfMemory)?;
        Ok(Self { socket, memory, shape, next: 0 })
    }

    /// The socket.
    pub(super) fn socket(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }

    /// How many blocks there are.
    pub(super) const fn blocks(&self) -> usize {
        self.shape.blocks
    }

    /// Shows the next block to `read` and gives it back to the kernel; whether one was ready.
    pub(super) fn take(&mut self, read: &mut dyn FnMut(&[u8])) -> bool {
        // SAFETY: `next` is less than `blocks`, so the block lies inside the mapping.
        let start = unsafe { self.memory.add(self.next * self.shape.block) };
        // SAFETY: the status lies inside the block, which begins at a page, and is aligned. The kernel writes it as one
        // word; here it is read and written through this alone.
        let status = unsafe { AtomicU32::from_ptr(start.add(STATUS).as_ptr().cast()) };
        if status.load(Ordering::Acquire) & libc::TP_STATUS_USER == 0 {
            return false;
        }
        // SAFETY: the bytes are mapped. The kernel has written them before it set the status, and leaves them alone until
        // that is set back below; `read` cannot keep them, since it must take a slice of any lifetime.
        let block = unsafe { slice::from_raw_parts(start.as_ptr(), self.shape.block) };
        read(block);
        status.store(libc::TP_STATUS_KERNEL, Ordering::Release);
        self.next = (self.next + 1) % self.shape.blocks;
        true
    }
}

impl Drop for Ring {
    fn drop(&mut self) {
        // SAFETY: these bytes were mapped by `map`, and no slice of them is alive.
        let _ = unsafe { libc::munmap(self.memory.as_ptr().cast(), self.shape.bytes()) };
    }
}

/// Lets in only what `program` lets pass, in place of a program before it.
pub(super) fn attach(socket: BorrowedFd<'_>, program: &[Instruction]) -> io::Result<()> {
    let raw = |&Instruction { code, jt, jf, k }: &Instruction| libc::sock_filter { code, jt, jf, k };
    let mut raw: Vec<libc::sock_filter> = program.iter().map(raw).collect();
    let len = raw.len().try_into().map_err(|_| io::ErrorKind::InvalidInput)?;
    // The kernel copies the program before the call returns, and does not write it.
    let program = libc::sock_fprog { len, filter: raw.as_mut_ptr() };
    set(socket, libc::SOL_SOCKET, libc::SO_ATTACH_FILTER, &program)
}

/// Lets in the frames of the interface with this index; of all for 0. Before, a socket gets none.
pub(super) fn bind(socket: BorrowedFd<'_>, index: u32) -> io::Result<()> {
    let address = libc::sockaddr_ll {
        sll_family: short(libc::AF_PACKET)?,
        sll_protocol: short(libc::ETH_P_ALL)?.to_be(),
        sll_ifindex: index.try_into().map_err(|_| io::ErrorKind::InvalidInput)?,
        sll_hatype: 0,
        sll_pkttype: 0,
        sll_halen: 0,
        sll_addr: [0; 8],
    };
    let (pointer, length) = (ptr::from_ref(&address).cast(), length_of(&address));
    // SAFETY: the address is alive and of this length; the kernel reads it only.
    told(unsafe { libc::bind(socket.as_raw_fd(), pointer, length) })
}

/// Has the interface take in frames that are for others too, as long as the socket is open.
pub(super) fn take_all(socket: BorrowedFd<'_>, index: u32) -> io::Result<()> {
    let membership = libc::packet_mreq {
        mr_ifindex: index.try_into().map_err(|_| io::ErrorKind::InvalidInput)?,
        mr_type: short(libc::PACKET_MR_PROMISC)?,
        mr_alen: 0,
        mr_address: [0; 8],
    };
    set(socket, libc::SOL_PACKET, libc::PACKET_ADD_MEMBERSHIP, &membership)
}

/// Frames dropped for want of room, and how often the ring was full, since this was asked last.
pub(super) fn drops(socket: BorrowedFd<'_>) -> io::Result<(u32, u32)> {
    let mut told_of = libc::tpacket_stats_v3 { tp_packets: 0, tp_drops: 0, tp_freeze_q_cnt: 0 };
    let mut length = length_of(&told_of);
    let value = ptr::from_mut(&mut told_of).cast();
    let (fd, level, option) = (socket.as_raw_fd(), libc::SOL_PACKET, libc::PACKET_STATISTICS);
    // SAFETY: the value is alive and of this length; the kernel writes at most so many bytes, all of them integers.
    told(unsafe { libc::getsockopt(fd, level, option, value, &raw mut length) })?;
    Ok((told_of.tp_drops, told_of.tp_freeze_q_cnt))
}

/// Sets an option whose value is a plain structure of the kernel's.
fn set<T>(socket: BorrowedFd<'_>, level: libc::c_int, option: libc::c_int, value: &T) -> io::Result<()> {
    let (pointer, length) = (ptr::from_ref(value).cast(), length_of(value));
    // SAFETY: the value is alive and of this length; the kernel reads it only.
    told(unsafe { libc::setsockopt(socket.as_raw_fd(), level, option, pointer, length) })
}

fn length_of<T>(value: &T) -> libc::socklen_t {
    libc::socklen_t::try_from(mem::size_of_val(value)).unwrap_or(libc::socklen_t::MAX)
}

fn count(number: usize) -> io::Result<u32> {
    number.try_into().map_err(|_| io::ErrorKind::InvalidInput.into())
}

fn short(number: libc::c_int) -> io::Result<u16> {
    number.try_into().map_err(|_| io::ErrorKind::InvalidInput.into())
}

/// What a call told: 0, or that there is an error.
fn told(result: libc::c_int) -> io::Result<()> {
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// After how many milliseconds a block that is not full is handed over.
const RETIRE_MS: u32 = 50;

/// Where the status stands in a block.
const STATUS: usize =
    mem::offset_of!(libc::tpacket_block_desc, hdr) + mem::offset_of!(libc::tpacket_hdr_v1, block_status);
