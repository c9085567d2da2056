//! Frames written as pcapng: one section, times in nanoseconds, comments where there is something to say.
//!
//! Source: draft-ietf-opsawg-pcapng, sections 4.1 to 4.3.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io::{self, Write};
use std::time::Duration;

use pcap_file::pcapng::PcapNgWriter;
use pcap_file::pcapng::blocks::enhanced_packet::{EnhancedPacketBlock, EnhancedPacketOption};
use pcap_file::pcapng::blocks::interface_description::{
    InterfaceDescriptionBlock, InterfaceDescriptionOption,
};
use pcap_file::pcapng::blocks::section_header::{SectionHeaderBlock, SectionHeaderOption};
use pcap_file::{DataLink, Endianness, PcapError};

use super::escape::Escaped;
use crate::capture::LinkType;
use crate::time::Timestamp;

/// Writes frames as pcapng, little-endian on every machine, so that the same frames give the same bytes.
pub struct PcapngWriter<W: Write> {
    blocks: PcapNgWriter<W>,
    numbers: BTreeMap<PcapngInterface, u32>,
}

/// What an interface description says. Two that are equal are one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PcapngInterface {
    /// How its frames begin.
    pub link_type: LinkType,
    /// Its name; none is written where it is empty.
    pub name: String,
    /// The most bytes that were stored of a frame; 0 where there was no limit, or it is not known.
    pub snaplen: u32,
}

/// The number of an interface in a file that is being written, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PcapngInterfaceNumber(u32);

/// A frame as it is written.
#[derive(Clone, Copy, Debug)]
pub struct PcapngFrame<'a> {
    /// When it was captured; before 1970, where pcapng has no time, 1970 is written.
    pub time: Timestamp,
    /// Its length on the wire in bytes; where that is less than what was stored, the latter is written.
    pub wire_len: u32,
    /// What was stored of it.
    pub bytes: &'a [u8],
}

impl<W: Write> PcapngWriter<W> {
    /// Begins the file. `comments` are of the whole section; the machine and its system are not named.
    ///
    /// # Errors
    ///
    /// When the output cannot be written to.
    pub fn new(output: W, comments: &[String]) -> io::Result<Self> {
        let mut options: Vec<_> =
            comments.iter().map(|text| SectionHeaderOption::Comment(option_text(text))).collect();
        options.push(SectionHeaderOption::UserApplication(APPLICATION.into()));
        let section =
            SectionHeaderBlock { endianness: Endianness::Little, options, ..SectionHeaderBlock::default() };
        let blocks = PcapNgWriter::with_section_header(output, section).map_err(io_error)?;
        Ok(Self { blocks, numbers: BTreeMap::new() })
    }

    /// The number of `interface`, which is described in the file when it is asked for the first time.
    ///
    /// # Errors
    ///
    /// When the output cannot be written to; [`io::ErrorKind::InvalidInput`] for a link type that has no number in
    /// pcapng, as those of snoop and ERF may have none.
    pub fn interface(&mut self, interface: PcapngInterface) -> io::Result<PcapngInterfaceNumber> {
        let next = u32::try_from(self.numbers.len()).map_err(io::Error::other)?;
        let entry = match self.numbers.entry(interface) {
            Entry::Occupied(known) => return Ok(PcapngInterfaceNumber(*known.get())),
            Entry::Vacant(entry) => entry,
        };
        let PcapngInterface { link_type, name, snaplen } = entry.key();
        if link_type.foreign().is_some() {
            let message = format!("{link_type} has no number in pcapng");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        let mut options = vec![InterfaceDescriptionOption::IfTsResol(NANOSECONDS)];
        if !name.is_empty() {
            options.insert(0, InterfaceDescriptionOption::IfName(option_text(name)));
        }
        let linktype = DataLink::from(link_type.0);
        let block = InterfaceDescriptionBlock { linktype, snaplen: *snaplen, options };
        self.blocks.write_pcapng_block(block).map_err(io_error)?;
        entry.insert(next);
        Ok(PcapngInterfaceNumber(next))
    }

    /// Writes a frame that was captured on `interface`, with its comments.
    ///
    /// # Errors
    ///
    /// When the output cannot be written to.
    pub fn frame(
        &mut self,
        interface: PcapngInterfaceNumber,
        frame: PcapngFrame<'_>,
        comments: &[String],
    ) -> io::Result<()> {
        let stored = u32::try_from(frame.bytes.len()).map_err(io::Error::other)?;
        let block = EnhancedPacketBlock {
            interface_id: interface.0,
            // The crate takes nanoseconds for ticks whatever they are; here they are nanoseconds.
            timestamp: Duration::from_nanos(u64::try_from(frame.time.nanos()).unwrap_or_default()),
            original_len: frame.wire_len.max(stored),
            data: Cow::Borrowed(frame.bytes),
            options: comments.iter().map(|text| EnhancedPacketOption::Comment(option_text(text))).collect(),
        };
        self.blocks.write_pcapng_block(block).map(drop).map_err(io_error)
    }

    /// Ends the file: everything is handed on and flushed.
    ///
    /// # Errors
    ///
    /// When the output cannot be written to.
    pub fn finish(self) -> io::Result<W> {
        let mut output = self.blocks.into_inner();
        output.flush()?;
        Ok(output)
    }
}

/// Text as an option may hold it: harmless on a terminal, and cut to what an option's length can say.
fn option_text(text: &str) -> Cow<'static, str> {
    let mut text = Escaped(text).to_string();
    let end = (0..=LONGEST_OPTION.min(text.len())).rev().find(|&end| text.is_char_boundary(end));
    text.truncate(end.unwrap_or_default());
    Cow::Owned(text)
}

fn io_error(error: PcapError) -> io::Error {
    match error {
        PcapError::IoError(error) => error,
        error => io::Error::other(error),
    }
}

/// `shb_userappl`.
const APPLICATION: &str = concat!("sagap ", env!("CARGO_PKG_VERSION"));

/// `if_tsresol`: a tick is ten to the minus nine seconds.
const NANOSECONDS: u8 = 9;

/// Bytes of an option's value; 65,535 are possible, and nobody reads as many.
const LONGEST_OPTION: usize = 16_384;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let text = option_text(&"ä".repeat(20_000));
        assert_eq!((text.len(), text.chars().count()), (16_384, 8_192));
        assert_eq!(option_text(&format!("a{}", "ä".repeat(20_000))).len(), 16_383);
    }
}
