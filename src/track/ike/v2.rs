//! IKEv2: `IKE_SA_INIT`, `IKE_AUTH` and `CREATE_CHILD_SA` (RFC 7296 §1.2, §1.3).

use crate::observe::IkeSighting;
use crate::wire::ike::{Certainty, NotifyType, Reading};

use super::super::negotiation::{Outcome, Purpose, Refusal};
use super::sa::{Arrival, ExchangeKey, IkeSa, Step};
use super::{INVALID_IKE_SPI, Told, informational};

/// Takes one message of an SA.
pub(super) fn message(sa: &mut IkeSa, ids: &mut u64, arrival: Arrival<'_>, told: &mut Told) {
    let message = arrival.message;
    let response = message.header.is_response() == Some(true);
    let (key, stage) = match message.header.exchange.0 {
        IKE_SA_INIT => (ExchangeKey::Initial, "IKE_SA_INIT"),
        IKE_SESSION_RESUME => (ExchangeKey::Initial, "IKE_SESSION_RESUME"),
        IKE_INTERMEDIATE => (ExchangeKey::Initial, "IKE_INTERMEDIATE"),
        IKE_AUTH => (ExchangeKey::Initial, "IKE_AUTH"),
        CREATE_CHILD_SA => (child_key(message, response), "CREATE_CHILD_SA"),
        INFORMATIONAL if !response && !message.part => return informational::version_2(&arrival, told),
        _ => return,
    };
    note_childless(sa, &arrival);
    if response {
        response_to(sa, ids, (key, stage), arrival, told);
    } else {
        request(sa, ids, (key, stage), arrival, told);
    }
}

/// Notes whether an IKE SA alone was offered and asked for (RFC 6023 §3).
fn note_childless(sa: &mut IkeSa, arrival: &Arrival<'_>) {
    let offers = |&(notify, _): &(NotifyType, _)| notify == NotifyType::CHILDLESS_IKEV2_SUPPORTED;
    let asks = matches!(arrival.reading, Some((Reading::AuthRequest { without_child: true }, _)));
    sa.childless.0 |= arrival.message.notifies.iter().any(offers);
    sa.childless.1 |= asks;
}

/// A request: the first of a negotiation, its next, or the same again.
fn request(
    sa: &mut IkeSa,
    ids: &mut u64,
    (key, stage): (ExchangeKey, &'static str),
    arrival: Arrival<'_>,
    told: &mut Told,
) {
    let Arrival { at, message, repeated, completed, .. } = arrival;
    let Some(negotiation) = sa.negotiations.get_mut(&key) else {
        return sa.begin(ids, (key, stage), false, arrival, told);
    };
    negotiation.note_pieces(stage, at, message);
    let step = Step { negotiation, at, from: message.src, spi: message.header.initiator_spi, told };
    match (completed, repeated) {
        (true, _) => step.complete_message(message),
        (false, true) => step.repeat(),
        (false, false) => step.wait(stage),
    }
}

/// A response: it answers, completes or refuses.
fn response_to(
    sa: &mut IkeSa,
    ids: &mut u64,
    (key, stage): (ExchangeKey, &'static str),
    arrival: Arrival<'_>,
    told: &mut Told,
) {
    let Arrival { at, message, repeated, reading, .. } = arrival;
    if repeated || message.notifies.iter().any(|&(notify, _)| notify == INVALID_IKE_SPI) {
        return;
    }
    if !sa.negotiations.contains_key(&key) {
        // Whoever answers was asked, though the capture does not show it.
        sa.begin(ids, (key, stage), true, arrival, told);
    }
    let is_childless = sa.childless == (true, true);
    let Some(negotiation) = sa.negotiations.get_mut(&key) else { return };
    // The answer names its exchange also where the request was not seen.
    negotiation.stage = stage;
    negotiation.note_pieces(stage, at, message);
    let waited = negotiation.outcome == Outcome::Pending || negotiation.waiting.is_some();
    let purpose = negotiation.purpose;
    let step = Step { negotiation, at, from: message.src, spi: message.header.initiator_spi, told };
    if !waited {
        return;
    }
    if message.part {
        return step.begin_message();
    }
    let refusal = |what, notify, how, certainty| Refusal {
        at,
        by: message.src,
        what,
        notify,
        version: 2,
        stage,
        how,
        certainty,
    };
    if message.notifies.iter().any(|&(notify, _)| notify == REDIRECT) {
        return step.redirect();
    }
    if let Some(notify) = refused_in_clear(message) {
        return step.refuse(refusal(purpose, Some(notify), "", Certainty::Sure));
    }
    let certainty = reading.map_or(Certainty::Medium, |(_, certainty)| certainty);
    let (what, how) = match reading {
        Some((Reading::AuthRefused, _)) => {
            (Purpose::IkeSa, "an encrypted notification instead of an identity")
        }
        Some((Reading::AuthAccepted { without_child: true }, _)) if is_childless => {
            step.negotiation.childless = true;
            return step.complete("IKE_AUTH", certainty);
        }
        Some((Reading::AuthAccepted { without_child: true }, _)) => {
            (Purpose::ChildSa, "a response too short to hold a child SA")
        }
        Some((Reading::ChildRefused, _)) => (Purpose::ChildSa, "an encrypted notification instead of an SA"),
        Some((Reading::AuthAccepted { .. }, _)) => return step.complete("IKE_AUTH", certainty),
        Some((Reading::ChildAccepted, _)) => return step.complete("CREATE_CHILD_SA", certainty),
        _ => return step.answer(),
    };
    step.refuse(refusal(what, None, how, certainty));
}

/// The error in clear that ends a negotiation; a cookie or another group asked for does not.
fn refused_in_clear(message: &IkeSighting) -> Option<NotifyType> {
    message
        .notifies
        .iter()
        .map(|&(notify, _)| notify)
        .find(|&notify| notify.is_error() && notify != INVALID_KE_PAYLOAD)
}

/// A child exchange is known by its message id and by who of the two began it.
fn child_key(message: &IkeSighting, response: bool) -> ExchangeKey {
    let from_initiator = message.header.is_from_initiator() == Some(true);
    ExchangeKey::Child(message.header.message_id, from_initiator != response)
}

const IKE_SA_INIT: u8 = 34;
const IKE_AUTH: u8 = 35;
const CREATE_CHILD_SA: u8 = 36;
const INFORMATIONAL: u8 = 37;
/// RFC 5723 §4.3.
const IKE_SESSION_RESUME: u8 = 38;
/// RFC 9242 §3.
const IKE_INTERMEDIATE: u8 = 43;
/// RFC 7296 §1.3: asks for another group, and the initiator tries again.
const INVALID_KE_PAYLOAD: NotifyType = NotifyType(17);
/// RFC 5685 §4.
const REDIRECT: NotifyType = NotifyType(16407);
