//! `src/capture/`.

mod captures;
mod containers;
mod damage;
mod decompress;
mod erf;
mod filter;
mod lengths;
mod pcap;
mod pcapng;
mod snoop;
#[cfg(target_os = "linux")]
mod socket;
