//! Where results go, how they look, and how a run ends.

use std::fs;
use std::io::Read;
use std::process::{Command, Stdio};

use sagap::cli;
use sagap::command::{self, Exit, Terminal};

use crate::common::sagap::{Ran, binary, recordings, sagap};
use crate::common::scratch;

const SEED: &str = "hsrp_v1_ikev2_no_negotiation.pcapng";
const LATE: &str = "hsrp_v1_ikev2_recovered_late.pcapng";
const EARLY: &str = "hsrp_v1_ikev2_inconclusive.pcapng";
const HEALTHY: &str = "vrrp_v2_ikev2_recovered.pcapng";

#[test]
fn the_exit_code_follows_the_worst_finding() {
    let code =
        |severity: &str, file: &str| sagap(&recordings(), &["analyze", "--fail-on", severity, file]).code;
    // The worst finding of each: critical, warning, info, none.
    let codes = |file: &str| ["info", "warning", "critical", "never"].map(|severity| code(severity, file));
    assert_eq!(codes(SEED), [1, 1, 1, 0]);
    assert_eq!(codes(LATE), [1, 1, 0, 0]);
    assert_eq!(codes(EARLY), [1, 0, 0, 0]);
    assert_eq!(codes(HEALTHY), [0, 0, 0, 0]);
    for (file, by_default) in [(SEED, 1), (LATE, 1), (EARLY, 0), (HEALTHY, 0)] {
        assert_eq!(sagap(&recordings(), &["analyze", file]).code, by_default, "{file}");
        assert_eq!(sagap(&recordings(), &["export", "--table", "findings", file]).code, 0, "{file}");
    }
    assert_eq!(sagap(&recordings(), &["analyze", "--fail-on", "never", SEED, "missing.pcap"]).code, 2);
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    for arguments in [
        vec!["export", "--table", "messages", "--esp"],
        vec!["export", "--table", "messages", "--format", "ndjson"],
        vec!["export"],
        vec!["export", "--table", "flows"],
        vec!["analyze", "--fail-on", "never"],
        vec!["analyze", "--fail-on", "never", "--format", "json"],
        vec!["explain"],
        vec!["--help"],
    ] {
        let mut command = Command::new(binary());
        command.current_dir(recordings()).args(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
        if !matches!(arguments[0], "explain" | "--help") {
            // More than a pipe holds, so that the end of its reader is felt.
            command.args([SEED, "hsrp_v1_ikev2_rekeys.pcapng", "hsrp_v1_ikev2_flapping.pcapng"]);
        }
        let mut child = command.spawn().unwrap();
        drop(child.stdout.take());
        let mut told = String::new();
        child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
        let code = child.wait().unwrap().code();
        assert_eq!((code, told.as_str()), (Some(0), ""), "{arguments:?}");
    }
}

#[test]
fn findings_decide_the_exit_code_also_when_the_reader_leaves() {
    let mut command = Command::new(binary());
    let mut child =
        command.current_dir(recordings()).args(["analyze", SEED]).stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(1));
}

#[test]
fn a_table_goes_to_the_file_that_is_named() {
    let folder = scratch("a_table_goes_to_the_file");
    let seed = recordings().join(SEED);
    let seed = seed.to_str().unwrap();
    let ran = sagap(&folder, &["export", "-o", "timeline.csv", seed]);
    assert_eq!(ran, Ran { code: 0, stdout: String::new(), stderr: String::new() });
    let table = fs::read_to_string(folder.join("timeline.csv")).unwrap();
    assert_eq!(table, sagap(&folder, &["export", seed]).stdout);
    // What stood there before is gone, also where it was longer.
    fs::write(folder.join("timeline.csv"), table.repeat(2)).unwrap();
    sagap(&folder, &["export", "-o", "timeline.csv", seed]);
    assert_eq!(fs::read_to_string(folder.join("timeline.csv")).unwrap(), table);
    assert_eq!(sagap(&folder, &["export", "-o", "-", seed]).stdout, table);
    assert!(!folder.join("-").exists());
}

#[test]
fn a_table_is_never_written_over_a_capture() {
    let folder = scratch("never_written_over_a_capture");
    fs::create_dir(folder.join("ring")).unwrap();
    let bytes = fs::read(recordings().join(SEED)).unwrap();
    fs::write(folder.join("ring/a.pcapng"), &bytes).unwrap();
    std::os::unix::fs::symlink("ring/a.pcapng", folder.join("link.csv")).unwrap();
    fs::hard_link(folder.join("ring/a.pcapng"), folder.join("hard.csv")).unwrap();
    let cases = [
        ["export", "-o", "ring/a.pcapng", "ring/a.pcapng"],
        ["export", "-o", "./ring/../ring/a.pcapng", "ring/a.pcapng"],
        ["export", "-o", "link.csv", "ring/a.pcapng"],
        ["export", "-o", "hard.csv", "ring/a.pcapng"],
        ["export", "-o", "ring/a.pcapng", "link.csv"],
        ["export", "-o", "ring/a.pcapng", "ring"],
    ];
    for case in cases {
        let ran = sagap(&folder, &case);
        let told =
            format!("error: {}: is one of the captures\nhint: name another file to write to\n", case[2]);
        assert_eq!(ran, Ran { code: 2, stdout: String::new(), stderr: told }, "{case:?}");
        assert!(fs::read(folder.join("ring/a.pcapng")).unwrap() == bytes, "{case:?}");
    }
}

#[test]
fn a_file_that_cannot_be_written_is_named() {
    let folder = scratch("a_file_that_cannot_be_written");
    let seed = recordings().join(SEED);
    let seed = seed.to_str().unwrap();
    let missing = sagap(&folder, &["export", "-o", "missing/timeline.csv", seed]);
    let directory = sagap(&folder, &["export", "-o", ".", seed]);
    insta::assert_snapshot!([missing.ending(), directory.ending()].join("\n"));
    if cfg!(target_os = "linux") {
        let full = sagap(&folder, &["export", "--table", "messages", "-o", "/dev/full", seed]);
        insta::assert_snapshot!("a_full_disk_is_named", full.ending());
        let timeline = sagap(&folder, &["export", "-o", "/dev/full", seed]);
        assert_eq!(timeline.ending(), full.ending());
    }
}

#[test]
fn a_full_disk_behind_standard_output_is_named() {
    if cfg!(not(target_os = "linux")) {
        return;
    }
    for arguments in [
        vec!["analyze", SEED],
        vec!["export", SEED],
        vec!["export", "--format", "ndjson", SEED],
        vec!["explain"],
    ] {
        let full = fs::File::options().write(true).open("/dev/full").unwrap();
        let ran =
            Command::new(binary()).current_dir(recordings()).args(&arguments).stdout(full).output().unwrap();
        let told = String::from_utf8(ran.stderr).unwrap();
        let expected = "error: standard output: cannot be written: no space left on device\nhint: make room, or write to another disk\n";
        assert_eq!((ran.status.code(), told.as_str()), (Some(2), expected), "{arguments:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_reader_that_leaves_a_named_pipe_is_no_error() {
    let mut command = Command::new(binary());
    command.current_dir(recordings()).args(["export", "--table", "messages", "--esp", "-o", "/dev/stdout"]);
    command.args([SEED, "hsrp_v1_ikev2_rekeys.pcapng", "hsrp_v1_ikev2_flapping.pcapng"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // One byte is read, so that the pipe is open before it closes.
    child.stdout.take().unwrap().read_exact(&mut [0]).unwrap();
    let ran = child.wait_with_output().unwrap();
    assert_eq!((ran.status.code(), ran.stderr.as_slice()), (Some(0), &b""[..]));
}

#[test]
fn an_unreadable_capture_leaves_no_empty_table_behind() {
    let folder = scratch("leaves_no_empty_table_behind");
    fs::write(folder.join("old.csv"), "kept").unwrap();
    let ran = sagap(&folder, &["export", "-o", "old.csv", "missing.pcap"]);
    assert_eq!(ran.code, 2);
    assert_eq!(fs::read_to_string(folder.join("old.csv")).unwrap(), "kept");
}

#[test]
fn damage_is_told_beside_a_table() {
    let folder = scratch("damage_is_told_beside_a_table");
    let bytes = fs::read(recordings().join(SEED)).unwrap();
    fs::write(folder.join("cut.pcapng"), &bytes[..bytes.len() - 30]).unwrap();
    insta::assert_snapshot!(sagap(&folder, &["export", "cut.pcapng"]).ending());
}

#[test]
fn times_are_told_as_asked() {
    let told = |style: &str| {
        let ran = sagap(&recordings(), &["analyze", "--time", style, SEED]);
        ran.stdout
            .lines()
            .filter(|line| line.contains("hsrp/10") && line.contains("hold-expiry"))
            .take(2)
            .collect::<Vec<_>>()
            .join("\n")
    };
    insta::assert_snapshot!(["utc", "local", "relative"].map(told).join("\n\n"));
    // Tables and JSON are for programs, and stay as they are.
    for arguments in [vec!["export"], vec!["analyze", "--format", "json"]] {
        let relative = sagap(&recordings(), &[arguments.clone(), vec!["--time", "relative", SEED]].concat());
        assert_eq!(relative, sagap(&recordings(), &[arguments, vec![SEED]].concat()));
    }
}

#[test]
fn colours_are_for_terminals_unless_forced() {
    let plain = sagap(&recordings(), &["analyze", SEED]).stdout;
    let forced = sagap(&recordings(), &["analyze", "--color", "always", SEED]).stdout;
    assert!(!plain.contains('\u{1b}') && forced.contains('\u{1b}'));
    let terminal = Terminal { width: Some(100), ..Terminal::default() };
    let quiet = Terminal { no_color: true, ..terminal };
    assert!(on(terminal, "analyze").contains('\u{1b}'));
    assert!(!on(quiet, "analyze").contains('\u{1b}'));
    assert!(!on(terminal, "analyze --color never").contains('\u{1b}'));
    assert!(on(quiet, "analyze --color always").contains('\u{1b}'));
    assert!(!on(terminal, "export").contains('\u{1b}'));
}

#[test]
fn text_fits_the_terminal() {
    for width in [60, 80, 100, 140] {
        let terminal = Terminal { width: Some(width), no_color: true, ..Terminal::default() };
        for line in on(terminal, "analyze").lines() {
            // A filter or command to paste must not be broken.
            let pasted = line.contains("frame.number") || line.contains(".pcapng");
            assert!(pasted || line.chars().count() <= usize::from(width), "{width}: {line}");
        }
    }
}

#[test]
fn the_same_capture_gives_the_same_bytes() {
    for arguments in [
        vec!["analyze"],
        vec!["analyze", "--format", "json"],
        vec!["export"],
        vec!["export", "--table", "flows"],
    ] {
        let run = || {
            sagap(&recordings(), &[arguments.clone(), vec!["hsrp_v1_ikev2_flapping.pcapng", SEED]].concat())
        };
        assert_eq!(run(), run(), "{arguments:?}");
    }
}

#[test]
fn an_unknown_rule_is_answered_with_one_like_it() {
    let folder = recordings();
    let cases = ["no-negotation", "failover-without-negotiations", "Unanswered", "xyzzy"];
    let told =
        cases.map(|case| format!("$ sagap explain {case}\n{}", sagap(&folder, &["explain", case]).ending()));
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn every_rule_and_verdict_that_is_listed_is_explained() {
    let list = sagap(&recordings(), &["explain"]);
    let names: Vec<&str> = list
        .stdout
        .lines()
        .filter_map(|line| line.split("  ").next())
        .filter(|name| {
            name.contains(|c: char| c.is_ascii_lowercase())
                && !name.contains(' ')
                && name.to_lowercase() == *name
        })
        .collect();
    assert!(names.len() >= 18, "{names:?}");
    for name in names {
        let text = sagap(&recordings(), &["explain", name]);
        assert_eq!((text.code, text.stderr.as_str()), (0, ""), "{name}");
        assert!(text.stdout.starts_with(name) && text.stdout.contains("What it means"), "{name}");
    }
}

/// What a command on the seed case writes on a terminal.
fn on(terminal: Terminal, arguments: &str) -> String {
    let seed = recordings().join(SEED).into_os_string();
    let arguments = ["sagap"].into_iter().chain(arguments.split(' ')).map(Into::into).chain([seed]);
    let invocation = cli::parse(arguments).expect("nothing is wrong with the arguments");
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let exit = command::perform(&invocation, terminal, &mut out, &mut err);
    assert!(exit != Exit::Failed && err.is_empty());
    String::from_utf8(out).expect("what is written is UTF-8")
}
