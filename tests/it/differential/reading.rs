//! One message as one of the two sides reads it, in the words of the `messages` table.

use std::collections::BTreeMap;

/// One message as one of the two sides reads it.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) frame: u64,
    /// `hsrp`, `vrrp`, `glbp`, `carp`, `ike`, `esp`, `ah`, `arp`.
    pub(super) protocol: String,
    /// Column to cell; tshark's side holds those columns alone that it says something of.
    pub(super) cells: BTreeMap<&'static str, String>,
}

impl Reading {
    pub(super) fn new(frame: u64, protocol: &str) -> Self {
        Self { frame, protocol: protocol.to_owned(), cells: BTreeMap::new() }
    }

    pub(super) fn with(mut self, column: &'static str, cell: impl Into<String>) -> Self {
        self.cells.insert(column, cell.into());
        self
    }
}
