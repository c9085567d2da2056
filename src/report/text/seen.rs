//! What was seen: captures by what they held, gateway groups and their routers, tunnels.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::Duration;

use crate::decode::Reassembly;
use crate::observe::{Backwards, GatewayProtocol, Tally};
use crate::report::escape::Escaped;
use crate::report::model::{CaptureFacts, Report};
use crate::report::page::{Grid, Page, TIE};
use crate::report::protocol_name;
use crate::report::time_style::Clock;
use crate::track::{GroupFacts, RouterFacts, TunnelFacts};
use crate::wire::vrrp::Checksum;

use super::measure::{count, counted, length, size};

/// Writes all that was seen.
pub(super) fn write(page: &mut Page, report: &Report, clock: &Clock) {
    page.title("What was seen");
    for capture in &report.captures {
        write_capture(page, capture, clock);
        write_names(page, capture, report);
    }
    if !report.groups.is_empty() {
        page.gap();
        write_groups(page, &report.groups, clock);
        report.groups.iter().filter_map(checksums).for_each(|text| page.item(2, "- ", &text));
    }
    if !report.tunnels.is_empty() {
        page.gap();
        write_tunnels(page, &report.tunnels);
    }
}

/// `1,234 frames: HSRP 52, ESP 400, TCP (IP protocol 6) 12`, the most frequent first within ours and theirs.
pub(super) fn contents(tally: &Tally) -> String {
    if tally.frames == 0 {
        return "no frames".to_owned();
    }
    let ours = [
        ("HSRP", tally.hsrp),
        ("VRRP", tally.vrrp),
        ("GLBP", tally.glbp),
        ("CARP", tally.carp),
        ("IKE", tally.ike),
        ("ESP", tally.esp),
        ("NAT keepalive", tally.nat_keepalives),
        ("ARP", tally.arp),
        ("neighbour advertisement", tally.neighbour),
        ("ICMP unreachable", tally.unreachable),
        ("ICMP reassembly time exceeded", tally.reassembly_timeouts),
    ];
    let mut counts: Vec<(String, u64)> = Vec::new();
    for (protocol, number) in tally.unrelated.by_kind() {
        counts.push((protocol_name::unrelated(protocol), number));
    }
    for (link_type, number) in &tally.link_types {
        counts.push((format!("{}, which is not read", protocol_name::link_type(*link_type)), *number));
    }
    for (kind, number) in &tally.too_deep {
        counts.push((kind.to_string(), *number));
    }
    counts.push(("IP fragments".to_owned(), tally.fragments));
    let told: u64 =
        ours.iter().map(|(_, number)| number).chain(counts.iter().map(|(_, number)| number)).sum();
    // What was put together counts beside its pieces.
    let unreadable = (tally.frames + tally.assembled).saturating_sub(told);
    counts.push(("unreadable".to_owned(), unreadable));
    counts.retain(|(_, number)| *number > 0);
    counts.sort_by(|(name, number), (other, than)| than.cmp(number).then_with(|| name.cmp(other)));
    let rest: u64 = counts.iter().skip(KINDS).map(|(_, number)| number).sum();
    counts.truncate(KINDS);
    counts.extend((rest > 0).then(|| ("others".to_owned(), rest)));
    let ours =
        ours.iter().filter(|(_, number)| *number > 0).map(|(name, number)| ((*name).to_owned(), *number));
    let told: Vec<String> =
        ours.chain(counts).map(|(name, number)| format!("{}{TIE}{name}", count(number))).collect();
    let colon = if told.is_empty() { "" } else { ": " };
    format!("{}{colon}{}", counted(tally.frames, "frame"), told.join(", "))
}

fn write_capture(page: &mut Page, capture: &CaptureFacts, clock: &Clock) {
    let tally = &capture.tally;
    if let (Some(error), 0) = (&capture.error, tally.frames) {
        return page.sentence(0, &format!("{}: not read: {}", Escaped(&capture.name), Escaped(error)));
    }
    let mut what = vec![format!("{} captured", size(tally.bytes))];
    if let Some((first, last)) = tally.span {
        what.push(format!(
            "{} from {} to {}",
            length(last.since(first)),
            clock.moment(first),
            clock.cell(last)
        ));
    }
    let format = match (capture.format, capture.compression) {
        ("", _) => String::new(),
        (format, "") => format!(" ({format})"),
        (format, compression) => format!(" ({format} in {compression})"),
    };
    page.sentence(0, &format!("{}{format}: {}", Escaped(&capture.name), what.join(", ")));
    page.prose(2, &contents(tally));
    write_paths(page, tally);
    for (kind, table) in [("cut short by the capture", &tally.cut), ("malformed", &tally.malformed)] {
        for (layer, damaged) in table {
            let number = counted(damaged.count, &format!("{layer} message"));
            let first = format!("first in frame {}: {}", damaged.first, damaged.why);
            page.item(2, "- ", &format!("{number} {kind}, {first}"));
        }
    }
    for text in pieces(tally) {
        page.item(2, "- ", &text);
    }
    if let Some(duplicates) = tally.duplicates {
        let frames = counted(duplicates.count, "frame");
        let first = duplicates.first;
        let text = format!(
            "packets shown a second time, as by a second mirror port, in {frames}, first in frame {first}: counted once"
        );
        page.item(2, "- ", &text);
    }
    if let Some(Backwards { count, first, .. }) = tally.backwards {
        let frames = counted(count, "frame");
        page.item(
            2,
            "- ",
            &format!("times run backwards by more than a second in {frames}, first in frame {first}"),
        );
    }
    if !capture.secrets.is_empty() {
        let kinds: Vec<_> = capture.secrets.keys().map(ToString::to_string).collect();
        page.item(
            2,
            "- ",
            &format!("carries secrets to decrypt with, which are not used: {}", kinds.join(", ")),
        );
    }
    for note in &capture.damage {
        page.item(2, "- ", &Escaped(note).to_string());
    }
    if let Some(error) = &capture.error {
        page.item(2, "- ", &format!("not read to its end: {}", Escaped(error)));
    }
}

/// What the pieces came to: `4 IP packets put together from 12 fragments`, and what was not put together.
fn pieces(tally: &Tally) -> Vec<String> {
    let Reassembly { whole, unfinished } = &tally.reassembly;
    let whole = whole.iter().map(|(what, (number, pieces))| {
        format!("{} put together from {} {}", what.counted(*number), count(*pieces), what.pieces())
    });
    let unfinished = unfinished.iter().map(|((what, why), incomplete)| {
        let (number, first) = (what.counted(incomplete.count), incomplete.first);
        format!("{number} not put together, first in frame {first}: {why}")
    });
    whole.chain(unfinished).collect()
}

/// `wrapped in ERSPAN II, session 5, from 10.0.0.1 to 10.0.0.2: 1,234 frames`.
fn write_paths(page: &mut Page, tally: &Tally) {
    let mut rest = tally.other_paths;
    for (place, (path, frames)) in tally.paths_by_frames().into_iter().enumerate() {
        if place < PATHS {
            page.item(2, "- ", &format!("wrapped in {path}: {}", counted(frames, "frame")));
        } else {
            rest += frames;
        }
    }
    if rest > 0 {
        page.item(2, "- ", &format!("wrapped in other ways: {}", counted(rest, "frame")));
    }
}

/// The names that a capture gives to addresses of gateways and tunnels.
fn write_names(page: &mut Page, capture: &CaptureFacts, report: &Report) {
    let of_groups = report.groups.iter().flat_map(|group| {
        group.virtual_addresses.iter().copied().chain(group.routers.iter().map(|router| router.address))
    });
    let of_tunnels = report.tunnels.iter().flat_map(|facts| [facts.tunnel.local, facts.tunnel.peer]);
    let addresses: BTreeSet<_> = of_groups.chain(of_tunnels).collect();
    let named = |address: IpAddr| Some(format!("{address}{TIE}{}", Escaped(capture.names.of(address)?)));
    let named: Vec<_> = addresses.into_iter().filter_map(named).take(NAMES).collect();
    if !named.is_empty() {
        page.item(2, "- ", &format!("names in the capture: {}", named.join(", ")));
    }
}

fn write_groups(page: &mut Page, groups: &[GroupFacts], clock: &Clock) {
    let mut wide = Grid::new([
        "Group",
        "Version",
        "Virtual address",
        "Failovers",
        "Router",
        "State",
        "Priority",
        "Hello/hold",
        "Auth.",
    ]);
    let mut narrow = Grid::new(["Group", "Router", "State", "Priority", "Hello/hold", "Auth."]);
    for group in groups {
        for (place, router) in group.routers.iter().enumerate() {
            let first = |text: String| if place == 0 { text } else { String::new() };
            let (hello, hold) = router.timers;
            let (state, short_state) = state(router, clock);
            let cells = [
                router.address.to_string(),
                state,
                router.priority.map_or_else(|| "-".to_owned(), |priority| priority.to_string()),
                format!("{}/{} s", brief(hello), brief(hold)),
                router.authentication.kind.to_owned(),
            ];
            let [address, state, priority, timers, authentication] = cells.clone();
            let versions = group.versions.iter().map(u8::to_string).collect::<Vec<_>>().join("+");
            wide.row([
                first(group.key.to_string()),
                first(versions),
                first(virtual_addresses(group)),
                first(group.failovers.to_string()),
                address,
                state,
                priority,
                timers,
                authentication,
            ]);
            let [address, _, priority, timers, authentication] = cells;
            narrow.row([
                first(group.key.to_string()),
                address,
                short_state,
                priority,
                timers,
                authentication,
            ]);
        }
    }
    if page.fits(&wide, usize::MAX) {
        return page.table(&wide);
    }
    for group in groups {
        let versions = group.versions.iter().map(u8::to_string).collect::<Vec<_>>().join(" and ");
        let virtual_addresses = virtual_addresses(group);
        let failovers = counted(group.failovers, "failover");
        let silences = silences(group, clock);
        let text = format!(
            "{}: version {versions}, virtual address {virtual_addresses}, {failovers}{silences}",
            group.key
        );
        page.prose(0, &text);
    }
    page.table(&narrow);
}

/// How the routers of a group sum their messages, where that is worth knowing: VRRP version 3 over IPv4 is sent in two
/// ways, and a router discards what is summed in the other one, as it does what is summed wrong.
fn checksums(group: &GroupFacts) -> Option<String> {
    let is_ambiguous = group.key.name.protocol == GatewayProtocol::Vrrp && group.versions.contains(&3);
    let is_wrong = group.routers.iter().any(|router| router.checksum == Some(Checksum::Wrong));
    let mut ways: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for router in &group.routers {
        let how = match router.checksum {
            Some(Checksum::Plain) => "without pseudo-header",
            Some(Checksum::PseudoHeader) => "with pseudo-header",
            Some(other) => other.name(),
            None => continue,
        };
        ways.entry(how).or_default().push(router.address.to_string());
    }
    let told: Vec<String> = match ways.len() {
        1 => ways.keys().map(|how| (*how).to_owned()).collect(),
        _ => ways.iter().map(|(how, routers)| format!("{how} from {}", routers.join(" and "))).collect(),
    };
    (is_ambiguous || is_wrong).then(|| format!("{}: checksum {}", group.key, told.join(", ")))
}

/// A router's state in full, and for a narrow column. One that fell silent has only the state it had.
fn state(router: &RouterFacts, clock: &Clock) -> (String, String) {
    match router.silent_since {
        Some(last) => {
            let since = clock.brief(last.time);
            (format!("silent since {since} (was {})", router.state), "silent".to_owned())
        }
        None => (router.state.to_owned(), router.state.to_owned()),
    }
}

/// `; 192.0.2.2 (was active) is silent since 04:47:52.457` for each router that fell silent.
fn silences(group: &GroupFacts, clock: &Clock) -> String {
    let silent = |router: &RouterFacts| {
        let since = clock.brief(router.silent_since?.time);
        Some(format!("; {} (was {}) is silent since {since}", router.address, router.state))
    };
    group.routers.iter().filter_map(silent).collect()
}

fn write_tunnels(page: &mut Page, tunnels: &[TunnelFacts]) {
    let mut grid = Grid::new(["Tunnel", "Group", "IKE", "ESP out", "ESP in", "Peer is"]);
    for facts in tunnels {
        let groups: Vec<String> = facts.groups.iter().map(ToString::to_string).collect();
        let versions: Vec<String> = facts.ike_versions.iter().map(|version| format!("v{version}")).collect();
        grid.row([
            facts.tunnel.to_string(),
            if groups.is_empty() { "none".to_owned() } else { groups.join(", ") },
            if versions.is_empty() { "none".to_owned() } else { versions.join(", ") },
            count(facts.esp_packets.0),
            count(facts.esp_packets.1),
            peer_is(facts),
        ]);
    }
    page.table(&grid);
    for facts in tunnels {
        for (nat, first) in &facts.nat {
            page.item(2, "- ", &format!("{}: {nat} (frame {})", facts.tunnel, first.frame));
        }
    }
}

/// What the peer says it is.
fn peer_is(facts: &TunnelFacts) -> String {
    let names: Vec<&str> = facts.vendors.1.iter().copied().collect();
    if names.is_empty() { "not said".to_owned() } else { names.join(", ") }
}

/// Seconds with as many decimals as they need, three at most.
fn brief(span: Duration) -> String {
    let text = format!("{:.3}", span.as_secs_f64());
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The virtual addresses of a group; a forwarder of GLBP has none of its own.
fn virtual_addresses(group: &GroupFacts) -> String {
    match group.virtual_addresses.as_slice() {
        [] if group.key.name.forwarder != 0 => "-".to_owned(),
        [] => "not said".to_owned(),
        addresses => addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
    }
}

/// How many addresses are shown with their names.
const NAMES: usize = 20;

/// How many kinds of other traffic are named.
const KINDS: usize = 12;
/// How many ways of wrapped frames are told one by one.
const PATHS: usize = 8;
