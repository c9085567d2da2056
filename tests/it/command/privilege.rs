//! What opening a socket takes is gone afterwards, and capturing goes on.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

use nix::sys::prctl::get_no_new_privs;
use nix::unistd::{Gid, Uid, getgroups, setuid};

use sagap::capture::socket::{PacketSocket, Selection, SocketEvent, SocketOptions, may_capture};
use sagap::command::privilege::{Account, Identity, give_up};

use crate::common::frames::{HELLO, ethernet, ipv4, udp};
use crate::common::namespace::{Sender, pair, within};
use crate::common::skipped;

#[test]
fn capturing_goes_on_without_capabilities_on_an_interface_made_anew() {
    within(
        "-Urn",
        module_path!(),
        "capturing_goes_on_without_capabilities_on_an_interface_made_anew",
        || {
            pair("a0", "b0");
            let options = SocketOptions { ring_bytes: 1 << 20, ..SocketOptions::default() };
            let mut socket = PacketSocket::open(Selection::named("b0"), options).unwrap();
            let sender = Sender::on("a0");
            // Programs that are started later have no capabilities either.
            let anew = "read go; ip link del b0; sleep 0.5; ip link add a0 type veth peer name b0; \
                    ip link set a0 up; ip link set b0 up; read go";
            let shell = Command::new("sh").args(["-c", anew]).stdin(Stdio::piped()).spawn().unwrap();
            assert_eq!(give_up(None, None), Ok(Identity::Same { is_root: true }));
            assert!(!may_capture() && get_no_new_privs().unwrap());
            sender.send(&ethernet(0x0800, &ipv4(17, &udp(1985, 1985, &HELLO))));
            assert_eq!(socket.receive(Duration::from_secs(5), &mut |_| {}).unwrap().frames, 1);

            shell.stdin.as_ref().unwrap().write_all(b"go\n").unwrap();
            let mut events = Vec::new();
            for _ in 0..100 {
                events.extend(socket.receive(Duration::from_millis(100), &mut |_| {}).unwrap().event);
                if events.last() == Some(&SocketEvent::Back) {
                    break;
                }
            }
            assert_eq!(events, [SocketEvent::Gone, SocketEvent::Back]);
            drop(shell.wait_with_output());
        },
    );
}

/// Runs `body` as root in a network of its own. A user namespace would have one user only.
fn as_root(name: &str, body: fn()) {
    if !Uid::effective().is_root() {
        return skipped(&format!("{name}: it takes root"));
    }
    within("-n", module_path!(), name, body);
}

fn assert_is(uid: u32, gid: u32) {
    assert!(setuid(Uid::from_raw(0)).is_err() && !may_capture());
    assert_eq!((Uid::current().as_raw(), Gid::current().as_raw()), (uid, gid));
    assert!(!getgroups().unwrap().contains(&Gid::from_raw(0)));
    assert!(fs::read("/etc/shadow").is_err());
}

#[test]
fn root_becomes_the_user_that_was_named() {
    as_root("root_becomes_the_user_that_was_named", || {
        assert!(may_capture());
        let account = Account { uid: 54_321, gid: 54_321, name: None };
        assert_eq!(give_up(Some("54321"), Some(("1000", "1000"))), Ok(Identity::Other(account)));
        assert_is(54_321, 54_321);
    });
}

#[test]
fn root_becomes_the_caller_of_sudo() {
    as_root("root_becomes_the_caller_of_sudo", || {
        let Ok(Identity::Other(account)) = give_up(None, Some(("54321", "1234"))) else { panic!("another") };
        assert_eq!((account.uid, account.gid), (54_321, 1234));
        assert_is(54_321, 1234);
    });
}
