//! `src/capture/`.

mod captures;
mod damage;
mod pcap;
mod pcapng;
