//! Finds ESP that no longer leaves a gateway after a change of its settings.
//!
//! The change shows in a hello, which may come a hello time after it was made. ESP that stopped since then, though the
//! gateway goes on to say hello and does not fail over, stopped because of the change, unless its traffic paused by
//! itself.

use std::net::IpAddr;
use std::time::Duration;

use crate::observe::At;
use crate::time::Timestamp;

use super::change::{Change, Stop};
use super::gateway::{Gateways, Group};
use super::negotiation::{Negotiation, Outcome, Purpose};
use super::options::Options;
use super::tunnel::TunnelState;

/// What of a tunnel's negotiations bears on ESP that stopped.
#[derive(Clone, Debug, Default)]
pub(super) struct Attempts {
    /// The first begun since ESP last left.
    first: Option<At>,
    /// The last that succeeded.
    completed: Option<At>,
    /// What was proposed in the last that set up an IKE SA, and by whom.
    pub(super) accepted: Option<(IpAddr, String)>,
}

impl Attempts {
    /// Notes a negotiation that began or changed; `last` is when ESP last left.
    pub(super) fn note(&mut self, negotiation: &Negotiation, last: Option<At>) {
        if let Outcome::Completed(at) = negotiation.outcome {
            self.completed = self.completed.max(Some(at));
            if let (Purpose::IkeSa, Some(proposal)) = (negotiation.purpose, &negotiation.proposal) {
                self.accepted = Some((negotiation.initiator, proposal.clone()));
            }
        }
        if last.is_none_or(|last| negotiation.started > last)
            && self.first.is_none_or(|first| Some(first) < last)
        {
            self.first = Some(negotiation.started);
        }
    }
}

impl TunnelState {
    /// ESP of the gateway's side goes on at `at`, after a silence that a change explains: that is kept.
    pub(super) fn stop_ended(&mut self, at: At, gateways: &Gateways, options: &Options) {
        let stop = self.stop_after_change(at.time, gateways, options);
        self.keep(stop.map(|stop| Stop { resumed: Some(at), spoke: None, ..stop }));
    }

    /// The group `failed_over`, where traffic may have ended `reach` before because of that, or nothing more comes: what
    /// is silent until then is kept.
    pub(super) fn stop_cut_off(
        &mut self,
        until: Timestamp,
        reach: Duration,
        gateways: &Gateways,
        options: &Options,
    ) {
        let stop = self.stop_after_change(until, gateways, options);
        self.keep(stop.filter(|stop| until.since(stop.last.time) > reach));
    }

    fn keep(&mut self, stop: Option<Stop>) {
        if self.stops.len() < STOPS {
            self.stops.extend(stop);
        }
    }

    /// The silence of ESP from the gateway's side up to `until`, where a change explains it.
    fn stop_after_change(&self, until: Timestamp, gateways: &Gateways, options: &Options) -> Option<Stop> {
        let local = self.tunnel().local;
        // From another address it goes on.
        if self.left.as_ref().is_some_and(|left| left.works) {
            return None;
        }
        let way = self.way(local);
        let (last, spi) = way.last?;
        let long =
            |silence: Duration| silence >= options.change_silence && silence >= way.rhythm.longest() * 3;
        if !long(until.since(last.time)) || way.rhythm.packets() < PACKETS {
            return None;
        }
        let groups = self.bindings.iter().filter_map(|&(group, _)| gateways.group(group));
        let groups = groups.filter(|group| group.has_address(&local));
        let (change, heard) =
            groups.filter_map(|group| explains(group, last, options)).max_by_key(|(change, _)| change.at)?;
        let silence = until.min(heard).since(last.time);
        let promptly = |at: At| at > last && at.time.since(last.time) < options.change_silence;
        if !long(silence) || self.attempts.completed.is_some_and(promptly) {
            return None;
        }
        let inbound = self.way(self.key.other(local)).last.map(|(at, _)| at);
        let went_on = |at: &At| at.time.since(last.time) >= options.change_silence;
        let negotiation = self.attempts.first.filter(|first| *first > last);
        // What it sent after its last ESP is IKE.
        let spoke = self.last_sent(local).filter(|at| negotiation.is_none() && went_on(at));
        Some(Stop {
            change: change.clone(),
            last,
            spi,
            silence,
            usual: way.rhythm.longest(),
            resumed: None,
            inbound: inbound.filter(went_on),
            negotiation,
            spoke,
        })
    }
}

/// The last change of a group that ESP which was last seen at `last` may have stopped for, and when the router that made
/// it was last heard.
fn explains<'a>(group: &'a Group, last: At, options: &Options) -> Option<(&'a Change, Timestamp)> {
    let explains = |change: &&Change| {
        let at = change.at.time;
        last.time >= at.minus(change.lead) && last.time <= at.plus(options.change_window)
    };
    let change = group.changes.iter().rev().find(explains)?;
    Some((change, group.routers.get(&change.router)?.last.time))
}

/// How many stops of one tunnel are kept.
const STOPS: usize = 4;
/// How many packets make a flow of which a silence can be told.
const PACKETS: u64 = 5;
