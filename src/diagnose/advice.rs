//! Commands that confirm a finding and remedies, with the capture's own addresses filled in.
//!
//! The order of the remedies is the vendor's in every finding: clear the SAs on the primary, and on the peer; if they
//! still do not come up, remove the crypto maps from the interfaces of the gateway group and apply them again; then what is
//! special to the finding; verify; prevent. No command touches the SAs of other peers without a warning beside it.

use std::net::IpAddr;

use crate::observe::{GatewayProtocol, GroupName};
use crate::track::{InPieces, Outage, Tunnel};

use super::finding::Step;
use super::reading::Reading;

/// A step with its commands.
fn step(text: impl Into<String>, commands: impl IntoIterator<Item = String>) -> Step {
    Step { text: text.into(), commands: commands.into_iter().collect() }
}

/// Is the new router active, and since when.
pub(super) fn check_gateway(outage: &Outage) -> Step {
    let name = outage.failover.group.name;
    commands(
        format!("on {}: is it active for group {}, since when and why", outage.failover.to, name.number),
        gateway_commands(name.protocol),
    )
}

/// Which of two routers believe that they are active, and why.
pub(super) fn split_brain_checks(name: GroupName, (owner, claimant): (IpAddr, IpAddr)) -> Vec<Step> {
    vec![
        commands(
            format!("on {owner} and on {claimant}: which of them is active, and whom does it see"),
            gateway_commands(name.protocol),
        ),
        commands(
            "on both: why are messages of the other refused",
            &["show logging | include BADAUTH|DIFFVIP|MACFLAP"],
        ),
        commands("on the switches between them: does the VLAN reach both", &["show interfaces trunk"]),
    ]
}

/// Commands that show the state of a gateway group.
const fn gateway_commands(protocol: GatewayProtocol) -> &'static [&'static str] {
    match protocol {
        GatewayProtocol::Hsrp | GatewayProtocol::Hsrp6 => {
            &["show standby brief", "show standby", "show track"]
        }
        GatewayProtocol::Vrrp | GatewayProtocol::Vrrp6 => &["show vrrp brief", "show vrrp", "show track"],
        GatewayProtocol::Glbp | GatewayProtocol::Glbp6 => &["show glbp brief", "show glbp", "show track"],
        GatewayProtocol::Carp | GatewayProtocol::Carp6 => &["ifconfig carp"],
    }
}

/// Would the capture show the new router at all.
pub(super) fn check_mirror(outage: &Outage) -> Step {
    words(format!(
        "where it was captured: is the switch port of {} mirrored, both ways; without it its IKE and ESP are not seen",
        outage.failover.to
    ))
}

/// Is the crypto map in force.
pub(super) fn check_map(outage: &Outage) -> Step {
    step(
        format!(
            "on {}: is the crypto map on the {} interface, and in force",
            outage.failover.to,
            protocol(outage)
        ),
        [
            "show crypto map interface INTERFACE".into(),
            "show crypto map".into(),
            "show logging | include ISAKMP_ON_OFF".into(),
        ],
    )
}

/// Is there an IKE SA with the peer.
pub(super) fn check_ike(outage: &Outage) -> Step {
    let commands: &[&str] = match ike_version(outage) {
        Some(1) => &["show crypto isakmp sa detail", "debug crypto isakmp"],
        Some(2) => &["show crypto ikev2 sa detailed", "debug crypto ikev2"],
        _ => &["show crypto isakmp sa detail", "show crypto ikev2 sa detailed"],
    };
    step(
        format!("on {}: is there an IKE SA with {}", outage.failover.to, outage.tunnel.peer),
        owned(commands),
    )
}

/// Are there IPsec SAs, and which counters rise.
pub(super) fn check_ipsec(outage: &Outage) -> Step {
    let peer = outage.tunnel.peer;
    step(
        format!("on {}: are there IPsec SAs with {peer}, and do encaps and decaps rise", outage.failover.to),
        [
            format!("show crypto ipsec sa peer {peer} detail"),
            format!("show crypto session remote {peer} detail"),
        ],
    )
}

/// What the peer still believes.
pub(super) fn check_peer(outage: &Outage) -> Step {
    let local = outage.tunnel.local;
    step(
        format!("on {}: does it still send on old SAs (encaps rise, decaps stand still)", outage.tunnel.peer),
        [format!("show crypto ipsec sa peer {local} detail")],
    )
}

/// First remedy: clear the SAs on the primary.
pub(super) fn clear_sas(outage: &Outage) -> Step {
    step(
        format!("clear the SAs on the primary, {}, which is active now", outage.failover.to),
        clear_commands(outage, outage.tunnel.peer),
    )
}

/// The same on the peer, which may hold on to the old SAs: its own far end is the gateway's address.
pub(super) fn clear_on_peer(outage: &Outage) -> Step {
    let Tunnel { local, peer } = outage.tunnel;
    step(
        format!("clear them on the peer, {peer}, as well where you can; on IOS:"),
        clear_commands(outage, local),
    )
}

/// Commands that clear the SAs with one other end only. Without an argument they would clear those with all of them.
fn clear_commands(outage: &Outage, other: IpAddr) -> Vec<String> {
    match ike_version(outage) {
        Some(1) => vec![
            format!("clear crypto sa peer {other}"),
            format!("show crypto isakmp sa | include {other}"),
            "clear crypto isakmp CONN-ID".to_owned(),
        ],
        Some(2) => {
            vec![format!("clear crypto sa peer {other}"), format!("clear crypto ikev2 sa remote {other}")]
        }
        _ => vec![format!("clear crypto session remote {other}")],
    }
}

/// Second remedy: remove the crypto maps and apply them again.
pub(super) fn reapply_maps(outage: &Outage) -> Step {
    let apply = if is_virtual(outage) && is_hsrp(outage) {
        "crypto map NAME redundancy STANDBY-GROUP-NAME"
    } else {
        "crypto map NAME"
    };
    step(
        format!(
            "if that does not help, remove the crypto map from every interface that runs {} and apply it again (this \
             cuts all tunnels of that interface)",
            protocol(outage)
        ),
        owned(&["interface INTERFACE", " no crypto map NAME", &format!(" {apply}")]),
    )
}

/// Then: verify.
pub(super) fn verify(outage: &Outage) -> Step {
    let peer = outage.tunnel.peer;
    step(
        "verify: send traffic, then look for UP-ACTIVE and for encaps and decaps that both rise",
        [format!("show crypto session remote {peer} detail"), format!("show crypto ipsec sa peer {peer}")],
    )
}

/// Last: prevent it.
pub(super) fn prevent(outage: &Outage) -> Step {
    let mut commands = dead_peer_detection(outage);
    commands.extend(no_preempt(outage));
    step(
        format!(
            "prevent it: apply the crypto maps again after every {} change on their interface; dead peer detection on \
             both ends; equal {} priorities; no preempt (or else preempt with a delay: at least 60 s, and 180 s \
             after a reload)",
            protocol(outage),
            if is_hsrp(outage) { "standby" } else { protocol(outage) }
        ),
        commands,
    )
}

/// What keeps a router that returns from taking the role back.
fn no_preempt(outage: &Outage) -> Vec<String> {
    let name = outage.failover.group.name;
    let keyword = match name.protocol {
        GatewayProtocol::Hsrp | GatewayProtocol::Hsrp6 => "standby",
        GatewayProtocol::Vrrp | GatewayProtocol::Vrrp6 => "vrrp",
        GatewayProtocol::Glbp | GatewayProtocol::Glbp6 => "glbp",
        GatewayProtocol::Carp | GatewayProtocol::Carp6 => return owned(&["sysctl net.inet.carp.preempt=0"]),
    };
    vec!["interface INTERFACE".to_owned(), format!(" no {keyword} {} preempt", name.number)]
}

/// What turns dead peer detection on.
pub(super) fn dead_peer_detection(outage: &Outage) -> Vec<String> {
    match ike_version(outage) {
        Some(1) => owned(&["crypto isakmp keepalive 10 3 periodic"]),
        Some(2) => owned(&["crypto ikev2 dpd 10 3 periodic"]),
        _ => owned(&["crypto isakmp keepalive 10 3 periodic", "crypto ikev2 dpd 10 3 periodic"]),
    }
}

/// The remedies in the vendor's order.
pub(super) fn remedies(outage: &Outage) -> Vec<Step> {
    vec![clear_sas(outage), clear_on_peer(outage), reapply_maps(outage), verify(outage), prevent(outage)]
}

/// The same, with what is special to a finding where the vendor's two have not helped.
pub(super) fn remedies_with(outage: &Outage, special: Step) -> Vec<Step> {
    vec![
        clear_sas(outage),
        clear_on_peer(outage),
        reapply_maps(outage),
        special,
        verify(outage),
        prevent(outage),
    ]
}

/// What it means that IKE was sent from a member's own address although the tunnel ends at the virtual one; nothing
/// where it was not.
pub(super) fn left_virtual_address(reading: &Reading<'_>) -> Option<String> {
    let outage = reading.outage;
    let Tunnel { local, peer } = outage.tunnel;
    let member = reading.member_end().filter(|_| is_virtual(outage))?;
    Some(format!(
        "IKE was sent from {member}, a router's own address, and not from {local}, which {peer} knows: most likely the crypto map \
         was applied without `redundancy`, or the standby address or name it was tied to was deleted."
    ))
}

/// Let a message that comes in IP fragments through, or let IKE cut it up itself.
pub(super) fn let_fragments_pass(outage: &Outage, message: InPieces) -> Step {
    let commands: &[&str] = match ike_version(outage) {
        Some(1) => &["crypto isakmp fragmentation"],
        _ => &["crypto ikev2 fragmentation mtu 1200"],
    };
    step(
        format!(
            "let the fragments of {} pass on the whole way between {} and {}, or let both ends cut long messages up by \
             themselves",
            message.stage, outage.failover.to, outage.tunnel.peer
        ),
        owned(commands),
    )
}

/// A step of plain words.
pub(super) fn words(text: impl Into<String>) -> Step {
    step(text, [])
}

/// A step with commands.
pub(super) fn commands(text: impl Into<String>, commands: &[&str]) -> Step {
    step(text, owned(commands))
}

/// The IKE version of the tunnel: the one used before the failover, else the one tried after it.
pub(super) fn ike_version(outage: &Outage) -> Option<u8> {
    let tried = || outage.after.negotiations.last().map(|negotiation| negotiation.version);
    outage.before.ike_version.or_else(tried)
}

/// Whether the tunnel ends at a virtual address of the group.
pub(super) const fn is_virtual(outage: &Outage) -> bool {
    outage.ends_at_virtual_address
}

/// The gateway protocol as engineers write it.
pub(super) const fn protocol(outage: &Outage) -> &'static str {
    outage.failover.group.name.protocol.name()
}

/// Whether the gateway protocol is HSRP, which crypto maps can be tied to and which the vendor's note is about.
pub(super) const fn is_hsrp(outage: &Outage) -> bool {
    matches!(outage.failover.group.name.protocol, GatewayProtocol::Hsrp | GatewayProtocol::Hsrp6)
}

fn owned(commands: &[&str]) -> Vec<String> {
    commands.iter().map(|&command| command.to_owned()).collect()
}
