//! What arguments become.

use std::path::PathBuf;
use std::time::Duration;

use sagap::cli::{AnalyzeFormat, ColorChoice, ExportTable, Invocation, Thresholds, parse};
use sagap::diagnose::Severity;
use sagap::report::{TableFormat, TimeStyle};

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
    assert_eq!(analyze.thresholds, Thresholds::default());
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
    assert_eq!(analyze.thresholds.diagnose.window, Duration::from_secs(120));
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
