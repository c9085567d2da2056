//! Frames that are observed by their notes give what they give one by one: every observation, and every count.

use std::path::{Path, PathBuf};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use sagap::capture::{CaptureId, Frame, Inputs, Parallel, SeriesId};
use sagap::decode::{Options, Packet, Reassembler, Unrelated, decode_with};
use sagap::observe::{Kind, Observation, Observer, Tally};
use sagap::run;
use sagap::time::Timestamp;

use crate::common::craft::{Order, Pcap, Pcapng};
use crate::common::frames::*;
use crate::common::sagap::recordings;
use crate::common::{files_below, scratch};

/// All that comes of captures.
#[derive(Debug, PartialEq)]
struct Observed {
    observations: Vec<Observation>,
    tallies: Vec<Tally>,
    now: Option<i64>,
    gateway_macs: usize,
    /// How many frames were observed by their notes.
    by_notes: usize,
}

/// How captures are observed.
#[derive(Clone, Copy)]
struct Way {
    /// By the notes of their frames, where that can be.
    by_notes: bool,
    /// What is ready is handed on at once, as where somebody follows; else once a run.
    at_once: bool,
}

/// As a run does.
const BY_NOTES: Way = Way { by_notes: true, at_once: false };

/// Observes captures in this way.
fn observe(paths: &[PathBuf], parallel: Parallel, Way { by_notes, at_once }: Way) -> Observed {
    let options = Options::default();
    let inputs = Inputs::expand(paths).expect("none is standard input");
    let mut captures = run::open(inputs, parallel, &options);
    let (mut observer, mut reassembler) = (Observer::new(), Reassembler::new(options.clone()));
    let mut observations = Vec::new();
    let mut noted = 0;
    while let Some(run) = captures.next_run() {
        let (mut at, mut is_decoded) = (0, !by_notes);
        while let Some(skimmed) = run.frame(at) {
            if is_decoded {
                let frame = skimmed.frame();
                let packet = decode_with(&frame, &options);
                one_by_one(&mut observer, &mut reassembler, (run.capture, run.series), &frame, &packet);
                at += 1;
                is_decoded = !by_notes;
            } else {
                let awaited = reassembler.awaits_segments().then_some(Unrelated::IpProtocol(6));
                let taken = observer.skimmed(&run, at, awaited);
                assert!(taken.frames > 0 || taken.is_next_decoded, "it goes on");
                at += taken.frames;
                noted += taken.frames;
                is_decoded = taken.is_next_decoded;
            }
            if at_once {
                observations.extend(std::iter::from_fn(|| observer.next_ready()));
            }
        }
        observations.extend(std::iter::from_fn(|| observer.next_ready()));
    }
    for (id, reassembly) in reassembler.finish() {
        observer.reassembled(id, reassembly);
    }
    observations.extend(std::iter::from_fn(|| observer.next_at_end()));
    Observed {
        observations,
        tallies: observer.tallies().to_vec(),
        now: observer.now().map(Timestamp::nanos),
        gateway_macs: observer.gateway_macs(),
        by_notes: noted,
    }
}

fn one_by_one(
    observer: &mut Observer,
    reassembler: &mut Reassembler,
    (capture, series): (CaptureId, SeriesId),
    frame: &Frame<'_>,
    packet: &Packet<'_>,
) {
    reassembler.packets(capture, series, frame, packet, &mut |packet| {
        observer.packet(capture, series, frame, packet);
    });
}

/// Asserts that the same comes of captures either way; how many frames were observed by their notes.
fn assert_same(paths: &[PathBuf], parallel: Parallel) -> usize {
    let in_order = Parallel { chunk: std::num::NonZero::<u32>::MAX, ..parallel };
    let mut expected = observe(paths, in_order, Way { by_notes: false, at_once: true });
    for at_once in [true, false] {
        let found = observe(paths, parallel, Way { by_notes: true, at_once });
        for (at, (found, expected)) in found.observations.iter().zip(&expected.observations).enumerate() {
            assert_eq!(found, expected, "observation {at} of {paths:?}");
        }
        expected.by_notes = found.by_notes;
        assert_eq!(found, expected, "{paths:?}");
    }
    expected.by_notes
}

fn shared_by(threads: usize, chunk: u32) -> Parallel {
    let [threads, chunk] =
        [threads, chunk as usize].map(|count| std::num::NonZero::new(count).expect("not 0"));
    Parallel { chunk: chunk.try_into().expect("it is small"), ..Parallel::threads(threads) }
}

#[test]
fn recordings_are_observed_alike() {
    let files = files_below(&recordings());
    let paths: Vec<PathBuf> =
        files.into_iter().filter(|path| path.extension().is_some_and(|end| end == "pcapng")).collect();
    let mut by_notes = 0;
    for path in &paths {
        for (threads, chunk) in [(1, 512), (2, 4_096), (2, u32::MAX)] {
            by_notes += assert_same(std::slice::from_ref(path), shared_by(threads, chunk));
        }
    }
    assert!(by_notes > 1_000, "{by_notes} frames were observed by their notes");
    assert_same(&paths, shared_by(2, 2_048));
}

/// A frame of a made-up capture.
#[derive(Clone, Debug)]
struct Made {
    bytes: Vec<u8>,
    interface: u32,
    /// How long after the one before it, and how late it comes.
    after: u32,
    late: i64,
}

/// A flow of few: a host's or the gateway's MAC at either end, one of two peers, one of few SPIs.
fn esp_frame() -> impl Strategy<Value = Vec<u8>> {
    (0_u8..3, 0_u8..2, 0_u8..4, 1_u32..40, 0_u8..6, any::<bool>()).prop_map(
        |(host, peer, spi, sequence, kind, is_out)| {
            let mut inner = esp(sequence);
            inner[3] = spi + u8::from(is_out) * 16;
            let (src, dst) =
                if is_out { (HOSTS[usize::from(host)], PROVIDER) } else { (PROVIDER, VIRTUAL_MAC) };
            let mut packet = match kind {
                0 => ipv4(17, &udp(4500, 4500, &inner)),
                1 => ipv6(50, &inner),
                _ => ipv4(50, &inner),
            };
            if kind > 1 {
                // The identification rises with the sequence number, as it does where one host sends.
                packet[5] = sequence.to_le_bytes()[0];
                let (own, other) = if is_out { (12, 16) } else { (16, 12) };
                packet[own..own + 4].copy_from_slice(&[192, 0, 2, 1 + host % 2]);
                packet[other..other + 4].copy_from_slice(&[198, 51, 100, 9 + peer]);
            }
            let announced = if kind == 1 { 0x86dd } else { 0x0800 };
            let (announced, packet) =
                if kind == 2 { (0x8100, tag(10, announced, &packet)) } else { (announced, packet) };
            link(src, dst, announced, &packet)
        },
    )
}

/// Something else: of gateways, of IKE, or nothing this program is about, which may pass a gateway.
fn other_frame() -> impl Strategy<Value = Vec<u8>> {
    (0_usize..10, 0_u8..3).prop_map(|(kind, host)| {
        let mac = HOSTS[usize::from(host)];
        let mut hello = HELLO;
        hello[2] = if host == 0 { 16 } else { 8 };
        hello[6] = 10 + host / 2;
        match kind {
            0..=2 => {
                let src = if host == 0 { VIRTUAL_MAC } else { mac };
                let mut packet = ipv4(17, &udp(1985, 1985, &hello));
                packet[15] = 2 + host;
                packet[16..20].copy_from_slice(&[224, 0, 0, 2]);
                link(src, [1, 0, 0x5e, 0, 0, 2], 0x0800, &packet)
            }
            3 => link(mac, PROVIDER, 0x0800, &ipv4(17, &udp(500, 500, &ike()))),
            4 => link(mac, [0xff; 6], 0x0806, &arp()),
            5 => link(mac, PROVIDER, 0x0800, &ipv4(17, &udp(53, 40_000, &[7; 30]))),
            6 => link(mac, PROVIDER, 0x0800, &ipv4(6, &tcp((80, 40_000), (1, 2), 0x18, &[7; 30]))),
            7 => link(mac, PROVIDER, 0x0800, &ipv4(6, &tcp((4500, 40_000), (1, 2), 0x18, b"IKETCP"))),
            8 => link(mac, PROVIDER, 0x0800, &ipv4(51, &ah(4, &ipv4(6, &[1; 20])))),
            _ => link(mac, PROVIDER, 0x88cc, &[0; 46]),
        }
    })
}

fn link(src: [u8; 6], dst: [u8; 6], kind: u16, packet: &[u8]) -> Vec<u8> {
    [&dst[..], &src, &kind.to_be_bytes(), packet].concat()
}

const HOSTS: [[u8; 6]; 3] =
    [[0xaa, 0xbb, 0xcc, 0, 1, 0], [0xaa, 0xbb, 0xcc, 0, 2, 0], [0xaa, 0xbb, 0xcc, 0, 3, 0]];
const PROVIDER: [u8; 6] = [0xaa, 0xbb, 0xcc, 0, 9, 0];
const VIRTUAL_MAC: [u8; 6] = [0, 0, 0x0c, 7, 0xac, 10];

fn made() -> impl Strategy<Value = Vec<Made>> {
    let bytes = prop_oneof![5 => esp_frame(), 1 => other_frame()];
    let late = prop_oneof![6 => Just(0_i64), 2 => 0_i64..900_000, 1 => 900_000_i64..2_000_000];
    let one = (
        bytes,
        prop_oneof![3 => Just(0_u32), 1 => 0_u32..3],
        select(vec![0_u32, 10, 3_000, 60_000, 400_000]),
        late,
    );
    vec(one.prop_map(|(bytes, interface, after, late)| Made { bytes, interface, after, late }), 1..400)
}

/// A pcapng of these frames; the clock is set back, or forth, before the given ones.
fn pcapng(frames: &[Made], steps: &[(usize, i64)]) -> Vec<u8> {
    let mut file = Pcapng::new(Order::Little).interface(1, 0, &[]).interface(1, 0, &[]).interface(1, 0, &[]);
    let mut clock = 1_700_000_000_000_000_i64;
    for (at, made) in frames.iter().enumerate() {
        clock += i64::from(made.after)
            + steps.iter().filter(|(step, _)| *step == at).map(|(_, by)| by).sum::<i64>();
        let ticks = u64::try_from(clock - made.late).expect("after 1970");
        file = file.enhanced(made.interface, ticks, &made.bytes, &[]);
    }
    file.bytes
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, bytes).expect("the folder is ours");
    path
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn frames_out_of_order_are_observed_alike(
        frames in made(),
        copies in vec((any::<Index>(), 1_usize..12, 0_u32..3, any::<bool>()), 0..20),
        steps in vec((any::<Index>(), select(vec![-100_000_000_i64, -2_500_000, -1_200_000, 50_000_000])), 0..3),
        others in made(),
        parallel in (select(vec![1_usize, 2, 7]), 200_u32..6_000),
    ) {
        let mut frames = frames;
        for (which, behind, interface, is_routed) in copies {
            let which = which.index(frames.len());
            let mut copy = Made { interface, after: 20, ..frames[which].clone() };
            // The same packet on the other side of a router.
            if is_routed {
                copy.bytes[5] ^= 1;
                copy.bytes[22] = copy.bytes[22].wrapping_sub(1);
            }
            frames.insert((which + behind).min(frames.len()), copy);
        }
        let steps: Vec<(usize, i64)> = steps.iter().map(|(at, by)| (at.index(frames.len()), *by)).collect();
        let folder = scratch("observed_out_of_order");
        let paths = [
            write(&folder, "a.pcapng", &pcapng(&frames, &steps)),
            write(&folder, "b.pcapng", &pcapng(&others, &[])),
        ];
        let parallel = shared_by(parallel.0, parallel.1);
        assert_same(&paths[..1], parallel);
        assert_same(&paths, parallel);
    }
}

/// A copy among the very first frames, folded before any of them was counted.
#[test]
fn copies_at_the_start_are_counted() {
    let folder = scratch("observed_copies");
    let copied = link(HOSTS[0], PROVIDER, 0x0800, &ipv4(50, &esp(1)));
    let mut pcap = Pcap::new(Order::Little);
    for millis in [0, 1, 400, 800, 1_200] {
        pcap = pcap.record(1_700_000_000 + millis / 1_000, millis % 1_000 * 1_000, &copied);
    }
    let path = write(&folder, "a.pcap", &pcap.bytes);
    let observed = observe(std::slice::from_ref(&path), shared_by(1, 4_096), BY_NOTES);
    assert_eq!(observed.tallies[0].duplicates.map(|copies| copies.count), Some(1));
    assert_eq!(assert_same(&[path], shared_by(1, 4_096)), 5);
}

/// More flows than are remembered at once, and than one legend has: their numbers are given anew.
#[test]
fn more_flows_than_are_remembered_are_observed_alike() {
    let folder = scratch("observed_many_flows");
    let mut pcap = Pcap::new(Order::Little);
    let mut bytes = link(HOSTS[0], PROVIDER, 0x0800, &ipv4(50, &[0; 8]));
    let many = (0..MANY).chain((0..MANY).rev().step_by(999)).chain(0..100).chain(MANY - 100..MANY);
    for (at, spi) in (0_u32..).zip(many) {
        bytes[34..38].copy_from_slice(&(spi + 256).to_be_bytes());
        bytes[38..42].copy_from_slice(&at.to_be_bytes());
        pcap = pcap.record(1_700_000_000 + at / 50_000, at % 50_000 * 20, &bytes);
    }
    let by_notes = assert_same(&[write(&folder, "a.pcap", &pcap.bytes)], shared_by(2, 256 * 1024));
    assert!(by_notes > 200_000, "{by_notes} frames were observed by their notes");
}

/// More than flows are remembered.
const MANY: u32 = (1 << 18) + 1_000;

/// Payloads that are captures themselves, with flows of their own: what is digested from one of their records on is thrown
/// away, but whoever did it has met their flows.
#[test]
fn flows_that_were_met_in_payloads_are_observed_alike() {
    let folder = scratch("observed_payloads");
    let esp_of = |flow: u32, sequence: u32| {
        let mut bytes = link(HOSTS[0], PROVIDER, 0x0800, &ipv4(50, &[0; 80]));
        bytes[34..38].copy_from_slice(&(flow + 256).to_be_bytes());
        bytes[38..42].copy_from_slice(&sequence.to_be_bytes());
        bytes
    };
    let mut pcap = Pcap::new(Order::Little);
    for flow in 0..FLOWS {
        let seconds = 1_700_000_000 + flow;
        let inner = (0..200).fold(Pcap::new(Order::Little), |inner, sequence| {
            inner.record(seconds, sequence, &esp_of(flow, sequence))
        });
        let outer = link(HOSTS[1], PROVIDER, 0x0800, &ipv4(17, &udp(7, 40_000, &inner.bytes)));
        pcap = pcap.record(seconds, 1_000, &outer);
        for sequence in 0..100 {
            let before = flow.saturating_sub(sequence % 7);
            pcap = pcap.record(seconds, 2_000 + sequence, &esp_of(before, 1_000 * flow + sequence));
        }
    }
    let path = write(&folder, "a.pcap", &pcap.bytes);
    for threads in [1, 2, 7] {
        let by_notes = assert_same(std::slice::from_ref(&path), shared_by(threads, 4_096));
        assert!(by_notes > 3_000, "{by_notes} frames were observed by their notes");
    }
}

/// How many flows the payloads have.
const FLOWS: u32 = 40;

/// New SPIs all the time, and something odd in every chunk: from there on the chunk is read in order, after the ones behind
/// it were digested, so flows are met in another order than their frames are observed in.
#[test]
fn flows_that_were_met_in_another_order_are_observed_alike() {
    let folder = scratch("observed_rekeyed");
    let mut file = Pcapng::new(Order::Little).interface(1, 0, &[]);
    for (period, begins) in (0..PERIODS).zip((1_700_000_000_000_000_u64..).step_by(2_000)) {
        for sequence in 0..30 {
            let mut bytes = link(HOSTS[0], PROVIDER, 0x0800, &ipv4(50, &esp(sequence)));
            bytes[34..38].copy_from_slice(&(period * 2 + sequence % 2 + 256).to_be_bytes());
            file = file.enhanced(0, begins + u64::from(sequence) * 20, &bytes, &[]);
            if sequence == 10 {
                file = file.statistics(0, &[]);
            }
        }
    }
    let path = write(&folder, "a.pcapng", &file.bytes);
    for (threads, chunk) in [(2, 3_000), (2, 4_096), (7, 3_500), (7, 2_048)] {
        let by_notes = assert_same(std::slice::from_ref(&path), shared_by(threads, chunk));
        assert!(by_notes > 20_000, "{by_notes} frames were observed by their notes");
    }
}

/// How often the SPIs change.
const PERIODS: u32 = 1_000;

/// A stream of IKE between ports that say nothing of it: what follows its first segment looks like any other TCP.
#[test]
fn segments_that_are_awaited_are_observed_alike() {
    let folder = scratch("observed_segments");
    let message = ike();
    let length = u16::try_from(2 + 4 + message.len()).expect("it is short");
    let framed = [&length.to_be_bytes()[..], &[0; 4], &message].concat();
    let (start, end) = framed.split_at(20);
    let mut at = 1_000;
    let mut pcap = Pcap::new(Order::Little);
    for (sequence, data) in [(0, b"IKETCP".as_slice()), (6, start), (26, end)] {
        let segment = tcp((50_001, 50_002), (sequence, 1), 0x18, data);
        pcap = pcap.record(1_700_000_000, at, &link(HOSTS[0], PROVIDER, 0x0800, &ipv4(6, &segment)));
        for _ in 0..200 {
            at += 10;
            pcap = pcap.record(1_700_000_000, at, &link(HOSTS[0], PROVIDER, 0x0800, &ipv4(50, &esp(at))));
        }
    }
    let path = write(&folder, "a.pcap", &pcap.bytes);
    let observed = observe(std::slice::from_ref(&path), shared_by(1, 4_096), BY_NOTES);
    let is_ike = |observation: &&Observation| matches!(observation.kind, Kind::Ike(_));
    assert_eq!(observed.observations.iter().filter(is_ike).count(), 1);
    for threads in [1, 2] {
        let by_notes = assert_same(std::slice::from_ref(&path), shared_by(threads, 4_096));
        assert!(by_notes > 500, "{by_notes} frames were observed by their notes");
    }
}
