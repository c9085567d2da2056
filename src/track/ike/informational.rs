//! Informational exchanges outside any negotiation: probes of liveness and deletes, told apart without keys.
//!
//! Version 2 names the first encrypted payload in clear. Version 1 leaves the length, and that a probe (R-U-THERE,
//! RFC 3706) is answered at once by a message as long as itself, which nothing else is.

use std::net::IpAddr;
use std::time::Duration;

use crate::observe::At;
use crate::wire::ike::{Certainty, Reading};

use super::super::event::EventKind;
use super::Told;
use super::sa::Arrival;

/// An Informational of version 1 that may be a probe, as long as it waits for its answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct OpenProbe {
    from: IpAddr,
    length: u32,
    at: At,
}

/// Takes a request of version 2.
pub(super) fn version_2(arrival: &Arrival<'_>, told: &mut Told) {
    let Arrival { at, message, repeated, reading, .. } = arrival;
    told.informational = true;
    match reading {
        Some((Reading::Delete, certainty)) if !repeated => {
            let (spi, certainty) = (message.header.initiator_spi, *certainty);
            told.events.push(EventKind::SaDeleted { spi, certainty });
        }
        Some((Reading::Liveness, certainty)) if !repeated => {
            told.probe = Some((message.src, *at, *certainty));
        }
        _ => {}
    }
}

/// Takes an encrypted Informational of version 1 that refuses nothing. The answer to a probe asks for nothing.
pub(super) fn version_1(open: &mut Option<OpenProbe>, arrival: &Arrival<'_>, told: &mut Told) {
    let Arrival { at, message, repeated, reading, .. } = arrival;
    if *repeated {
        return;
    }
    let (from, length) = (message.src, message.header.length);
    match reading {
        Some((Reading::ChildDeleteOrError, certainty)) => {
            let (spi, certainty) = (message.header.initiator_spi, *certainty);
            told.events.push(EventKind::SaDeleted { spi, certainty });
        }
        Some((Reading::LivenessOrDelete | Reading::NotifyOrDelete, certainty)) => {
            let asked = open.take().filter(|asked| {
                asked.from != from && asked.length == length && at.time.since(asked.at.time) <= ANSWER
            });
            match asked {
                Some(asked) => {
                    let of_that_length = matches!(reading, Some((Reading::LivenessOrDelete, _)));
                    let certainty = if of_that_length { Certainty::High } else { *certainty };
                    told.probe = Some((asked.from, asked.at, certainty));
                    told.informational = false;
                }
                None => *open = Some(OpenProbe { from, length, at: *at }),
            }
        }
        _ => {}
    }
}

/// A probe is answered at once; what comes later is a probe of the other side's own.
const ANSWER: Duration = Duration::from_secs(2);
