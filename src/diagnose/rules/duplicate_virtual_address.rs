//! Somebody beside the routers of a group claims its virtual address.

use crate::diagnose::advice;
use crate::diagnose::finding::{Advice, Evidence, Finding, Severity};
use crate::diagnose::options::Options;
use crate::diagnose::phrase::{because, listed, note, of_group};
use crate::diagnose::reading::count;
use crate::diagnose::rule::{Meta, Rule};
use crate::diagnose::verdict::Reason;
use crate::track::{Claimant, GroupFacts};
use crate::wire::mac::MacAddr;

/// The rule.
pub(super) struct DuplicateVirtualAddress;

static META: Meta = Meta {
    name: "duplicate-virtual-address",
    severity: Severity::Warning,
    text: include_str!("duplicate_virtual_address.md"),
};

impl Rule for DuplicateVirtualAddress {
    fn meta(&self) -> &'static Meta {
        &META
    }

    /// One finding for each group, however many claim its addresses.
    fn group(&self, group: &GroupFacts, _options: &Options) -> Option<Finding> {
        let claimants = &group.watched.claimants;
        let first = claimants.iter().min_by_key(|claimant| claimant.first)?;
        let beside = first.beside.map_or_else(String::new, |mac| format!(", beside the group's {mac}"));
        let more = match claimants.len() {
            1 => String::new(),
            several => format!(", and {} more", count(several as u64 - 1, "such claim")),
        };
        let summary = format!(
            "{} claims {}, the virtual address of {}{beside}{more}",
            first.mac, first.address, group.key
        );
        let reasons = reasons(claimants, first);
        of_group(&META, group, summary, evidence(claimants), &reasons, advise(group, first))
    }
}

fn reasons(claimants: &[Claimant], first: &Claimant) -> Vec<Reason> {
    let times: u64 = claimants.iter().map(|claimant| claimant.times).sum();
    let mut reasons = Vec::new();
    if times > 1 {
        reasons.push(because(
            format!("it was claimed {times} times from a MAC of no group and no known router"),
            1.0,
        ));
    } else {
        reasons.push(because("it was claimed only once: one forged message would do the same", 0.5));
    }
    if !first.unknown.is_empty() {
        let text = format!("the own MAC of {} was not seen: it may be this one", listed(&first.unknown));
        reasons.push(because(text, 0.5));
    }
    reasons
}

/// The first and the last claim of each.
fn evidence(claimants: &[Claimant]) -> Vec<Evidence> {
    let mut sorted: Vec<&Claimant> = claimants.iter().collect();
    sorted.sort_by_key(|claimant| claimant.first);
    let mut evidence = Vec::new();
    for claimant in sorted.into_iter().take(CLAIMANTS) {
        let Claimant { address, mac, first, last, times, .. } = claimant;
        evidence.push(note(*first, format!("{mac} says that it has {address}")));
        if *times > 1 {
            evidence.push(note(*last, "it still does".to_owned()));
        }
    }
    evidence
}

fn advise(group: &GroupFacts, first: &Claimant) -> Advice {
    let Claimant { address, mac, .. } = first;
    Advice {
        meaning: format!(
            "Neighbours send what is for {address} to whoever they heard last, the group or {mac}. IKE and ESP of the \
             tunnels that end there are lost in part or as a whole. A host with a wrong address does this, and so does \
             an attacker (ARP spoofing)."
        ),
        confirm: vec![
            advice::commands(
                "on the routers: do they complain",
                &["show logging | include DUPADDR|DUPADDRESS"],
            ),
            advice::commands(
                "on the neighbours: which MAC do they hold",
                &[&advice::neighbours_table(*address)],
            ),
            advice::commands(
                format!("on the switches: on which port is {mac}"),
                &[&format!("show mac address-table address {}", dotted(*mac))],
            ),
        ],
        remedy: vec![
            advice::words(format!("take {address} away from {mac}, or shut its port if nobody knows it")),
            advice::words(
                "clear the entry on the neighbours, then the SAs on the primary if they do not come up",
            ),
            advice::words(format!(
                "keep hosts from claiming it: exclude {address} from DHCP, dynamic ARP inspection and port security on \
                 the access ports of {}",
                group.key
            )),
        ],
    }
}

/// `aabb.cc00.0100`, as switches want it.
fn dotted(mac: MacAddr) -> String {
    let digits = mac.to_string().replace(':', "");
    let words = digits.as_bytes().chunks(4).map(String::from_utf8_lossy);
    words.collect::<Vec<_>>().join(".")
}

/// How many claimants are shown as evidence.
const CLAIMANTS: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn switches_write_macs_in_three_words() {
        assert_eq!(dotted(MacAddr([0x52, 0x54, 0, 0xab, 0xcd, 0x77])), "5254.00ab.cd77");
    }
}
