//! The interfaces of this machine.

use std::net::IpAddr;

use crate::capture::frame::LinkType;
use crate::wire::mac::MacAddr;

use super::error::SocketError;

/// An interface of this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Its name.
    pub name: String,
    /// Its index, from 1. One that is made anew has another.
    pub index: u32,
    /// Its MAC, where it has one.
    pub mac: Option<MacAddr>,
    /// Its addresses, in the order in which the system tells them.
    pub addresses: Vec<IpAddr>,
    /// Whether it was set up.
    pub is_up: bool,
    /// Whether it has a link.
    pub is_running: bool,
    /// Whether what it sends comes back to this machine.
    pub is_loopback: bool,
    /// How its frames begin.
    pub link_type: LinkType,
}

/// The interfaces of this machine, by index. Those without addresses are among them.
///
/// # Errors
///
/// When the system does not tell, and on other systems than Linux.
pub fn devices() -> Result<Vec<Device>, SocketError> {
    system::devices()
}

/// Whether this process may capture now: it has `CAP_NET_RAW` where its network is.
pub fn may_capture() -> bool {
    system::may_capture()
}

#[cfg(target_os = "linux")]
mod system {
    use std::collections::BTreeMap;
    use std::io;

    use nix::errno::Errno;
    use nix::ifaddrs::{InterfaceAddress, getifaddrs};
    use nix::net::if_::{InterfaceFlags, if_nametoindex};
    use nix::sys::socket::{AddressFamily, LinkAddr, SockFlag, SockType, SockaddrStorage, socket};

    use super::super::hardware::has_ethernet_header;
    use super::{Device, IpAddr, LinkType, MacAddr, SocketError};

    pub(super) fn devices() -> Result<Vec<Device>, SocketError> {
        let told = getifaddrs().map_err(|errno| SocketError::System {
            name: "any".to_owned(),
            doing: "the interfaces cannot be listed",
            source: io::Error::from(errno),
        })?;
        let told: Vec<InterfaceAddress> = told.collect();
        let mut devices: BTreeMap<&str, Device> = BTreeMap::new();
        // Each interface has an entry for its link layer, also where it has no address of any kind.
        for entry in &told {
            let link = entry.address.as_ref().map(SockaddrStorage::as_link_addr);
            if let None | Some(Some(_)) = link {
                let device = device(entry, link.flatten());
                devices.entry(&entry.interface_name).or_insert(device);
            }
        }
        for entry in &told {
            // An address may have a label: the name of its interface, and more behind a colon.
            let name = entry.interface_name.split(':').next().unwrap_or_default();
            if let (Some(device), Some(address)) = (devices.get_mut(name), address(entry)) {
                device.addresses.push(address);
            }
        }
        let mut devices: Vec<Device> = devices.into_values().collect();
        // One that was deleted in between has no index any more.
        devices.retain(|device| device.index != 0);
        devices.sort_by_key(|device| device.index);
        Ok(devices)
    }

    /// A socket that is bound to nothing takes the capability too.
    pub(super) fn may_capture() -> bool {
        let opened = socket(AddressFamily::Packet, SockType::Raw, SockFlag::SOCK_CLOEXEC, None);
        !matches!(opened, Err(Errno::EPERM | Errno::EACCES))
    }

    /// What has no link-layer address has no Ethernet header either.
    fn device(entry: &InterfaceAddress, link: Option<&LinkAddr>) -> Device {
        let has = |flag| entry.flags.contains(flag);
        let name = entry.interface_name.clone();
        let ethernet = link.filter(|link| has_ethernet_header(link.hatype()));
        let mac = ethernet.filter(|link| link.halen() == 6).and_then(LinkAddr::addr);
        Device {
            index: if_nametoindex(&*name).unwrap_or_default(),
            mac: mac.map(MacAddr).filter(|mac| mac.0 != [0; 6]),
            addresses: Vec::new(),
            is_up: has(InterfaceFlags::IFF_UP),
            is_running: has(InterfaceFlags::IFF_RUNNING),
            is_loopback: has(InterfaceFlags::IFF_LOOPBACK),
            link_type: if ethernet.is_some() { LinkType::ETHERNET } else { LinkType::RAW },
            name,
        }
    }

    fn address(entry: &InterfaceAddress) -> Option<IpAddr> {
        let address = entry.address.as_ref()?;
        let v4 = address.as_sockaddr_in().map(|address| IpAddr::from(address.ip()));
        v4.or_else(|| address.as_sockaddr_in6().map(|address| IpAddr::from(address.ip())))
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use super::{Device, SocketError};

    pub(super) fn devices() -> Result<Vec<Device>, SocketError> {
        Err(SocketError::NotLinux { name: "any".to_owned() })
    }

    pub(super) fn may_capture() -> bool {
        false
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_loopback_is_among_them() {
        let devices = devices().unwrap();
        let loopback = devices.iter().find(|device| device.name == "lo").expect("every Linux has one");
        assert!(loopback.is_loopback && loopback.link_type == LinkType::ETHERNET && loopback.mac.is_none());
    }
}
