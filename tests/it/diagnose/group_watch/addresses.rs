//! Virtual addresses that move without an announcement, and those that somebody else claims.

use std::time::Duration;

use sagap::run::Options;
use sagap::wire::glbp::State;

use crate::common::gateways::VIRTUAL_6;
use crate::common::scenario::{ACTIVE, Host, Hsrp, R1, R2, R3, STANDBY, Scenario, VIRTUAL};

use super::{HOST, NEIGHBOUR, at_virtual, claimed, found, moved, with};

#[test]
fn an_address_that_moves_to_another_mac_is_announced() {
    insta::assert_snapshot!(found(&moved(|_| {})), @r"
    info gratuitous-arp-missing 1.00: no gratuitous ARP for vrrp/10 was seen within 6.0 s after 192.0.2.3 took over, though its address went from aa:bb:cc:00:01:00 to aa:bb:cc:00:02:00
       32 192.0.2.3 took over; it speaks with MAC aa:bb:cc:00:02:00
       35 ARP can be seen in this capture
      - others were captured in that time
    ");
    let announced = |time: f64, operation, target| {
        found(&moved(|scenario| {
            scenario.arp(time, operation, at_virtual(R2), target);
        }))
    };
    // A gratuitous one, just before the first advertisement too, and a question to all.
    assert_eq!(announced(33.5, 2, VIRTUAL), "");
    assert_eq!(announced(32.9, 1, VIRTUAL), "");
    // (That nobody is seen to answer is another finding.)
    assert!(!announced(34.0, 1, NEIGHBOUR.address).contains("gratuitous-arp-missing"));
    insta::assert_snapshot!(announced(45.0, 2, VIRTUAL), @r"
    info gratuitous-arp-missing 1.00: no gratuitous ARP for vrrp/10 was seen within 6.0 s after 192.0.2.3 took over, though its address went from aa:bb:cc:00:01:00 to aa:bb:cc:00:02:00
       32 192.0.2.3 took over; it speaks with MAC aa:bb:cc:00:02:00
       35 ARP can be seen in this capture
       46 the first announcement, too late
      - others were captured in that time
    ");
    // The answer to one host tells no other.
    assert_ne!(announced(34.0, 2, NEIGHBOUR.address), "");
}

#[test]
fn an_announcement_is_missed_only_where_it_matters_and_could_be_seen() {
    // Both speak with the virtual MAC.
    let mut kept = Scenario::new();
    kept.vrrp_from(0.0, 30.0, R1, 110).vrrp_from(33.0, 60.0, R2, 100).arp(35.0, 1, NEIGHBOUR, HOST.address);
    assert_eq!(found(&kept), "");
    // Hosts know a virtual MAC, whatever the routers speak with.
    let masked = Host { address: VIRTUAL, mac: [0, 0, 0x5e, 0, 1, 10] };
    assert_eq!(
        found(&moved(|scenario| {
            scenario.arp(3.0, 2, masked, NEIGHBOUR.address);
        })),
        ""
    );
    // No ARP at all.
    let mut without = Scenario::new();
    without.vrrp_unmasked(0.0, 30.0, R1, 110).vrrp_unmasked(33.0, 60.0, R2, 100);
    assert_eq!(found(&without), "");
    // Too short.
    let mut short = Scenario::new();
    short.vrrp_unmasked(0.0, 30.0, R1, 110).vrrp_unmasked(33.0, 38.0, R2, 100).arp(
        35.0,
        1,
        NEIGHBOUR,
        HOST.address,
    );
    assert_eq!(found(&short), "");
    let sooner = |options: &mut Options| options.diagnose.announce_within = Duration::from_secs(4);
    assert_ne!(found(&with(&short, sooner)), "");
}

#[test]
fn forwarders_of_glbp_keep_their_macs() {
    let mut scenario = Scenario::new();
    scenario
        .glbp_from((0.0, 28.0), R1, State::Active, &[1])
        .glbp_from((0.5, 37.0), R2, State::Standby, &[2])
        .glbp_from((37.1, 60.0), R2, State::Active, &[1, 2])
        .glbp_from((37.5, 60.0), R3, State::Standby, &[])
        .arp(40.0, 1, NEIGHBOUR, HOST.address);
    assert!(scenario.timeline().contains(" failover "));
    assert_eq!(found(&scenario), "");
}

#[test]
fn a_version_that_differs_changes_the_virtual_mac() {
    let mut scenario = Scenario::new();
    scenario
        .pair(0.0, 28.0, R1, R2)
        .hellos(30.1, 37.0, R2, STANDBY)
        .hellos(37.0, 60.0, R2, Hsrp { version: 2, ..ACTIVE })
        .hellos(37.5, 60.0, R3, Hsrp { version: 2, ..STANDBY })
        .arp(20.0, 1, NEIGHBOUR, HOST.address);
    insta::assert_snapshot!(found(&scenario), @r"
    info gratuitous-arp-missing 0.70: no gratuitous ARP for hsrp/10 was seen within 6.0 s after 192.0.2.3 took over, though its address went from 00:00:0c:07:ac:0a to 00:00:0c:9f:f0:0a
       25 192.0.2.3 took over; it speaks with MAC 00:00:0c:9f:f0:0a
       15 ARP can be seen in this capture
      - no other was captured in that time either, only before or after it (x 0.70)
    ");
}

#[test]
fn a_host_claims_the_virtual_address() {
    insta::assert_snapshot!(found(&claimed(HOST.mac)), @r"
    warning duplicate-virtual-address 1.00: 52:54:00:00:00:77 claims 192.0.2.1, the virtual address of hsrp/10, beside the group's 00:00:0c:07:ac:0a
       17 52:54:00:00:00:77 says that it has 192.0.2.1
       32 it still does
      - it was claimed 2 times from a MAC of no group and no known router
    ");
}

#[test]
fn a_mac_that_may_be_a_router_s_own_is_doubted() {
    let unknown = |operation, is_at_virtual_mac: bool| {
        let mut scenario = Scenario::new();
        scenario.pair(0.0, 60.0, R1, R2).arp(20.0, operation, at_virtual(HOST), NEIGHBOUR.address);
        if is_at_virtual_mac {
            scenario.gratuitous_arp(4.0, [0, 0, 0x0c, 7, 0xac, 10]);
        }
        found(&scenario)
    };
    insta::assert_snapshot!(unknown(2, true), @r"
    warning duplicate-virtual-address 0.25: 52:54:00:00:00:77 claims 192.0.2.1, the virtual address of hsrp/10, beside the group's 00:00:0c:07:ac:0a
       16 52:54:00:00:00:77 says that it has 192.0.2.1
      - it was claimed only once: one forged message would do the same (x 0.50)
      - the own MAC of 192.0.2.2 was not seen: it may be this one (x 0.50)
    ");
    assert_eq!(unknown(2, false), "");
    assert_eq!(unknown(1, true), "");
}

#[test]
fn copies_of_one_claim_are_one() {
    let mut scenario = claimed(R1.mac);
    scenario.arp(30.0, 2, at_virtual(HOST), NEIGHBOUR.address).arp(
        30.002,
        2,
        at_virtual(HOST),
        NEIGHBOUR.address,
    );
    insta::assert_snapshot!(found(&scenario), @r"
    warning duplicate-virtual-address 0.50: 52:54:00:00:00:77 claims 192.0.2.1, the virtual address of hsrp/10, beside the group's 00:00:0c:07:ac:0a
       25 52:54:00:00:00:77 says that it has 192.0.2.1
      - it was claimed only once: one forged message would do the same (x 0.50)
    ");
}

#[test]
fn neighbour_advertisements_count_as_arp_does() {
    let mut scenario = Scenario::new();
    scenario
        .every(1.0, 0.0, 30.0, |scenario, time| {
            scenario.vrrp_6(time, 2, 110);
        })
        .neighbour(4.0, [0, 0, 0x5e, 0, 2, 36], VIRTUAL_6)
        .neighbour(20.0, HOST.mac, VIRTUAL_6)
        .neighbour(25.0, HOST.mac, VIRTUAL_6);
    insta::assert_snapshot!(found(&scenario), @r"
    warning duplicate-virtual-address 0.50: 52:54:00:00:00:77 claims fe80::3636, the virtual address of vrrp6/36, beside the group's 00:00:5e:00:02:24
       23 52:54:00:00:00:77 says that it has fe80::3636
       29 it still does
      - it was claimed 2 times from a MAC of no group and no known router
      - the own MAC of fe80::2 was not seen: it may be this one (x 0.50)
    ");
}

#[test]
fn who_may_claim_the_virtual_address_is_no_duplicate() {
    // Routers that speak for it with their own MACs, learnt late.
    let mut unmasked = moved(|scenario| {
        scenario.arp(32.9, 1, at_virtual(R2), VIRTUAL);
    });
    unmasked.arp(10.0, 2, at_virtual(R1), NEIGHBOUR.address);
    assert_eq!(found(&unmasked), "");
    // A router of another group of the segment.
    let mut other = claimed(R3.mac);
    other.hellos(0.2, 60.0, R3, Hsrp { group: 20, address: [192, 0, 2, 9], ..STANDBY });
    other.hellos(0.3, 60.0, R2, Hsrp { group: 20, address: [192, 0, 2, 9], ..ACTIVE });
    assert_eq!(found(&other), "");
    // A probe, as a host sends before it uses an address.
    let mut probe = claimed(R1.mac);
    probe.arp(30.0, 1, Host { address: [0; 4], ..HOST }, VIRTUAL);
    assert_eq!(found(&probe), "");
    // One that had the address before the group, and one that has it after.
    let mut around = Scenario::new();
    around
        .arp(0.0, 2, at_virtual(HOST), NEIGHBOUR.address)
        .pair(10.0, 40.0, R1, R2)
        .arp(20.0, 1, R1, NEIGHBOUR.address)
        .arp(60.0, 2, at_virtual(HOST), NEIGHBOUR.address);
    assert_eq!(found(&around), "");
}
