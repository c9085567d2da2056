//! The state machine of one gateway group: who is active, and why that changed.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::IpAddr;
use std::time::Duration;

use crate::observe::{Act, At, HelloRun, Role};
use crate::time::Timestamp;

use super::super::change::{Change, Setting};
use super::super::conflict::Conflict;
use super::super::event::EventKind;
use super::super::options::Options;
use super::super::outage::Failover;
use super::super::ownership::Ownerships;
use super::super::subject::GroupKey;
use super::comparison::Comparison;
use super::config;
use super::router::Router;
use super::watch::Watch;

/// One gateway group.
#[derive(Clone, Debug)]
pub(in crate::track) struct Group {
    pub(in crate::track) key: GroupKey,
    pub(in crate::track) first: At,
    pub(in crate::track) last: At,
    pub(in crate::track) routers: BTreeMap<IpAddr, Router>,
    /// The router that owns the virtual address, or owned it last.
    pub(in crate::track) owner: Option<IpAddr>,
    pub(in crate::track) virtual_addresses: BTreeSet<IpAddr>,
    pub(in crate::track) versions: BTreeSet<u8>,
    pub(in crate::track) failovers: u64,
    /// How many hellos claim the role for its owner, and did for the owner before.
    pub(in crate::track) claims: (u64, u64),
    /// Stretches in which two routers claimed the active role, in order of time; the first few.
    pub(in crate::track) conflicts: Vec<Conflict>,
    /// Changes of the owner's settings, in order of time; the last few.
    pub(in crate::track) changes: VecDeque<Change>,
    pub(super) watch: Watch,
    /// In what its routers differ.
    pub(in crate::track) comparison: Comparison,
    /// Who owned it when.
    pub(in crate::track) ownerships: Ownerships,
    /// How often the clock was set back, as far as it has heard.
    set_backs: u64,
    /// How often a router had a MAC for its own that another one claims.
    macs_lost: u64,
}

/// What a message of a group gave.
pub(super) struct Told {
    pub(super) at: Timestamp,
    pub(super) router: IpAddr,
    pub(super) peer: Option<IpAddr>,
    pub(super) kind: EventKind,
}

impl Group {
    /// A group that was just seen for the first time.
    pub(super) fn new(key: GroupKey, at: At, set_backs: u64, options: &Options) -> Self {
        Self {
            key,
            first: at,
            last: at,
            routers: BTreeMap::new(),
            owner: None,
            virtual_addresses: BTreeSet::new(),
            versions: BTreeSet::new(),
            failovers: 0,
            claims: (0, 0),
            conflicts: Vec::new(),
            changes: VecDeque::new(),
            watch: Watch::new(options),
            comparison: Comparison::default(),
            ownerships: Ownerships::new(),
            set_backs,
            macs_lost: 0,
        }
    }

    /// Takes a run of hellos, a coup or a resign; whether its router can be followed. Of a message that is
    /// none of these, only time and version are noted.
    pub(super) fn message(&mut self, at: At, run: &HelloRun, told: &mut Vec<Told>) -> bool {
        self.last = run.last;
        self.versions.insert(run.message.version);
        if matches!(run.message.act, Act::Unknown(_)) {
            return true;
        }
        let is_new = !self.routers.contains_key(&run.router);
        if is_new && self.routers.len() >= ROUTERS {
            return false;
        }
        for &address in &run.message.virtual_addresses {
            self.learn_address(address);
        }
        self.routers.entry(run.router).or_insert_with(|| Router::new(at));
        self.learn_macs(run);
        let (role, state) = state_after(run);
        if run.message.act == Act::Resign && self.owner.is_none() {
            // Only the router that owns the role gives it up (RFC 9568 §6.4.3, RFC 2281 §5.1).
            self.owner = Some(run.router);
        }
        self.late_hello(at, run, told);
        if let Some(router) = self.routers.get_mut(&run.router) {
            let mut tell = |kind| told.push(Told { at: at.time, router: run.router, peer: None, kind });
            let settings = router.tell_changes(run, &mut tell);
            let old = (!is_new).then_some(router.state);
            if old != Some(state) {
                tell(EventKind::StateChanged { old, new: state });
            }
            let lead = router.hello_time();
            router.note(at, run, (role, state), &mut tell);
            if run.message.act == Act::Hello {
                self.note_change(at, run, settings, lead);
            }
        }
        self.comparison.take(at, run, &self.routers);
        if run.message.act == Act::Hello && role == Role::Active {
            self.claimed(at, run.router, told);
            if self.owner == Some(run.router) {
                self.claims.0 += run.count;
                self.ownerships.goes_on(run.router, (at, run.last));
            }
        } else if role != Role::Active && self.owner == Some(run.router) {
            self.owner_left(at, told);
        }
        self.watch_message(at, run, role);
        true
    }

    /// Hears how often the clock was set back: what is measured from one message to the next begins anew.
    pub(super) fn hear_set_backs(&mut self, set_backs: u64) {
        if self.set_backs != set_backs {
            self.set_backs = set_backs;
            self.watch.set_back();
            self.comparison.begin_anew();
            self.ownerships.begin_anew();
        }
    }

    /// Learns a virtual address of the group; whether it is a new one.
    pub(super) fn learn_address(&mut self, address: IpAddr) -> bool {
        self.virtual_addresses.len() < ADDRESSES && self.virtual_addresses.insert(address)
    }

    /// Learns MACs from a message: the one it names, and the one it came from. A router's own word outweighs what was
    /// concluded about another one.
    fn learn_macs(&mut self, run: &HelloRun) {
        for mac in run.message.identifier.into_iter().chain(run.src_mac) {
            for (&address, router) in &mut self.routers {
                if address == run.router {
                    router.learn_mac(mac);
                } else {
                    let before = router.macs.len();
                    router.macs.retain(|&known| known != mac);
                    self.macs_lost += u64::from(router.macs.len() != before);
                }
            }
        }
    }

    /// What tells who sends a packet: another one whenever a router, an address or a MAC is learnt or lost, or the owner
    /// changes.
    pub(super) fn standing(&self) -> ((usize, usize, usize), Option<IpAddr>, u64) {
        (self.extent(), self.owner, self.macs_lost)
    }

    /// How much is known that can bind a tunnel: it grows when a router, an address or a MAC is learnt.
    pub(super) fn extent(&self) -> (usize, usize, usize) {
        let macs = self.routers.values().map(|router| router.macs.len()).sum();
        (self.routers.len(), self.virtual_addresses.len(), macs)
    }

    /// Notes hellos of the owner: what differs from its one before is a change, what does not bears the last one out.
    fn note_change(&mut self, at: At, run: &HelloRun, settings: Vec<Setting>, lead: Duration) {
        if self.owner != Some(run.router) {
            return;
        }
        if settings.is_empty() {
            let last = self.changes.back_mut();
            let last = last.filter(|change| change.router == run.router && !change.undone);
            return last.into_iter().for_each(|change| change.hellos += run.count);
        }
        // One hello that the next one takes back is no change of its own twice: it may be a forged one.
        if let Some(last) = self.changes.back_mut().filter(|last| last.is_undone_by(&settings)) {
            last.undone = true;
            return;
        }
        if self.changes.len() >= CHANGES {
            self.changes.pop_front();
        }
        let (group, router, hellos) = (self.key, run.router, run.count);
        self.changes.push_back(Change { at, group, router, settings, lead, hellos, undone: false });
    }

    /// The owner was silent for its hold time.
    pub(super) fn hold_expired(&mut self, deadline: Timestamp, router: IpAddr, told: &mut Vec<Told>) {
        let Some(state) = self.routers.get_mut(&router) else { return };
        let last = state.last;
        if state.claim.take().is_some() && self.owner == Some(router) {
            let kind = EventKind::HoldExpired { last };
            told.push(Told { at: deadline, router, peer: None, kind });
        }
    }

    /// A router says that it is active.
    fn claimed(&mut self, at: At, claimant: IpAddr, told: &mut Vec<Told>) {
        let Some(owner) = self.owner else {
            self.set_claim(claimant, at);
            self.owner = Some(claimant);
            let kind = EventKind::BecameActive;
            told.push(Told { at: at.time, router: claimant, peer: None, kind });
            return;
        };
        let newly = self.set_claim(claimant, at);
        if owner == claimant {
            return;
        }
        match self.contest(at, claimant, owner, newly) {
            Contest::Won => self.fail_over(at, owner, claimant, told),
            Contest::Open => {}
            Contest::Both => self.conflict(at, claimant, owner, told),
        }
    }

    /// What a claim beside the owner's comes to.
    fn contest(&self, at: At, claimant: IpAddr, owner: IpAddr, newly: bool) -> Contest {
        let (Some(new), Some(old)) = (self.routers.get(&claimant), self.routers.get(&owner)) else {
            return Contest::Open;
        };
        let silent_backups = self.key.name.protocol.has_silent_backups();
        let silence = at.time.since(old.last.time);
        // A backup waits for its own hold time, which may be a little shorter than the owner's.
        let is_gone =
            !old.claims_at(at.time) || (newly && silent_backups && silence + old.hello_time() >= old.hold());
        // One that hears a better router is silent from then on: a hello time, give or take a half.
        let yielded = silent_backups
            && new.claim.is_some_and(|claim| {
                old.last.time < claim.time && at.time.since(claim.time) * 2 >= old.hello_time() * 3
            });
        if is_gone || (!newly && yielded) {
            return Contest::Won;
        }
        if !newly {
            return Contest::Both;
        }
        // Where backups are silent, a router that is not preferred leaves a living master alone (RFC 9568 §6.4.3): its
        // claim shows that it does not hear it, or that it is about to give way.
        let takes_over = !silent_backups || self.is_preferred(claimant, owner);
        if takes_over && !self.both_from_the_start(at, claimant) { Contest::Won } else { Contest::Open }
    }

    /// Notes a claim; whether the router did not claim the role before.
    fn set_claim(&mut self, claimant: IpAddr, at: At) -> bool {
        let Some(router) = self.routers.get_mut(&claimant) else { return false };
        let newly = router.claim.is_none();
        if newly {
            router.claim = Some(at);
        }
        newly
    }

    /// Whether a router that was never seen in another state claims the role within the first hold time: two
    /// active routers from the start of the capture are a split brain and no failover.
    fn both_from_the_start(&self, at: At, claimant: IpAddr) -> bool {
        self.routers.get(&claimant).is_some_and(|router| {
            // Where backups are silent, one that is active speaks within its interval, give or take a tenth.
            let interval = router.hello_time();
            let silent_backups = self.key.name.protocol.has_silent_backups();
            let start = if silent_backups { interval + interval / 10 } else { router.hold() };
            !router.was_elsewhere && router.coup.is_none() && at.time.since(self.first.time) < start
        })
    }

    /// Another router than the owner goes on to claim the role.
    fn conflict(&mut self, at: At, claimant: IpAddr, owner: IpAddr, told: &mut Vec<Told>) {
        let Some(rival) = self.routers.get(&owner) else { return };
        let (owner_since, owner_last) = (rival.claim, rival.last.time);
        // One that was not heard lately may be about to leave.
        let owner_speaks = at.time.since(owner_last) <= rival.hello_time() * 3 / 2;
        let Some(router) = self.routers.get_mut(&claimant) else { return };
        // A hello may cross the one that takes the role over; a hello time later it is no coincidence.
        let both_since = router.claim.max(owner_since);
        let crossing = both_since
            .is_some_and(|since| owner_last < since.time || at.time.since(since.time) < router.hello_time());
        if crossing || !owner_speaks {
            return;
        }
        if router.in_conflict {
            if let Some(conflict) = self.conflicts.last_mut() {
                conflict.last = at;
                conflict.claims += 1;
            }
        } else {
            router.in_conflict = true;
            if self.conflicts.len() < CONFLICTS {
                let routers = (owner, claimant);
                self.conflicts.push(Conflict { routers, first: at, last: at, claims: 1 });
            }
            let kind = EventKind::ActiveConflict;
            told.push(Told { at: at.time, router: claimant, peer: Some(owner), kind });
        }
    }

    /// The owner gave the role up: it returns to a router that still claims it.
    fn owner_left(&mut self, at: At, told: &mut Vec<Told>) {
        let Some(owner) = self.owner else { return };
        let heir = self
            .routers
            .iter()
            .filter(|&(&address, router)| address != owner && router.claims_at(at.time))
            .max_by_key(|(_, router)| router.claim)
            .map(|(&address, _)| address);
        if let Some(heir) = heir {
            self.fail_over(at, owner, heir, told);
        }
    }

    fn fail_over(&mut self, at: At, from: IpAddr, to: IpAddr, told: &mut Vec<Told>) {
        let (Some(old), Some(new)) = (self.routers.get(&from), self.routers.get(&to)) else { return };
        let gap = at.time.since(old.last.time);
        let cause = self.cause((from, old), (to, new), at.time, gap);
        let reach = old.hold() + old.hello_time() * 2;
        let named = new.hello.as_ref().and_then(|hello| hello.virtual_addresses.first());
        let virtual_address = named.or_else(|| self.virtual_addresses.first()).copied();
        let group = self.key;
        let failover = Failover { at, group, from, to, cause, gap, virtual_address, reach };
        if self.key.name.forwarder == 0 {
            self.watch.changed(&failover, (old, new), self.first, self.virtual_addresses.contains(&to));
        }
        self.owner = Some(to);
        self.ownerships.begin(to, at);
        self.failovers += 1;
        self.claims = (0, self.claims.0);
        for router in self.routers.values_mut() {
            router.in_conflict = false;
        }
        let kind = EventKind::Failover(failover);
        told.push(Told { at: at.time, router: to, peer: Some(from), kind });
    }
}

/// What a claim beside the owner's comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Contest {
    /// The claimant takes the role over.
    Won,
    /// It shows when one of the two speaks next, or does not.
    Open,
    /// Both go on to claim it.
    Both,
}

impl Router {
    /// Tells the settings in which a hello differs from the one before, and gives them back.
    fn tell_changes(&self, run: &HelloRun, tell: &mut impl FnMut(EventKind)) -> Vec<Setting> {
        // What a forwarder's messages say beside their state is the group's, and they may leave it out.
        if run.message.act != Act::Hello || run.message.group.forwarder != 0 {
            return Vec::new();
        }
        let settings = config::changes(self.hello.as_ref(), &run.message);
        settings.iter().cloned().map(EventKind::ConfigChanged).for_each(tell);
        settings
    }

    /// Notes a message that leaves the router in this role and state.
    fn note(
        &mut self,
        at: At,
        run: &HelloRun,
        (role, state): (Role, &'static str),
        tell: &mut impl FnMut(EventKind),
    ) {
        match run.message.act {
            Act::Coup => {
                self.coup = Some(at);
                tell(EventKind::Coup);
            }
            Act::Resign => {
                self.resign = Some(at);
                tell(EventKind::Resign);
            }
            Act::Hello => {
                self.hello = Some(run.message.with_timers_of(self.hello.as_ref()));
                self.first_priority = self.first_priority.or(run.message.priority);
                self.last_hello = Some(run.last.time);
            }
            Act::Unknown(_) => {}
        }
        (self.role, self.state) = (role, state);
        self.last = run.last;
        if role != Role::Active {
            self.was_elsewhere = true;
            self.claim = None;
            self.in_conflict = false;
        }
    }
}

/// The state a message leaves its sender in: one that resigns is not active any more, whatever it says, and the
/// state in a Coup is the one it is about to leave.
fn state_after(run: &HelloRun) -> (Role, &'static str) {
    match (run.message.act, run.message.role) {
        (Act::Resign, Role::Active) => (Role::Other, "speak"),
        (_, role) => (role, run.message.state),
    }
}

/// How many stretches of conflict of one group are kept.
const CONFLICTS: usize = 64;
/// How many changes of one group are kept.
const CHANGES: usize = 8;
/// How many routers of one group are told apart; more are a forgery.
const ROUTERS: usize = 16;
/// How many virtual addresses of one group are kept.
const ADDRESSES: usize = 16;
