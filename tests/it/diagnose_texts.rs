//! The explanations of rules and verdicts are printed on terminals and pasted into tickets: all have the same
//! parts in the same order, in plain Markdown that fits the screen.

use std::fs;
use std::path::Path;

const RULE_PARTS: &[&str] =
    &["What it means", "Evidence", "Why it happens", "What to check", "What to do", "References"];
const VERDICT_PARTS: &[&str] = &["What it means", "How it is told from its neighbours", "What to do next"];
const VERDICTS: &[&str] = &[
    "child-rejected",
    "idle",
    "inconclusive",
    "no-negotiation",
    "one-way",
    "recovered",
    "recovered-late",
    "rejected",
    "stateful",
    "unanswered",
];
/// Columns of a line.
const WIDTH: usize = 100;

#[test]
fn every_rule_text_has_the_same_parts() {
    let texts = texts_in("rules");
    assert!(texts.len() >= 8, "{} rule texts", texts.len());
    for (name, text) in &texts {
        check(name, text, RULE_PARTS);
        assert!(
            text.contains("Clear the SAs on the primary") || text.contains("Clear nothing"),
            "{name}: first step"
        );
    }
}

#[test]
fn every_verdict_has_a_text() {
    let texts = texts_in("verdicts");
    let names: Vec<&str> = texts.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, VERDICTS);
    for (name, text) in &texts {
        check(name, text, VERDICT_PARTS);
    }
}

#[test]
fn texts_name_only_rules_that_have_a_text() {
    let rules: Vec<String> = texts_in("rules").into_iter().map(|(name, _)| name).collect();
    for (name, text) in texts_in("rules").into_iter().chain(texts_in("verdicts")) {
        for asked in text.split("`sagap explain ").skip(1) {
            let asked = asked.split('`').next().unwrap_or_default();
            assert!(rules.iter().any(|rule| rule == asked), "{name} sends the reader to {asked:?}");
        }
    }
}

fn check(name: &str, text: &str, parts: &[&str]) {
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some(format!("# {name}").as_str()));
    assert_eq!(lines.next(), Some(""), "{name}");
    let summary: Vec<&str> = lines.take_while(|line| !line.is_empty()).collect();
    let summary = summary.join(" ");
    assert!(
        summary.ends_with('.') && summary.matches(". ").count() == 0,
        "{name}: one sentence, not {summary:?}"
    );

    let headings: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    assert_eq!(headings, parts, "{name}");
    for (number, line) in (1..).zip(text.lines()) {
        assert!(line.chars().count() <= WIDTH, "{name}, line {number} is wider than {WIDTH} columns");
        assert!(line.trim_end() == line && !line.contains('\t'), "{name}, line {number}: stray white space");
        assert!(!line.contains("</") && !line.contains("<br"), "{name}, line {number}: HTML");
    }
    assert!(text.ends_with('\n') && !text.ends_with("\n\n"), "{name}: ends with one line break");
}

/// Name in kebab-case and text of each explanation in a folder of `src/diagnose/`, by name.
fn texts_in(folder: &str) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/diagnose").join(folder);
    let mut texts = Vec::new();
    for entry in fs::read_dir(&folder).expect("the folder is there") {
        let path = entry.expect("the folder is readable").path();
        if path.extension().is_some_and(|extension| extension == "md") {
            let stem = path.file_stem().expect("a file has a name").to_string_lossy();
            texts.push((stem.replace('_', "-"), fs::read_to_string(&path).expect("the text is UTF-8")));
        }
    }
    texts.sort();
    texts
}
