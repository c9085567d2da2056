//! Holds the order of the stages: a stage imports earlier stages only.
//!
//! Reads every `crate::`, `sagap::` and `super::` path in `src/`, outside comments, strings and
//! `#[cfg(test)]` items, and resolves it to the stage it enters. Files named `tests.rs` are test modules.

use std::fs;
use std::path::{Path, PathBuf};

/// The stages from the ground up. One stands on what is below it, never on a neighbour of the same floor.
const FLOORS: &[&[&str]] = &[
    &["time", "wire", "error"],
    &["capture"],
    &["decode"],
    &["observe"],
    &["track"],
    &["diagnose"],
    &["report"],
    &["run"],
    &["cli"],
    &["command"],
    &["main", "lib"],
];

#[test]
fn a_stage_imports_earlier_stages_only() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&src, &mut files);
    assert!(files.len() > 10, "only {} source files found under {}", files.len(), src.display());

    let mut faults = Vec::new();
    for file in &files {
        let text = fs::read_to_string(file).expect("a source file is readable UTF-8");
        let relative = file.strip_prefix(&src).expect("found below src");
        faults.extend(faults_in(relative, &text));
    }
    assert!(faults.is_empty(), "imports that run back up:\n{}", faults.join("\n"));
}

#[test]
fn one_file_alone_has_unsafe_code() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in ["src", "tests", "benches"] {
        rust_files(&root.join(folder), &mut files);
    }
    let has_unsafe = |file: &PathBuf| {
        let text = fs::read_to_string(file).expect("a source file is readable UTF-8");
        tokens(&text).iter().any(|token| matches!(&*token.text, "unsafe" | "unsafe_code"))
    };
    files.retain(has_unsafe);
    assert_eq!(files, [root.join("src/capture/socket/ring.rs")]);
}

#[test]
fn an_import_of_a_later_stage_is_named_with_file_and_line() {
    let faults = faults_in(
        Path::new("track/hsrp.rs"),
        "use crate::time::Timestamp;\nuse crate::report::text::Table;\n",
    );
    assert_eq!(faults, ["src/track/hsrp.rs:2: `crate::report`: track must not import report"]);
}

#[test]
fn every_way_to_name_a_later_stage_is_seen() {
    for text in [
        "use crate::{\n    wire::{bytes, mac},\n    report::Report,\n};",
        "fn f(_: &crate::report::Report) {}",
        "use super::super::report::Report;",
        "use super::super::{wire::mac, report};",
        "mod inner { use super::super::super::report::Report; }",
        "use self::super::super::report::Report;",
        "pub use crate ::\n report :: Report;",
        "macro_rules! m { () => { $crate::report::f() } }",
    ] {
        let faults = faults_in(Path::new("track/hsrp.rs"), text);
        assert_eq!(faults.len(), 1, "{text}\n{faults:?}");
        assert!(faults[0].contains("track must not import report"), "{faults:?}");
    }
}

#[test]
fn tests_comments_strings_and_own_modules_are_left_alone() {
    let text = r##"
        //! See [`crate::report`]. /* not closed here
        /* crate::report /* nested */ crate::report */
        use crate::{capture::frame::Frame, track::event};
        use super::event::Event;
        mod inner { use super::super::event; use super::x; use self::super::super::event as e; }
        pub(super) fn shown() {}
        pub(in super::super) struct Shown;
        const A: (&str, &str, char) = ("\"crate::report", r#"crate::report"#, '"');
        fn life<'a>(x: &'a str) -> &'a str { x }
        #[cfg(test)]
        #[allow(dead_code)]
        mod tests { use crate::report::Report; fn f() { {} } }
        #[cfg(test)]
        use crate::report::Report;
    "##;
    assert_eq!(faults_in(Path::new("track/hsrp.rs"), text), [""; 0]);
    assert_eq!(faults_in(Path::new("track/tests.rs"), "use crate::report::Report;"), [""; 0]);
}

#[test]
fn neighbours_of_one_floor_do_not_know_each_other() {
    let faults = faults_in(Path::new("wire/arp.rs"), "use crate::time::Timestamp;");
    assert_eq!(faults, ["src/wire/arp.rs:1: `crate::time`: wire must not import time"]);
}

#[test]
fn an_unknown_stage_is_a_fault() {
    let faults = faults_in(Path::new("helpers/mod.rs"), "");
    assert_eq!(faults, ["src/helpers/mod.rs:1: `helpers` is not a stage"]);
    let faults = faults_in(Path::new("track/hsrp.rs"), "use crate::Timestamp;");
    assert_eq!(faults, ["src/track/hsrp.rs:1: `crate::Timestamp`: Timestamp is not a stage"]);
}

/// Every fault of one file, one line each. `path` is relative to `src/`.
fn faults_in(path: &Path, text: &str) -> Vec<String> {
    let module = module_path(path);
    let stage = module.first().map_or("lib", String::as_str);
    let Some(floor) = floor_of(stage) else {
        return vec![format!("src/{}:1: `{stage}` is not a stage", path.display())];
    };
    if path.file_stem().is_some_and(|stem| stem == "tests") {
        return Vec::new();
    }
    let tokens = without_tests(&tokens(text));
    let mut faults = Vec::new();
    for (line, entered) in entered_stages(&tokens, &module) {
        let why = match floor_of(&entered) {
            None => format!("{entered} is not a stage"),
            Some(other) if other >= floor && entered != stage => format!("{stage} must not import {entered}"),
            Some(_) => continue,
        };
        faults.push(format!("src/{}:{line}: `crate::{entered}`: {why}", path.display()));
    }
    faults
}

/// The floor a stage stands on, counted from 0 on the ground.
fn floor_of(stage: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&stage))
}

/// The module a file holds: `wire/ike/mod.rs` is `[wire, ike]`, `lib.rs` the crate's root.
fn module_path(path: &Path) -> Vec<String> {
    let parts = path.with_extension("");
    let mut parts: Vec<String> = parts.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    if parts.last().is_some_and(|last| last == "mod") || parts == ["lib"] {
        parts.pop();
    }
    parts
}

/// Every stage that a path enters through the crate's root, with the line it stands on.
fn entered_stages(tokens: &[Token], module: &[String]) -> Vec<(usize, String)> {
    let mut entered = Vec::new();
    // One entry per open brace: true for that of an inline module.
    let mut braces: Vec<bool> = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        match token.text.as_str() {
            "{" => braces.push(at >= 2 && tokens[at - 2].text == "mod"),
            "}" => drop(braces.pop()),
            "crate" | "sagap" if follows(tokens, at + 1, &["::"]) => {
                first_segments(tokens, at + 2, &mut entered);
            }
            "super" if follows(tokens, at + 1, &["::"]) => {
                let inline = braces.iter().filter(|is_module| **is_module).count();
                let mut depth = module.len() + inline;
                while follows(tokens, at, &["super", "::"]) {
                    depth = depth.saturating_sub(1);
                    at += 2;
                }
                if depth == 0 {
                    first_segments(tokens, at, &mut entered);
                }
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    entered
}

/// The first segment of the path at `at`, or of each path of the group `{…}` that starts there.
fn first_segments(tokens: &[Token], at: usize, out: &mut Vec<(usize, String)>) {
    if !follows(tokens, at, &["{"]) {
        out.extend(tokens.get(at).map(|token| (token.line, token.text.clone())));
        return;
    }
    let mut depth = 0;
    for pair in tokens[at..].windows(2) {
        match pair[0].text.as_str() {
            "{" => depth += 1,
            "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return;
        }
        let starts_path = pair[0].text == "," || pair[0].text == "{";
        if depth == 1 && starts_path && pair[1].text != "}" {
            out.push((pair[1].line, pair[1].text.clone()));
        }
    }
}

/// The tokens without those of items marked `#[cfg(test)]`.
fn without_tests(tokens: &[Token]) -> Vec<Token> {
    const MARK: &[&str] = &["#", "[", "cfg", "(", "test", ")", "]"];
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if follows(tokens, at, MARK) {
            at = end_of_item(tokens, at + MARK.len());
        } else {
            kept.push(tokens[at].clone());
            at += 1;
        }
    }
    kept
}

/// Where the item that starts at `at` is over: past its first `;` or braces outside any other bracket.
fn end_of_item(tokens: &[Token], mut at: usize) -> usize {
    let mut depth = 0;
    let is_use = follows(tokens, at, &["use"]);
    while let Some(token) = tokens.get(at) {
        at += 1;
        match token.text.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" => depth -= 1,
            "}" => {
                depth -= 1;
                if depth == 0 && !is_use {
                    return at;
                }
            }
            ";" if depth == 0 => return at,
            _ => {}
        }
    }
    at
}

fn follows(tokens: &[Token], at: usize, texts: &[&str]) -> bool {
    texts.iter().enumerate().all(|(i, text)| tokens.get(at + i).is_some_and(|token| token.text == *text))
}

#[derive(Clone, Debug)]
struct Token {
    /// From 1.
    line: usize,
    /// An identifier, `::`, or one other character.
    text: String,
}

/// The words and signs of a source text, without comments and literals.
fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut line = 1;
    let mut at = 0;
    while at < chars.len() {
        let end = token_end(&chars, at);
        let token: String = chars[at..end].iter().collect();
        let is_word = token.starts_with(is_word_char) && token.chars().all(is_word_char);
        if is_word || token == "::" || (token.len() == 1 && !token.trim().is_empty()) {
            tokens.push(Token { line, text: token.clone() });
        }
        line += token.matches('\n').count();
        at = end;
    }
    tokens
}

/// Where the token, comment or literal that starts at `at` is over.
fn token_end(chars: &[char], at: usize) -> usize {
    let next = chars.get(at + 1).copied();
    match (chars[at], next) {
        ('/', Some('/')) => at + chars[at..].iter().take_while(|c| **c != '\n').count(),
        ('/', Some('*')) => block_comment_end(chars, at),
        ('r', Some('"' | '#')) => raw_string_end(chars, at),
        ('"', _) => quoted_end(chars, at, '"'),
        // A lifetime has no closing quote right after its first character.
        ('\'', Some(c)) if c == '\\' || chars.get(at + 2) == Some(&'\'') => quoted_end(chars, at, '\''),
        (':', Some(':')) => at + 2,
        (c, _) if is_word_char(c) => at + chars[at..].iter().take_while(|c| is_word_char(**c)).count(),
        _ => at + 1,
    }
}

fn is_word_char(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn quoted_end(chars: &[char], at: usize, quote: char) -> usize {
    let mut end = at + 1;
    while end < chars.len() && chars[end] != quote {
        end += if chars[end] == '\\' { 2 } else { 1 };
    }
    (end + 1).min(chars.len())
}

fn raw_string_end(chars: &[char], at: usize) -> usize {
    let hashes = chars[at + 1..].iter().take_while(|c| **c == '#').count();
    let open = at + 1 + hashes;
    if chars.get(open) != Some(&'"') {
        // A raw identifier such as `r#type`.
        return open;
    }
    let closes = |end: usize| {
        chars[end] == '"' && chars[end + 1..].iter().take_while(|c| **c == '#').count() >= hashes
    };
    (open + 1..chars.len()).find(|end| closes(*end)).map_or(chars.len(), |end| end + 1 + hashes)
}

fn block_comment_end(chars: &[char], at: usize) -> usize {
    let mut depth = 0;
    let mut end = at;
    while end + 1 < chars.len() {
        match (chars[end], chars[end + 1]) {
            ('/', '*') => depth += 1,
            ('*', '/') => depth -= 1,
            _ => {
                end += 1;
                continue;
            }
        }
        end += 2;
        if depth == 0 {
            return end;
        }
    }
    chars.len()
}

fn rust_files(folder: &Path, out: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder)
        .expect("src is readable")
        .map(|entry| entry.expect("src is readable").path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            rust_files(&path, out);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            out.push(path);
        }
    }
}
