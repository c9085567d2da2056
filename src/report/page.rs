//! A page of text for a terminal or a file: titles, wrapped prose, lists, tables and colours.

use comfy_table::{ColumnConstraint, ContentArrangement, LineStyle, Table, TableStyle};

use crate::diagnose::{Severity, Verdict};

/// How wide and how colourful a page is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PageStyle {
    /// Columns of the terminal; none where the text goes elsewhere, and then nothing is wrapped.
    pub width: Option<u16>,
    /// Whether to mark severities and titles with ANSI colours.
    pub color: bool,
}

/// What a piece of text stands out by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    /// A title.
    Strong,
    /// An outage or a breach.
    Critical,
    /// Something is wrong.
    Warning,
    /// Worth knowing.
    Note,
    /// All is well.
    Good,
}

/// A page that is being written. All text given to it has to be escaped before.
pub(super) struct Page {
    style: PageStyle,
    out: String,
}

/// A table that is being filled: as many cells in each row as in the header.
pub(super) struct Grid {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
    spaced: bool,
    /// Whether each column may be wrapped, not the last one alone.
    prose: bool,
}

impl Page {
    /// An empty page.
    pub(super) const fn new(style: PageStyle) -> Self {
        Self { style, out: String::new() }
    }

    /// A title, set off from what is above it by an empty line.
    pub(super) fn title(&mut self, text: &str) {
        self.gap();
        self.line(0, &self.paint(Tone::Strong, text));
    }

    /// An empty line, except at the top of the page.
    pub(super) fn gap(&mut self) {
        if !self.out.is_empty() {
            self.out.push('\n');
        }
    }

    /// A line as it is, however long: for what will be copied.
    pub(super) fn line(&mut self, indent: usize, text: &str) {
        self.pad(indent);
        self.out.push_str(text);
        self.out.push('\n');
    }

    /// A paragraph, wrapped to the page.
    pub(super) fn prose(&mut self, indent: usize, text: &str) {
        self.item(indent, "", text);
    }

    /// A paragraph that begins with `mark`, its further lines indented below the text after it.
    pub(super) fn item(&mut self, indent: usize, mark: &str, text: &str) {
        self.wrap(indent, indent + visible(mark), mark, text);
    }

    /// A paragraph whose further lines are indented two columns more than its first.
    pub(super) fn sentence(&mut self, indent: usize, text: &str) {
        self.wrap(indent, indent + 2, "", text);
    }

    /// Lines end at spaces; within a word too long for a line of its own, after a `/`.
    fn wrap(&mut self, indent: usize, hanging: usize, mark: &str, text: &str) {
        let (text, mut spaces) = (keep_units(text), 0);
        self.pad(indent);
        self.out.push_str(mark);
        let mut column = indent + visible(mark);
        for (place, word) in text.split(' ').enumerate() {
            spaces += usize::from(place > 0);
            if word.is_empty() {
                continue;
            }
            let breakable = self.is_past_edge(hanging + visible(word));
            for part in word.split_inclusive(|c| breakable && c == '/') {
                if column > hanging && self.is_past_edge(column + spaces + visible(part)) {
                    self.out.push('\n');
                    (column, spaces) = (0, hanging);
                }
                self.pad(spaces);
                self.out.push_str(part);
                column += spaces + visible(part);
                spaces = 0;
            }
        }
        self.out.push('\n');
    }

    fn pad(&mut self, columns: usize) {
        self.out.extend(std::iter::repeat_n(' ', columns));
    }

    /// A table, its last column wrapped where the page is too narrow for it; any column, where they are prose.
    pub(super) fn table(&mut self, grid: &Grid) {
        let mut table = Table::new();
        let style = if grid.spaced { STYLE.row_separator(LineStyle::none().fill(' ')) } else { STYLE };
        table.load_style(style).set_header(&grid.header);
        table.add_rows(&grid.rows);
        let fixed = grid.header.len().saturating_sub(1);
        for (place, column) in table.column_iter_mut().enumerate() {
            // With the junction of the line below the header, two columns stand between two cells.
            column.set_padding((0, u16::from(place < fixed)));
        }
        if let Some(width) = self.style.width {
            table.set_width(width).set_content_arrangement(ContentArrangement::Dynamic);
            for column in table.column_iter_mut().take(if grid.prose { 0 } else { fixed }) {
                column.set_constraint(ColumnConstraint::ContentWidth);
            }
        }
        for line in table.lines() {
            self.out.push_str(line.trim_end());
            self.out.push('\n');
        }
    }

    /// Whether a table fits, its last column wrapped to no less than `least` characters.
    pub(super) fn fits(&self, grid: &Grid, least: usize) -> bool {
        let Some(width) = self.style.width else { return true };
        let widths = grid.widths();
        let Some((detail, fixed)) = widths.split_last() else { return true };
        fixed.iter().sum::<usize>() + 2 * fixed.len() + (*detail).min(least) <= usize::from(width)
    }

    /// Text that stands out, where the page has colours. It must lie in one line.
    pub(super) fn paint(&self, tone: Tone, text: &str) -> String {
        if self.style.color { format!("{}{text}{END}", tone.mark()) } else { text.to_owned() }
    }

    /// The page as it is to be printed.
    pub(super) fn finish(self) -> String {
        let text = self.out.replace(TIE, " ");
        if !self.style.color {
            return text;
        }
        let mut text = text.replace(END, "\x1b[0m");
        for tone in Tone::ALL {
            text = text.replace(tone.mark(), tone.ansi());
        }
        text
    }

    /// Whether prose must not reach this column.
    fn is_past_edge(&self, column: usize) -> bool {
        self.style.width.is_some_and(|width| column > usize::from(width.min(LONGEST_PROSE)))
    }
}

impl Grid {
    /// A table without rows.
    pub(super) fn new<const N: usize>(header: [&str; N]) -> Self {
        Self { header: header.map(str::to_owned).to_vec(), rows: Vec::new(), spaced: false, prose: false }
    }

    /// A table of sentences; its columns share the page.
    pub(super) const fn of_prose(header: Vec<String>) -> Self {
        Self { header, rows: Vec::new(), spaced: false, prose: true }
    }

    /// Adds a row of sentences.
    pub(super) fn sentences(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// The table with an empty line between its rows.
    pub(super) fn spaced(self) -> Self {
        Self { spaced: true, ..self }
    }

    /// Adds a row; a cell may have several lines.
    pub(super) fn row<const N: usize>(&mut self, cells: [String; N]) {
        debug_assert_eq!(N, self.header.len(), "a cell per column");
        self.rows.push(cells.map(|cell| keep_units(&cell)).into());
    }

    /// The width of each column as its longest line needs it.
    fn widths(&self) -> Vec<usize> {
        let mut widths: Vec<usize> = self.header.iter().map(|cell| visible(cell)).collect();
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = cell.lines().map(visible).max().unwrap_or(0).max(*width);
            }
        }
        widths
    }
}

impl Tone {
    /// The tone of a severity.
    pub(super) const fn of_severity(severity: Severity) -> Self {
        match severity {
            Severity::Critical => Self::Critical,
            Severity::Warning => Self::Warning,
            Severity::Info => Self::Note,
        }
    }

    /// The tone of a verdict.
    pub(super) const fn of_verdict(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Recovered | Verdict::Stateful => Self::Good,
            Verdict::Idle | Verdict::Inconclusive => Self::Note,
            Verdict::RecoveredLate | Verdict::OneWay => Self::Warning,
            Verdict::ChildRejected | Verdict::Rejected | Verdict::Unanswered | Verdict::NoNegotiation => {
                Self::Critical
            }
        }
    }

    const ALL: [Self; 5] = [Self::Strong, Self::Critical, Self::Warning, Self::Note, Self::Good];

    /// A character without width that stands for the beginning of the tone until the page is finished. Escaped
    /// text never holds one, and tables measure their cells rightly.
    const fn mark(self) -> char {
        match self {
            Self::Strong => '\u{e0021}',
            Self::Critical => '\u{e0022}',
            Self::Warning => '\u{e0023}',
            Self::Note => '\u{e0024}',
            Self::Good => '\u{e0025}',
        }
    }

    /// The tone's ANSI sequence: colours of the basic eight, which every palette keeps readable.
    const fn ansi(self) -> &'static str {
        match self {
            Self::Strong => "\x1b[1m",
            Self::Critical => "\x1b[1;31m",
            Self::Warning => "\x1b[33m",
            Self::Note => "\x1b[36m",
            Self::Good => "\x1b[32m",
        }
    }
}

/// A text in which no line can end between a number and the `s` after it.
fn keep_units(text: &str) -> String {
    let mut parts = text.split(" s");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let unit = out.ends_with(|c: char| c.is_ascii_digit()) && !part.starts_with(char::is_alphanumeric);
        out.push(if unit { TIE } else { ' ' });
        out.push('s');
        out.push_str(part);
    }
    out
}

/// Characters of a text that take up a column.
fn visible(text: &str) -> usize {
    text.chars().filter(|c| !('\u{e0000}'..='\u{e007f}').contains(c)).count()
}

/// A space at which no line ends; a plain one in the finished page.
pub(super) const TIE: char = '\u{a0}';
/// Stands for the end of a tone until the page is finished.
const END: char = '\u{e0020}';
/// Longer lines of prose are hard to read.
const LONGEST_PROSE: u16 = 100;
/// A line below the header and nothing else, so that a row can be copied.
const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

#[cfg(test)]
mod tests {
    use super::*;

    fn page(width: u16, color: bool) -> Page {
        Page::new(PageStyle { width: Some(width), color })
    }

    #[test]
    fn wraps_at_words_below_the_text() {
        let mut page = page(20, false);
        page.item(2, "1. ", "clear the SAs on the primary-router-of-the-pair now");
        assert_eq!(
            page.finish(),
            "  1. clear the SAs\n     on the\n     primary-router-of-the-pair\n     now\n"
        );
    }

    #[test]
    fn a_word_too_long_for_a_line_is_broken_after_a_slash() {
        let mut page = page(20, false);
        page.prose(2, "to AES-CBC-128/SHA2-256-128/MODP2048 or a/b");
        assert_eq!(page.finish(), "  to AES-CBC-128/\n  SHA2-256-128/\n  MODP2048 or a/b\n");
    }

    #[test]
    fn a_number_keeps_its_unit() {
        let mut page = page(16, false);
        page.prose(0, "after 10 seconds 10.123 s; and 3 s");
        assert_eq!(page.finish(), "after 10 seconds\n10.123 s; and\n3 s\n");
    }

    #[test]
    fn colours_take_no_room() {
        let mut page = page(40, true);
        let mut grid = Grid::new(["Verdict", "Reason"]);
        grid.row([page.paint(Tone::Critical, "no-negotiation"), "x".to_owned()]);
        page.table(&grid);
        assert_eq!(
            page.finish(),
            "Verdict         Reason\n──────────────────────\n\x1b[1;31mno-negotiation\x1b[0m  x\n"
        );
    }

    #[test]
    fn only_the_last_column_is_wrapped() {
        let mut page = page(24, false);
        let mut grid = Grid::new(["A", "B"]);
        grid.row(["192.0.2.1".to_owned(), "one two three four".to_owned()]);
        assert!(page.fits(&grid, 13) && !page.fits(&grid, 18));
        page.table(&grid);
        assert!(page.finish().ends_with("192.0.2.1  one two three\n           four\n"));
    }
}
