//! `src/capture/`.

mod captures;
mod containers;
mod damage;
mod erf;
mod pcap;
mod pcapng;
mod snoop;
