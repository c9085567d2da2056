//! Writes a large capture for measuring, the same for the same seed.
//!
//! ```text
//! cargo run --release --example generate -- --size 1500M --seed 1 --mix vpn -o target/vpn.pcap
//! ```

mod craft;

use std::fs::File;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::PathBuf;

use clap::Parser;

use craft::traffic::{MOST_TUNNELS, Mix};
use craft::{Format, Recipe};

/// Write a large capture of VPN traffic behind HSRP pairs, with one failover in its middle.
#[derive(Parser)]
struct Options {
    /// How many bytes to write as a pcap, at most one frame more: a number with an optional K, M or G (powers of 1000)
    #[arg(long, default_value = "100M", value_parser = parse_size)]
    size: u64,
    /// The same seed gives the same bytes
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// What the data frames are like
    #[arg(long, value_enum, default_value_t = Mix::Vpn)]
    mix: Mix,
    /// How many tunnels there are, two SAs each, shared evenly by twenty gateway pairs
    #[arg(long, default_value_t = 100, value_parser = parse_tunnels)]
    tunnels: usize,
    /// How many microseconds pass from one frame to the next, on average; 8640 makes a day of 10 million frames
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(5..))]
    gap: u32,
    /// What to write; the frames are the same, and a pcapng is larger by 16 bytes a frame
    #[arg(long, value_enum, default_value_t = Format::Pcap)]
    format: Format,
    /// File to write, - for standard output
    #[arg(short, long, default_value = "-")]
    output: PathBuf,
}

fn main() -> io::Result<()> {
    let options = Options::parse();
    let result = if options.output.as_os_str() == "-" {
        options.recipe().write(&mut buffered(io::stdout().lock()))
    } else {
        options.recipe().write(&mut buffered(File::create(&options.output)?))
    };
    match result {
        // A reader that has seen enough is no error.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        result => result.map(tell),
    }
}

impl Options {
    fn recipe(&self) -> Recipe {
        let &Self { size, seed, mix, tunnels, gap: gap_us, format, .. } = self;
        Recipe { size, seed, mix, tunnels, gap_us, format }
    }
}

#[expect(clippy::print_stderr, reason = "standard output may have the capture")]
fn tell(frames: u64) {
    eprintln!("{frames} frames");
}

fn buffered<W: Write>(out: W) -> BufWriter<W> {
    BufWriter::with_capacity(1 << 18, out)
}

/// `1500M` is 1,500,000,000.
fn parse_size(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let factor = match &text[digits.len()..] {
        "" => 1,
        "K" | "k" => 1_000,
        "M" => 1_000_000,
        "G" => 1_000_000_000,
        unit => return Err(format!("unknown unit {unit:?}, hint: use K, M or G")),
    };
    let number: u64 = digits.parse().map_err(|error| format!("{digits:?} is no whole number: {error}"))?;
    number.checked_mul(factor).ok_or_else(|| "too large".to_owned())
}

fn parse_tunnels(text: &str) -> Result<usize, String> {
    let number: usize = text.parse().map_err(|error| format!("{text:?} is no whole number: {error}"))?;
    (1..=MOST_TUNNELS).contains(&number).then_some(number).ok_or(format!("must be 1 to {MOST_TUNNELS}"))
}
