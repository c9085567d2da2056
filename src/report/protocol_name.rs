//! Names of the protocols that this program only counts.

use crate::capture::{Format, LinkType};
use crate::decode::Unrelated;

use super::link_type_name;

/// A protocol by the name engineers know it by, and by its number.
pub(super) fn unrelated(protocol: Unrelated) -> String {
    match protocol {
        Unrelated::EtherType(number) => named(ether_type(number), &format!("EtherType 0x{number:04x}")),
        Unrelated::Llc(dsap) => named(llc(dsap), &format!("LLC 0x{dsap:02x}")),
        Unrelated::Snap(organisation, number) => {
            named(snap(organisation, number), &format!("SNAP 0x{organisation:06x} 0x{number:04x}"))
        }
        Unrelated::AddressFamily(number) => format!("address family {number}"),
        Unrelated::Hardware(number) => named(hardware(number), &format!("Linux hardware type {number}")),
        Unrelated::LinuxProtocol(number) => {
            named(linux_protocol(number), &format!("Linux protocol 0x{number:04x}"))
        }
        Unrelated::Ppp(number) => named(ppp(number), &format!("PPP 0x{number:04x}")),
        Unrelated::CiscoHdlc(number) => named(cisco_hdlc(number), &format!("Cisco HDLC 0x{number:04x}")),
        Unrelated::FrameRelay(number) => format!("Frame Relay NLPID 0x{number:02x}"),
        Unrelated::Mpls(label) => format!("other payload of MPLS label {label}"),
        Unrelated::Gre(0) => "keepalive (GRE 0x0000)".to_owned(),
        Unrelated::Gre(number) => named(ether_type(number), &format!("GRE 0x{number:04x}")),
        Unrelated::IpProtocol(number) => named(ip_protocol(number), &format!("IP protocol {number}")),
        Unrelated::Udp(port) => named(udp_port(port), &format!("UDP {port}")),
        Unrelated::Icmp(version, kind) => icmp(version, kind),
    }
}

/// A link type by its name and its number.
pub(super) fn link_type(number: u32) -> String {
    let link_type = LinkType(number);
    let name = match link_type.foreign() {
        Some((Format::Erf, record_type)) => erf_type(record_type),
        Some(_) => "",
        None => link_type_name::of(number),
    };
    named(name, &link_type.to_string())
}

/// A record type of ERF by the name that Endace gives it, where it holds no frame that could be read.
const fn erf_type(number: u32) -> &'static str {
    match number {
        1 | 10 | 15 | 19 => "HDLC neither of Cisco nor PPP",
        3 => "ATM",
        4 => "AAL5",
        5 | 17 => "multichannel HDLC",
        6 | 8 => "multichannel raw",
        7 => "multichannel ATM",
        9 => "multichannel AAL5",
        12 => "multichannel AAL2",
        13 => "IP counter",
        14 => "TCP flow counter",
        18 => "AAL2",
        21 | 25 => "InfiniBand",
        24 => "raw link",
        27 => "metadata",
        28 | 29 => "Omni-Path",
        _ => "",
    }
}

fn named(name: &str, number: &str) -> String {
    if name.is_empty() { number.to_owned() } else { format!("{name} ({number})") }
}

const fn ether_type(number: u16) -> &'static str {
    match number {
        0x0842 => "Wake-on-LAN",
        0x2000 => "CDP",
        0x22f0 => "AVTP",
        0x6002 => "DEC MOP",
        0x6558 => "Ethernet bridging",
        0x8035 => "RARP",
        0x809b => "AppleTalk",
        0x80f3 => "AppleTalk ARP",
        0x8137 => "IPX",
        0x8808 => "Ethernet flow control",
        0x8809 => "LACP and other slow protocols",
        0x880b => "PPP",
        0x8847 | 0x8848 => "MPLS",
        0x8863 | 0x8864 => "PPPoE",
        0x888e => "802.1X",
        0x8892 => "PROFINET",
        0x88cc => "LLDP",
        0x88e5 => "MACsec",
        0x88f5 => "MVRP",
        0x88f7 => "PTP",
        0x8902 => "CFM",
        0x8906 | 0x8914 => "FCoE",
        0x8915 => "RoCE",
        0x9000 => "Ethernet loopback",
        0x88be | 0x22eb => "ERSPAN",
        0x22f3 => "TRILL",
        0x8903 => "FabricPath",
        0x8909 => "Cisco TrustSec",
        0x8926 => "Cisco VN-Tag",
        0x893f => "802.1BR",
        0x894f => "NSH",
        _ => "",
    }
}

const fn llc(dsap: u8) -> &'static str {
    match dsap {
        0x00 | 0x01 => "LLC test",
        0x42 => "STP",
        0xaa => "SNAP",
        0xe0 | 0xff => "IPX",
        0xf0 => "NetBIOS",
        0xf4 | 0xf8 | 0xfc => "remote program load",
        0xfe => "IS-IS and other OSI",
        _ => "",
    }
}

const fn snap(organisation: u32, protocol: u16) -> &'static str {
    match (organisation, protocol) {
        (0x00_000c, 0x0104) => "PAgP",
        (0x00_000c, 0x010b) => "PVST",
        (0x00_000c, 0x0111) => "UDLD",
        (0x00_000c, 0x2000) => "CDP",
        (0x00_000c, 0x2001) => "CGMP",
        (0x00_000c, 0x2003) => "VTP",
        (0x00_000c, 0x2004) => "DTP",
        (0x00_0081, 0x01a2) => "SONMP",
        (0x00_80c2, _) => "bridged frames",
        (0x00_e02b, 0x00bb) => "EDP",
        (0x00_e052, 0x2000) => "FDP",
        (0x08_0007, 0x809b) => "AppleTalk",
        _ => "",
    }
}

const fn hardware(number: u16) -> &'static str {
    match number {
        801..=803 => "IEEE 802.11",
        824 => "netlink",
        _ => "",
    }
}

const fn linux_protocol(number: u16) -> &'static str {
    match number {
        0x0001 => "IPX",
        0x000c | 0x000d => "CAN",
        0x001c => "DSA",
        _ => "",
    }
}

const fn ppp(protocol: u16) -> &'static str {
    match protocol {
        0x002b => "IPX in PPP",
        0x002d | 0x002f => "compressed TCP",
        0x0031 => "bridged frames",
        0x003d => "multilink PPP",
        0x0053 => "encrypted PPP",
        0x00fb | 0x00fd => "compressed PPP",
        0x8021 => "IPCP",
        0x8057 => "IPV6CP",
        0x80fb | 0x80fd => "CCP",
        0x8281 => "MPLSCP",
        0xc021 => "LCP",
        0xc023 => "PAP",
        0xc025 => "LQR",
        0xc223 => "CHAP",
        0xc227 => "EAP",
        _ => "",
    }
}

const fn cisco_hdlc(protocol: u16) -> &'static str {
    match protocol {
        0x2000 => "CDP",
        0x8035 => "SLARP",
        0xfefe => "IS-IS and other OSI",
        _ => "",
    }
}

const fn ip_protocol(number: u8) -> &'static str {
    match number {
        1 => "ICMP",
        2 => "IGMP",
        4 => "IPv4 in IP",
        6 => "TCP",
        8 => "EGP",
        9 => "IGP",
        17 => "UDP",
        27 => "RDP",
        41 => "IPv6 in IP",
        46 => "RSVP",
        47 => "GRE",
        50 => "ESP",
        51 => "AH",
        57 => "SKIP",
        58 => "ICMPv6",
        59 => "IPv6 without payload",
        88 => "EIGRP",
        89 => "OSPF",
        94 => "IP in IP",
        97 => "EtherIP",
        103 => "PIM",
        108 => "IPComp",
        112 => "VRRP or CARP",
        115 => "L2TPv3",
        124 => "IS-IS",
        132 => "SCTP",
        135 => "Mobile IPv6",
        136 => "UDP-Lite",
        137 => "MPLS in IP",
        240 => "pfsync",
        _ => "",
    }
}

const fn udp_port(port: u16) -> &'static str {
    match port {
        7 => "echo",
        53 => "DNS",
        67 | 68 => "DHCP",
        69 => "TFTP",
        88 => "Kerberos",
        111 => "portmapper",
        123 => "NTP",
        137 | 138 => "NetBIOS",
        161 | 162 => "SNMP",
        389 => "LDAP",
        443 => "QUIC",
        496 => "Auto-RP",
        514 => "syslog",
        520 => "RIP",
        521 => "RIPng",
        546 | 547 => "DHCPv6",
        646 => "LDP",
        848 => "GDOI",
        1194 => "OpenVPN",
        1645 | 1646 | 1812 | 1813 => "RADIUS",
        1701 => "L2TP",
        1900 => "SSDP",
        2029 => "HSRP for IPv6",
        2055 | 9995 | 9996 => "NetFlow",
        2123 | 2152 => "GTP",
        3222 => "GLBP",
        3478 => "STUN",
        3702 => "WS-Discovery",
        3784 | 3785 | 4784 => "BFD",
        4739 => "IPFIX",
        4789 | 8472 => "VXLAN",
        5060 | 5061 => "SIP",
        5246 | 5247 => "CAPWAP",
        5353 => "mDNS",
        5355 => "LLMNR",
        6081 => "Geneve",
        6343 => "sFlow",
        6635 => "MPLS in UDP",
        17500 => "Dropbox LAN sync",
        51820 => "WireGuard",
        _ => "",
    }
}

fn icmp(version: u8, kind: u8) -> String {
    let protocol = if version == 6 { "ICMPv6" } else { "ICMP" };
    let name = match (version, kind) {
        (4, 0) | (6, 129) => "echo reply",
        (4, 8) | (6, 128) => "echo request",
        (4, 4) => "source quench",
        (4, 5) | (6, 137) => "redirect",
        (4, 9) | (6, 134) => "router advertisement",
        (4, 10) | (6, 133) => "router solicitation",
        (4, 11) | (6, 3) => "time exceeded",
        (4, 12) | (6, 4) => "parameter problem",
        (4, 13) => "timestamp request",
        (4, 14) => "timestamp reply",
        (6, 2) => "packet too big",
        (6, 130) => "multicast listener query",
        (6, 131 | 143) => "multicast listener report",
        (6, 132) => "multicast listener done",
        (6, 135) => "neighbour solicitation",
        (6, 136) => "neighbour advertisement",
        _ => return format!("{protocol} type {kind}"),
    };
    format!("{protocol} {name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_what_engineers_know_and_numbers_the_rest() {
        let cases = [
            (Unrelated::EtherType(0x88cc), "LLDP (EtherType 0x88cc)"),
            (Unrelated::EtherType(0x1234), "EtherType 0x1234"),
            (Unrelated::Llc(0x42), "STP (LLC 0x42)"),
            (Unrelated::Snap(0x00_000c, 0x2000), "CDP (SNAP 0x00000c 0x2000)"),
            (Unrelated::Ppp(0xc021), "LCP (PPP 0xc021)"),
            (Unrelated::Gre(0x0800), "GRE 0x0800"),
            (Unrelated::IpProtocol(6), "TCP (IP protocol 6)"),
            (Unrelated::Udp(53), "DNS (UDP 53)"),
            (Unrelated::Udp(40_000), "UDP 40000"),
            (Unrelated::Icmp(6, 135), "ICMPv6 neighbour solicitation"),
            (Unrelated::Icmp(4, 99), "ICMP type 99"),
        ];
        for (protocol, name) in cases {
            assert_eq!(unrelated(protocol), name);
        }
        assert_eq!(link_type(105), "IEEE 802.11 (link type 105)");
        assert_eq!(link_type(999), "link type 999");
        assert_eq!(link_type((1 << 24) + 27), "metadata (ERF record type 27)");
        assert_eq!(link_type((1 << 16) + 5), "snoop data link 5");
    }
}
