//! The texts on rules and verdicts.

use sagap::diagnose::{RULES, Verdict, explain as texts};
use sagap::report::{Explained, ExplainedKind, PageStyle, explain, list};

fn known() -> Vec<Explained> {
    let rules = RULES.iter().map(|rule| Explained {
        name: rule.meta().name,
        kind: ExplainedKind::Rule,
        severity: Some(rule.meta().severity),
        summary: rule.meta().summary(),
        text: rule.meta().text,
    });
    let verdicts = Verdict::ALL.iter().map(|verdict| Explained {
        name: verdict.name(),
        kind: ExplainedKind::Verdict,
        severity: None,
        summary: texts::summary(texts::verdict_text(*verdict)),
        text: texts::verdict_text(*verdict),
    });
    rules.chain(verdicts).collect()
}

fn style(width: u16) -> PageStyle {
    PageStyle { width: Some(width), color: false }
}

#[test]
fn lists_rules_and_verdicts() {
    insta::assert_snapshot!(list(&known(), style(100)));
}

#[test]
fn a_rule_reads_well_on_a_narrow_page() {
    insta::assert_snapshot!(explain(&known(), "failover-without-negotiation", style(72)).unwrap());
}

#[test]
fn every_text_keeps_its_words_and_its_code_at_any_width() {
    for explained in known() {
        let code: Vec<&str> = explained.text.lines().filter(|line| line.starts_with("       ")).collect();
        for width in [20, 80, 200] {
            let shown = explain(&known(), explained.name, style(width)).unwrap();
            // The cells of tables are wrapped beside each other, so that their words stand in another order.
            let (tables, prose): (Vec<&str>, Vec<&str>) =
                explained.text.lines().partition(|line| line.starts_with('|'));
            let mut words = shown.split_whitespace();
            for word in prose.iter().flat_map(|line| line.split_whitespace()).filter(|&word| is_shown(word)) {
                assert!(words.any(|shown| shown == word), "{word} of {} at {width}", explained.name);
            }
            let all = [prose, tables.into_iter().filter(|line| !line.starts_with("|-")).collect()].concat();
            assert_eq!(letters(&shown), letters(&all.join(" ")), "{} at {width}", explained.name);
            for line in &code {
                assert!(shown.contains(line), "{line:?} of {} at {width}", explained.name);
            }
        }
    }
}

/// Whether a word is shown as it stands: the signs of titles are not, and a severity is added to the first.
fn is_shown(word: &str) -> bool {
    !word.starts_with('#') && !matches!(word, "(info)" | "(warning)" | "(critical)")
}

/// The letters of a text, sorted, with neither severities nor what tables are drawn with.
fn letters(text: &str) -> Vec<char> {
    let words = text.split_whitespace().filter(|&word| is_shown(word));
    let mut letters: Vec<char> =
        words.flat_map(str::chars).filter(|letter| !"|─".contains(*letter)).collect();
    letters.sort_unstable();
    letters
}

#[test]
fn titles_are_bold_in_colour() {
    let text = explain(&known(), "idle", PageStyle { width: Some(80), color: true }).unwrap();
    assert!(text.starts_with("\x1b[1midle\x1b[0m\n"), "{text}");
}

#[test]
fn an_unknown_name_gets_the_nearest_ones() {
    let cases = [
        ("no-negotation", vec!["no-negotiation"]),
        ("recoverd", vec!["recovered"]),
        ("Idle", vec!["idle"]),
        ("frobnicate", vec![]),
    ];
    for (name, alike) in cases {
        let unknown = explain(&known(), name, style(80)).unwrap_err();
        assert_eq!(unknown.alike, alike, "{name}");
    }
    let unknown = explain(&known(), "\x1b[2J", style(80)).unwrap_err();
    assert_eq!(unknown.to_string(), "'\\u{1b}[2J' is neither a rule nor a verdict");
}
