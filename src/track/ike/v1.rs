//! IKEv1: main, aggressive and quick mode (RFC 2409 §5), read by who sends what in which order.
//!
//! A refusal is mostly encrypted. It is an informational exchange from the side that was asked, right after it was
//! asked, in place of the answer.

use std::net::IpAddr;
use std::time::Duration;

use crate::wire::ike::{Certainty, GROUP_PORT, Spi};

use super::super::negotiation::{Negotiation, Outcome, Refusal};
use super::sa::{Arrival, ExchangeKey, IkeSa, Step};
use super::{INVALID_IKE_SPI, INVALID_SPI, Told, informational};

/// Takes one message of an SA.
pub(super) fn message(sa: &mut IkeSa, ids: &mut u64, arrival: Arrival<'_>, told: &mut Told) {
    let (src, dst) = arrival.message.ports;
    match arrival.message.header.exchange.0 {
        // On the port of group keys the number is another exchange's, of a key server and its members.
        QUICK if src == GROUP_PORT || dst == GROUP_PORT => {}
        MAIN => exchange(sa, ids, (ExchangeKey::Initial, &MAIN_MODE), arrival, told),
        AGGRESSIVE => exchange(sa, ids, (ExchangeKey::Initial, &AGGRESSIVE_MODE), arrival, told),
        QUICK => {
            let key = ExchangeKey::Child(arrival.message.header.message_id, false);
            exchange(sa, ids, (key, &QUICK_MODE), arrival, told);
        }
        INFORMATIONAL if !arrival.message.part => notification(sa, arrival, told),
        _ => {}
    }
}

/// A mode: its messages in order, the initiator's first, each side in turn.
struct Mode {
    messages: &'static [&'static str],
}

/// A message of a mode: its first, its next, or one sent again.
fn exchange(
    sa: &mut IkeSa,
    ids: &mut u64,
    (key, mode): (ExchangeKey, &Mode),
    arrival: Arrival<'_>,
    told: &mut Told,
) {
    let Arrival { at, message, repeated, completed, .. } = arrival;
    let Some(negotiation) = sa.negotiations.get_mut(&key) else {
        // With a responder's cookie and an SA it is the answer to a message that was not seen.
        let joined = key == ExchangeKey::Initial && message.header.responder_spi != Spi(0);
        let stage = mode.messages.get(usize::from(joined)).copied().unwrap_or_default();
        return sa.begin(ids, (key, stage), joined, arrival, told);
    };
    let next = place(mode, negotiation.stage, negotiation.initiator, message.src);
    // What counted with its first piece is the message it has come to; only the last one waits until it is whole.
    let counted = repeated || (completed && negotiation.has_part_of(message.src));
    let place = if counted { None } else { next };
    let stage = place.and_then(|place| mode.messages.get(place)).copied();
    let known = negotiation.in_pieces.filter(|it| it.from == message.src).map(|it| it.stage);
    if let Some(stage) = stage.or(known) {
        negotiation.note_pieces(stage, at, message);
    }
    let step = Step { negotiation, at, from: message.src, spi: message.header.initiator_spi, told };
    match stage {
        _ if completed && counted => step.complete_message(message),
        _ if repeated => step.repeat(),
        Some(stage) if Some(&stage) == mode.messages.last() && message.part => step.begin_message(),
        Some(stage) if Some(&stage) == mode.messages.last() => step.complete(stage, Certainty::High),
        Some(stage) => step.wait(stage),
        None => step.answer(),
    }
}

/// The place of the next message from `src`, after the one at `stage`.
fn place(mode: &Mode, stage: &str, initiator: IpAddr, src: IpAddr) -> Option<usize> {
    let now = mode.messages.iter().position(|&name| name == stage)?;
    let from_initiator = src == initiator;
    // Initiator's messages have even places. The one who spoke last may go on, where an answer was missed.
    let next = now + 1;
    Some(if (next % 2 == 0) == from_initiator { next } else { next + 1 })
}

/// A notification: where it comes from the side that was just asked, it refuses; else it probes, or deletes an SA.
fn notification(sa: &mut IkeSa, arrival: Arrival<'_>, told: &mut Told) {
    let Arrival { at, message, .. } = arrival;
    told.informational = true;
    let clear = message.notifies.iter().map(|&(notify, _)| notify).find(|notify| notify.is_error());
    if clear.is_none() && !message.header.is_encrypted() {
        return;
    }
    let refuses_again = |negotiation: &Negotiation| match negotiation.outcome {
        Outcome::Refused(refusal) => refusal.by == message.src,
        _ => false,
    };
    let refuses_again = sa.negotiations.values().any(refuses_again);
    told.informational = !refuses_again;
    let asked = sa.negotiations.values_mut().filter(|negotiation| {
        negotiation.waiting.is_some_and(|waiting| waiting.from != message.src)
            && at.time.since(negotiation.last.time) <= ANSWER
    });
    let Some(negotiation) = asked.max_by_key(|negotiation| negotiation.last) else {
        if clear.is_none() && !refuses_again {
            informational::version_1(&mut sa.open_probe, &arrival, told);
        }
        return;
    };
    let is_unknown_sa = clear.is_some_and(|notify| matches!(notify, INVALID_SPI | INVALID_IKE_SPI));
    if is_unknown_sa || matches!(negotiation.outcome, Outcome::Completed(_)) {
        return;
    }
    told.informational = false;
    let refusal = Refusal {
        at,
        by: message.src,
        what: negotiation.purpose,
        notify: clear,
        version: 1,
        stage: negotiation.stage,
        how: "an encrypted notification instead of the next message",
        certainty: if clear.is_some() { Certainty::Sure } else { Certainty::Medium },
    };
    Step { negotiation, at, from: message.src, spi: message.header.initiator_spi, told }.refuse(refusal);
}

const MAIN_MODE: Mode = Mode {
    messages: &[
        "Main Mode message 1",
        "Main Mode message 2",
        "Main Mode message 3",
        "Main Mode message 4",
        "Main Mode message 5",
        "Main Mode message 6",
    ],
};
const AGGRESSIVE_MODE: Mode = Mode {
    messages: &["Aggressive Mode message 1", "Aggressive Mode message 2", "Aggressive Mode message 3"],
};
const QUICK_MODE: Mode =
    Mode { messages: &["Quick Mode message 1", "Quick Mode message 2", "Quick Mode message 3"] };

const MAIN: u8 = 2;
const AGGRESSIVE: u8 = 4;
const INFORMATIONAL: u8 = 5;
const QUICK: u8 = 32;
/// A refusal follows what it refuses within this time; later it is more likely a dead peer probe.
const ANSWER: Duration = Duration::from_secs(5);
