//! What arguments become.

use std::path::PathBuf;
use std::time::Duration;

use sagap::cli::{AnalyzeFormat, ColorChoice, ExportTable, Invocation, parse};
use sagap::diagnose::{self, Severity};
use sagap::report::{TableFormat, TimeStyle};
use sagap::track;

fn invocation(arguments: &str) -> Invocation {
    parse(["sagap"].into_iter().chain(arguments.split_whitespace()).map(Into::into)).unwrap()
}

#[test]
fn analyze_by_default_judges_with_the_defaults_of_the_stages() {
    let Invocation::Analyze(analyze) = invocation("analyze a.pcap -") else { panic!("not analyze") };
    assert_eq!(analyze.captures, ["a.pcap", "-"].map(PathBuf::from));
    assert_eq!((analyze.format, analyze.fail_on), (AnalyzeFormat::Text, Some(Severity::Warning)));
    assert_eq!((analyze.common.time, analyze.common.color), (TimeStyle::Utc, ColorChoice::Auto));
    assert!(analyze.common.progress);
    let (diagnosis, tracking) = (diagnose::Options::default(), track::Options::default());
    let thresholds = analyze.thresholds;
    assert_eq!(thresholds.window, diagnosis.window);
    assert_eq!(thresholds.window, tracking.window);
    assert_eq!(thresholds.settle, diagnosis.settle);
    assert_eq!(thresholds.min_observation, diagnosis.min_observation);
    assert_eq!(thresholds.late_after, diagnosis.late_after);
    assert_eq!(thresholds.confirm, diagnosis.confirm);
    assert_eq!(thresholds.silence, tracking.silence);
    assert_eq!(thresholds.stateful_jump, tracking.stateful_jump);
    assert_eq!(thresholds.requests, diagnosis.requests);
    assert_eq!(thresholds.dead_spi_packets, diagnosis.dead_spi_packets);
    assert_eq!(thresholds.dead_spi_time, diagnosis.dead_spi_time);
    assert_eq!(thresholds.change_window, tracking.change_window);
    assert_eq!(thresholds.change_silence, tracking.change_silence);
    assert_eq!(thresholds.flapping_changes, tracking.flapping_changes);
    assert_eq!(thresholds.flapping_window, tracking.flapping_window);
    assert_eq!(thresholds.no_standby_after, diagnosis.no_standby_after);
    assert_eq!(thresholds.announce_within, diagnosis.announce_within);
    assert_eq!(thresholds.mismatch_hellos, diagnosis.mismatch_hellos);
    assert_eq!(thresholds.mismatch_time, diagnosis.mismatch_time);
    assert_eq!(thresholds.split_margin, diagnosis.split_margin);
    assert_eq!(thresholds.clear_packets, diagnosis.clear_packets);
    assert_eq!(thresholds.clear_flows, diagnosis.clear_flows);
}

#[test]
fn analyze_takes_every_flag_in_any_place() {
    let typed = "--time relative analyze --format json --fail-on never --window 2m a.pcap --no-progress \
                 --late-after 1500ms --color always --ike-port 4501 --ike-port 501";
    let Invocation::Analyze(analyze) = invocation(typed) else { panic!("not analyze") };
    assert_eq!((analyze.format, analyze.fail_on), (AnalyzeFormat::Json, None));
    assert_eq!((analyze.common.time, analyze.common.color), (TimeStyle::Relative, ColorChoice::Always));
    assert!(!analyze.common.progress);
    assert_eq!(analyze.ike_ports, [4501, 501]);
    assert_eq!(analyze.thresholds.window, Duration::from_secs(120));
    let told = analyze.thresholds.told();
    assert_eq!(told[0], ("window", "120s".to_owned()));
    assert_eq!(told[3], ("late-after", "1500ms".to_owned()));
}

#[test]
fn export_by_default_is_the_timeline_as_csv() {
    let Invocation::Export(export) = invocation("export a.pcap") else { panic!("not export") };
    assert_eq!((export.table, export.format, export.output), (ExportTable::Timeline, TableFormat::Csv, None));
}

#[test]
fn export_of_messages_may_have_esp() {
    let typed = "export --table messages --esp --format ndjson -o out.json a.pcap";
    let Invocation::Export(export) = invocation(typed) else { panic!("not export") };
    assert_eq!(export.table, ExportTable::Messages { esp: true });
    assert_eq!((export.format, export.output), (TableFormat::Ndjson, Some(PathBuf::from("out.json"))));
}

#[test]
fn colours_follow_the_terminal_unless_told_otherwise() {
    assert!(ColorChoice::Auto.applies(true, false));
    assert!(!ColorChoice::Auto.applies(true, true) && !ColorChoice::Auto.applies(false, false));
    assert!(ColorChoice::Always.applies(false, true) && !ColorChoice::Never.applies(true, false));
}
