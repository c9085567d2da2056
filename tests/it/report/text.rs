//! The text report.

use std::time::Duration;

use proptest::prelude::*;
use sagap::diagnose::Verdict;
use sagap::report::{CaptureFacts, PageStyle, TextOptions, TimeStyle, TimelineEntry, to_text};
use sagap::track::{EventKind, Setting, Subject};

use super::sample;

fn options(width: Option<u16>) -> TextOptions {
    TextOptions { page: PageStyle { width, color: false }, ..TextOptions::default() }
}

#[test]
fn is_not_wrapped_where_there_is_no_terminal() {
    insta::assert_snapshot!(to_text(&sample::report(), &options(None)));
}

#[test]
fn fits_eighty_columns() {
    let text = to_text(&sample::report(), &options(Some(80)));
    // Commands and filters stay whole, so that they can be copied.
    let long: Vec<&str> = text.lines().filter(|line| line.chars().count() > 80).collect();
    assert!(long.iter().all(|line| line.contains("frame.number in")), "{long:#?}");
    insta::assert_snapshot!(text);
}

#[test]
fn fits_a_hundred_and_twenty_columns() {
    insta::assert_snapshot!(to_text(&sample::report(), &options(Some(120))));
}

#[test]
fn fits_a_hundred_and_forty_columns() {
    let text = to_text(&sample::report(), &options(Some(140)));
    assert!(text.lines().all(|line| line.chars().count() <= 140), "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn says_what_a_capture_holds_that_is_not_about_gateways() {
    insta::assert_snapshot!(to_text(&sample::unrelated_report(), &options(Some(80))));
}

#[test]
fn tells_times_since_the_start() {
    let text = to_text(&sample::report(), &TextOptions { time: TimeStyle::Relative, ..options(None) });
    assert!(
        text.starts_with("+33.348 s  hsrp/10 failed over from 192.0.2.2 to 192.0.2.3 (hold-expiry): "),
        "{text}"
    );
}

#[test]
fn colours_are_all_that_a_terminal_acts_on() {
    let mut options = options(Some(100));
    options.page.color = true;
    let text = to_text(&sample::report(), &options);
    assert!(text.contains("\x1b[1;31mno-negotiation\x1b[0m"), "{text}");
    assert!(text.contains("\x1b[32mrecovered\x1b[0m"), "{text}");
    assert_eq!(text.matches("\x1b[0m").count() * 2, text.matches('\x1b').count());
    assert!(text.chars().all(|c| !('\u{e0000}'..='\u{e0fff}').contains(&c)));
}

#[test]
fn a_long_timeline_is_cut_in_the_middle() {
    let mut report = sample::report();
    report.events = (0..1_000)
        .map(|number| sample::gateway_event(number * 10, number + 1, "192.0.2.2", EventKind::Coup))
        .collect();
    report.events_suppressed = 7;
    let text = to_text(&report, &TextOptions { timeline_rows: 5, ..options(None) });
    assert_eq!(text.matches("coup").count(), 5, "{text}");
    assert!(text.contains("1,002 events left out here; `sagap export` has them"), "{text}");
    for time in ["04:47:22.213", "04:47:22.233", "04:47:32.193", "04:47:32.203"] {
        assert!(text.contains(time), "{time} in {text}");
    }
}

#[test]
fn names_captures_where_there_are_several() {
    let mut report = sample::report();
    report.captures.push(CaptureFacts {
        name: "site/inside.pcap".to_owned(),
        error: Some("it is empty".to_owned()),
        hint: Some("capture again".to_owned()),
        ..CaptureFacts::default()
    });
    let text = to_text(&report, &options(Some(120)));
    assert!(
        text.starts_with("not read: site/inside.pcap: it is empty\n          hint: capture again\n"),
        "{text}"
    );
    assert!(text.contains("outside.pcapng 962"), "{text}");
    assert!(text.contains("Frames of outside.pcapng:\n     962  04:47:55.561  first hello"), "{text}");
    assert!(text.contains("Wireshark filter for outside.pcapng:\n     frame.number in"), "{text}");
}

#[test]
fn many_failovers_are_told_by_count_and_by_the_worst() {
    let mut report = sample::report();
    let (failover, judgements) = report.failovers.remove(0);
    for number in 0..12 {
        let mut failover = failover;
        failover.at.time = failover.at.time.plus(Duration::from_secs(number));
        let judgement = judgements.get(usize::from(number % 4 != 0)).unwrap().clone();
        report.failovers.push((failover, vec![judgement]));
    }
    let text = to_text(&report, &options(None));
    let head: Vec<&str> = text.lines().take(5).collect();
    assert_eq!(head[0], "12 failovers within 11.0 s: 3 no-negotiation, 9 recovered.");
    assert_eq!(head.iter().filter(|line| line.contains("no IPsec negotiation followed")).count(), 3);
    assert_eq!(head.iter().filter(|line| line.contains("failed over")).count(), 3);
}

#[test]
fn many_failovers_that_all_recovered_are_one_sentence() {
    let mut report = sample::report();
    let (failover, judgements) = report.failovers.remove(0);
    let recovered = judgements.into_iter().filter(|judgement| judgement.verdict == Verdict::Recovered);
    let recovered: Vec<_> = recovered.collect();
    for number in 0..6 {
        let mut failover = failover;
        failover.at.time = failover.at.time.plus(Duration::from_secs(11 * number));
        report.failovers.push((failover, recovered.clone()));
    }
    let text = to_text(&report, &options(None));
    let head: Vec<&str> = text.lines().take(2).collect();
    let told = "6 failovers within 55.0 s, all recovered; the longest outage was 4.323 s.";
    assert_eq!(head, [told, "Findings: 1 critical, 1 info"]);
}

#[test]
fn what_to_do_first_is_about_the_worst_verdict() {
    let mut report = sample::report();
    let mut other = report.findings[0].clone();
    other.subject = Some(Subject::Tunnel(report.failovers[0].1[1].outage.tunnel));
    other.advice.remedy[0].text = "Something else".to_owned();
    report.findings.insert(0, other);
    let text = to_text(&report, &options(None));
    assert!(text.contains("Do first: Clear the SAs on the primary (finding 2)\n"), "{text}");
}

#[test]
fn a_verdict_that_says_nothing_has_no_confidence() {
    for verdict in [Verdict::Idle, Verdict::Inconclusive] {
        let mut report = sample::report();
        report.findings.clear();
        for judgement in &mut report.failovers[0].1 {
            judgement.verdict = verdict;
        }
        if let Some(TimelineEntry::Verdict { judgement, .. }) = report.events.get_mut(9) {
            judgement.verdict = verdict;
        }
        let text = to_text(&report, &options(Some(80)));
        assert_eq!(text.matches("confidence -").count(), 2, "{text}");
        let told = format!("{verdict} after the failover in frame 962; the peer");
        assert!(text.replace("\n                     ", " ").contains(&told), "{text}");
    }
}

proptest! {
    #[test]
    fn nothing_in_a_report_can_act_on_a_terminal(text in "\\PC*|.*", width in proptest::option::of(0_u16..200)) {
        let mut report = sample::report();
        report.captures[0].name.clone_from(&text);
        report.captures[0].damage = vec![text.clone()];
        report.captures[0].error = Some(text.clone());
        report.captures[0].hint = Some(text.clone());
        report.limits = vec![text.clone()];
        report.thresholds = vec![("window", text.clone())];
        let finding = &mut report.findings[0];
        finding.summary.clone_from(&text);
        finding.filter.clone_from(&text);
        finding.reasons = vec![text.clone()];
        finding.evidence[0].note.clone_from(&text);
        finding.advice.meaning.clone_from(&text);
        finding.advice.remedy[0].text.clone_from(&text);
        finding.advice.remedy[0].commands[0].clone_from(&text);
        let changed = EventKind::ConfigChanged(Setting { name: "priority", old: text.clone(), new: text.clone() });
        report.events.push(sample::gateway_event(1, 1, "192.0.2.2", changed));
        if let Some(TimelineEntry::Verdict { judgement, .. }) = report.events.get_mut(9) {
            judgement.reasons[0].text.clone_from(&text);
        }
        report.captures.push(CaptureFacts { name: text, ..CaptureFacts::default() });
        let printed = to_text(&report, &options(width));
        let harmful = |c: char| c != '\n' && (c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c));
        prop_assert!(!printed.contains(harmful), "{:?}", printed);
    }
}
