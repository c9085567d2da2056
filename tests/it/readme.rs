//! What `README.md` says is what the command does.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use sagap::cli;
use sagap::command::{self, Terminal};

use crate::common::files_below;
use crate::common::sagap::{recordings, sagap};

const SEED: &str = "captures/hsrp_v1_ikev2_no_negotiation.pcapng";

#[test]
fn the_transcript_is_a_real_one() {
    let readme = readme();
    let block = blocks(&readme).into_iter().find(|block| block.starts_with("$ sagap analyze "));
    let (typed, transcript) = block.expect("a transcript").split_once('\n').expect("more than a line");
    assert_eq!(typed, format!("$ sagap analyze {SEED}"));
    is_part_of(transcript, &on_a_terminal(&["sagap", "analyze", SEED]));
}

/// Holds that a transcript, from which lines are left out at `...`, is what was written.
fn is_part_of(transcript: &str, written: &str) {
    let mut rest = written;
    for (place, part) in transcript.split("...\n").enumerate() {
        let at = rest.find(part).filter(|at| place > 0 || *at == 0);
        let Some(at) = at else { panic!("README.md has\n{part}\nwhich is not, or not here, in\n{written}") };
        rest = &rest[at + part.len()..];
    }
}

#[test]
fn the_transcript_of_a_followed_file_is_a_real_one() {
    let readme = readme();
    let block = blocks(&readme).into_iter().find(|block| block.starts_with("$ sagap follow --frames "));
    let (typed, transcript) = block.expect("a transcript").split_once('\n').expect("more than a line");
    assert!(typed.ends_with(SEED), "{typed}");
    is_part_of(transcript, &on_a_terminal(&typed.split_whitespace().skip(1).collect::<Vec<_>>()));
}

#[test]
fn the_commands_can_be_typed() {
    let readme = readme();
    let lines = blocks(&readme).into_iter().flat_map(str::lines);
    let typed: Vec<&str> = lines
        .filter_map(|line| line.rsplit('|').find(|part| part.trim_start().starts_with("sagap ")))
        .map(|line| line.split(['#', '>']).next().unwrap_or_default().trim())
        // What says in columns what each command is for is no example.
        .filter(|line| !line.contains("   ") && !line.contains(['<', '[']))
        .collect();
    assert!(typed.len() >= 8, "{typed:?}");
    for line in typed {
        assert!(cli::parse(line.split_whitespace().map(Into::into)).is_ok(), "{line}");
    }
}

#[test]
fn the_header_lines_are_those_of_the_tables() {
    let readme = readme();
    for table in ["timeline", "messages", "flows", "findings"] {
        let ran = sagap(&recordings(), &["export", "--table", table, "hsrp_v1_idle.pcapng"]);
        let header = ran.stdout.lines().next().expect("a header line").to_owned();
        let told = readme.split_once(&format!("**{table}**")).expect("every table is told of").1;
        assert_eq!(blocks(told).first().map(|block| block.trim_end()), Some(header.as_str()), "{table}");
    }
}

#[test]
fn every_event_is_named() {
    let readme = readme();
    let mut events = BTreeSet::new();
    for file in files_below(&recordings()) {
        let file = file.to_str().expect("names are UTF-8");
        if file.contains(".pcap") {
            let table = sagap(&recordings(), &["export", file]).stdout;
            let mut reader = csv::Reader::from_reader(table.as_bytes());
            events.extend(reader.records().map(|row| row.expect("a row")[4].to_owned()));
        }
    }
    assert!(events.len() >= 15, "{events:?}");
    for event in events {
        assert!(readme.contains(&format!("`{event}`")), "{event}");
    }
}

#[test]
fn the_thresholds_are_those_of_the_options() {
    let readme = readme();
    let help = sagap(&recordings(), &["analyze", "--help"]).stdout;
    let thresholds = readme.split_once("## Thresholds").expect("they are told of").1;
    let thresholds = thresholds.split("\n## ").next().unwrap_or_default();
    let rows: Vec<Vec<&str>> = thresholds
        .lines()
        .filter(|line| line.starts_with("| `--"))
        .map(|line| line.split('|').map(|cell| cell.trim().trim_matches('`')).collect())
        .collect();
    // How many threads read is no threshold.
    let help = help.replacen("--threads <COUNT>", "", 1);
    assert_eq!(
        rows.len(),
        help.matches("<TIME>").count() + help.matches("<PACKETS>").count() + help.matches("<COUNT>").count()
    );
    for row in rows {
        let told =
            help.split_once(&format!("{} <", row[1])).unwrap_or_else(|| panic!("{} is no option", row[1])).1;
        let default = told.split_once("[default: ").expect("it has a default").1;
        assert_eq!(default.split(']').next(), Some(row[2].replace(' ', "").as_str()), "{}", row[1]);
    }
}

fn readme() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).expect("README.md is there")
}

/// The fenced blocks of a text, without their fences.
fn blocks(text: &str) -> Vec<&str> {
    text.split("```").skip(1).step_by(2).map(|block| block.trim_start_matches('\n')).collect()
}

/// What a command that ends with the seed case writes on a terminal of 100 columns.
fn on_a_terminal(words: &[&str]) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(SEED).into_os_string();
    let words = words[..words.len() - 1].iter().map(Into::into).chain([path]);
    let invocation = cli::parse(words).expect("nothing is wrong with it");
    let terminal = Terminal { width: Some(100), no_color: true, ..Terminal::default() };
    let (mut out, mut err) = (Vec::new(), Vec::new());
    command::perform(&invocation, terminal, &mut out, &mut err);
    String::from_utf8(out).expect("what is written is UTF-8")
}
