//! Networks of a test's own: user and network namespaces (util-linux, iproute2).

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::os::fd::{AsRawFd, OwnedFd};
use std::process::{Command, Output};
use std::thread;
use std::time::Duration;

use nix::ifaddrs::getifaddrs;
use nix::net::if_::InterfaceFlags;
use nix::sys::socket::{AddressFamily, MsgFlags, SockFlag, SockType, bind, send, socket};

use super::skipped;

/// Runs the test `name` of `module` again in new namespaces, which `unshare` makes with these flags, and `body` there.
///
/// Where they cannot be made that is said in one line; with `CI=true` the test fails.
pub(crate) fn within(flags: &str, module: &str, name: &str, body: fn()) {
    if env::var_os(INSIDE).is_some() {
        return body();
    }
    // Some systems make namespaces in which nothing is allowed.
    let probe = if flags.contains('n') { "ip link add a0 type veth peer name b0" } else { "true" };
    let tried = Command::new("unshare").arg(flags).args(probe.split_whitespace()).output();
    if !tried.is_ok_and(|output| output.status.success()) {
        assert!(
            env::var_os("CI").is_none_or(|ci| ci != "true"),
            "unshare {flags} {probe} fails, with CI=true"
        );
        return skipped(&format!("{name}: unshare {flags} {probe} fails"));
    }
    let ran = Command::new("unshare")
        .args([flags, "--kill-child", "--"])
        .arg(env::current_exe().expect("the test has a file"))
        .args(alone(module, name))
        .env(INSIDE, "1")
        .output();
    if let Err(why) = passed(&ran.expect("unshare was there before")) {
        panic!("{why}");
    }
}

/// Runs the test `name` of `module` again beside this one, with these variables. What went wrong, where it fails.
pub(crate) fn again(module: &str, name: &str, variables: &[(&str, &OsStr)]) -> Result<(), String> {
    let mut command = Command::new(env::current_exe().expect("the test has a file"));
    command.args(alone(module, name)).envs(variables.iter().copied());
    passed(&command.output().expect("the test can be run"))
}

/// The arguments that run one test alone.
fn alone(module: &str, name: &str) -> [String; 4] {
    let module = module.split_once("::").map_or(module, |(_, inner)| inner);
    let rest = ["--nocapture", "--test-threads=1"].map(str::to_owned);
    let [nocapture, threads] = rest;
    ["--exact".to_owned(), format!("{module}::{name}"), nocapture, threads]
}

fn passed(ran: &Output) -> Result<(), String> {
    let (stdout, stderr) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    if !ran.status.success() {
        return Err(format!("{stdout}\n{stderr}"));
    }
    let told = stderr.lines().filter(|line| line.starts_with("skipped: "));
    told.for_each(|line| skipped(line.trim_start_matches("skipped: ")));
    if stdout.contains("1 passed") { Ok(()) } else { Err(format!("the test was not found: {stdout}")) }
}

/// Runs `ip` with these words.
pub(crate) fn ip(words: &str) {
    let output = Command::new("ip").args(words.split_whitespace()).output().expect("iproute2 is there");
    assert!(output.status.success(), "ip {words}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Two interfaces that are joined, both up: what one sends the other receives. Nothing else is said on them.
pub(crate) fn pair(one: &str, other: &str) {
    for scope in ["all", "default"] {
        // Without IPv6 there is nothing to turn off.
        let _ = fs::write(format!("/proc/sys/net/ipv6/conf/{scope}/disable_ipv6"), "1");
    }
    ip(&format!("link add {one} type veth peer name {other}"));
    for name in [one, other] {
        ip(&format!("link set {name} up"));
    }
    for name in [one, other] {
        wait_for(name);
    }
}

/// Waits until an interface has its link: before, what is sent on it is lost.
pub(crate) fn wait_for(name: &str) {
    let is_running = || {
        let mut told = getifaddrs().expect("the system knows its interfaces");
        told.any(|entry| entry.interface_name == name && entry.flags.contains(InterfaceFlags::IFF_RUNNING))
    };
    for _ in 0..500 {
        if is_running() {
            return;
        }
        thread::sleep(Duration::from_millis(10));
    }
    panic!("{name} has no link");
}

/// Sends frames as they are.
pub(crate) struct Sender(OwnedFd);

impl Sender {
    pub(crate) fn on(name: &str) -> Self {
        let mut told = getifaddrs().expect("the system knows its interfaces");
        let link = told.find_map(|entry| {
            entry.address.filter(|_| entry.interface_name == name)?.as_link_addr().copied()
        });
        let socket = socket(AddressFamily::Packet, SockType::Raw, SockFlag::SOCK_CLOEXEC, None);
        let socket = socket.expect("this is a namespace of our own");
        bind(socket.as_raw_fd(), &link.expect("it has a link layer")).expect("it can be bound");
        Self(socket)
    }

    pub(crate) fn send(&self, frame: &[u8]) {
        let sent = send(self.0.as_raw_fd(), frame, MsgFlags::empty());
        assert_eq!(sent, Ok(frame.len()));
    }
}

/// Says that a test runs where it asked for.
const INSIDE: &str = "SAGAP_IN_NAMESPACE";
