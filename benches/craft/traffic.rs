//! Twenty gateway pairs on one segment that share the tunnels evenly; one pair fails over when told to.
//!
//! Addresses are of the range for benchmarks (RFC 2544). Of the tunnels of the pair that fails over the first
//! is never negotiated again, and its peer goes on sending; the others come back.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::net::Ipv4Addr;

use super::frame::{self, Ends, Hsrp, Mac};
use super::ike::{self, Spis};
use super::random::Random;

/// What the data frames are like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Mix {
    /// 88 % ESP in sizes of 64, 576 and 1,400 bytes (7 : 4 : 1), the rest TCP, UDP and ARP.
    Vpn,
    /// The same in the shortest frames there are.
    Small,
    /// As `small`, but every ESP packet has an SPI of its own, as in a flood of forged ones.
    ForgedSpis,
    /// As `forged-spis`, and each comes from a source of its own.
    ForgedSources,
}

const GROUPS: u8 = 20;
/// How many tunnels there can be: each has an address of its own within the pair's.
pub(crate) const MOST_TUNNELS: usize = GROUPS as usize * MOST_OF_GROUP;
const MOST_OF_GROUP: usize = PEERS_PER_NET * 12;
const PEERS_PER_NET: usize = 240;
/// The group that fails over, counted from 0.
const FAILING: u8 = 7;

/// 2026-01-01T00:00:00Z in microseconds.
const START_US: u64 = 1_767_225_600_000_000;
const HELLO_US: u64 = 3_000_000;
/// Between two liveness checks of one tunnel, for up to 100 tunnels. More ask less often, so that data prevails.
const LIVENESS_US: u64 = 2_000_000;
/// Within which time up to 2,000 tunnels come up. More take longer.
const COMING_UP_US: u64 = 2_000_000;
/// Between two messages of one exchange.
const ANSWER_US: u64 = 10_000;

const PROVIDER_MAC: Mac = Mac([0x02, 0, 0, 0, 0xff, 0xfe]);

/// The frames of the segment, in order of time and without end.
pub(crate) struct Traffic {
    mix: Mix,
    random: Random,
    /// Payloads are slices of this.
    noise: Vec<u8>,
    now_us: u64,
    gap_us: u32,
    liveness_us: u64,
    groups: Vec<Group>,
    tunnels: Vec<Tunnel>,
    /// Control messages to come, soonest first.
    due: BinaryHeap<Reverse<(u64, Due)>>,
    frame: Vec<u8>,
}

struct Group {
    number: u8,
    virtual_address: Ipv4Addr,
    /// Which of the two routers is active.
    active: u8,
}

struct Tunnel {
    /// Index of its group.
    group: usize,
    /// Which one of its group's it is, from 0.
    place: usize,
    peer: Ipv4Addr,
    ike: Spis,
    liveness_id: u32,
    /// From the gateway to the peer; none while the active router has no SA.
    outbound: Option<Sa>,
    /// From the peer to the gateway.
    inbound: Option<Sa>,
}

#[derive(Clone, Copy)]
struct Sa {
    spi: u32,
    sequence: u32,
}

/// A control message that is due at a time. Indices are those of groups and tunnels.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    Coup { group: usize },
    Resign { group: usize },
    Hello { group: usize, router: u8 },
    GratuitousArp { group: usize },
    Negotiation { tunnel: usize, step: u8 },
    Liveness { tunnel: usize, response: bool },
}

impl Traffic {
    /// The same seed, mix, number of tunnels, at most [`MOST_TUNNELS`], and gap between frames give the same frames.
    pub(crate) fn new(seed: u64, mix: Mix, tunnels: usize, gap_us: u32) -> Self {
        let mut random = Random::new(seed);
        let noise = random.bytes(1 << 16);
        let mut traffic = Self {
            mix,
            random,
            noise,
            now_us: START_US,
            gap_us,
            liveness_us: LIVENESS_US * tunnels.div_ceil(100).max(1) as u64,
            groups: (0..GROUPS).map(Group::new).collect(),
            tunnels: Vec::new(),
            due: BinaryHeap::new(),
            frame: Vec::with_capacity(2048),
        };
        traffic.start(tunnels);
        traffic
    }

    /// The next frame with its time in microseconds since 1970.
    pub(crate) fn next_frame(&mut self) -> (u64, &[u8]) {
        // A fifth more or less.
        let least = self.gap_us - self.gap_us / 5;
        self.now_us += u64::from(least) + self.random.below(self.gap_us as usize / 5 * 2 + 1) as u64;
        match self.due.peek() {
            Some(Reverse((time, _))) if *time <= self.now_us => self.control_frame(),
            _ => self.data_frame(),
        }
        (self.now_us, &self.frame)
    }

    /// From now on the other router of one pair is active.
    pub(crate) fn fail_over(&mut self) {
        let group = usize::from(FAILING);
        self.schedule(0, Due::Coup { group });
        self.schedule(1_000, Due::Resign { group });
        for tunnel in 0..self.tunnels.len() {
            if self.tunnels[tunnel].group == group {
                self.tunnels[tunnel].outbound = None;
                let place = self.tunnels[tunnel].place;
                if place > 0 {
                    self.schedule(300_000 * place as u64, Due::Negotiation { tunnel, step: 0 });
                }
            }
        }
    }

    fn start(&mut self, tunnels: usize) {
        let coming_up = usize::try_from(COMING_UP_US).unwrap_or(usize::MAX) * tunnels.div_ceil(2_000).max(1);
        for group in 0..self.groups.len() {
            for router in 0..2 {
                let delay = self.random.below(3_000_000) as u64;
                self.schedule(delay, Due::Hello { group, router });
            }
            let more = usize::from(group < tunnels % self.groups.len());
            for place in 0..tunnels / self.groups.len() + more {
                let peer = peer_address(self.groups[group].number, place);
                let ike = Spis { initiator: self.random.bits(), responder: self.random.bits() };
                let tunnel = self.tunnels.len();
                let (outbound, inbound) = (None, None);
                self.tunnels.push(Tunnel { group, place, peer, ike, liveness_id: 0, outbound, inbound });
                let delay = self.random.below(coming_up) as u64;
                self.schedule(delay, Due::Negotiation { tunnel, step: 0 });
                self.schedule(self.liveness_us * 2 + delay, Due::Liveness { tunnel, response: false });
            }
        }
    }

    fn schedule(&mut self, delay_us: u64, due: Due) {
        self.due.push(Reverse((self.now_us + delay_us, due)));
    }

    fn control_frame(&mut self) {
        let Some(Reverse((_, due))) = self.due.pop() else { return };
        match due {
            Due::Coup { group } => self.coup(group),
            Due::Resign { group } => {
                let router = 1 - self.groups[group].active;
                self.hsrp(group, router, 2, 16);
            }
            Due::Hello { group, router } => {
                self.hello(group, router);
                self.schedule(HELLO_US, due);
            }
            Due::GratuitousArp { group } => {
                let Group { number, virtual_address, .. } = self.groups[group];
                let src_mac = Mac::of_group(number);
                let ends =
                    Ends { src_mac, dst_mac: Mac::BROADCAST, src: virtual_address, dst: virtual_address };
                frame::arp(&mut self.frame, 1, ends);
            }
            Due::Negotiation { tunnel, step } => self.negotiation(tunnel, step),
            Due::Liveness { tunnel, response } => self.liveness(tunnel, response),
        }
    }

    fn coup(&mut self, group: usize) {
        let router = 1 - self.groups[group].active;
        self.hsrp(group, router, 1, 8);
        self.groups[group].active = router;
        self.schedule(2_000, Due::Hello { group, router });
        self.schedule(3_000, Due::GratuitousArp { group });
    }

    fn hello(&mut self, group: usize, router: u8) {
        let state = if router == self.groups[group].active { 16 } else { 8 };
        self.hsrp(group, router, 0, state);
    }

    fn hsrp(&mut self, group: usize, router: u8, opcode: u8, state: u8) {
        let Group { number, virtual_address, .. } = self.groups[group];
        let is_active_hello = opcode == 0 && state == 16;
        let src_mac = if is_active_hello { Mac::of_group(number) } else { router_mac(number, router) };
        let message = Hsrp { opcode, state, priority: 110 - 10 * router, group: number, virtual_address };
        frame::hsrp(&mut self.frame, src_mac, router_address(number, router), message);
    }

    /// The gateway asks; the SAs are there with the last answer.
    fn negotiation(&mut self, tunnel: usize, step: u8) {
        if step == 0 {
            let ike = Spis { initiator: self.random.bits(), responder: self.random.bits() };
            self.tunnels[tunnel].ike = ike;
            self.tunnels[tunnel].liveness_id = 0;
        }
        let spis = self.tunnels[tunnel].ike;
        let response = step % 2 == 1;
        let message = match step {
            0 | 1 => ike::sa_init(spis, response, &mut self.random),
            _ => ike::auth(spis, response, &mut self.random),
        };
        self.ike(tunnel, !response, &message);
        if step < 3 {
            self.schedule(ANSWER_US, Due::Negotiation { tunnel, step: step + 1 });
        } else {
            self.tunnels[tunnel].outbound = Some(Sa::new(&mut self.random));
            self.tunnels[tunnel].inbound = Some(Sa::new(&mut self.random));
        }
    }

    /// The peer asks; a gateway without SA is silent, and the peer goes on asking the same.
    fn liveness(&mut self, tunnel: usize, response: bool) {
        let Tunnel { ike: spis, liveness_id, outbound, .. } = self.tunnels[tunnel];
        let message = ike::liveness(spis, liveness_id, response);
        self.ike(tunnel, response, &message);
        if response {
            self.tunnels[tunnel].liveness_id += 1;
            return;
        }
        if outbound.is_some() {
            self.schedule(ANSWER_US, Due::Liveness { tunnel, response: true });
        }
        self.schedule(self.liveness_us, Due::Liveness { tunnel, response: false });
    }

    fn ike(&mut self, tunnel: usize, outbound: bool, message: &[u8]) {
        let ends = self.ends(tunnel, outbound);
        let id = self.random.short();
        frame::udp(&mut self.frame, ends, id, (ike::PORT, ike::PORT), message);
    }

    fn data_frame(&mut self) {
        match self.random.below(1000) {
            0..880 => self.esp_frame(),
            880..895 => self.arp_frame(),
            _ => self.other_frame(),
        }
    }

    fn esp_frame(&mut self) {
        let tunnel = self.random.below(self.tunnels.len());
        let outbound = self.random.bits() & 1 == 0;
        let state = &mut self.tunnels[tunnel];
        let Some(sa) = (if outbound { &mut state.outbound } else { &mut state.inbound }) else {
            return self.other_frame();
        };
        sa.sequence += 1;
        let Sa { mut spi, mut sequence } = *sa;
        let mut ends = self.ends(tunnel, outbound);
        if matches!(self.mix, Mix::ForgedSpis | Mix::ForgedSources) {
            Sa { spi, sequence } = Sa::new(&mut self.random);
        }
        if self.mix == Mix::ForgedSources {
            ends.src = Ipv4Addr::from_bits(0x0a00_0000 | u32::from(self.random.short()) << 8 | spi & 0xff);
        }
        let (id, range) = (self.random.short(), self.payload(frame::ESP_HEADERS));
        frame::esp(&mut self.frame, ends, id, spi, sequence, &self.noise[range]);
    }

    fn arp_frame(&mut self) {
        let group = &self.groups[self.random.below(self.groups.len())];
        let src = Ipv4Addr::new(198, 18, group.number, 254);
        let ends = Ends { src_mac: PROVIDER_MAC, dst_mac: Mac::BROADCAST, src, dst: group.virtual_address };
        frame::arp(&mut self.frame, 1, ends);
    }

    /// TCP or UDP that has nothing to do with the tunnels.
    fn other_frame(&mut self) {
        let number = self.groups[self.random.below(self.groups.len())].number;
        let host = 100 + u8::try_from(self.random.below(100)).unwrap_or(0);
        let ends = Ends {
            src_mac: Mac([0x02, 0, 0, 1, number, host]),
            dst_mac: PROVIDER_MAC,
            src: Ipv4Addr::new(198, 18, number, host),
            dst: Ipv4Addr::new(198, 19, 200, host),
        };
        let ports = (49_152 + self.random.short() % 1_000, 5_001);
        let id = self.random.short();
        if self.random.below(4) == 0 {
            let range = self.payload(frame::UDP_HEADERS);
            frame::udp(&mut self.frame, ends, id, ports, &self.noise[range]);
        } else {
            let range = self.payload(frame::TCP_HEADERS);
            let numbers = (u32::from(id) << 16, u32::from(ports.0) << 16);
            frame::tcp(&mut self.frame, ends, id, ports, numbers, &self.noise[range]);
        }
    }

    /// A random part of the noise that makes a frame of the mix's size, given the headers' length.
    fn payload(&mut self, headers: usize) -> std::ops::Range<usize> {
        let size = match (self.mix, self.random.below(12)) {
            (Mix::Small | Mix::ForgedSpis | Mix::ForgedSources, _) => frame::SHORTEST,
            (Mix::Vpn, 0..7) => 64,
            (Mix::Vpn, 7..11) => 576,
            (Mix::Vpn, _) => 1400,
        };
        let length = size - headers;
        let start = self.random.below(self.noise.len() - length);
        start..start + length
    }

    fn ends(&self, tunnel: usize, outbound: bool) -> Ends {
        let tunnel = &self.tunnels[tunnel];
        let Group { number, virtual_address, active } = self.groups[tunnel.group];
        if outbound {
            let src_mac = router_mac(number, active);
            Ends { src_mac, dst_mac: PROVIDER_MAC, src: virtual_address, dst: tunnel.peer }
        } else {
            let dst_mac = Mac::of_group(number);
            Ends { src_mac: PROVIDER_MAC, dst_mac, src: tunnel.peer, dst: virtual_address }
        }
    }
}

impl Group {
    fn new(index: u8) -> Self {
        let number = index + 1;
        Self { number, virtual_address: Ipv4Addr::new(198, 18, number, 1), active: 0 }
    }
}

impl Sa {
    fn new(random: &mut Random) -> Self {
        // SPIs below 256 are reserved.
        let spi = 0xc000_0000 | u32::from(random.short()) << 12 | u32::from(random.short()) >> 4;
        Self { spi, sequence: 0 }
    }
}

fn peer_address(group: u8, place: usize) -> Ipv4Addr {
    let net = usize::from(group) + place / PEERS_PER_NET * usize::from(GROUPS);
    let octet = |number: usize| u8::try_from(number).expect("at most MOST_OF_GROUP places");
    Ipv4Addr::new(198, 19, octet(net), octet(10 + place % PEERS_PER_NET))
}

fn router_address(group: u8, router: u8) -> Ipv4Addr {
    Ipv4Addr::new(198, 18, group, 2 + router)
}

fn router_mac(group: u8, router: u8) -> Mac {
    Mac([0x02, 0, 0, 0, group, 2 + router])
}
