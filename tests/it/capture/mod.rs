//! `src/capture/`.

mod captures;
mod containers;
mod damage;
mod decompress;
mod erf;
mod lengths;
mod pcap;
mod pcapng;
mod snoop;
