//! The interfaces that can be captured on, for people.

use std::net::IpAddr;

use super::escape::Escaped;
use super::page::{Grid, Page, PageStyle, Tone};
use crate::wire::mac::MacAddr;

/// What is known of one interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceFacts {
    /// Its name.
    pub name: String,
    /// Whether it was set up.
    pub is_up: bool,
    /// Whether it has a link.
    pub is_running: bool,
    /// Whether what it sends comes back to this machine.
    pub is_loopback: bool,
    /// Its MAC, where it has one.
    pub mac: Option<MacAddr>,
    /// Its addresses.
    pub addresses: Vec<IpAddr>,
}

/// Whether this user may capture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Permission {
    /// Yes.
    Given,
    /// The capability is missing.
    Missing {
        /// Where the program lies, to which it can be given.
        program: String,
    },
}

/// The interfaces, one a row, and below them whether this user may capture, with what to do where not.
pub fn devices(facts: &[DeviceFacts], permission: &Permission, style: PageStyle) -> String {
    let mut page = Page::new(style);
    let mut grid = Grid::new(["Interface", "State", "MAC", "Addresses"]);
    for device in facts {
        let (tone, state) = state(device);
        let mac = device.mac.map(|mac| mac.to_string()).unwrap_or_default();
        let addresses: Vec<String> = device.addresses.iter().map(IpAddr::to_string).collect();
        grid.row([Escaped(&device.name).to_string(), page.paint(tone, state), mac, addresses.join(", ")]);
    }
    grid.row(["any".to_owned(), page.paint(Tone::Good, "all of them"), String::new(), String::new()]);
    page.table(&grid);
    page.gap();
    match permission {
        Permission::Given => page.prose(0, "This user may capture: sagap follow -i IFACE"),
        Permission::Missing { program } => {
            let warning = page
                .paint(Tone::Warning, "This user may not capture: the capability CAP_NET_RAW is missing.");
            page.prose(0, &warning);
            page.prose(0, "Give it to the program, for whoever runs it:");
            page.line(2, &format!("sudo setcap cap_net_raw=ep {}", Escaped(program)));
            page.prose(0, "or run it with sudo: it goes on as you once the interface is open.");
        }
    }
    page.finish()
}

const fn state(device: &DeviceFacts) -> (Tone, &'static str) {
    match device {
        DeviceFacts { is_up: false, .. } => (Tone::Note, "down"),
        DeviceFacts { is_running: false, .. } => (Tone::Warning, "up, no link"),
        DeviceFacts { is_loopback: true, .. } => (Tone::Good, "up, loopback"),
        _ => (Tone::Good, "up"),
    }
}
