//! Advice speaks the words of the devices that the capture shows.

use crate::common::gateways::advertisement;
use crate::common::scenario::{R1, R2, Scenario, VIRTUAL, back, out, v1};

use super::verdicts::failover;

/// The vendor ID of strongSwan.
const STRONGSWAN: &[u8] = b"\x88\x2f\xe5\x6d\x6f\xd2\x0d\xbc\x22\x51\x61\x3b\x2e\xbe\x5b\xeb";

/// Main mode's first message, with this vendor ID.
fn first_with(vendor_id: &[u8]) -> Vec<u8> {
    let mut bytes = v1::main(7, 1);
    bytes.truncate(28);
    let length = u8::try_from(4 + vendor_id.len()).expect("vendor IDs are short");
    bytes.extend([&[0, 0, 0, length], vendor_id].concat());
    let whole = u32::try_from(bytes.len()).expect("messages are small").to_be_bytes();
    bytes[24..28].copy_from_slice(&whole);
    bytes
}

/// What is to be confirmed and done, with the commands.
fn advice(scenario: &Scenario) -> String {
    let findings = scenario.sorted().run().findings();
    let advice = findings.first().map(|finding| finding.advice.clone()).expect("something is found");
    let steps = advice.confirm.iter().chain(&advice.remedy);
    let lines = steps.flat_map(|step| {
        let commands = step.commands.iter().map(|command| format!("    {command}"));
        std::iter::once(step.text.clone()).chain(commands).collect::<Vec<_>>()
    });
    format!("{}\n{}", advice.meaning, lines.collect::<Vec<_>>().join("\n"))
}

#[test]
fn of_a_peer_that_says_what_it_is_in_its_own_commands() {
    let mut scenario = failover(100.0);
    scenario.ike(40.0, back(), &first_with(STRONGSWAN)).ike(50.0, back(), &first_with(STRONGSWAN));
    insta::assert_snapshot!(advice(&scenario), @"
    198.51.100.9 asks for new SAs, and 192.0.2.3, which owns 192.0.2.1 now, does not answer: its crypto map is not in force, IKE is off there, or an access list drops UDP 500 and 4500.
    on 192.0.2.3: is the crypto map on the HSRP interface, and in force
        show crypto map interface INTERFACE
        show crypto map
        show logging | include ISAKMP_ON_OFF
    on 192.0.2.3: is there an IKE SA with 198.51.100.9
        show crypto isakmp sa detail
        debug crypto isakmp
    on the way between 192.0.2.3 and 198.51.100.9: do UDP 500 and 4500 pass, and where does the way back lead
        show ip access-lists
        show ip route 198.51.100.9
        show ip arp 192.0.2.1
    on 192.0.2.3: is it active for group 10, since when and why
        show standby brief
        show standby
        show track
    clear the SAs on the primary, 192.0.2.3, which is active now
        clear crypto sa peer 198.51.100.9
        show crypto isakmp sa | include 198.51.100.9
        clear crypto isakmp CONN-ID
    clear them on the peer, 198.51.100.9 (strongSwan), as well where you can
        swanctl --terminate --ike CONNECTION
    if that does not help, remove the crypto map from every interface that runs HSRP and apply it again (this cuts all tunnels of that interface)
        interface INTERFACE
         no crypto map NAME
         crypto map NAME redundancy STANDBY-GROUP-NAME
    verify: send traffic, then look for UP-ACTIVE and for encaps and decaps that both rise
        show crypto session remote 198.51.100.9 detail
        show crypto ipsec sa peer 198.51.100.9
    prevent it: apply the crypto maps again after every HSRP change on their interface; dead peer detection on both ends; equal standby priorities; no preempt (or else preempt with a delay: at least 60 s, and 180 s after a reload)
        crypto isakmp keepalive 10 3 periodic
        interface INTERFACE
         no standby 10 preempt
    ");
}

#[test]
fn of_gateways_that_are_not_ciscos_in_neutral_words() {
    let mut scenario = Scenario::new();
    let says = |scenario: &mut Scenario, from, to, router| {
        scenario.every(1.0, from, to, |scenario, time| {
            scenario.vrrp_says(time, router, &advertisement(10, 100, vec![VIRTUAL.into()]));
        });
    };
    says(&mut scenario, 0.0, 28.0, R1);
    says(&mut scenario, 31.6, 100.0, R2);
    scenario.both(0.5, 28.0, R1, (0xa, 0xb)).flow(28.6, 100.0, back(), 0xb, 29);
    scenario.ike(5.0, out(R1), &first_with(STRONGSWAN));
    insta::assert_snapshot!(advice(&scenario), @"
    192.0.2.3 owns 192.0.2.1 now, and neither it nor 198.51.100.9 began to negotiate new SAs for this tunnel. Most likely its IPsec configuration is not in force, or not bound to an address that it owns.
    where it was captured: is the switch port of 192.0.2.3 mirrored, both ways; without it its IKE and ESP are not seen
    on 192.0.2.3: is it active for group 10, since when and why
    on 192.0.2.3: is the IPsec configuration loaded, and bound to an address that it owns
    on 192.0.2.3: is there an IKE SA with 198.51.100.9
        swanctl --list-sas
    on 192.0.2.3: are there IPsec SAs with 198.51.100.9, and do the counters of both directions rise
        swanctl --list-sas
    on 192.0.2.3: does it own the inside group too, and does inside traffic arrive
    on 198.51.100.9: does it still send on old SAs (encaps rise, decaps stand still)
        show crypto ipsec sa peer 192.0.2.1 detail
    clear the SAs on the primary, 192.0.2.3, which is active now
        swanctl --terminate --ike CONNECTION
    clear them on the peer, 198.51.100.9, as well where you can; on IOS:
        clear crypto sa peer 192.0.2.1
        show crypto isakmp sa | include 192.0.2.1
        clear crypto isakmp CONN-ID
    if that does not help, load the IPsec configuration of 192.0.2.3 anew (this may cut its other tunnels)
    verify: send traffic, then look for SAs whose counters rise in both directions
        swanctl --list-sas
    prevent it: load the IPsec configuration again after every change of VRRP on its interface; dead peer detection on both ends; equal VRRP priorities; no preempt (or else preempt with a delay: at least 60 s, and 180 s after a reload)
    ");
}
