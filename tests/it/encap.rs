//! Captures of wrappings and link types are read to their innermost layer, or say by name what is not read.

use std::fmt::Write;

use serde_json::Value;

use crate::common::sagap::sagap;
use crate::common::shared;

#[test]
fn every_shared_capture_is_read_to_its_innermost_layer() {
    let Some(folder) = shared("captures/encap") else { return };
    for (file, contents, paths) in TABLE {
        let report = sagap(&folder, &["analyze", "--format", "json", file]).json();
        let capture = &report["captures"][0];
        assert_eq!(told(capture), *contents, "{file}");
        assert_eq!(ways(capture), *paths, "{file}");
    }
}

/// What the frames held, by count.
fn told(capture: &Value) -> String {
    let mut told = String::new();
    let mut tell = |name: &str, count: &Value| {
        if count.as_u64().is_some_and(|count| count > 0) {
            write!(told, "{}{count} {name}", if told.is_empty() { "" } else { ", " }).expect("a text grows");
        }
    };
    for name in ["hsrp", "ike", "esp", "arp", "unreachable", "fragments"] {
        tell(name, &capture[name]);
    }
    for list in ["other", "link_types_not_read", "too_deep"] {
        for entry in capture[list].as_array().expect("a list") {
            tell(entry["protocol"].as_str().expect("a name"), &entry["frames"]);
        }
    }
    for list in ["cut", "malformed"] {
        for entry in capture[list].as_array().expect("a list") {
            tell(&format!("{list}: {}", entry["first_reason"]), &entry["messages"]);
        }
    }
    told
}

/// The ways they came.
fn ways(capture: &Value) -> String {
    let entries = capture["paths"].as_array().expect("a list");
    let way = |entry: &Value| format!("{} {}", entry["frames"], entry["path"].as_str().expect("a path"));
    entries.iter().map(way).collect::<Vec<_>>().join("; ")
}

/// File, what its frames hold, the wrappings they came in.
const TABLE: &[(&str, &str, &str)] = &[
    ("ntop+nDPI/gtp_c.pcap", "4 UDP 1024", ""),
    ("ntop+nDPI/openvpn_nohmac_tcp.pcapng", "195 TCP (IP protocol 6)", ""),
    (
        "seladb+PcapPlusPlus/CiscoHDLC.pcap",
        "1 SLARP (Cisco HDLC 0x8035), 1 TCP (IP protocol 6), 1 ICMP echo request",
        "",
    ),
    (
        "seladb+PcapPlusPlus/MplsPackets.pcap",
        "1 TCP (IP protocol 6), 1 ICMP echo reply",
        "1 MPLS, label 16000; 1 MPLS pseudowire, label 16",
    ),
    ("seladb+PcapPlusPlus/NullLoopback.pcap", "1 TCP (IP protocol 6), 1 DNS (UDP 53), 1 UDP 8612", ""),
    ("seladb+PcapPlusPlus/PPPoEDiscovery.pcap", "2 PPPoE (EtherType 0x8863)", ""),
    (
        "seladb+PcapPlusPlus/PPPoESession.pcap",
        "1 LCP (PPP 0xc021), 1 DHCPv6 (UDP 546)",
        "2 PPPoE, session 17",
    ),
    ("seladb+PcapPlusPlus/QinQ_802.1_AD.pcapng", "1 IP protocol 253", ""),
    ("seladb+PcapPlusPlus/Sll2PacketLLC.pcap", "1 STP (LLC 0x42)", ""),
    ("seladb+PcapPlusPlus/SllPacket.pcap", "1 TCP (IP protocol 6)", ""),
    (
        "seladb+PcapPlusPlus/Vxlan1.pcap",
        "1 ICMP echo request",
        "1 VXLAN, VNI 3000001, from 192.168.203.1 to 192.168.202.1",
    ),
    ("seladb+PcapPlusPlus/linktype_ipv4.pcap", "2 DNS (UDP 53)", ""),
    ("seladb+PcapPlusPlus/linktype_ipv6.pcap", "1 TCP (IP protocol 6)", ""),
    ("seladb+PcapPlusPlus/nanosecs_big_endian.pcap", "10 TCP (IP protocol 6)", ""),
    ("seladb+PcapPlusPlus/null_loopback.pcap", "1 TCP (IP protocol 6), 1 DNS (UDP 53), 1 UDP 8612", ""),
    ("seladb+PcapPlusPlus/sll2.pcap", "3 TCP (IP protocol 6)", ""),
    ("the-tcpdump-group+tcpdump/LINKTYPE_IPV4.pcap", "1 DNS (UDP 53)", ""),
    ("the-tcpdump-group+tcpdump/LINKTYPE_IPV6.pcap", "1 DNS (UDP 53)", ""),
    (
        "the-tcpdump-group+tcpdump/bigtcp-ipv4-geneve-ipv4.pcap",
        "1 TCP (IP protocol 6)",
        "1 Geneve, VNI 5001, from 10.25.132.11 to 10.25.132.13",
    ),
    (
        "the-tcpdump-group+tcpdump/bigtcp-ipv4-vxlan-ipv4.pcap",
        "1 TCP (IP protocol 6)",
        "1 VXLAN, VNI 5001, from 10.25.132.11 to 10.25.132.13",
    ),
    (
        "the-tcpdump-group+tcpdump/bigtcp-ipv6-geneve-ipv4.pcap",
        "1 TCP (IP protocol 6)",
        "1 Geneve, VNI 5001, from 2604:1380:4091:ce00::b to 2604:1380:4091:ce00::d",
    ),
    ("the-tcpdump-group+tcpdump/dsa.pcap", "2 arp, 3 ICMP echo reply, 3 ICMP echo request", ""),
    ("the-tcpdump-group+tcpdump/edsa-high-vid.pcap", "2 ICMP echo reply, 2 ICMP echo request", ""),
    ("the-tcpdump-group+tcpdump/edsa.pcap", "4 arp, 3 ICMP echo reply, 3 ICMP echo request", ""),
    (
        "the-tcpdump-group+tcpdump/erspan-type-i-2.pcap",
        "1 ICMP echo reply, 1 ICMP echo request",
        "2 ERSPAN I, from 1.1.1.1 to 192.168.255.5",
    ),
    ("the-tcpdump-group+tcpdump/macsec-changed.pcap", "1 MACsec (EtherType 0x88e5)", ""),
    ("the-tcpdump-group+tcpdump/mpls-ldp-hello.pcap", "1 LDP (UDP 646)", ""),
    (
        "the-tcpdump-group+tcpdump/mpls-over-udp.pcap",
        "1 ICMP echo reply, 1 ICMP echo request",
        "1 MPLS, label 21, from 10.100.12.170 to 10.100.13.157; 1 MPLS, label 46, from 10.100.13.157 to 10.100.12.170",
    ),
    ("the-tcpdump-group+tcpdump/pppoe.pcap", "1 PPPoE (EtherType 0x8863)", ""),
    (
        "the-tcpdump-group+tcpdump/pppoes.pcap",
        "2 LCP (PPP 0xc021)",
        "1 PPPoE, session 23; 1 PPPoE, session 59",
    ),
    (
        "the-tcpdump-group+tcpdump/various_gre.pcap",
        "42 PVST (SNAP 0x00000c 0x010b), 21 STP (LLC 0x42), 16 keepalive (GRE 0x0000), 5 Ethernet loopback (EtherType 0x9000), 5 ICMP echo reply, 5 ICMP echo request, 2 CDP (GRE 0x2000), 2 PIM (IP protocol 103), 1 CDP (SNAP 0x00000c 0x2000), 1 DTP (SNAP 0x00000c 0x2004)",
        "10 GRE, key 40, from 10.172.64.6 to 10.172.64.7; 10 GRE, key 40, from 10.172.64.7 to 10.172.64.6",
    ),
    (
        "zeek+zeek/erspan.pcap",
        "10 arp, 55 fragments, 90 TCP (IP protocol 6), 42 ICMP echo reply, 42 ICMP echo request, 30 NetBIOS (UDP 137), 10 DNS (UDP 53), 4 DHCPv6 (UDP 546), 4 LLMNR (UDP 5355)",
        "125 GRE, key 0, from 10.200.0.3 to 10.200.0.224; 123 GRE, key 33554432, from 10.200.0.3 to 10.200.0.224",
    ),
    (
        "zeek+zeek/erspanI.pcap",
        "5 ICMP echo reply, 5 ICMP echo request",
        "10 ERSPAN I, from 192.168.1.1 to 192.168.1.2",
    ),
    (
        "zeek+zeek/linux_dlt_sll2.pcap",
        "1 arp, 1 RARP (EtherType 0x8035), 1 ICMP echo reply, 1 ICMP echo request, 1 ICMPv6 echo request, 1 ICMPv6 echo reply",
        "",
    ),
    ("zeek+zeek/linuxsll-arp.pcap", "12 arp", ""),
    ("zeek+zeek/mpls-in-vlan.pcap", "3 TCP (IP protocol 6)", "1 MPLS, label 99; 1 MPLS, label 16106"),
    ("zeek+zeek/nflog-http.pcap", "13 TCP (IP protocol 6)", ""),
    ("zeek+zeek/nsec.pcap", "4 DNS (UDP 53)", ""),
    ("zeek+zeek/nsec3param.pcap", "2 DNS (UDP 53)", ""),
    (
        "zeek+zeek/vxlan-overlapping-http-get.pcap",
        "42 TCP (IP protocol 6)",
        "14 VXLAN, VNI 4242, from 127.0.0.1 to 127.0.0.1; 14 VXLAN, VNI 4711, from 127.0.0.1 to 127.0.0.1",
    ),
];
