//! What the standard streams are.

use crate::cli::ColorChoice;
use crate::report::PageStyle;

/// What the standard streams are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Terminal {
    /// Columns of standard output; none where it is no terminal.
    pub width: Option<u16>,
    /// Whether standard input is a terminal.
    pub input: bool,
    /// Whether standard error is a terminal.
    pub err: bool,
    /// Whether the environment asks for no colours (`NO_COLOR`).
    pub no_color: bool,
}

impl Terminal {
    /// How text on standard output looks.
    pub(super) const fn page(self, color: ColorChoice) -> PageStyle {
        PageStyle { width: self.width, color: color.applies(self.width.is_some(), self.no_color) }
    }
}
