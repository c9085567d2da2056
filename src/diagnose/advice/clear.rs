//! What to do about traffic that leaves in clear: stop it at once, and put in force what should protect it.

use crate::diagnose::finding::{Advice, Step};
use crate::track::{ClearFlow, Leak};

use super::site::Site;
use super::{check_map, clear_on_peer, clear_sas, owned, prevent, step, verify, words};

/// What it means that traffic leaves in clear, `flow` first, and what to do. To stop it comes before the vendor's order.
pub(in crate::diagnose) fn of_leak(leak: &Leak, flow: &ClearFlow, site: Site) -> Advice {
    let (router, policy) = (leak.router, site.policy());
    let others = if leak.conversations > 1 { " and elsewhere" } else { "" };
    let covers = format!(
        "does the {policy} cover traffic from {} to {}, on {router} and on the other routers of {}",
        flow.src, flow.dst, leak.group
    );
    Advice {
        meaning: format!(
            "This is a breach: whoever is on the way can read what hosts behind {router} send to {}{others}. It also tells \
             where the fault is. No {policy} is in force on the outside interface of {router}: one that is drops what it \
             cannot encrypt.",
            flow.dst
        ),
        confirm: vec![check_map(site), words(covers)],
        remedy: vec![
            stop_leak(site),
            apply_map(site),
            clear_sas(site),
            clear_on_peer(site),
            verify(site),
            prevent(site),
        ],
    }
}

/// Until the cause is mended: drop what must not leave in clear.
fn stop_leak(site: Site) -> Step {
    let (router, policy) = (site.router, site.policy());
    // CARP is at home on BSD, and so is pf.
    let commands = if site.is_carp() {
        owned(&["block out quick on INTERFACE from LOCAL-NETWORK to REMOTE-NETWORK"])
    } else {
        site.gateway.ios(owned(&[
            "ip access-list extended NOT-IN-CLEAR",
            " deny ip LOCAL-NETWORK WILDCARD REMOTE-NETWORK WILDCARD",
            " permit ip any any",
            "interface INTERFACE",
            " ip access-group NOT-IN-CLEAR out",
        ]))
    };
    step(
        format!(
            "stop it at once, if what follows takes time: drop the networks that the {policy} protects where they leave \
             the outside interface of {router}; what is encrypted passes"
        ),
        commands,
    )
}

/// Put in force what is missing.
fn apply_map(site: Site) -> Step {
    let (router, policy) = (site.router, site.policy());
    let commands = site.gateway.ios(owned(&[
        "interface INTERFACE",
        site.map_command(),
        "show crypto map interface INTERFACE",
    ]));
    step(
        format!(
            "put the {policy} in force on {router}, the same as on the other routers; where it is there and does nothing, \
             remove it first (this cuts all tunnels of that interface)"
        ),
        commands,
    )
}
