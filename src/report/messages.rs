//! The `messages` table: what each frame said, one row a message.
//!
//! The redundancy protocols, IKE, ARP and neighbour advertisements that concern a gateway, and ICMP unreachable for IKE
//! and ESP; ESP and AH themselves on request. A frame's rows follow from that frame alone, but for ARP and neighbour
//! advertisements, where [`Scope`] knows the virtual addresses seen before them.

use std::fmt::Display;
use std::io::{self, Write};
use std::net::IpAddr;

use crate::capture::Frame;
use crate::decode::{Ah, Message, Packet, Pieces, Stop, Vlans};
use crate::time::Timestamp;
use crate::wire::bytes::Malformed;
use crate::wire::mac::MacAddr;
use crate::wire::{arp, carp, esp, glbp, hsrp, icmp, ike, nat_t, vrrp};

use super::row::{Cells, Format, Row, Table};
pub use super::scope::Scope;
use super::scope::is_gratuitous;

/// Writes the rows of the packets it is given, in their order.
pub struct Writer<W: Write> {
    table: Table<W>,
    scope: Scope,
    esp: bool,
}

impl<W: Write> Writer<W> {
    /// A writer to `output`; `esp` asks for a row for each ESP and AH packet too.
    ///
    /// # Errors
    ///
    /// When the output cannot be written to.
    pub fn new(output: W, format: Format, esp: bool) -> io::Result<Self> {
        let table = Table::new::<MessageRow<'_>>(output, format)?;
        Ok(Self { table, scope: Scope::default(), esp })
    }

    /// Writes the rows of one frame, which `packet` is decoded from; none where it holds nothing the table is about.
    ///
    /// # Errors
    ///
    /// When the output cannot be written to.
    pub fn write(&mut self, capture: &str, frame: &Frame<'_>, packet: &Packet<'_>) -> io::Result<()> {
        let bare = MessageRow::of(capture, frame, packet);
        self.scope.observe(packet);
        if let Some(ah) = packet.ah.filter(|_| self.esp) {
            self.table.write(&bare.ah(ah))?;
        }
        match &packet.message {
            Some(Message::Hsrp(hsrp)) => {
                hsrp.messages.iter().try_for_each(|message| self.table.write(&bare.hsrp(message)))
            }
            Some(Message::Vrrp(vrrp)) => self.table.write(&bare.vrrp(vrrp)),
            Some(Message::Glbp(glbp)) => self.table.write(&bare.glbp(glbp)),
            Some(Message::Carp(carp)) => self.table.write(&bare.carp(carp)),
            // The pieces of version 2 have a row each, and the whole shows nothing that they do not.
            Some(Message::Ike(message)) if is_joined(packet, message) => Ok(()),
            Some(Message::Ike(message)) => self.table.write(&bare.ike(message)),
            Some(Message::NatKeepalive) => self.table.write(&bare.message("ike", &"nat-keepalive")),
            Some(Message::Arp(arp)) if self.scope.covers(&packet.link, arp) => {
                self.table.write(&bare.arp(arp))
            }
            Some(Message::Neighbour(said)) if self.scope.covers_neighbour(&packet.link, said) => {
                let target = [IpAddr::V6(said.target)];
                self.table.write(&bare.neighbour(&target))
            }
            Some(Message::Esp { header, .. }) if self.esp => self.table.write(&bare.esp(*header)),
            Some(Message::Unreachable(error)) if concerns_ipsec(error) => self.table.write(&bare.icmp(error)),
            Some(_) => Ok(()),
            None => match cut_protocol(packet) {
                Some("esp") if !self.esp => Ok(()),
                Some(protocol) => self.table.write(&MessageRow { protocol, ..bare }),
                None => Ok(()),
            },
        }
    }

    /// Writes out what is still buffered.
    ///
    /// # Errors
    ///
    /// When the output cannot be written to.
    pub fn finish(self) -> io::Result<()> {
        self.table.finish()
    }
}

/// Whether an error quotes IKE or ESP, or nothing that could tell.
fn concerns_ipsec(error: &icmp::Unreachable) -> bool {
    let is_ike = |port| port == ike::PORT || port == nat_t::PORT;
    error.quoted.is_none_or(|quoted| {
        quoted.protocol == esp::PROTOCOL || quoted.ports.is_some_and(|(src, dst)| is_ike(src) || is_ike(dst))
    })
}

/// The protocol of a message of which the capture kept too little to read any.
fn cut_protocol(packet: &Packet<'_>) -> Option<&'static str> {
    match &packet.stop {
        Some(Stop::Cut(Malformed {
            layer: layer @ ("hsrp" | "vrrp" | "glbp" | "carp" | "ike" | "esp"),
            ..
        })) => Some(layer),
        _ => None,
    }
}

/// One row. A cell that does not apply is `None`.
#[derive(Clone, Copy, Default)]
struct MessageRow<'a> {
    capture: &'a str,
    frame: u64,
    time: Timestamp,
    /// Those of the link layers around the innermost one, and its own.
    vlans: (Vlans, Vlans),
    src_mac: Option<MacAddr>,
    dst_mac: Option<MacAddr>,
    src: Option<IpAddr>,
    dst: Option<IpAddr>,
    protocol: &'static str,
    version: Option<u8>,
    message: Option<&'a dyn Display>,
    group: Option<u16>,
    state: Option<&'a dyn Display>,
    priority: Option<u32>,
    hello_ms: Option<u32>,
    hold_ms: Option<u32>,
    virtual_addresses: &'a [IpAddr],
    authentication: Option<&'static str>,
    ike: Option<&'a ike::Message<'a>>,
    /// Whether it came on the port of group keys.
    groups: bool,
    spi: Option<u32>,
    sequence: Option<u32>,
    malformed: Option<&'a Malformed>,
}

impl<'a> MessageRow<'a> {
    /// What every row of a frame has.
    fn of(capture: &'a str, frame: &Frame<'_>, packet: &'a Packet<'_>) -> Self {
        let malformed = match &packet.stop {
            Some(Stop::Malformed(malformed) | Stop::Cut(malformed)) => Some(malformed),
            _ => None,
        };
        Self {
            capture,
            frame: frame.number.0,
            time: frame.time,
            vlans: (packet.path.map(|path| path.vlans()).unwrap_or_default(), packet.link.vlans),
            src_mac: packet.link.src_mac,
            dst_mac: packet.link.dst_mac,
            src: packet.network.map(|network| network.src),
            dst: packet.network.map(|network| network.dst),
            groups: packet.ports.is_some_and(|(src, dst)| src == ike::GROUP_PORT || dst == ike::GROUP_PORT),
            malformed,
            ..Self::default()
        }
    }

    fn message(self, protocol: &'static str, message: &'a dyn Display) -> Self {
        Self { protocol, message: Some(message), ..self }
    }

    fn hsrp(self, message: &'a hsrp::Message) -> Self {
        match message {
            hsrp::Message::Group(group) => Self {
                version: Some(group.version),
                group: Some(group.group),
                state: Some(&group.state),
                priority: Some(group.priority),
                hello_ms: Some(group.hello_ms),
                hold_ms: Some(group.hold_ms),
                virtual_addresses: std::slice::from_ref(&group.virtual_address),
                authentication: Some(group.authentication.name()),
                ..self.message("hsrp", &group.opcode)
            },
            hsrp::Message::Interface(interface) => Self {
                version: Some(interface.version),
                state: interface.state.as_ref().map(|state| state as &dyn Display),
                ..self.message("hsrp", &"advertise")
            },
        }
    }

    fn vrrp(self, vrrp: &'a vrrp::Advertisement) -> Self {
        Self {
            version: Some(vrrp.version),
            group: Some(vrrp.vrid.into()),
            priority: Some(vrrp.priority.into()),
            hello_ms: Some(vrrp.interval_ms),
            virtual_addresses: &vrrp.addresses,
            authentication: Some(vrrp.authentication.name()),
            ..self.message("vrrp", &"advertisement")
        }
    }

    fn glbp(self, glbp: &'a glbp::Packet) -> Self {
        let hello = glbp.hello.as_ref();
        Self {
            version: Some(glbp.version),
            group: Some(glbp.group),
            state: hello.map(|hello| &hello.state as &dyn Display),
            priority: hello.map(|hello| hello.priority.into()),
            hello_ms: hello.map(|hello| hello.hello_ms),
            hold_ms: hello.map(|hello| hello.hold_ms),
            virtual_addresses: hello.map_or(&[], |hello| std::slice::from_ref(&hello.virtual_address)),
            authentication: Some(glbp.authentication.name()),
            ..self.message("glbp", &"hello")
        }
    }

    fn carp(self, carp: &carp::Advertisement) -> Self {
        Self {
            version: Some(carp::VERSION),
            group: Some(carp.vhid.into()),
            hello_ms: Some(carp.interval_ms()),
            authentication: Some(carp::AUTHENTICATION),
            ..self.message("carp", &"advertisement")
        }
    }

    fn ike(self, message: &'a ike::Message<'a>) -> Self {
        Self { protocol: "ike", version: Some(message.header.major()), ike: Some(message), ..self }
    }

    fn arp(self, arp: &arp::Packet) -> Self {
        let name: Option<&'static dyn Display> = match arp.operation {
            _ if is_gratuitous(arp) => Some(&"gratuitous"),
            arp::REQUEST => Some(&"request"),
            arp::REPLY => Some(&"reply"),
            _ => None,
        };
        let (src, dst) = (Some(arp.sender_ip.into()), Some(arp.target_ip.into()));
        Self { protocol: "arp", message: name.map(|name| name as &dyn Display), src, dst, ..self }
    }

    /// An announcement of `target`, a virtual address or that of whoever announces itself.
    fn neighbour(self, target: &'a [IpAddr]) -> Self {
        Self { virtual_addresses: target, ..self.message("nd", &"advertisement") }
    }

    fn esp(self, header: esp::Header) -> Self {
        Self { protocol: "esp", spi: Some(header.spi), sequence: Some(header.sequence), ..self }
    }

    /// What AH protects has a row of its own; `malformed` concerns this one where the headers themselves were cut.
    fn ah(self, ah: Ah) -> Self {
        let malformed = self.malformed.filter(|malformed| matches!(malformed.layer, "ipv4" | "ipv6"));
        let (spi, sequence) = (Some(ah.header.spi), Some(ah.header.sequence));
        Self { protocol: "ah", src: Some(ah.src), dst: Some(ah.dst), spi, sequence, malformed, ..self }
    }

    fn icmp(self, error: &icmp::Unreachable) -> Self {
        let spi = error.quoted.and_then(|quoted| quoted.esp_spi);
        Self { spi, ..self.message("icmp", &"unreachable") }
    }

    fn ike_columns(&self, cells: &mut impl Cells) -> io::Result<()> {
        let header = self.ike.map(|message| &message.header);
        cells.text("initiator_spi", header.map(|header| header.initiator_spi))?;
        cells.text("responder_spi", header.map(|header| header.responder_spi))?;
        cells.bare("exchange", header.map(|header| header.exchange.0))?;
        cells.text("message_id", header.map(|header| Hex8(header.message_id)))?;
        cells.bare("response", header.and_then(ike::Header::is_response))?;
        let (major, response) =
            header.map_or((0, false), |header| (header.major(), header.is_response() == Some(true)));
        let payloads = self.ike.into_iter().flat_map(|message| &message.payloads);
        cells.texts("payloads", payloads.map(|payload| payload.kind.label(major, response)))?;
        let notifies = self.ike.into_iter().flat_map(ike::Message::notifies);
        cells.texts("notifies", notifies.map(|notify| notify.kind.label(major)))
    }

    /// The exchange's name; a fragment of version 1 is a slice of some message and no exchange of its own.
    fn message_column(&self, cells: &mut impl Cells) -> io::Result<()> {
        match self.ike {
            Some(message) if is_fragment(message) => cells.text("message", Some("fragment")),
            Some(ike::Message { header, .. }) if self.groups => {
                cells.text("message", Some(header.exchange.name_for_groups(header.major())))
            }
            Some(ike::Message { header, .. }) => {
                cells.text("message", Some(header.exchange.name(header.major())))
            }
            None => cells.text("message", self.message),
        }
    }
}

impl Row for MessageRow<'_> {
    fn columns(&self, cells: &mut impl Cells) -> io::Result<()> {
        cells.free("capture", Some(self.capture))?;
        cells.bare("frame", Some(self.frame))?;
        cells.text("time", Some(self.time))?;
        cells.bares("vlan", self.vlans.0.ids().chain(self.vlans.1.ids()))?;
        cells.text("src_mac", self.src_mac)?;
        cells.text("dst_mac", self.dst_mac)?;
        cells.text("src", self.src)?;
        cells.text("dst", self.dst)?;
        cells.text("protocol", Some(self.protocol))?;
        cells.bare("version", self.version)?;
        self.message_column(cells)?;
        cells.bare("group", self.group)?;
        cells.text("state", self.state)?;
        cells.bare("priority", self.priority)?;
        cells.bare("hello_ms", self.hello_ms)?;
        cells.bare("hold_ms", self.hold_ms)?;
        cells.texts("virtual_addresses", self.virtual_addresses.iter())?;
        cells.text("authentication", self.authentication)?;
        self.ike_columns(cells)?;
        cells.text("spi", self.spi.map(Hex8))?;
        cells.bare("sequence", self.sequence)?;
        cells.text("malformed", self.malformed)
    }
}

/// Whether a message is one of the pieces that version 1 cuts a long message into.
fn is_fragment(message: &ike::Message<'_>) -> bool {
    matches!(message.piece(), Some(ike::Piece::Version1 { .. }))
}

/// Whether a message of version 2 was put together from its pieces.
fn is_joined(packet: &Packet<'_>, message: &ike::Message<'_>) -> bool {
    matches!(packet.pieces, Pieces::IkeFragments(_)) && message.header.major() == 2
}

/// A number as eight lower-case hex digits.
struct Hex8(u32);

impl Display for Hex8 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:08x}", self.0)
    }
}
