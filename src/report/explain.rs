//! The texts on rules and verdicts, for a terminal.

use std::fmt;

use crate::diagnose::Severity;

use super::escape::Escaped;
use super::page::{Grid, Page, PageStyle, TIE, Tone};

/// A rule or verdict with its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// Its name, kebab-case.
    pub name: &'static str,
    /// Which of the two it is.
    pub kind: ExplainedKind,
    /// How bad what a rule finds is; none for a verdict.
    pub severity: Option<Severity>,
    /// One sentence.
    pub summary: String,
    /// The whole text, in Markdown: a title, paragraphs, lists, tables, indented code.
    pub text: &'static str,
}

/// What is explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExplainedKind {
    /// A rule, which makes findings.
    Rule,
    /// A verdict on a tunnel after a failover.
    Verdict,
}

/// A name that no rule and no verdict has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownName {
    /// What was asked for.
    pub name: String,
    /// Names that are like it, the most alike first; at most three.
    pub alike: Vec<&'static str>,
}

/// The text on one rule or verdict, wrapped to the page, to 80 columns where it has no width.
///
/// # Errors
/// There is none of that name.
pub fn explain(known: &[Explained], name: &str, style: PageStyle) -> Result<String, UnknownName> {
    let Some(explained) = known.iter().find(|explained| explained.name == name) else {
        return Err(UnknownName { name: name.to_owned(), alike: alike(known, name) });
    };
    let mut page = Page::new(PageStyle { width: style.width.or(Some(80)), ..style });
    let mut block = Block::default();
    for line in explained.text.lines() {
        block.take(&mut page, line, explained.severity);
    }
    block.end(&mut page);
    Ok(page.finish())
}

/// All rules with their severity and summary, then all verdicts.
pub fn list(known: &[Explained], style: PageStyle) -> String {
    let mut page = Page::new(style);
    let of = |kind| known.iter().filter(move |explained| explained.kind == kind);
    let mut rules = Grid::new(["Rule", "Severity", "What it finds"]);
    for rule in of(ExplainedKind::Rule) {
        let severity = rule.severity.unwrap_or(Severity::Info);
        let word = page.paint(Tone::of_severity(severity), &severity.to_string());
        rules.row([rule.name.to_owned(), word, Escaped(&rule.summary).to_string()]);
    }
    page.table(&rules);
    page.gap();
    let mut verdicts = Grid::new(["Verdict", "What became of the tunnel"]);
    for verdict in of(ExplainedKind::Verdict) {
        verdicts.row([verdict.name.to_owned(), Escaped(&verdict.summary).to_string()]);
    }
    page.table(&verdicts);
    page.gap();
    page.prose(0, "All of it about one of them: sagap explain NAME");
    page.finish()
}

impl fmt::Display for UnknownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}' is neither a rule nor a verdict", Escaped(&self.name))
    }
}

impl std::error::Error for UnknownName {}

/// A paragraph, list item or table that is being put together from its lines.
#[derive(Default)]
struct Block {
    indent: usize,
    mark: String,
    text: String,
    table: Option<Grid>,
}

impl Block {
    /// Takes the next line of the Markdown.
    fn take(&mut self, page: &mut Page, line: &str, severity: Option<Severity>) {
        let words = line.trim_start();
        let indent = line.len() - words.len();
        if words.is_empty() {
            self.end(page);
            page.gap();
        } else if let Some(title) = line.strip_prefix("# ") {
            let severity = severity.map(|severity| format!("  ({severity})")).unwrap_or_default();
            page.line(0, &page.paint(Tone::Strong, &format!("{}{severity}", Escaped(title))));
        } else if line.starts_with('#') {
            self.end(page);
            let title = Escaped(line.trim_start_matches('#').trim_start()).to_string();
            page.line(0, &page.paint(Tone::Strong, &title));
        } else if line.starts_with('|') {
            self.row(page, line);
        } else if self.text.is_empty() && indent >= CODE {
            self.end(page);
            page.line(0, &Escaped(line).to_string());
        } else if let Some((mark, text)) = item(words) {
            self.end(page);
            *self = Self { indent, mark: mark.to_owned(), text: text.to_owned(), table: None };
        } else {
            if self.text.is_empty() {
                self.indent = indent;
            } else {
                self.text.push(' ');
            }
            self.text.push_str(words);
        }
    }

    /// Takes a line of a table: its header, the rule below that, or a row.
    fn row(&mut self, page: &mut Page, line: &str) {
        let cells = line.trim_matches('|').split('|').map(|cell| Escaped(cell.trim()).to_string()).collect();
        match &mut self.table {
            None => {
                self.end(page);
                self.table = Some(Grid::of_prose(cells));
            }
            Some(_) if line.starts_with("|-") => {}
            Some(table) => table.sentences(cells),
        }
    }

    /// Prints what there is.
    fn end(&mut self, page: &mut Page) {
        if let Some(table) = &self.table {
            page.table(table);
        }
        if !self.text.is_empty() {
            page.item(self.indent, &self.mark, &keep_code(&Escaped(&self.text).to_string()));
        }
        *self = Self::default();
    }
}

/// A text in which no line can end within a short piece of code, so that commands can be copied.
fn keep_code(text: &str) -> String {
    let pieces = text.split('`').enumerate().map(|(place, piece)| {
        let is_code = place % 2 == 1 && piece.chars().count() <= LONGEST_CODE;
        if is_code { piece.replace(' ', &TIE.to_string()) } else { piece.to_owned() }
    });
    pieces.collect::<Vec<_>>().join("`")
}

/// The mark of a list item with the space after it, and its text.
fn item(words: &str) -> Option<(&str, &str)> {
    let digits = words.find(|c: char| !c.is_ascii_digit())?;
    let rest = words.get(digits..)?;
    let bullet = digits == 0 && rest.starts_with("- ");
    let number = digits > 0 && rest.starts_with(". ");
    (bullet || number).then(|| words.split_at_checked(digits + 2)).flatten()
}

/// The known names that take fewest changes to become `name`, or that contain it.
fn alike(known: &[Explained], name: &str) -> Vec<&'static str> {
    let name: String = name.chars().take(LONGEST_NAME).collect::<String>().to_lowercase();
    let mut near: Vec<(usize, &'static str)> = known
        .iter()
        .map(|explained| explained.name)
        .filter_map(|other| {
            let within = name.len() > 2 && other.contains(&name);
            let changes = if within { 0 } else { changes(&name, other) };
            (changes <= other.len() / 3).then_some((changes, other))
        })
        .collect();
    near.sort_unstable();
    near.truncate(3);
    near.into_iter().map(|(_, other)| other).collect()
}

/// Letters to put in, leave out or change to get from one word to the other (Levenshtein).
fn changes(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.chars().count()).collect();
    for (line, a) in from.chars().enumerate() {
        let mut diagonal = line;
        let mut left = line + 1;
        for (cell, b) in row.iter_mut().skip(1).zip(to.chars()) {
            let change = diagonal + usize::from(a != b);
            diagonal = *cell;
            left = change.min(*cell + 1).min(left + 1);
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = line + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

/// Lines indented so far outside of a list item are code.
const CODE: usize = 4;
/// Longer code may be broken as text is.
const LONGEST_CODE: usize = 60;
/// Longer than any name; what is asked for is compared up to here.
const LONGEST_NAME: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_changes_between_words() {
        let cases = [
            ("", "", 0),
            ("idle", "idle", 0),
            ("idel", "idle", 2),
            ("", "abc", 3),
            ("late", "later", 1),
            ("kitten", "sitting", 3),
        ];
        for (from, to, number) in cases {
            assert_eq!(changes(from, to), number, "{from} {to}");
            assert_eq!(changes(to, from), number, "{to} {from}");
        }
    }

    #[test]
    fn knows_items_of_lists() {
        assert_eq!(item("- one"), Some(("- ", "one")));
        assert_eq!(item("12. twelve"), Some(("12. ", "twelve")));
        assert_eq!(item("12 is no item"), None);
        assert_eq!(item("-5"), None);
    }
}
