//! `src/capture/`.

mod captures;
mod containers;
mod damage;
mod decompress;
mod erf;
mod filter;
mod lengths;
mod parallel;
mod pcap;
mod pcapng;
mod snoop;
#[cfg(target_os = "linux")]
mod socket;
