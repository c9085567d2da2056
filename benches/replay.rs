//! Sends the frames of a capture on an interface, for measuring and trying out what captures there (Linux).
//!
//! ```text
//! unshare -Urn sh -c 'ip link add a0 type veth peer name b0; ip link set a0 up; ip link set b0 up; sleep 1
//!     replay captures/hsrp_v1_idle.pcapng a0 --speed real --align'
//! ```

#[cfg(target_os = "linux")]
mod sender;

use std::error::Error;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use clap::{Parser, ValueEnum};

use sagap::capture::{CaptureFile, LinkType, Source};
use sagap::time::Timestamp;

/// Send the Ethernet frames of a capture on an interface.
#[derive(Parser)]
struct Options {
    /// The capture
    file: PathBuf,
    /// The interface
    interface: String,
    /// As fast as the frames came, or as fast as it goes
    #[arg(long, value_enum, default_value_t = Speed::Real)]
    speed: Speed,
    /// So many frames a second, evenly
    #[arg(long, conflicts_with = "speed", value_parser = clap::value_parser!(u32).range(1..))]
    pps: Option<u32>,
    /// Begin when the clock shows the same part of a second as the first frame
    #[arg(long)]
    align: bool,
    /// How many times all frames are sent
    #[arg(long, default_value_t = 1)]
    loops: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Speed {
    Real,
    Max,
}

/// A frame, and how long after the first one it came.
struct Due {
    after: Duration,
    bytes: Vec<u8>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::parse();
    let (first, frames) = read(&options)?;
    let pass_on = open(&options.interface)?;
    if options.align {
        thread::sleep(until_phase(first.nanos()));
    }
    let (begin, mut sent, mut failed) = (now(), 0_u64, 0_u64);
    for round in 0..options.loops {
        let round_begin = now();
        for (number, frame) in (0_u32..).zip(&frames) {
            let due = match (options.pps, options.speed) {
                (Some(pps), _) => {
                    let before = u64::from(round) * frames.len() as u64 + u64::from(number);
                    Some(begin + Duration::from_nanos(before * 1_000_000_000 / u64::from(pps)))
                }
                (None, Speed::Real) => Some(round_begin + frame.after),
                (None, Speed::Max) => None,
            };
            if let Some(due) = due {
                wait_until(due);
            }
            // A frame longer than the MTU fails, as one for which there is no room does.
            *(if pass_on(&frame.bytes) { &mut sent } else { &mut failed }) += 1;
        }
    }
    tell(sent, failed, now() - begin)
}

/// The time of the first frame, and all of them that are Ethernet.
fn read(options: &Options) -> Result<(Timestamp, Vec<Due>), Box<dyn Error>> {
    let mut file = CaptureFile::open(&options.file)?;
    let (mut first, mut frames) = (None, Vec::new());
    while let Some(frame) = file.next_frame()? {
        if frame.link_type == LinkType::ETHERNET {
            let first = *first.get_or_insert(frame.time);
            frames.push(Due { after: frame.time.since(first), bytes: frame.bytes.to_vec() });
        }
    }
    Ok((first.ok_or("there is no Ethernet frame in it")?, frames))
}

/// Sends frames; whether one was sent.
type Send = Box<dyn Fn(&[u8]) -> bool>;

#[cfg(target_os = "linux")]
fn open(interface: &str) -> Result<Send, Box<dyn Error>> {
    let sender = sender::Sender::on(interface)?;
    Ok(Box::new(move |frame| sender.send(frame)))
}

#[cfg(not(target_os = "linux"))]
fn open(_: &str) -> Result<Send, Box<dyn Error>> {
    Err("sending frames needs Linux here".into())
}

fn wait_until(due: Instant) {
    let left = due.saturating_duration_since(now());
    // Sleeping takes longer than was asked for: what is due in a moment is waited for in a loop.
    if left > Duration::from_millis(1) {
        thread::sleep(left.saturating_sub(Duration::from_micros(200)));
    }
    while now() < due {
        std::hint::spin_loop();
    }
}

/// How long it takes until the clock shows the part of a second that `nanos` has.
fn until_phase(nanos: i64) -> Duration {
    let now = i64::from(wall().subsec_nanos());
    Duration::from_nanos((nanos - now).rem_euclid(1_000_000_000).unsigned_abs())
}

#[expect(clippy::disallowed_methods, reason = "frames are sent in real time")]
fn now() -> Instant {
    Instant::now()
}

#[expect(clippy::disallowed_methods, reason = "frames are sent in real time")]
fn wall() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

#[expect(clippy::print_stdout, reason = "this is its result")]
fn tell(sent: u64, failed: u64, took: Duration) -> Result<(), Box<dyn Error>> {
    let per_second = u128::from(sent) * 1_000_000_000 / took.as_nanos().max(1);
    println!("sent {sent} failed {failed} pps {per_second}");
    if sent == 0 { Err("nothing could be sent".into()) } else { Ok(()) }
}
