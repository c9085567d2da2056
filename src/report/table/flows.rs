//! The `flows` table: one row per unidirectional SA.
//!
//! `bytes` counts ESP from the SPI to the end of the ICV and AH from its header on, without the headers around it;
//! `missing` also counts
//! the numbers that a stateful failover skips on purpose.

use std::io::{self, Write};

use crate::decode::Encapsulation;
use crate::report::row::{Cells, Format, Row, Table};
use crate::track::FlowFacts;

use super::capture_name;

/// Writes the `flows` table row by row.
pub struct FlowsTable<W: Write> {
    table: Table<W>,
    captures: Vec<String>,
}

impl<W: Write> FlowsTable<W> {
    /// Begins the table; `captures` are the names as given, by [`crate::capture::CaptureId`].
    ///
    /// # Errors
    ///
    /// When the output cannot be written to.
    pub fn new(output: W, format: Format, captures: Vec<String>) -> io::Result<Self> {
        Ok(Self { table: Table::new::<Line<'_>>(output, format)?, captures })
    }

    /// Writes one row.
    ///
    /// # Errors
    ///
    /// When the output cannot be written to.
    pub fn write(&mut self, flow: &FlowFacts) -> io::Result<()> {
        let capture = capture_name(&self.captures, flow.first.capture);
        self.table.write(&Line { flow: Some(flow), capture })
    }

    /// Ends the table: everything is handed on and flushed.
    ///
    /// # Errors
    ///
    /// When the output cannot be written to.
    pub fn finish(self) -> io::Result<()> {
        self.table.finish()
    }
}

#[derive(Default)]
struct Line<'a> {
    flow: Option<&'a FlowFacts>,
    capture: Option<&'a str>,
}

impl Row for Line<'_> {
    fn columns(&self, cells: &mut impl Cells) -> io::Result<()> {
        let flow = self.flow;
        cells.free("capture", self.capture)?;
        cells.text("protocol", flow.map(|flow| flow.sa.protocol))?;
        cells.text("src", flow.map(|flow| flow.sa.src))?;
        cells.text("dst", flow.map(|flow| flow.sa.dst))?;
        cells.text("spi", flow.map(|flow| format!("{:08x}", flow.sa.spi)))?;
        cells.text("encapsulation", flow.map(|flow| encapsulation_name(flow.encapsulation)))?;
        cells.text("first_time", flow.map(|flow| flow.first.time))?;
        cells.text("last_time", flow.map(|flow| flow.last.time))?;
        cells.bare("first_frame", flow.map(|flow| flow.first.frame))?;
        cells.bare("last_frame", flow.map(|flow| flow.last.frame))?;
        cells.bare("packets", flow.map(|flow| flow.tally.packets))?;
        cells.bare("bytes", flow.map(|flow| flow.tally.bytes))?;
        cells.bare("first_sequence", flow.map(|flow| flow.tally.first_sequence))?;
        cells.bare("last_sequence", flow.map(|flow| flow.tally.last_sequence))?;
        cells.bare("missing", flow.map(|flow| flow.tally.missing()))?;
        cells.bare("repeated", flow.map(|flow| flow.tally.repeated))?;
        cells.texts("src_macs", flow.iter().flat_map(|flow| &flow.src_macs))
    }
}

/// `ip` for IP protocol 50, `udp` for UDP port 4500, `tcp` for a TCP stream.
const fn encapsulation_name(encapsulation: Encapsulation) -> &'static str {
    match encapsulation {
        Encapsulation::Ip => "ip",
        Encapsulation::Udp => "udp",
        Encapsulation::Tcp => "tcp",
    }
}
