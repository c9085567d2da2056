//! Unchanged hellos of one router folded into runs.
//!
//! A run ends at each whole second of capture time, like a slice of ESP, so that a router that falls silent is
//! noticed within a second and a flood of hellos costs one observation a second.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use crate::observe::place::{At, Placed, Segment};
use crate::wire::mac::MacAddr;

use super::message::{Act, GatewayMessage};
use super::protocol::GroupName;

/// Equal hellos of one router within one second, or a single coup or resign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HelloRun {
    /// The router's own address.
    pub router: IpAddr,
    /// Source MAC of the frames.
    pub src_mac: Option<MacAddr>,
    /// What they say.
    pub message: GatewayMessage,
    /// The last of them.
    pub last: At,
    /// How many.
    pub count: u64,
    /// The longest time between two of them.
    pub largest_gap: Duration,
}

/// The runs that may still grow.
#[derive(Clone)]
pub(in crate::observe) struct Runs {
    open: BTreeMap<(Segment, GroupName, IpAddr), Placed<HelloRun>>,
    last: BTreeMap<(Segment, GroupName, IpAddr), GatewayMessage>,
}

impl Runs {
    /// No runs yet.
    pub(in crate::observe) const fn new() -> Self {
        Self { open: BTreeMap::new(), last: BTreeMap::new() }
    }

    /// Adds a message; runs that end go to `out`. Whether it says something else than this router's last one.
    pub(in crate::observe) fn add(
        &mut self,
        (at, segment): (At, Segment),
        router: IpAddr,
        src_mac: Option<MacAddr>,
        message: GatewayMessage,
        out: &mut impl FnMut(Placed<HelloRun>),
    ) -> bool {
        let key = (segment, message.group, router);
        let changed = self.last.get(&key) != Some(&message);
        if let Some(Placed { what: run, .. }) = self.open.get_mut(&key)
            && !changed
            && run.src_mac == src_mac
            && message.act == Act::Hello
        {
            run.largest_gap = run.largest_gap.max(at.time.since(run.last.time));
            run.last = at;
            run.count += 1;
            return false;
        }
        self.open.remove(&key).into_iter().for_each(&mut *out);
        if changed {
            if self.last.len() >= ROUTER_LIMIT {
                self.last.clear();
            }
            self.last.insert(key, message.clone());
        }
        let what = HelloRun { router, src_mac, message, last: at, count: 1, largest_gap: Duration::ZERO };
        self.open.insert(key, Placed { at, segment, what });
        changed
    }

    /// Whether no run may still grow.
    pub(in crate::observe) fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// Ends all runs.
    pub(in crate::observe) fn end_all(&mut self, out: &mut impl FnMut(Placed<HelloRun>)) {
        std::mem::take(&mut self.open).into_values().for_each(out);
    }
}

/// How many routers' last words are remembered; a flood of forged ones only costs unfolded hellos.
const ROUTER_LIMIT: usize = 0x1_0000;
