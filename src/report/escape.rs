//! Text that came from a capture or a command line, made harmless for terminals and spreadsheets.

use std::borrow::Cow;
use std::fmt::{self, Write};

/// Text from outside, printed so that it can neither move the cursor nor disguise itself.
///
/// Control characters (C0, DEL, C1), bidirectional controls and characters without width become `\n`, `\r`,
/// `\t` or `\u{1b}`; all else stands as it is. Every printer of text for people uses this one type.
#[derive(Clone, Copy, Debug)]
pub struct Escaped<'a>(pub &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        while let Some((before, found, after)) = split_at_harmful(rest) {
            f.write_str(before)?;
            write!(f, "{}", found.escape_default())?;
            rest = after;
        }
        f.write_str(rest)
    }
}

/// Text as a spreadsheet cell that no program takes for a formula (CWE-1236), on one line.
///
/// A leading `'` is put before `=`, `+`, `-`, `@`, unless the whole is a number or the single `-` that stands
/// for standard input. A leading tab or line end is escaped with the other control characters.
pub(super) fn cell(text: &str) -> Cow<'_, str> {
    let dangerous = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if dangerous && text != "-" && text.parse::<f64>().is_err() {
        return Cow::Owned(format!("'{}", Escaped(text)));
    }
    if is_harmless(text) { Cow::Borrowed(text) } else { Cow::Owned(Escaped(text).to_string()) }
}

/// Whether a text has nothing that [`Escaped`] would replace.
pub(super) fn is_harmless(text: &str) -> bool {
    !text.contains(is_harmful)
}

/// JSON text with what [`Escaped`] would replace written as `\uXXXX`: the same value, harmless on a terminal.
///
/// `json` must be valid JSON whose line ends and indents are the only control characters outside of strings.
pub(super) fn json(json: &str) -> Cow<'_, str> {
    if !json.contains(|c: char| !c.is_ascii_control() && is_harmful(c) || c == '\x7f') {
        return Cow::Borrowed(json);
    }
    let mut out = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        if (c.is_ascii_control() && c != '\x7f') || !is_harmful(c) {
            out.push(c);
        } else {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                write!(out, "\\u{unit:04x}").unwrap_or_default();
            }
        }
    }
    Cow::Owned(out)
}

/// The text before the first harmful character, that character, and the text after it.
fn split_at_harmful(text: &str) -> Option<(&str, char, &str)> {
    let (place, found) = text.char_indices().find(|&(_, c)| is_harmful(c))?;
    Some((text.get(..place)?, found, text.get(place + found.len_utf8()..)?))
}

/// Whether a terminal may act on a character, or show nothing for it.
fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_what_a_terminal_acts_on() {
        let text = "a\x1b]0;title\x07\u{9b}31m\u{202e}b\nc\u{200b}\x7f";
        assert_eq!(
            Escaped(text).to_string(),
            "a\\u{1b}]0;title\\u{7}\\u{9b}31m\\u{202e}b\\nc\\u{200b}\\u{7f}"
        );
        assert_eq!(Escaped("größe → 東京").to_string(), "größe → 東京");
    }

    #[test]
    fn cells_are_no_formulas() {
        assert_eq!(cell("=1+2"), "'=1+2");
        assert_eq!(cell("@cmd"), "'@cmd");
        assert_eq!(cell("\tx"), "'\\tx");
        assert_eq!(cell("-"), "-");
        assert_eq!(cell("-12.5"), "-12.5");
        assert_eq!(cell("a=b"), "a=b");
    }

    #[test]
    fn json_keeps_its_value() {
        let value = "a\u{202e}\u{9b}\x7f\u{e0001}b";
        let text = serde_json::to_string(value).unwrap();
        let safe = json(&text);
        assert!(safe.is_ascii(), "{safe}");
        assert_eq!(serde_json::from_str::<String>(&safe).unwrap(), value);
    }
}
