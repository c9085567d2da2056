//! The filter in the kernel: it lets in what the decoders read, and what passes through gateways.
//!
//! It may let in too much, never too little: what it cannot judge passes, such as a frame that ends inside a header, a
//! fragment, or more VLAN tags than it steps over. The kernel takes the outermost VLAN tag away before; those inside it
//! are part of the frame. On an interface without Ethernet header everything passes.

mod assembler;
mod network;
mod stations;

pub use assembler::Instruction;

use assembler::{Assembler, LOAD_WORD, Test};

use crate::wire::mac::MacAddr;

/// What is to pass. [`decode::wanted`](crate::decode::wanted) says what the decoders read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// `EtherType`s of which each frame passes, those of tags among them. Lengths pass always; IPv4 and IPv6 by what they
    /// carry.
    pub ether_types: Vec<u16>,
    /// UDP ports of either side. IKE passes on any.
    pub udp_ports: Vec<u16>,
    /// TCP ports of either side. The first segment of a stream of IKE passes on any.
    pub tcp_ports: Vec<u16>,
    /// MACs of gateways: all from them and to them passes, as it does with virtual MACs. Where there are more than
    /// [`Self::MAX_GATEWAYS`], everything passes.
    pub gateways: Vec<MacAddr>,
}

impl Wanted {
    /// How many MACs of gateways are told from others.
    pub const MAX_GATEWAYS: usize = 64;
}

/// The program that lets these frames pass.
pub fn program(wanted: &Wanted) -> Vec<Instruction> {
    let mut program = Assembler::default();
    program.push(LOAD_WORD, HARDWARE);
    program.when(&[Test::Is(ETHERNET), Test::Is(LOOPBACK)], |program| {
        network::accept(program, wanted);
        stations::accept(program, &wanted.gateways);
        program.drop_frame();
    });
    program.finish()
}

/// The program that lets everything pass.
pub fn everything() -> Vec<Instruction> {
    Assembler::default().finish()
}

/// Where the kernel shows the type of the interface's hardware (`SKF_AD_OFF`, `SKF_AD_HATYPE`).
const HARDWARE: u32 = 0xffff_f000 + 28;

/// Types of hardware with an Ethernet header (`ARPHRD_`).
pub(super) const ETHERNET: u32 = 1;
pub(super) const LOOPBACK: u32 = 772;
