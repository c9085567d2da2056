//! Frames from an interface are those that were sent on it.

use std::process::Command;
use std::thread;
use std::time::Duration;

use sagap::capture::LinkType;
use sagap::capture::socket::{
    PacketSocket, Selection, SocketError, SocketEvent, SocketOptions, devices, may_capture,
};
use sagap::decode::{Options, wanted};
use sagap::wire::mac::MacAddr;

use crate::common::clock::wall;
use crate::common::frames::*;
use crate::common::namespace::{Sender, ip, pair, wait_for, within};
use crate::common::skipped;

/// Declares tests that run in a network of their own.
macro_rules! in_own_network {
    ($($(#[$doc:meta])* fn $name:ident() $body:block)*) => {
        $($(#[$doc])* #[test] fn $name() {
            within("-Urn", module_path!(), stringify!($name), || $body);
        })*
    };
}

/// A frame that was received.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    nanos: i64,
    wire_len: u32,
    interface: String,
    link_type: LinkType,
    bytes: Vec<u8>,
}

fn options() -> SocketOptions {
    SocketOptions { ring_bytes: 1 << 20, ..SocketOptions::default() }
}

fn open(name: &str, options: SocketOptions) -> PacketSocket {
    PacketSocket::open(Selection::named(name), options).unwrap()
}

/// What comes until nothing comes any more.
fn all(socket: &mut PacketSocket) -> Vec<Seen> {
    let mut seen = Vec::new();
    loop {
        let mut frames = Vec::new();
        let received = socket
            .receive(Duration::from_millis(200), &mut |frame| {
                let (nanos, interface) = (frame.nanos, frame.interface);
                frames.push((nanos, frame.wire_len, interface, frame.link_type, frame.bytes.to_vec()));
            })
            .unwrap();
        assert_eq!(received.frames, frames.len() as u64);
        for (nanos, wire_len, interface, link_type, bytes) in frames {
            let interface = socket.interfaces()[interface as usize].name.clone();
            seen.push(Seen { nanos, wire_len, interface, link_type, bytes });
        }
        if received.quiet {
            return seen;
        }
    }
}

fn bytes(seen: &[Seen]) -> Vec<&[u8]> {
    seen.iter().map(|seen| &seen.bytes[..]).collect()
}

/// Waits for what becomes of the interface, for so many tenths of a second at most.
fn event(socket: &mut PacketSocket, tenths: u32) -> Option<SocketEvent> {
    (0..tenths).find_map(|_| socket.receive(Duration::from_millis(100), &mut |_| {}).unwrap().event)
}

fn now() -> i64 {
    i64::try_from(wall().as_nanos()).unwrap()
}

fn hello() -> Vec<u8> {
    ethernet(0x0800, &ipv4(17, &udp(1985, 1985, &HELLO)))
}

/// A hello with tags of these types, outermost first.
fn tagged(kinds: &[u16]) -> Vec<u8> {
    let mut kind = 0x0800;
    let mut payload = ipv4(17, &udp(1985, 1985, &HELLO));
    for (id, &outer) in (0x6064_u16..).zip(kinds.iter().rev()) {
        payload = tag(id, kind, &payload);
        kind = outer;
    }
    ethernet(kind, &payload)
}

fn web() -> Vec<u8> {
    ethernet(0x0800, &ipv4(6, &tcp((443, 50_000), (1, 2), 0x10, b"data that is of no use here")))
}

in_own_network! {
    fn frames_are_those_that_were_sent_on_either_end() {
        pair("a0", "b0");
        let (mut near, mut far) = (open("a0", options()), open("b0", options()));
        let sender = Sender::on("a0");
        let sent = [
            hello(), tagged(&[0x8100]), tagged(&[0x88a8, 0x8100]), tagged(&[0x8100, 0x8100, 0x8100]),
            ethernet(0x0806, &arp()), ethernet(0x1234, &[7; 1486]),
        ];
        let before = now();
        for frame in &sent {
            sender.send(frame);
        }
        let after = now();
        for (name, seen) in [("b0", all(&mut far)), ("a0", all(&mut near))] {
            assert_eq!(bytes(&seen), sent, "{name}");
            for seen in seen {
                assert_eq!(seen.wire_len as usize, seen.bytes.len());
                assert_eq!((&*seen.interface, seen.link_type), (name, LinkType::ETHERNET));
                assert!((before..=after).contains(&seen.nanos), "{before} {} {after}", seen.nanos);
            }
        }
        assert_eq!((far.drops(), far.freezes()), (0, 0));
    }

    fn only_what_is_wanted_enters() {
        pair("a0", "b0");
        let wanted = wanted(&Options::default());
        let mut far = open("b0", SocketOptions { wanted: Some(wanted.clone()), ..options() });
        let sender = Sender::on("a0");
        let send = || [web(), hello(), tagged(&[0x8100]), tagged(&[0x88a8, 0x8100])].map(|frame| sender.send(&frame));
        send();
        assert_eq!(bytes(&all(&mut far)), [hello(), tagged(&[0x8100]), tagged(&[0x88a8, 0x8100])]);
        let gateway = MacAddr(web()[6..12].try_into().unwrap());
        far.set_gateways(&[gateway]).unwrap();
        send();
        assert_eq!(bytes(&all(&mut far)).len(), 4);
        far.set_gateways(&[]).unwrap();
        send();
        assert_eq!(bytes(&all(&mut far)).len(), 3);
        far.set_wanted(None).unwrap();
        send();
        assert_eq!(bytes(&all(&mut far)).len(), 4);
        // As many MACs as there may be, and more than that.
        for count in [64, 65] {
            let macs: Vec<MacAddr> = (0..count).map(|number| MacAddr([2, 0, number, 0, number, 0])).collect();
            far.set_wanted(Some(wanted.clone())).unwrap();
            far.set_gateways(&macs).unwrap();
            send();
            assert_eq!(bytes(&all(&mut far)).len(), if count > 64 { 4 } else { 3 });
        }
    }

    fn an_interface_that_goes_down_and_comes_up_is_told_once_each() {
        pair("a0", "b0");
        let mut far = open("b0", options());
        ip("link set b0 down");
        assert_eq!(event(&mut far, 50), Some(SocketEvent::Gone));
        assert_eq!(event(&mut far, 5), None);
        ip("link set b0 up");
        wait_for("a0");
        assert_eq!(event(&mut far, 50), Some(SocketEvent::Back));
        Sender::on("a0").send(&hello());
        assert_eq!(bytes(&all(&mut far)), [hello()]);
    }

    fn an_interface_that_is_made_anew_is_captured_on_again() {
        pair("a0", "b0");
        let mut far = open("b0", SocketOptions { wanted: Some(wanted(&Options::default())), ..options() });
        Sender::on("a0").send(&hello());
        assert_eq!(all(&mut far).len(), 1);
        ip("link del b0");
        assert_eq!(event(&mut far, 50), Some(SocketEvent::Gone));
        pair("a0", "b0");
        assert_eq!(event(&mut far, 50), Some(SocketEvent::Back));
        let sender = Sender::on("a0");
        sender.send(&web());
        sender.send(&hello());
        let seen = all(&mut far);
        assert_eq!(bytes(&seen), [hello()]);
        assert_eq!((&*seen[0].interface, far.interfaces().len()), ("b0", 1));
    }

    fn all_interfaces_are_captured_on_at_once() {
        pair("a0", "b0");
        ip("link set lo up");
        let mut any = open("any", options());
        Sender::on("a0").send(&hello());
        Sender::on("lo").send(&tagged(&[0x8100]));
        pair("a1", "b1");
        Sender::on("b1").send(&web());
        let mut seen: Vec<_> =
            all(&mut any).into_iter().map(|seen| (seen.interface, seen.bytes)).collect();
        seen.sort();
        // What is sent is seen where it is sent and where it arrives, and once on the loopback.
        let expected = [("a0", hello()), ("a1", web()), ("b0", hello()), ("b1", web()), ("lo", tagged(&[0x8100]))];
        assert_eq!(seen, expected.map(|(name, bytes)| (name.to_owned(), bytes)));
    }

    fn what_finds_no_room_in_the_ring_is_counted() {
        pair("a0", "b0");
        let mut far = open("b0", SocketOptions { ring_bytes: 0, ..options() });
        let sender = Sender::on("a0");
        let large = ethernet(0x1234, &[7; 1486]);
        (0..1000).for_each(|_| sender.send(&large));
        let (seen, drops) = (all(&mut far).len() as u64, far.drops());
        assert!(drops > 0 && far.freezes() > 0);
        assert_eq!(seen + drops, 1000);
        assert_eq!(far.drops(), drops, "counted once");
    }

    fn a_device_without_addresses_of_any_kind_is_listed() {
        let made = Command::new("ip").args(["tuntap", "add", "dev", "t0", "mode", "tun"]).output();
        if !made.unwrap().status.success() {
            return skipped("no tunnel device can be made here");
        }
        let devices = devices().unwrap();
        let tunnel = devices.iter().find(|device| device.name == "t0").unwrap();
        assert_eq!((tunnel.link_type, tunnel.mac, &tunnel.addresses[..]), (LinkType::RAW, None, &[][..]));
        assert!(tunnel.index > 0 && !tunnel.is_up);
    }

    fn a_ring_for_which_there_is_no_room_is_refused() {
        ip("link set lo up");
        for ring_bytes in [1 << 44, usize::MAX] {
            let error = PacketSocket::open(Selection::Any, SocketOptions { ring_bytes, ..options() }).err().unwrap();
            assert!(error.to_string().starts_with("any: a ring of "), "{error}");
            assert_eq!(error.hint(), "ask for a smaller ring");
        }
    }

    fn interfaces_are_listed_with_what_is_known_of_them() {
        pair("a0", "b0");
        ip("link set dev a0 address 02:00:00:00:00:0a");
        ip("addr add 192.0.2.1/24 dev a0");
        ip("addr add 192.0.2.9/24 label a0:9 dev a0");
        ip("link set b0 down");
        // It takes the kernel a while to notice that the other end has no link any more.
        let is_running = || devices().unwrap().iter().any(|device| device.name == "a0" && device.is_running);
        (0..500).take_while(|_| is_running()).for_each(|_| thread::sleep(Duration::from_millis(10)));
        let told: Vec<_> = devices().unwrap().into_iter().map(|device| {
            let link = (device.is_up, device.is_running, device.is_loopback);
            (device.name, device.mac, device.addresses, link)
        }).collect();
        let a0 = told.iter().find(|(name, ..)| name == "a0").unwrap();
        assert_eq!(a0.1, Some(MacAddr([2, 0, 0, 0, 0, 10])));
        assert_eq!((&a0.2[..], a0.3), (&["192.0.2.1", "192.0.2.9"].map(|address| address.parse().unwrap())[..], (true, false, false)));
        let b0 = told.iter().find(|(name, ..)| name == "b0").unwrap();
        assert_eq!((&b0.2[..], b0.3), (&[][..], (false, false, false)));
        assert!(told.iter().all(|(name, ..)| !name.contains(':')), "a label is none");
        assert!(may_capture());
        let error = PacketSocket::open(Selection::named("b0"), options()).err().unwrap();
        assert_eq!(error.to_string(), "b0: this interface is down");
        let error = PacketSocket::open(Selection::named("eth9"), options()).err().unwrap();
        assert!(matches!(&error, SocketError::NoSuchInterface { known, .. } if known.contains(&"a0".to_owned())));
    }
}

#[test]
fn without_the_capability_the_command_that_gives_it_is_named() {
    // Root in a user namespace has no power over a network that is not of it.
    within("-Ur", module_path!(), "without_the_capability_the_command_that_gives_it_is_named", || {
        assert!(!may_capture());
        let error = PacketSocket::open(Selection::Any, options()).err().unwrap();
        assert_eq!(error.to_string(), "any: permission denied: capturing needs the capability CAP_NET_RAW");
        let program = std::env::current_exe().unwrap();
        assert!(error.hint().contains(&format!("sudo setcap cap_net_raw=ep {}", program.display())));
    });
}
