//! What is said of arguments that make no sense: one line and a hint.

use sagap::cli::{Answer, parse};

fn complaint(arguments: &str) -> String {
    match parse(["sagap"].into_iter().chain(arguments.split_whitespace()).map(Into::into)) {
        Err(Answer::Complaint(complaint)) => complaint.to_string(),
        other => panic!("'{arguments}' gives {other:?}"),
    }
}

#[test]
fn each_names_the_flag_and_says_what_to_do() {
    let cases = [
        "",
        "analyse a.pcap",
        "analyze",
        "export",
        "analyze a.pcap --widow 5s",
        "analyze a.pcap --window",
        "analyze a.pcap --window 60x",
        "analyze a.pcap --window fast",
        "analyze a.pcap --window 0",
        "analyze a.pcap --min-observation 2m",
        "analyze a.pcap --stateful-jump many",
        "analyze a.pcap --ike-port 65536",
        "analyze a.pcap --ike-port ike",
        "analyze a.pcap --ike-port 0",
        "analyze a.pcap --max-decompressed 16gib",
        "export a.pcap --max-decompressed huge",
        "analyze a.pcap --threads 0",
        "export a.pcap --threads all",
        "analyze a.pcap --format xml",
        "analyze a.pcap --format jsn",
        "analyze a.pcap --format text --format json",
        "analyze a.pcap --fail-on error",
        "export a.pcap --esp",
        "export a.pcap --table message",
        "export a.pcap -o",
        "export a.pcap --frobnicate",
        "explain one two",
        "analyze a.pcap --time mars",
        "analyze a.pcap --no-progress=yes",
    ];
    let told: Vec<String> =
        cases.iter().map(|case| format!("$ sagap {case}\n{}\n", complaint(case))).collect();
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn each_is_one_line_and_a_hint_in_the_house_style() {
    for case in ["analyze", "analyze a.pcap --window 60x", "export a.pcap --esp", "explain a b", "x"] {
        let text = complaint(case);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 2, "{text}");
        assert!(lines[0].starts_with("error: ") && !lines[0].ends_with('.'), "{text}");
        assert!(lines[1].starts_with("hint: "), "{text}");
    }
}

#[test]
fn what_was_typed_cannot_act_on_a_terminal() {
    let text = complaint("analyze a.pcap --window \x1b[2J --time \u{202e}x");
    assert!(!text.contains('\x1b') && !text.contains('\u{202e}'), "{text}");
}
