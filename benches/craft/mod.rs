//! Crafts the traffic of a VPN site behind gateway pairs, the same for the same seed, frame after frame.

pub(crate) mod frame;
pub(crate) mod ike;
pub(crate) mod pcap;
pub(crate) mod pcapng;
pub(crate) mod random;
pub(crate) mod traffic;

use std::io::{self, Write};

use traffic::{MOST_TUNNELS, Mix, Traffic};

/// The file that the frames are written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// Microseconds.
    Pcap,
    /// Nanoseconds, and 16 bytes a frame more.
    Pcapng,
}

/// What a crafted capture is like.
#[derive(Clone, Copy)]
pub(crate) struct Recipe {
    /// Bytes as a pcap; at most one frame more. A pcapng has the same frames, and so is larger.
    pub(crate) size: u64,
    /// The same seed gives the same bytes.
    pub(crate) seed: u64,
    /// What the data frames are like.
    pub(crate) mix: Mix,
    /// How many tunnels there are, at most [`traffic::MOST_TUNNELS`].
    pub(crate) tunnels: usize,
    /// Microseconds from one frame to the next, on average.
    pub(crate) gap_us: u32,
    /// What it is written as.
    pub(crate) format: Format,
}

impl Recipe {
    /// Writes the capture, with one failover in its middle; how many frames it has.
    pub(crate) fn write(&self, out: &mut impl Write) -> io::Result<u64> {
        assert!(self.tunnels <= MOST_TUNNELS, "no more tunnels than addresses");
        let mut traffic = Traffic::new(self.seed, self.mix, self.tunnels, self.gap_us);
        let mut written = pcap::HEADER_LEN;
        let mut frames = 0;
        let mut failed_over = false;
        match self.format {
            Format::Pcap => pcap::write_header(out)?,
            Format::Pcapng => pcapng::write_header(out)?,
        }
        while written < self.size {
            if !failed_over && written >= self.size / 2 {
                failed_over = true;
                traffic.fail_over();
            }
            let (time_us, frame) = traffic.next_frame();
            match self.format {
                Format::Pcap => pcap::write_frame(out, time_us, frame)?,
                Format::Pcapng => pcapng::write_frame(out, time_us, frame)?,
            }
            frames += 1;
            written += pcap::RECORD_LEN + frame.len() as u64;
        }
        out.flush()?;
        Ok(frames)
    }
}
