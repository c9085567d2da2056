//! How sure what was read without keys makes a verdict.

use crate::track::{Negotiation, Refusal};
use crate::wire::ike::Certainty;

use super::super::verdict::Reason;

/// The doubt about a refusal that is encrypted; none where its notify is in clear.
pub(super) fn of_refusal(refusal: Refusal) -> Option<Reason> {
    let Refusal { certainty, .. } = refusal;
    (certainty < Certainty::Sure).then(|| Reason {
        text: format!(
            "the refusal is encrypted, read with {certainty} certainty: which error it is cannot be told without keys"
        ),
        factor: if certainty == Certainty::Medium { 0.8 } else { 0.9 },
    })
}

/// How sure it is that a negotiation completed: its last message is encrypted.
pub(super) fn of_completion(negotiation: &Negotiation) -> Reason {
    let Negotiation { stage, certainty, .. } = negotiation;
    Reason {
        text: format!("that {stage} completed is read without keys, with {certainty} certainty"),
        factor: if *certainty == Certainty::Medium { 0.8 } else { 1.0 },
    }
}
