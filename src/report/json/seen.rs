//! What was seen: captures, gateway groups and tunnels.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use serde::Serialize;

use crate::capture::{Counters, Interface, SecretsKind};
use crate::decode::{Path, Reassembly, Wrapping};
use crate::observe::{At, Damaged, Tally};
use crate::report::model::CaptureFacts;
use crate::report::protocol_name;
use crate::track::{GroupFacts, Nat, NatPlace, RouterFacts, TunnelFacts};
use crate::wire::vrrp::Checksum;

use super::seconds;

/// One capture, with the number of its frames by what they held.
#[derive(Serialize)]
pub(super) struct CaptureV1<'a> {
    name: &'a str,
    format: Option<&'a str>,
    compression: Option<&'a str>,
    frames: u64,
    captured_bytes: u64,
    first_time: Option<String>,
    last_time: Option<String>,
    hsrp: u64,
    vrrp: u64,
    glbp: u64,
    carp: u64,
    arp: u64,
    neighbour_advertisements: u64,
    ike: u64,
    nat_keepalives: u64,
    esp: u64,
    unreachable: u64,
    reassembly_timeouts: u64,
    fragments: u64,
    reassembled: Vec<ReassembledV1>,
    not_reassembled: Vec<NotReassembledV1>,
    other: Vec<CountV1>,
    link_types_not_read: Vec<CountV1>,
    too_deep: Vec<CountV1>,
    paths: Vec<PathV1>,
    frames_on_other_paths: u64,
    cut: Vec<DamagedV1<'a>>,
    malformed: Vec<DamagedV1<'a>>,
    duplicates: Option<DuplicatesV1>,
    backwards: Option<BackwardsV1>,
    interfaces: Vec<InterfaceV1<'a>>,
    names: Vec<NameV1<'a>>,
    names_left_out: u64,
    secrets: Vec<SecretsV1>,
    damage: &'a [String],
    error: Option<&'a str>,
    hint: Option<&'a str>,
}

/// What one interface counted; those that counted nothing are not told.
#[derive(Serialize)]
struct InterfaceV1<'a> {
    interface: usize,
    name: Option<&'a str>,
    received: Option<u64>,
    dropped: Option<u64>,
    dropped_by_system: Option<u64>,
    missing_between: Option<u64>,
}

/// A name that the capture gives an address.
#[derive(Serialize)]
struct NameV1<'a> {
    address: String,
    name: &'a str,
}

/// Decryption secrets of one kind.
#[derive(Serialize)]
struct SecretsV1 {
    kind: String,
    blocks: u64,
}

/// Frames of one protocol or link type.
#[derive(Serialize)]
struct CountV1 {
    protocol: String,
    frames: u64,
}

/// What was put together from pieces.
#[derive(Serialize)]
struct ReassembledV1 {
    what: &'static str,
    count: u64,
    pieces: u64,
}

/// What was not put together from its pieces.
#[derive(Serialize)]
struct NotReassembledV1 {
    what: &'static str,
    why: &'static str,
    count: u64,
    first_frame: u64,
}

/// Frames that came in the same wrappings.
#[derive(Serialize)]
struct PathV1 {
    path: String,
    wrappings: Vec<&'static str>,
    source: Option<String>,
    destination: Option<String>,
    vlans: Vec<u16>,
    frames: u64,
}

/// Messages of one layer that could not be read.
#[derive(Serialize)]
struct DamagedV1<'a> {
    layer: &'a str,
    messages: u64,
    first_frame: u64,
    first_reason: String,
}

/// Frames that show a packet a second time.
#[derive(Serialize)]
struct DuplicatesV1 {
    frames: u64,
    first_frame: u64,
}

/// Frames whose times run backwards.
#[derive(Serialize)]
struct BackwardsV1 {
    frames: u64,
    first_frame: u64,
}

/// One gateway group.
#[derive(Serialize)]
pub(super) struct GroupV1 {
    group: String,
    protocol: String,
    number: u16,
    forwarder: Option<u8>,
    vlans: Vec<u16>,
    virtual_network: Option<String>,
    versions: Vec<u8>,
    virtual_addresses: Vec<String>,
    first_time: String,
    last_time: String,
    active: Option<String>,
    failovers: u64,
    routers: Vec<RouterV1>,
}

/// One router of a group, as it was at the end.
#[derive(Serialize)]
struct RouterV1 {
    address: String,
    state: &'static str,
    priority: Option<u32>,
    hello_s: f64,
    hold_s: f64,
    authentication: &'static str,
    checksum: Option<&'static str>,
    silent_since: Option<String>,
}

/// One tunnel.
#[derive(Serialize)]
pub(super) struct TunnelV1<'a> {
    tunnel: String,
    local: String,
    peer: String,
    groups: Vec<String>,
    first_time: String,
    last_time: String,
    ike_versions: &'a [u8],
    esp_packets_outbound: u64,
    esp_packets_inbound: u64,
    peer_vendors: &'a BTreeSet<&'static str>,
    nat: Vec<NatV1>,
}

/// What a NAT-detection hash says of the address of one end.
#[derive(Serialize)]
struct NatV1 {
    end: String,
    place: &'static str,
    sent_from: Option<String>,
    certainty: String,
    first_frame: u64,
}

impl<'a> CaptureV1<'a> {
    pub(super) fn of(capture: &'a CaptureFacts) -> Self {
        let tally = &capture.tally;
        Self {
            name: &capture.name,
            format: (!capture.format.is_empty()).then_some(capture.format),
            compression: (!capture.compression.is_empty()).then_some(capture.compression),
            frames: tally.frames,
            captured_bytes: tally.bytes,
            first_time: tally.span.map(|(first, _)| first.to_string()),
            last_time: tally.span.map(|(_, last)| last.to_string()),
            hsrp: tally.hsrp,
            vrrp: tally.vrrp,
            glbp: tally.glbp,
            carp: tally.carp,
            arp: tally.arp,
            neighbour_advertisements: tally.neighbour,
            ike: tally.ike,
            nat_keepalives: tally.nat_keepalives,
            esp: tally.esp,
            unreachable: tally.unreachable,
            reassembly_timeouts: tally.reassembly_timeouts,
            fragments: tally.fragments,
            reassembled: reassembled(&tally.reassembly),
            not_reassembled: not_reassembled(&tally.reassembly),
            other: counts(&tally.unrelated.by_kind(), protocol_name::unrelated),
            link_types_not_read: counts(&tally.link_types, protocol_name::link_type),
            too_deep: counts(&tally.too_deep, |kind| kind.to_string()),
            paths: paths(tally),
            frames_on_other_paths: tally.other_paths,
            cut: damaged(&tally.cut),
            malformed: damaged(&tally.malformed),
            duplicates: tally
                .duplicates
                .map(|known| DuplicatesV1 { frames: known.count, first_frame: known.first.0 }),
            backwards: tally.backwards.map(|it| BackwardsV1 { frames: it.count, first_frame: it.first.0 }),
            interfaces: interfaces(&capture.interfaces),
            names: capture.names.iter().map(NameV1::of).collect(),
            names_left_out: capture.names.left_out(),
            secrets: capture.secrets.iter().map(SecretsV1::of).collect(),
            damage: &capture.damage,
            error: capture.error.as_deref(),
            hint: capture.hint.as_deref(),
        }
    }
}

impl PathV1 {
    fn of(path: &Path, frames: u64) -> Self {
        Self {
            path: path.to_string(),
            wrappings: path.wrappings().map(Wrapping::name).collect(),
            source: path.endpoints().map(|(source, _)| source.to_string()),
            destination: path.endpoints().map(|(_, destination)| destination.to_string()),
            vlans: path.vlans().ids().collect(),
            frames,
        }
    }
}

impl<'a> NameV1<'a> {
    fn of((address, name): (IpAddr, &'a str)) -> Self {
        Self { address: address.to_string(), name }
    }
}

impl SecretsV1 {
    fn of((kind, blocks): (&SecretsKind, &u64)) -> Self {
        Self { kind: kind.to_string(), blocks: *blocks }
    }
}

impl GroupV1 {
    pub(super) fn of(group: &GroupFacts) -> Self {
        Self {
            group: group.key.to_string(),
            protocol: group.key.name.protocol.to_string(),
            number: group.key.name.number,
            forwarder: Some(group.key.name.forwarder).filter(|&forwarder| forwarder != 0),
            vlans: group.key.segment.vlans.ids().collect(),
            virtual_network: group.key.segment.network.map(|network| network.to_string()),
            versions: group.versions.clone(),
            virtual_addresses: group.virtual_addresses.iter().map(ToString::to_string).collect(),
            first_time: group.span.0.time.to_string(),
            last_time: group.span.1.time.to_string(),
            active: group.active.map(|address| address.to_string()),
            failovers: group.failovers,
            routers: group.routers.iter().map(RouterV1::of).collect(),
        }
    }
}

impl RouterV1 {
    fn of(router: &RouterFacts) -> Self {
        Self {
            address: router.address.to_string(),
            state: router.state,
            priority: router.priority,
            hello_s: seconds(router.timers.0),
            hold_s: seconds(router.timers.1),
            authentication: router.authentication.kind,
            checksum: router.checksum.map(Checksum::name),
            silent_since: router.silent_since.map(|last| last.time.to_string()),
        }
    }
}

impl<'a> TunnelV1<'a> {
    pub(super) fn of(facts: &'a TunnelFacts) -> Self {
        Self {
            tunnel: facts.tunnel.to_string(),
            local: facts.tunnel.local.to_string(),
            peer: facts.tunnel.peer.to_string(),
            groups: facts.groups.iter().map(ToString::to_string).collect(),
            first_time: facts.span.0.time.to_string(),
            last_time: facts.span.1.time.to_string(),
            ike_versions: &facts.ike_versions,
            esp_packets_outbound: facts.esp_packets.0,
            esp_packets_inbound: facts.esp_packets.1,
            peer_vendors: &facts.vendors.1,
            nat: facts.nat.iter().map(NatV1::of).collect(),
        }
    }
}

impl NatV1 {
    fn of((nat, first): &(Nat, At)) -> Self {
        let (place, sent_from) = match nat.place {
            NatPlace::BeforeHere => ("before-here", None),
            NatPlace::BeyondHere => ("beyond-here", None),
            NatPlace::SentFrom(own) => ("sent-from", Some(own.to_string())),
            NatPlace::Forced => ("forced", None),
        };
        Self {
            end: nat.end.to_string(),
            place,
            sent_from,
            certainty: nat.certainty.to_string(),
            first_frame: first.frame.0,
        }
    }
}

/// Those that counted something.
fn interfaces(interfaces: &[Interface]) -> Vec<InterfaceV1<'_>> {
    let counted = interfaces.iter().enumerate().filter(|(_, it)| it.counters != Counters::default());
    counted
        .map(|(interface, it)| InterfaceV1 {
            interface,
            name: it.name.as_deref(),
            received: it.counters.received,
            dropped: it.counters.dropped,
            dropped_by_system: it.counters.dropped_by_system,
            missing_between: it.counters.missing_between,
        })
        .collect()
}

/// The most frequent first.
fn counts<K: Copy>(table: &BTreeMap<K, u64>, name: fn(K) -> String) -> Vec<CountV1> {
    let mut counts: Vec<CountV1> =
        table.iter().map(|(&key, &frames)| CountV1 { protocol: name(key), frames }).collect();
    counts.sort_by_key(|count| std::cmp::Reverse(count.frames));
    counts
}

fn reassembled(reassembly: &Reassembly) -> Vec<ReassembledV1> {
    let whole = reassembly.whole.iter();
    whole.map(|(what, &(count, pieces))| ReassembledV1 { what: what.name(), count, pieces }).collect()
}

fn not_reassembled(reassembly: &Reassembly) -> Vec<NotReassembledV1> {
    let unfinished = reassembly.unfinished.iter().map(|((what, why), incomplete)| NotReassembledV1 {
        what: what.name(),
        why: why.name(),
        count: incomplete.count,
        first_frame: incomplete.first.0,
    });
    unfinished.collect()
}

/// The most frequent first.
fn paths(tally: &Tally) -> Vec<PathV1> {
    let entry = |(path, frames)| PathV1::of(path, frames);
    tally.paths_by_frames().into_iter().map(entry).collect()
}

fn damaged<'a>(table: &'a BTreeMap<&'static str, Damaged>) -> Vec<DamagedV1<'a>> {
    let entry = |(layer, damaged): (&&'static str, &'a Damaged)| DamagedV1 {
        layer,
        messages: damaged.count,
        first_frame: damaged.first.0,
        first_reason: damaged.why.to_string(),
    };
    table.iter().map(entry).collect()
}
