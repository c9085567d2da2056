//! What is known of one router of a group.

use std::time::Duration;

use crate::observe::{At, GatewayMessage, Role};
use crate::time::Timestamp;
use crate::wire::mac::MacAddr;

use super::late::LateHellos;

/// One router of a group.
#[derive(Clone, Debug)]
pub(in crate::track) struct Router {
    /// Its last hello.
    pub(in crate::track) hello: Option<GatewayMessage>,
    /// What it is to the group, from whatever it sent last.
    pub(super) role: Role,
    /// Its state in the protocol's own word, from whatever it sent last.
    pub(in crate::track) state: &'static str,
    /// Its first message.
    pub(in crate::track) first: At,
    /// Its last message.
    pub(in crate::track) last: At,
    /// Its priority when it was first heard; none where its protocol has none.
    pub(in crate::track) first_priority: Option<u32>,
    /// Its last hello's time.
    pub(in crate::track) last_hello: Option<Timestamp>,
    /// Since when it claims the active role, if it does.
    pub(in crate::track) claim: Option<At>,
    /// Its last Coup.
    pub(in crate::track) coup: Option<At>,
    /// Its last Resign.
    pub(in crate::track) resign: Option<At>,
    /// Whether it was ever seen in another state than active.
    pub(in crate::track) was_elsewhere: bool,
    /// Whether a conflict with the owner was told already.
    pub(in crate::track) in_conflict: bool,
    /// The MAC that its last hello as the active router came from.
    pub(super) presents: Option<MacAddr>,
    /// Its hellos that came late.
    pub(in crate::track) late: Option<LateHellos>,
    /// Its own MACs, virtual ones left out.
    pub(in crate::track) macs: Vec<MacAddr>,
}

impl Router {
    /// A router of which nothing but its first message's place is known.
    pub(super) const fn new(at: At) -> Self {
        Self {
            hello: None,
            role: Role::Other,
            state: "initial",
            first: at,
            last: at,
            first_priority: None,
            last_hello: None,
            claim: None,
            coup: None,
            resign: None,
            was_elsewhere: false,
            in_conflict: false,
            presents: None,
            late: None,
            macs: Vec::new(),
        }
    }

    /// How long it may be silent before it counts as gone.
    pub(in crate::track) fn hold(&self) -> Duration {
        self.hello.as_ref().map_or(DEFAULT_HOLD, |hello| hello.hold_time(DEFAULT_HOLD))
    }

    /// How often it says hello.
    pub(in crate::track) fn hello_time(&self) -> Duration {
        self.hello.as_ref().map_or(DEFAULT_HELLO, |hello| hello.hello_time(DEFAULT_HELLO))
    }

    /// Whether it claims the active role, and was heard within its hold time before `now`.
    pub(super) fn claims_at(&self, now: Timestamp) -> bool {
        self.claim.is_some() && now.since(self.last.time) <= self.hold()
    }

    /// Learns one of its own MACs; whether it is a new one.
    pub(in crate::track) fn learn_mac(&mut self, mac: MacAddr) -> bool {
        let is_new = mac.virtual_mac().is_none() && !self.macs.contains(&mac) && self.macs.len() < MACS;
        if is_new {
            self.macs.push(mac);
        }
        is_new
    }
}

/// RFC 2281 §5.1: the hello time where none is told.
const DEFAULT_HELLO: Duration = Duration::from_secs(3);
/// RFC 2281 §5.1: the hold time where none is told.
const DEFAULT_HOLD: Duration = Duration::from_secs(10);
/// How many MACs of one router are kept.
const MACS: usize = 8;
