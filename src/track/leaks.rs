//! Watches after failovers and changed settings: does traffic leave in clear that a tunnel carried until then.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use crate::capture::SeriesId;
use crate::observe::{At, ClearSlice, EspSlice, SLICE, Segment};
use crate::time::Timestamp;
use crate::wire::mac::MacAddr;

use super::clear_addresses::{ClearAddresses, ClearSegment};
use super::gateway::keys_of;
use super::leak::{ClearFlow, Leak, SilentTunnel, Trigger};
use super::subject::{GroupKey, Tunnel};
use super::timer::Timers;

/// The watches under way, one for each group.
#[derive(Clone)]
pub(super) struct Leaks {
    open: BTreeMap<GroupKey, Watch>,
    windows: Timers<GroupKey>,
    /// How many tunnels all watches have together.
    tunnels: usize,
}

/// What is watched after a failover or a change.
#[derive(Clone)]
struct Watch {
    router: IpAddr,
    trigger: Trigger,
    /// The group's first message.
    since: At,
    /// The tunnels that sent ESP until then, by their peers.
    tunnels: BTreeMap<IpAddr, WatchedTunnel>,
    flows: BTreeMap<(IpAddr, IpAddr, u8), SeriesFlow>,
    /// How many conversations were told as they began.
    told: usize,
}

/// A tunnel that is watched.
#[derive(Clone)]
pub(super) struct WatchedTunnel {
    pub(super) silent: SilentTunnel,
    /// The MACs that its ESP went to.
    pub(super) next_hops: Vec<MacAddr>,
}

/// A conversation, as one series of captures shows it: others may show the same packets again.
#[derive(Clone)]
struct SeriesFlow {
    series: SeriesId,
    flow: ClearFlow,
}

impl Leaks {
    /// Watches nothing.
    pub(super) fn new() -> Self {
        Self { open: BTreeMap::new(), windows: Timers::new(), tunnels: 0 }
    }

    /// Begins to watch what `router` sends after `trigger`; `tunnels` are those of its group that sent ESP until then.
    pub(super) fn begin(
        &mut self,
        (group, since): (GroupKey, At),
        router: IpAddr,
        trigger: Trigger,
        tunnels: impl Iterator<Item = WatchedTunnel>,
        end: Timestamp,
    ) {
        let room = TUNNELS.saturating_sub(self.tunnels);
        let tunnels: BTreeMap<_, _> =
            tunnels.take(room).map(|watched| (watched.silent.tunnel.peer, watched)).collect();
        if tunnels.is_empty() {
            return;
        }
        self.tunnels += tunnels.len();
        self.windows.set(group, end);
        self.open.insert(group, Watch { router, trigger, since, tunnels, flows: BTreeMap::new(), told: 0 });
    }

    /// Whether nothing is watched.
    pub(super) fn is_idle(&self) -> bool {
        self.open.is_empty()
    }

    /// Whether a group is being watched.
    pub(super) fn watches(&self, group: GroupKey) -> bool {
        self.open.contains_key(&group)
    }

    /// Takes ESP from a gateway's side to `slice.sa.dst`, sent by the router `sender`, as far as that is known.
    pub(super) fn esp(&mut self, group: GroupKey, at: At, slice: &EspSlice, sender: Option<IpAddr>) {
        let Some(watch) = self.open.get_mut(&group) else { return };
        let Some(watched) = watch.tunnels.get_mut(&slice.sa.dst) else { return };
        let silent = &mut watched.silent;
        match &watch.trigger {
            // What is not known to come from the old router may come from the new one.
            Trigger::Failover(failover) if sender != Some(failover.from) => {
                silent.resumed.get_or_insert(at);
            }
            _ => silent.last = silent.last.max(slice.last),
        }
    }

    /// The groups of a segment that are watched, with the router in question.
    pub(super) fn on(&self, segment: Segment) -> Vec<(GroupKey, IpAddr)> {
        let on_segment = self.open.range(keys_of(segment));
        on_segment.map(|(&group, watch)| (group, watch.router)).collect()
    }

    /// Takes traffic in clear from the router in question: to which silent tunnels it may belong after a failover, as far
    /// as is known now.
    pub(super) fn clear(
        &mut self,
        group: GroupKey,
        at: At,
        slice: &ClearSlice,
        addresses: &ClearSegment,
    ) -> Option<Noted> {
        let watch = self.open.get_mut(&group)?;
        if !(slice.is_private() || slice.is_public()) {
            return None;
        }
        let through = |watched: &&WatchedTunnel| watched.next_hops.contains(&slice.dst_mac);
        if !watch.tunnels.values().any(|watched| through(&watched)) {
            return None;
        }
        let key = (slice.src, slice.dst, slice.protocol);
        let is_new = !watch.flows.contains_key(&key);
        if is_new && watch.flows.len() >= FLOWS {
            return None;
        }
        let seen = watch.flows.entry(key).or_insert_with(|| SeriesFlow::new(at, slice));
        if !is_new && !seen.add(at, slice) {
            return None;
        }
        let flow = seen.flow;
        if !matches!(watch.trigger, Trigger::Failover(_)) || !watch.trigger.is_prompt(&flow) {
            return None;
        }
        let silent = watch.tunnels.values().filter(|watched| watched.silent.resumed.is_none());
        let explained = silent.filter(|watched| watched.explains(&flow, addresses));
        let tunnels: Vec<Tunnel> = explained.map(|watched| watched.silent.tunnel).collect();
        let is_told = is_new && watch.told < Leak::FLOWS && !tunnels.is_empty();
        watch.told += usize::from(is_told);
        Some(Noted { tunnels, flow: is_told.then_some(flow) })
    }

    /// Whether surely nothing is due before `now`.
    pub(super) fn rests_until(&self, now: Timestamp) -> bool {
        self.windows.rests_until(now)
    }

    /// The next deadline.
    pub(super) fn next_deadline(&mut self) -> Option<Timestamp> {
        if self.is_idle() { None } else { self.windows.next() }
    }

    /// Fires the next deadline, where it is before `now`: a watch is over.
    pub(super) fn fire(
        &mut self,
        now: Timestamp,
        silence: Duration,
        addresses: &ClearAddresses,
    ) -> Option<Leak> {
        let (deadline, group) = self.windows.fire(now)?;
        self.end(group, deadline, silence, addresses)
    }

    /// Ends the watch of a group, if there is one.
    pub(super) fn end(
        &mut self,
        group: GroupKey,
        now: Timestamp,
        silence: Duration,
        addresses: &ClearAddresses,
    ) -> Option<Leak> {
        self.windows.clear(group);
        let watch = self.open.remove(&group)?;
        self.tunnels -= watch.tunnels.len();
        watch.leak(group, now, silence, addresses.on(group.segment)?)
    }

    /// The groups that are watched.
    pub(super) fn groups(&self) -> Vec<GroupKey> {
        self.open.keys().copied().collect()
    }

    /// The clock was set back: what was under way cannot be put in order with what comes.
    pub(super) fn set_back(&mut self) {
        *self = Self::new();
    }
}

/// What traffic in clear told.
pub(super) struct Noted {
    /// The tunnels that it may belong to.
    pub(super) tunnels: Vec<Tunnel>,
    /// The conversation, where it is new and one of the first.
    pub(super) flow: Option<ClearFlow>,
}

impl Watch {
    /// What left in clear, as far as a silent tunnel explains it and nothing else does.
    fn leak(
        self,
        group: GroupKey,
        now: Timestamp,
        silence: Duration,
        addresses: &ClearSegment,
    ) -> Option<Leak> {
        // Where one router stays active, its ESP must have stopped: what goes on beside it is no tunnel's.
        let is_silent = |watched: &&WatchedTunnel| {
            matches!(self.trigger, Trigger::Failover(_)) || now.since(watched.silent.last.time) >= silence
        };
        let silent: Vec<&WatchedTunnel> = self.tunnels.values().filter(is_silent).collect();
        let explains = |watched: &WatchedTunnel, flow: &ClearFlow| {
            let is_many = flow.is_private || flow.packets >= MANY;
            is_many && self.trigger.is_prompt(flow) && watched.explains(flow, addresses)
        };
        let all = self.flows.values().map(|seen| seen.flow);
        let mut flows: Vec<ClearFlow> =
            all.filter(|flow| silent.iter().any(|watched| explains(watched, flow))).collect();
        flows.sort_by_key(|flow| (flow.first, flow.src, flow.dst, flow.protocol));
        let tunnels: Vec<&WatchedTunnel> =
            silent.into_iter().filter(|watched| flows.iter().any(|flow| explains(watched, flow))).collect();
        let last = tunnels.iter().map(|watched| watched.silent.last).min()?;
        let (conversations, packets) = (flows.len() as u64, flows.iter().map(|flow| flow.packets).sum());
        flows.truncate(Leak::FLOWS);
        Some(Leak {
            group,
            router: self.router,
            trigger: self.trigger,
            seen_before: last.time.since(self.since.time),
            other_clear: addresses.private_before(last),
            tunnels: tunnels.into_iter().map(|watched| watched.silent).collect(),
            flows,
            conversations,
            packets,
        })
    }
}

impl Trigger {
    /// Whether a conversation came as soon as one does that was under way. Between public addresses there may be others at
    /// any time.
    fn is_prompt(&self, flow: &ClearFlow) -> bool {
        flow.is_private || flow.first.time.since(self.at().time) <= PROMPT
    }
}

impl WatchedTunnel {
    /// Whether a conversation may be traffic of this tunnel: it took its next hop, while it was silent, to an address to
    /// which nothing had gone in clear before.
    fn explains(&self, flow: &ClearFlow, addresses: &ClearSegment) -> bool {
        let SilentTunnel { tunnel, last, resumed } = self.silent;
        // What goes on beside the tunnel's ESP never was its traffic.
        let while_silent = resumed.is_none_or(|resumed| {
            resumed.time.since(last.time) >= PAUSE
                && flow.first < resumed
                && flow.last.time.since(resumed.time) <= SLICE
        });
        let is_end = [flow.src, flow.dst].iter().any(|end| [tunnel.local, tunnel.peer].contains(end));
        let is_own = while_silent
            && flow.first > last
            && self.next_hops.contains(&flow.macs.1)
            && !is_end
            && !addresses.is_partial;
        is_own && is_new(flow, last, addresses)
    }
}

/// Whether nothing had gone in clear before `last` to the network where a conversation goes, and its source is behind the
/// router. Public addresses are common behind a gateway: of them nothing at all may have gone in clear.
fn is_new(flow: &ClearFlow, last: At, addresses: &ClearSegment) -> bool {
    if flow.is_private {
        !addresses.saw_network_of(flow.dst, last) && !addresses.enters(flow.src)
    } else {
        !addresses.any_before(last)
    }
}

impl SeriesFlow {
    fn new(at: At, slice: &ClearSlice) -> Self {
        let &ClearSlice { series, src, dst, protocol, ports, src_mac, dst_mac, last, packets, .. } = slice;
        let is_private = slice.is_private();
        let macs = (src_mac, dst_mac);
        let flow = ClearFlow { src, dst, protocol, ports, is_private, macs, first: at, last, packets };
        Self { series, flow }
    }

    /// Adds a further slice, unless it is of another series.
    fn add(&mut self, at: At, slice: &ClearSlice) -> bool {
        let is_own = slice.series == self.series;
        if is_own {
            self.flow.first = self.flow.first.min(at);
            self.flow.last = self.flow.last.max(slice.last);
            self.flow.packets += slice.packets;
        }
        is_own
    }
}

/// How soon a conversation goes on that was under way when its tunnel fell silent.
const PROMPT: Duration = Duration::from_secs(10);
/// How many packets between two public addresses are no chance.
const MANY: u64 = 10;
/// How many tunnels are watched at once.
const TUNNELS: usize = 0x4000;
/// How many conversations of one watch are kept: enough to show what leaves.
const FLOWS: usize = 256;
/// ESP that goes on after less than this was not interrupted.
const PAUSE: Duration = Duration::from_secs(1);
