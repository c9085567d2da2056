//! The arguments as they are typed, with their help.

use std::net::SocketAddr;
use std::num::NonZero;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::listen_address::parse as parse_listen_address;
use super::size;
use super::span::{self, COMPUTED};

/// Finds the SA gap: IPsec tunnels that do not come back after a gateway failover.
///
/// Reads packet captures, decodes HSRP, VRRP, GLBP, CARP, ARP, IKE and ESP, puts them on one timeline and gives every
/// failover a verdict, with the frames that prove it and the commands that confirm and mend it.
#[derive(Parser)]
#[command(name = "sagap", version, after_help = EXAMPLES, max_term_width = 100)]
#[command(disable_help_subcommand = true)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Command,
    #[command(flatten)]
    pub(super) common: CommonArgs,
}

#[derive(Subcommand)]
pub(super) enum Command {
    Analyze(AnalyzeArgs),
    Follow(FollowArgs),
    Export(ExportArgs),
    Explain(ExplainArgs),
    Interfaces(InterfacesArgs),
}

#[derive(Args)]
#[command(next_help_heading = "Display")]
pub(super) struct CommonArgs {
    /// How to tell times in text
    ///
    /// Tables and JSON always use UTC.
    #[arg(long, global = true, value_enum, value_name = "STYLE", default_value_t = TimeArg::Utc)]
    pub(super) time: TimeArg,
    /// Show no progress bar
    ///
    /// The bar only ever appears on a terminal, on standard error, and when the run takes longer than half a second.
    #[arg(long, global = true)]
    pub(super) no_progress: bool,
    /// When to use colours
    ///
    /// `auto` uses them on a terminal, unless `NO_COLOR` is set.
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t = ColorArg::Auto)]
    pub(super) color: ColorArg,
}

/// Judge every failover: verdicts, findings, timeline
///
/// Prints what became of each tunnel after each failover, what was found and what to do about it, the timeline, what
/// was seen, and what the captures cannot show.
///
/// The exit code is 0 without a finding at or above --fail-on, 1 with one, and 2 when a capture could not be read.
#[derive(Args)]
#[command(after_help = ANALYZE_EXAMPLES)]
pub(super) struct AnalyzeArgs {
    #[command(flatten)]
    pub(super) captures: CaptureArgs,
    /// How to write the report
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = AnalyzeFormatArg::Text)]
    pub(super) format: AnalyzeFormatArg,
    /// From which severity on a finding makes the exit code 1
    #[arg(long, value_enum, value_name = "SEVERITY", default_value_t = FailOnArg::Warning)]
    pub(super) fail_on: FailOnArg,
    #[command(flatten)]
    pub(super) thresholds: ThresholdArgs,
}

/// Judge failovers while they happen
///
/// Follows an interface, a file that somebody still writes, the files of a ring buffer, or a pipe: events, verdicts and findings are
/// told as they come, a missing negotiation when its window is over though no packet comes. At the end (Ctrl-C, the end
/// of the pipe, --duration, --frames) stands the report of `sagap analyze`.
///
/// The exit code is that of `sagap analyze`.
#[derive(Args)]
#[command(after_help = FOLLOW_EXAMPLES)]
pub(super) struct FollowArgs {
    /// A file that grows, a directory or 'pattern' of the files of a ring buffer, or `-` for standard input
    ///
    /// A file is followed when it is truncated or replaced. The files of a ring buffer, as `tcpdump -C`, `-G`, `-W` and
    /// `dumpcap -b` write them, are read in the order of time; quote a pattern, so that new files count.
    #[arg(value_name = "CAPTURE", conflicts_with = "interfaces", required_unless_present = "interfaces")]
    pub(super) source: Option<PathBuf>,
    /// Capture on this interface instead; may be given several times, `any` stands for all
    ///
    /// Linux only; elsewhere pipe: tcpdump -U -w - | sagap follow -. The kernel lets in only what is read here and what passes
    /// through gateways. `sagap interfaces` lists the interfaces and says who may capture.
    #[arg(short, long = "interface", value_name = "IFACE")]
    pub(super) interfaces: Vec<String>,
    /// Do not take in frames that are for other machines
    #[arg(long, conflicts_with = "source")]
    pub(super) no_promiscuous: bool,
    /// Bytes of the ring in which frames wait
    #[arg(long, value_name = "SIZE", default_value = "64MiB", value_parser = ring, conflicts_with = "source")]
    pub(super) ring: u64,
    /// Go on as this user once the interface is open, without any capability
    ///
    /// Under sudo it is whoever called it unless something else is said.
    #[arg(long, value_name = "USER")]
    pub(super) user: Option<String>,
    /// Pass over what is there already
    #[arg(long, conflicts_with = "interfaces")]
    pub(super) from_now: bool,
    #[command(flatten)]
    pub(super) reading: ReadingArgs,
    /// How to tell events on standard output
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = FollowFormatArg::Text)]
    pub(super) format: FollowFormatArg,
    /// Write the timeline as CSV to FILE too, each event at once
    ///
    /// What was told stands in it whatever happens then. A full disk does not end the run: rows that cannot be written are
    /// counted. SIGHUP opens it again, for a log rotator.
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// Run COMMAND for each finding, with it as JSON on standard input
    ///
    /// It is run by `sh -c`, one finding after the other, and never keeps the capture waiting; after 30 s it is killed. The
    /// JSON is one line: the keys of a finding in `sagap analyze --format json`, and `state` (`new`, `raised` when it is
    /// graver than before, `withdrawn` when it turns out to be none), `told_at`, and `evidence`, the file of
    /// --save-evidence.
    #[arg(long, value_name = "COMMAND", value_parser = shell_command)]
    pub(super) on_finding: Option<String>,
    /// Save the frames around each finding as pcapng files in DIR
    ///
    /// Those of gateway protocols, IKE, ESP, ARP and ICMP, as far as 64 MiB hold them; cited frames carry a comment. At most 1 GiB is saved in a run. A file is named for time, rule and subject:
    /// 2026-11-23T044755Z_failover-without-negotiation_192.0.2.1-198.51.100.9.pcapng.
    #[arg(long, value_name = "DIR")]
    pub(super) save_evidence: Option<PathBuf>,
    /// From how long before a failover on frames are saved
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = span::parse, requires = "save_evidence")]
    pub(super) evidence_before: Duration,
    /// Serve metrics for Prometheus on ADDRESS: a port of this machine alone, or an address with one
    #[arg(long, value_name = "ADDRESS", value_parser = parse_listen_address)]
    pub(super) metrics: Option<SocketAddr>,
    /// Stop after TIME
    #[arg(long, value_name = "TIME", value_parser = span::parse)]
    pub(super) duration: Option<Duration>,
    /// Stop after COUNT frames
    #[arg(long, value_name = "COUNT", value_parser = frames)]
    pub(super) frames: Option<u64>,
    /// From which severity on a finding makes the exit code 1
    #[arg(long, value_enum, value_name = "SEVERITY", default_value_t = FailOnArg::Warning)]
    pub(super) fail_on: FailOnArg,
    #[command(flatten)]
    pub(super) thresholds: ThresholdArgs,
}

/// Write one table as CSV or NDJSON
///
/// Columns and their order are stable: new ones only come at the end. Without options it writes the timeline as CSV
/// to standard output.
#[derive(Args)]
#[command(after_help = EXPORT_EXAMPLES)]
pub(super) struct ExportArgs {
    #[command(flatten)]
    pub(super) captures: CaptureArgs,
    /// Which table to write
    #[arg(long, value_enum, value_name = "TABLE", default_value_t = TableArg::Timeline)]
    pub(super) table: TableArg,
    /// How to write it
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = TableFormatArg::Csv)]
    pub(super) format: TableFormatArg,
    /// Write to FILE instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// Also write a row for each ESP and AH packet (only with --table messages)
    #[arg(long)]
    pub(super) esp: bool,
    #[command(flatten)]
    pub(super) thresholds: ThresholdArgs,
}

/// Tell what a rule or a verdict means, why it happens, what to check and do
#[derive(Args)]
#[command(after_help = EXPLAIN_EXAMPLES)]
pub(super) struct ExplainArgs {
    /// The rule or verdict, as a report names it; without it, all of them are listed
    #[arg(value_name = "RULE")]
    pub(super) name: Option<String>,
}

#[derive(Args)]
pub(super) struct CaptureArgs {
    /// Captures of one incident: files, directories of them, or - for standard input
    ///
    /// pcap, pcapng, snoop and ERF are read, also compressed with gzip, zstd, lz4 or xz.
    ///
    /// Several files are the pieces of one capture where their times follow each other; else they are several places.
    /// Places that show the same gateway group are judged as one, others each by itself. What a file is, its first bytes
    /// tell, not its name.
    #[arg(value_name = "CAPTURE", required = true)]
    pub(super) paths: Vec<PathBuf>,
    /// How many threads read captures
    ///
    /// As many as there are cores unless something else is said. The result is the same with any number.
    #[arg(long, env = "SAGAP_THREADS", hide_env_values = true, value_name = "COUNT", value_parser = threads)]
    pub(super) threads: Option<NonZero<usize>>,
    #[command(flatten)]
    pub(super) reading: ReadingArgs,
}

#[derive(Args)]
pub(super) struct ReadingArgs {
    /// Read IKE on this port too; may be given several times
    ///
    /// It is read on UDP 500, 848 and 4500 and TCP 4500, and on any port where it can be nothing else. This option is for
    /// the rest: on this port, source or destination, in UDP with the four zero bytes of port 4500 before it or without,
    /// in TCP with lengths as on port 4500, and ESP.
    #[arg(long = "ike-port", value_name = "PORT", value_parser = port)]
    pub(super) ike_ports: Vec<u16>,
    /// How much of a compressed capture is decompressed at most
    ///
    /// What comes before the bound is analysed, and the report says that it was reached. It counts for each capture by
    /// itself: 500MiB, 16GiB, or plain bytes.
    #[arg(long, value_name = "SIZE", default_value = "16GiB", value_parser = size::parse)]
    pub(super) max_decompressed: u64,
}

/// A length of time is typed as `60s`, `1500ms`, `2m`, `1h`, or as plain seconds.
#[derive(Args)]
#[command(next_help_heading = "Thresholds (capture time: 60s, 1500ms, 2m, or plain seconds)")]
pub(super) struct ThresholdArgs {
    /// How long after a failover a tunnel is judged
    ///
    /// Just as long before it, traffic counts as a sign that the tunnel is wanted. The judgement ends earlier where the
    /// group fails over again or the capture ends.
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = span::parse)]
    pub(super) window: Duration,
    /// How long an IKE message may wait for its answer
    ///
    /// After that it counts as unanswered, though it may still be retransmitted.
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = span::parse)]
    pub(super) settle: Duration,
    /// How much must be seen after a failover to judge it
    ///
    /// With less than that and no success the verdict is `inconclusive`.
    #[arg(long, value_name = "TIME", default_value = "20s", value_parser = span::parse)]
    pub(super) min_observation: Duration,
    /// From when on a recovery is late
    ///
    /// Counted from the failover to the first ESP on new SPIs: `recovered` up to here, `recovered-late` from here.
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = span::parse)]
    pub(super) late_after: Duration,
    /// From when on absence counts as confirmed
    ///
    /// `computed` is a time for each tunnel: how often its peer probes, and how long it repeats a request, as
    /// it was seen to do or as its vendor is known to, and 10 s more; at least 30 s and at most 300 s. Where nothing was
    /// seen that tells, it is 180 s, which is longer than the slowest common schedule (165 s). The report says how it was
    /// computed.
    #[arg(long, value_name = "TIME", default_value = COMPUTED, value_parser = span::parse_or_computed)]
    pub(super) confirm: span::OrComputed,
    /// After what silence ESP of one direction has stopped
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = span::parse)]
    pub(super) silence: Duration,
    /// By how much a sequence number may jump when another router goes on with an SA
    ///
    /// Routers that share their state write it in intervals, and jump ahead when they take over. A larger jump, or one
    /// back, is not a stateful failover.
    #[arg(long, value_name = "PACKETS", default_value = "131072", value_parser = packets)]
    pub(super) stateful_jump: u64,
    /// How often the same IKE message must be sent to count as unanswered before `--settle` is over
    ///
    /// Two equal requests are a suspicion, three are certain; the confidence says so.
    #[arg(long, value_name = "COUNT", default_value = "2", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) requests: u32,
    /// How many packets from the peer on dead SPIs are a finding
    #[arg(long, value_name = "PACKETS", default_value = "10", value_parser = packets)]
    pub(super) dead_spi_packets: u64,
    /// For how long packets from the peer on dead SPIs must go on to be a finding
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = span::parse)]
    pub(super) dead_spi_time: Duration,
    /// How long after a change of a gateway's settings ESP that stops counts for it
    #[arg(long, value_name = "TIME", default_value = "120s", value_parser = span::parse)]
    pub(super) change_window: Duration,
    /// How long ESP that stopped after a change of the settings must be silent to be a finding
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = span::parse)]
    pub(super) change_silence: Duration,
    /// How many changes of a group's active router are flapping
    #[arg(long, value_name = "COUNT", default_value = "3", value_parser = clap::value_parser!(u32).range(2..=1000))]
    pub(super) flapping_changes: u32,
    /// Within what time that many changes are flapping
    ///
    /// Ten hold times of the group where that is longer.
    #[arg(long, value_name = "TIME", default_value = "300s", value_parser = span::parse)]
    pub(super) flapping_window: Duration,
    /// How long an active router may be without a standby router at the end of the capture
    ///
    /// Two hold times of the group where that is longer: one to miss the standby router, one for another to become it. A
    /// stretch that ended in between is told where it was ten times as long.
    #[arg(long, value_name = "TIME", default_value = "20s", value_parser = span::parse)]
    pub(super) no_standby_after: Duration,
    /// Within what time after a failover a virtual address that moved to another MAC must be announced
    #[arg(long, value_name = "TIME", default_value = "6s", value_parser = span::parse)]
    pub(super) announce_within: Duration,
    /// How many hellos two routers of a group must each send while their settings differ
    ///
    /// Fewer are a change of configuration or of the active router that crossed a hello.
    #[arg(long, value_name = "COUNT", default_value = "3", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) mismatch_hellos: u32,
    /// How long two routers of a group may differ while both are configured anew
    ///
    /// Not while both are active: then it is a fault at once. For as long, too, two groups may share a virtual address
    /// while it moves from one to the other.
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = span::parse)]
    pub(super) mismatch_time: Duration,
    /// How much longer than the hold time the inside and outside groups may have different owners
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = span::parse)]
    pub(super) split_margin: Duration,
    /// How many packets in clear that a tunnel should have carried are a finding
    #[arg(long, value_name = "PACKETS", default_value = "3", value_parser = packets)]
    pub(super) clear_packets: u64,
    /// How many conversations in clear that a tunnel should have carried are a finding, however few packets they have
    #[arg(long, value_name = "COUNT", default_value = "2", value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) clear_flows: u64,
}

/// List what can be captured on here
///
/// Each interface with its state and addresses, and whether this user may capture; if not, the command that allows it.
#[derive(Args)]
pub(super) struct InterfacesArgs {}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum TimeArg {
    /// 2026-11-23 04:47:55.561 UTC
    Utc,
    /// The same in this machine's time zone
    Local,
    /// Seconds since the earliest frame
    Relative,
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum ColorArg {
    Auto,
    Always,
    Never,
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum AnalyzeFormatArg {
    /// For people
    Text,
    /// One JSON object, with a schema version
    Json,
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum FollowFormatArg {
    /// For people, and the report at the end
    Text,
    /// The timeline, one JSON object a line
    Ndjson,
    /// The timeline as CSV
    Csv,
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum FailOnArg {
    /// Any finding
    Info,
    /// Something is wrong
    Warning,
    /// An outage, or a breach
    Critical,
    /// No finding: 0 whatever was found
    Never,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum TableArg {
    /// One row per event, verdicts included
    Timeline,
    /// One row per gateway protocol, IKE, ARP and ICMP unreachable message
    Messages,
    /// One row per unidirectional SA
    Flows,
    /// One row per finding
    Findings,
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum TableFormatArg {
    /// RFC 4180, with a header line
    Csv,
    /// One JSON object a line
    Ndjson,
}

fn port(text: &str) -> Result<u16, String> {
    text.parse().ok().filter(|&port| port > 0).ok_or_else(|| "that is not a port".to_owned())
}

fn frames(text: &str) -> Result<u64, String> {
    text.parse().ok().filter(|&frames| frames > 0).ok_or_else(|| "that is not a number of frames".to_owned())
}

fn shell_command(text: &str) -> Result<String, String> {
    if text.trim().is_empty() { Err("that is no command".to_owned()) } else { Ok(text.to_owned()) }
}

fn ring(text: &str) -> Result<u64, String> {
    let bytes = size::parse(text)?;
    if (LEAST_RING..=LARGEST_RING).contains(&bytes) {
        Ok(bytes)
    } else {
        Err("a ring has from 1MiB to 4GiB".to_owned())
    }
}

fn threads(text: &str) -> Result<NonZero<usize>, String> {
    let number: usize = text.parse().map_err(|_| "that is not a number of threads".to_owned())?;
    let known = NonZero::new(number).filter(|threads| threads.get() <= MOST_THREADS);
    known.ok_or_else(|| format!("it has to be from 1 to {MOST_THREADS}"))
}

fn packets(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| "that is not a number of packets".to_owned())
}

const EXAMPLES: &str = "\
Examples:
  sagap analyze outside.pcapng                    what happened, and what to do
  sudo sagap follow -i eth0                       the same while it happens
  sagap export outside.pcapng > timeline.csv      the timeline as CSV
  sagap explain failover-without-negotiation      what a finding means";

const ANALYZE_EXAMPLES: &str = "\
Examples:
  sagap analyze outside.pcapng
  sagap analyze outside.pcapng peer.pcap          two places, one incident
  sagap analyze --format json ring/ > report.json
  tcpdump -r big.pcap -w - host 192.0.2.1 | sagap analyze -
  sagap analyze --window 3m --late-after 30s outside.pcapng";

const MOST_THREADS: usize = 1024;

/// What a ring may have.
const LEAST_RING: u64 = 1 << 20;
const LARGEST_RING: u64 = 4 << 30;

const FOLLOW_EXAMPLES: &str = "\
Examples:
  sudo sagap follow -i eth0
  sagap follow capture.pcap                       while tcpdump -U -w capture.pcap writes it
  sagap follow /var/ring                          files of tcpdump -C 100 -W 20 -w /var/ring/x.pcap
  sagap follow '/var/ring/outside*.pcapng'        the same, where there are others beside them
  ssh router-span tcpdump -U -w - | sagap follow -
  sagap follow -i eth0 --save-evidence found --on-finding 'mail -s sagap noc@example.net'
  sagap follow -i eth0 -o timeline.csv --metrics 9184

What it tells on a terminal of 80 columns:
  04:47:55.561  130  failover  hsrp/10  192.0.2.3 (192.0.2.2)
                cause hold-expiry; 3.104 s after the old router's last message
  04:48:24.168  verdict  192.0.2.1<>198.51.100.9  192.0.2.3
                no-negotiation after the failover in frame 130; confidence 0.24;
                no negotiation was begun by either end in the 28.6 s after the
                failover

Ctrl-C ends it with the report; pressed twice, at once.";

const EXPORT_EXAMPLES: &str = "\
Examples:
  sagap export outside.pcapng > timeline.csv
  sagap export --table messages --esp -o messages.csv outside.pcapng
  sagap export --table flows --format ndjson outside.pcapng | jq 'select(.missing > 0)'";

const EXPLAIN_EXAMPLES: &str = "\
Examples:
  sagap explain                                   all rules and verdicts
  sagap explain failover-without-negotiation
  sagap explain no-negotiation";
