//! What NAT has to do with an outage.

use crate::track::{Nat, NatPlace, Outage};

use super::super::verdict::Reason;

/// The hash of the gateway's side matched before the failover, and that of the new active router does not.
pub(super) fn reason(outage: &Outage) -> Option<Reason> {
    let (before, after) = (outage.before.own_hash?, outage.after.own_hash?);
    let nat = after.nat.filter(|_| before.nat.is_none())?;
    let Nat { place, certainty, .. } = nat;
    let router = outage.failover.to;
    let what = match place {
        NatPlace::SentFrom(own) if own == router => {
            format!("{router} sends from its own address, which is translated before it gets here")
        }
        NatPlace::SentFrom(own) => {
            format!("{router} sends from {own}, which is translated before it gets here")
        }
        _ => format!(
            "{router} sits behind another NAT, sends from another address, or forces encapsulation in UDP"
        ),
    };
    let text = format!(
        "the NAT-detection hash of {} matched before the failover (frame {}) and does not match now (frame {}): {what} \
         (certainty {certainty})",
        nat.end, before.at.frame, after.at.frame
    );
    Some(Reason { text, factor: 1.0 })
}
