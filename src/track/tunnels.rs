//! The tunnels that are followed, in bounded number: whoever floods pushes out strangers before anybody else.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

use foldhash::fast::RandomState;

use crate::observe::{At, Segment};
use crate::time::Timestamp;

use super::flow::FlowFacts;
use super::slab::{Place, Slab};
use super::tunnel::TunnelState;
use super::tunnel_key::TunnelKey;

/// The tunnels that are followed.
#[derive(Clone)]
pub(super) struct Tunnels {
    states: Slab<TunnelState>,
    ids: HashMap<TunnelKey, TunnelId, RandomState>,
    /// All of them in order of their keys, where they were asked for since one was added or forgotten.
    ordered: Vec<TunnelId>,
    /// Until when no room is looked for among too many tunnels.
    crowded_until: Timestamp,
    /// How many SAs all tunnels have together.
    sas: usize,
    /// Packets of tunnels beyond those followed.
    pub(super) refused: u64,
    /// How many tunnels were forgotten.
    pub(super) forgotten: u64,
    /// How many SAs were forgotten.
    pub(super) sas_forgotten: u64,
}

/// The number of a tunnel, by which it is found quicker than by its key. No other tunnel ever has it.
pub(super) type TunnelId = Place;

impl Tunnels {
    /// No tunnels yet.
    pub(super) fn new() -> Self {
        Self {
            states: Slab::new(),
            ids: HashMap::default(),
            ordered: Vec::new(),
            crowded_until: Timestamp::MIN,
            sas: 0,
            refused: 0,
            forgotten: 0,
            sas_forgotten: 0,
        }
    }

    /// One of them.
    pub(super) fn get(&self, key: TunnelKey) -> Option<&TunnelState> {
        self.ids.get(&key).and_then(|&id| self.states.get(id))
    }

    /// The same, to be changed.
    pub(super) fn get_mut(&mut self, key: TunnelKey) -> Option<&mut TunnelState> {
        self.ids.get(&key).and_then(|&id| self.states.get_mut(id))
    }

    /// The one with this number.
    #[inline]
    pub(super) fn numbered(&self, id: TunnelId) -> Option<&TunnelState> {
        self.states.get(id)
    }

    /// The same, to be changed.
    #[inline]
    pub(super) fn numbered_mut(&mut self, id: TunnelId) -> Option<&mut TunnelState> {
        self.states.get_mut(id)
    }

    /// All of them, in any order.
    pub(super) fn all(&self) -> impl Iterator<Item = &TunnelState> {
        self.states.iter()
    }

    /// The same, to be changed.
    pub(super) fn all_mut(&mut self) -> impl Iterator<Item = &mut TunnelState> {
        self.states.iter_mut()
    }

    /// Those of a segment, in order of their keys.
    pub(super) fn in_segment(&mut self, segment: Segment) -> Vec<TunnelId> {
        let states = &self.states;
        let key = |id: &TunnelId| states.get(*id).map(|state| &state.key);
        if self.ordered.len() != self.ids.len() {
            self.ordered = self.ids.values().copied().collect();
            self.ordered.sort_unstable_by(|one, other| key(one).cmp(&key(other)));
        }
        let is_there = |id: &&TunnelId| key(id).is_some_and(|key| key.segment == segment);
        self.ordered.iter().filter(is_there).copied().collect()
    }

    /// All of them, in order of first packet.
    pub(super) fn by_first_packet(&self) -> Vec<&TunnelState> {
        let mut tunnels: Vec<_> = self.all().collect();
        tunnels.sort_by_key(|tunnel| (tunnel.first, tunnel.key));
        tunnels
    }

    /// The flows of all SAs, in order of first packet.
    pub(super) fn flows(&self) -> Vec<FlowFacts> {
        let sas = self.all().flat_map(|tunnel| tunnel.sas.iter());
        let mut flows = Vec::with_capacity(self.sas);
        flows.extend(sas.map(|sa| sa.flow.clone()));
        flows.sort_by_key(|flow| (flow.first, flow.sa));
        flows
    }

    /// The tunnel of a packet from `src`, begun where it is new; none where there are too many of them.
    pub(super) fn follow(&mut self, now: Timestamp, key: TunnelKey, at: At, src: IpAddr) -> Option<TunnelId> {
        if let Some(&id) = self.ids.get(&key) {
            return Some(id);
        }
        if self.ids.len() >= TUNNELS && now >= self.crowded_until {
            self.forget(now);
        }
        if self.ids.len() >= TUNNELS {
            self.refused += 1;
            return None;
        }
        let id = self.states.insert(TunnelState::new(key, at, src));
        self.ids.insert(key, id);
        self.ordered.clear();
        Some(id)
    }

    /// Counts one more SA of theirs, and makes room where there are too many.
    pub(super) fn note_new_sa(&mut self) {
        self.sas += 1;
        if self.sas > SAS {
            self.forget_sas();
        }
    }

    /// The clock was set back.
    pub(super) const fn set_back(&mut self) {
        self.crowded_until = Timestamp::MIN;
    }

    /// Makes room by forgetting tunnels of which one side alone was heard, those that were silent longest: forged and
    /// stray requests, which nobody answered.
    fn forget(&mut self, now: Timestamp) {
        // Where all are two-sided, looking again at every packet would find no more.
        self.crowded_until = now.plus(CROWDED);
        let one_sided = self.all().filter(|tunnel| tunnel.is_one_sided());
        let mut ages: Vec<At> = one_sided.map(|tunnel| tunnel.last).collect();
        if ages.is_empty() {
            return;
        }
        let cut = (TUNNELS / 8).min(ages.len() - 1);
        let (_, &mut last_forgotten, _) = ages.select_nth_unstable(cut);
        let is_left = |tunnel: &&TunnelState| tunnel.is_one_sided() && tunnel.last <= last_forgotten;
        // In order of their places, which others are given.
        let left: Vec<TunnelKey> = self.all().filter(is_left).map(|tunnel| tunnel.key).collect();
        for id in left.iter().filter_map(|key| self.ids.remove(key)) {
            self.states.remove(id);
        }
        self.ordered.clear();
        self.forgotten += left.len() as u64;
        self.sas = self.all().map(|tunnel| tunnel.sas.len()).sum();
    }

    /// Makes room by forgetting the SAs that were silent longest.
    fn forget_sas(&mut self) {
        let sas = self.all().flat_map(|tunnel| tunnel.sas.iter());
        let mut ages: Vec<At> = sas.map(|sa| sa.flow.last).collect();
        let cut = ages.len() / 8;
        let (_, &mut oldest_kept, _) = ages.select_nth_unstable(cut);
        for tunnel in self.all_mut() {
            tunnel.sas.retain(|sa| sa.flow.last >= oldest_kept);
        }
        let kept = self.all().map(|tunnel| tunnel.sas.len()).sum();
        self.sas_forgotten += (self.sas - kept) as u64;
        self.sas = kept;
    }
}

/// How many tunnels are followed at once.
const TUNNELS: usize = 0x1_0000;
/// How long after looking for room it is looked for again.
const CROWDED: Duration = Duration::from_secs(1);
/// How many ESP SAs are known at once; forged SPIs push out the oldest, never the program's memory.
const SAS: usize = 0x2_0000;
