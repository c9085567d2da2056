//! pcap, pcapng, snoop and ERF files written byte by byte, right or wrong as a test wants them.

/// Byte order of a container's fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Big,
    Little,
}

impl Order {
    pub(crate) fn u16(self, value: u16) -> [u8; 2] {
        if self == Self::Big { value.to_be_bytes() } else { value.to_le_bytes() }
    }

    pub(crate) fn u32(self, value: u32) -> [u8; 4] {
        if self == Self::Big { value.to_be_bytes() } else { value.to_le_bytes() }
    }

    pub(crate) fn u64(self, value: u64) -> [u8; 8] {
        if self == Self::Big { value.to_be_bytes() } else { value.to_le_bytes() }
    }
}

/// A pcap.
#[derive(Clone)]
pub(crate) struct Pcap {
    order: Order,
    modified: bool,
    pub(crate) bytes: Vec<u8>,
}

impl Pcap {
    /// Microseconds, Ethernet, snaplen 262144.
    pub(crate) fn new(order: Order) -> Self {
        Self::with(order, 0xa1b2_c3d4, 262_144, 1)
    }

    pub(crate) fn with(order: Order, magic: u32, snaplen: u32, link: u32) -> Self {
        let mut bytes = order.u32(magic).to_vec();
        bytes.extend(order.u16(2));
        bytes.extend(order.u16(4));
        bytes.extend([0; 8]);
        bytes.extend(order.u32(snaplen));
        bytes.extend(order.u32(link));
        Self { order, modified: magic == MODIFIED, bytes }
    }

    pub(crate) fn record(self, seconds: u32, fraction: u32, frame: &[u8]) -> Self {
        let length = u32::try_from(frame.len()).expect("small frames");
        self.raw_record([seconds, fraction, length, length], frame)
    }

    /// A record with any header.
    pub(crate) fn raw_record(mut self, header: [u32; 4], frame: &[u8]) -> Self {
        self.bytes.extend(header.into_iter().flat_map(|field| self.order.u32(field)));
        if self.modified {
            self.bytes.extend([self.order.u32(3), [8, 0, 4, 0]].concat());
        }
        self.bytes.extend(frame);
        self
    }

    pub(crate) fn garbage(mut self, bytes: &[u8]) -> Self {
        self.bytes.extend(bytes);
        self
    }
}

/// The magic number of the modified pcap.
pub(crate) const MODIFIED: u32 = 0xa1b2_cd34;

/// A pcapng.
#[derive(Clone)]
pub(crate) struct Pcapng {
    order: Order,
    pub(crate) bytes: Vec<u8>,
}

/// Options of a block: code and value.
pub(crate) type Options<'a> = &'a [(u16, &'a [u8])];

impl Pcapng {
    /// One section header, no interface.
    pub(crate) fn new(order: Order) -> Self {
        Self { order, bytes: Vec::new() }.section(order)
    }

    /// Ethernet, no snaplen, microseconds.
    pub(crate) fn with_interface(order: Order) -> Self {
        Self::new(order).interface(1, 0, &[])
    }

    pub(crate) fn section(mut self, order: Order) -> Self {
        self.order = order;
        let mut body = order.u32(0x1a2b_3c4d).to_vec();
        body.extend(order.u16(1));
        body.extend(order.u16(0));
        body.extend(order.u64(u64::MAX));
        self.block(0x0a0d_0d0a, &body)
    }

    pub(crate) fn interface(self, link: u16, snaplen: u32, options: Options<'_>) -> Self {
        let mut body = self.order.u16(link).to_vec();
        body.extend([0; 2]);
        body.extend(self.order.u32(snaplen));
        body.extend(self.options(options));
        self.block(1, &body)
    }

    pub(crate) fn enhanced(self, interface: u32, ticks: u64, frame: &[u8], options: Options<'_>) -> Self {
        let length = u32::try_from(frame.len()).expect("small frames");
        self.raw_enhanced(interface, ticks, [length, length], frame, options)
    }

    /// An enhanced packet with any captured and wire length.
    pub(crate) fn raw_enhanced(
        self,
        interface: u32,
        ticks: u64,
        lengths: [u32; 2],
        frame: &[u8],
        options: Options<'_>,
    ) -> Self {
        let mut body = self.order.u32(interface).to_vec();
        body.extend(self.timed(ticks, lengths, frame));
        body.extend(self.options(options));
        self.block(6, &body)
    }

    /// The obsolete packet block.
    pub(crate) fn old_packet(self, interface: u16, ticks: u64, frame: &[u8]) -> Self {
        let length = u32::try_from(frame.len()).expect("small frames");
        let mut body = self.order.u16(interface).to_vec();
        body.extend(self.order.u16(7));
        body.extend(self.timed(ticks, [length, length], frame));
        self.block(2, &body)
    }

    pub(crate) fn simple(self, wire: u32, frame: &[u8]) -> Self {
        let mut body = self.order.u32(wire).to_vec();
        body.extend(padded(frame));
        self.block(3, &body)
    }

    pub(crate) fn statistics(self, interface: u32, options: Options<'_>) -> Self {
        let mut body = self.order.u32(interface).to_vec();
        body.extend([0; 8]);
        body.extend(self.options(options));
        self.block(5, &body)
    }

    pub(crate) fn block(mut self, kind: u32, body: &[u8]) -> Self {
        let length = self.order.u32(u32::try_from(body.len() + 12).expect("small blocks"));
        self.bytes.extend(self.order.u32(kind));
        self.bytes.extend(length);
        self.bytes.extend(body);
        self.bytes.extend(length);
        self
    }

    pub(crate) fn garbage(mut self, bytes: &[u8]) -> Self {
        self.bytes.extend(bytes);
        self
    }

    fn timed(&self, ticks: u64, lengths: [u32; 2], frame: &[u8]) -> Vec<u8> {
        let high = u32::try_from(ticks >> 32).expect("the upper half");
        let low = u32::try_from(ticks & 0xffff_ffff).expect("the lower half");
        let mut body = [self.order.u32(high), self.order.u32(low)].concat();
        body.extend(lengths.into_iter().flat_map(|length| self.order.u32(length)));
        body.extend(padded(frame));
        body
    }

    fn options(&self, options: Options<'_>) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (code, value) in options {
            bytes.extend(self.order.u16(*code));
            bytes.extend(self.order.u16(u16::try_from(value.len()).expect("short options")));
            bytes.extend(padded(value));
        }
        if !options.is_empty() {
            bytes.extend([0; 4]);
        }
        bytes
    }
}

/// A snoop capture.
#[derive(Clone)]
pub(crate) struct Snoop {
    pub(crate) bytes: Vec<u8>,
}

impl Snoop {
    pub(crate) fn new(data_link: u32) -> Self {
        Self { bytes: [&b"snoop\0\0\0"[..], &2_u32.to_be_bytes(), &data_link.to_be_bytes()].concat() }
    }

    pub(crate) fn record(self, seconds: u32, micros: u32, frame: &[u8]) -> Self {
        let length = u32::try_from(frame.len()).expect("small frames");
        self.raw_record([length, length, 24 + length.next_multiple_of(4), 0, seconds, micros], &padded(frame))
    }

    /// A record with any header.
    pub(crate) fn raw_record(mut self, header: [u32; 6], frame: &[u8]) -> Self {
        self.bytes.extend(header.into_iter().flat_map(u32::to_be_bytes));
        self.bytes.extend(frame);
        self
    }
}

/// An ERF capture.
#[derive(Clone, Default)]
pub(crate) struct Erf {
    pub(crate) bytes: Vec<u8>,
}

impl Erf {
    /// An Ethernet frame of interface 0.
    pub(crate) fn ethernet(self, nanos: u64, frame: &[u8]) -> Self {
        let wire = u16::try_from(frame.len()).expect("small frames");
        self.raw_record(nanos, [2, 4], [0, wire], &[&[0, 0], frame].concat())
    }

    /// A record of any type and flags, loss counter and wire length; `rest` is what follows the header.
    pub(crate) fn raw_record(mut self, nanos: u64, kind: [u8; 2], counts: [u16; 2], rest: &[u8]) -> Self {
        let (second, part) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
        let part = ((part << 32) + 500_000_000) / 1_000_000_000;
        let length = (16 + rest.len()).next_multiple_of(8);
        self.bytes.extend((second << 32 | part).to_le_bytes());
        self.bytes.extend(kind);
        self.bytes.extend(u16::try_from(length).expect("small records").to_be_bytes());
        self.bytes.extend(counts.into_iter().flat_map(u16::to_be_bytes));
        self.bytes.extend(rest);
        self.bytes.resize(self.bytes.len() + length - 16 - rest.len(), 0);
        self
    }
}

fn padded(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}
