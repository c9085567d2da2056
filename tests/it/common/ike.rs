//! Writes IKE messages: the reverse of `sagap::wire::ike::Message::parse`.

use sagap::wire::ike::sa::{Attribute, Proposal, Transform};
use sagap::wire::ike::{Body, Delete, ExchangeType, Header, Notify, Payload, PayloadType, Spi};

/// A header of version 1 or 2; first payload and length are filled in by [`emit`].
pub(crate) fn header(major: u8, exchange: ExchangeType, flags: u8) -> Header {
    Header {
        initiator_spi: Spi(0x0011_2233_4455_6677),
        responder_spi: Spi(0x8899_aabb_ccdd_eeff),
        next_payload: 0,
        version: major << 4,
        exchange,
        flags,
        message_id: 1,
        length: 0,
    }
}

/// The message, and its header as it stands there: first payload and length are those of `payloads`.
pub(crate) fn emit(header: &Header, payloads: &[Payload<'_>]) -> (Header, Vec<u8>) {
    let mut chain = Vec::new();
    for (i, payload) in payloads.iter().enumerate() {
        let next = match payload.body {
            Body::Encrypted { first } | Body::EncryptedFragment { first, .. } => first,
            _ => payloads.get(i + 1).map_or(PayloadType::NONE, |next| next.kind),
        };
        let body = emit_body(header.major(), &payload.body);
        chain.extend([next.0, if payload.critical { 0x80 } else { 0 }]);
        chain.extend(u16::try_from(body.len() + 4).unwrap().to_be_bytes());
        chain.extend(body);
    }
    let header = Header {
        next_payload: payloads.first().map_or(0, |payload| payload.kind.0),
        length: u32::try_from(Header::LENGTH + chain.len()).unwrap(),
        ..*header
    };
    let mut bytes = emit_header(&header);
    bytes.extend(chain);
    (header, bytes)
}

/// A message of version 2 with one SK payload that begins with `first`, `length` bytes in all (at least 32).
pub(crate) fn sealed(exchange: ExchangeType, flags: u8, first: PayloadType, length: u32) -> Vec<u8> {
    let header = Header { next_payload: PayloadType::SK.0, length, ..header(2, exchange, flags) };
    let mut bytes = emit_header(&header);
    bytes.extend([first.0, 0]);
    bytes.extend(u16::try_from(length - 28).unwrap().to_be_bytes());
    bytes.resize(usize::try_from(length).unwrap(), 0xaa);
    bytes
}

/// A message of version 1 cut into pieces of so many bytes, each with this fragment id.
pub(crate) fn cut_1(message: &[u8], id: u16, size: usize) -> Vec<Vec<u8>> {
    let whole = sagap::wire::ike::Message::parse(message, 0).expect("a whole message");
    let count = message.chunks(size).count();
    let piece = |(number, data): (usize, &[u8])| {
        let (number, last) = (u8::try_from(number + 1).unwrap(), number + 1 == count);
        let body = Body::Fragment { id, number, last, data };
        let header = Header { flags: 0, message_id: 0, ..whole.header };
        emit(&header, &[Payload { kind: PayloadType::FRAGMENT_V1, critical: false, body }]).1
    };
    message.chunks(size).enumerate().map(piece).collect()
}

/// The pieces of an encrypted message of version 2 that begins with `first`: `total` of them, with this header.
pub(crate) fn cut_2(header: &Header, first: PayloadType, total: u16) -> Vec<Vec<u8>> {
    let piece = |number: u16| {
        let first = if number == 1 { first } else { PayloadType::NONE };
        let body = Body::EncryptedFragment { first, number, total };
        emit(header, &[Payload { kind: PayloadType::SKF, critical: false, body }]).1
    };
    (1..=total).map(piece).collect()
}

/// A header alone, as it is.
pub(crate) fn emit_header(header: &Header) -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.extend(header.initiator_spi.0.to_be_bytes());
    bytes.extend(header.responder_spi.0.to_be_bytes());
    bytes.extend([header.next_payload, header.version, header.exchange.0, header.flags]);
    bytes.extend(header.message_id.to_be_bytes());
    bytes.extend(header.length.to_be_bytes());
    bytes
}

fn emit_body(major: u8, body: &Body<'_>) -> Vec<u8> {
    match body {
        Body::SecurityAssociation(proposals) => {
            // Version 1: domain IPsec, situation identity-only.
            let mut bytes = if major == 1 { vec![0, 0, 0, 1, 0, 0, 0, 1] } else { vec![] };
            let proposals: Vec<_> = proposals.iter().map(|it| emit_proposal(major, it)).collect();
            bytes.extend(emit_list(2, &proposals));
            bytes
        }
        Body::KeyExchange { group } => {
            let group = group.iter().flat_map(|group| group.to_be_bytes()).chain([0, 0]);
            group.chain([0x55; 32]).collect()
        }
        Body::Notify(notify) => emit_notify(major, notify),
        Body::Delete(delete) => emit_delete(major, delete),
        Body::VendorId(bytes) | Body::Other(bytes) => bytes.to_vec(),
        Body::Encrypted { .. } => vec![0xaa; 48],
        Body::EncryptedFragment { number, total, .. } => {
            let numbers = number.to_be_bytes().into_iter().chain(total.to_be_bytes());
            numbers.chain([0xaa; 48]).collect()
        }
        Body::Fragment { id, number, last, data } => {
            let numbers = id.to_be_bytes().into_iter().chain([*number, u8::from(*last)]);
            numbers.chain(data.iter().copied()).collect()
        }
    }
}

fn emit_notify(major: u8, notify: &Notify<'_>) -> Vec<u8> {
    let mut bytes = if major == 1 { vec![0, 0, 0, 1] } else { vec![] };
    bytes.extend([notify.protocol, u8::try_from(notify.spi.len()).unwrap()]);
    bytes.extend(notify.kind.0.to_be_bytes());
    bytes.extend(notify.spi);
    bytes.extend(notify.data);
    bytes
}

fn emit_delete(major: u8, delete: &Delete<'_>) -> Vec<u8> {
    let mut bytes = if major == 1 { vec![0, 0, 0, 1] } else { vec![] };
    let size = delete.spis.first().map_or(0, |spi| spi.len());
    bytes.extend([delete.protocol, u8::try_from(size).unwrap()]);
    bytes.extend(u16::try_from(delete.spis.len()).unwrap().to_be_bytes());
    bytes.extend(delete.spis.concat());
    bytes
}

fn emit_proposal(major: u8, proposal: &Proposal<'_>) -> Vec<u8> {
    let spi_size = u8::try_from(proposal.spi.len()).unwrap();
    let count = u8::try_from(proposal.transforms.len()).unwrap();
    let mut bytes = vec![proposal.number, proposal.protocol, spi_size, count];
    bytes.extend(proposal.spi);
    let transforms: Vec<_> = proposal.transforms.iter().map(|it| emit_transform(major, it)).collect();
    bytes.extend(emit_list(3, &transforms));
    bytes
}

fn emit_transform(major: u8, transform: &Transform<'_>) -> Vec<u8> {
    let [high, low] = transform.id.to_be_bytes();
    let mut bytes =
        if major == 1 { vec![transform.kind, low, 0, 0] } else { vec![transform.kind, 0, high, low] };
    for (kind, value) in &transform.attributes {
        match value {
            Attribute::Short(value) => {
                bytes.extend((kind | 0x8000).to_be_bytes());
                bytes.extend(value.to_be_bytes());
            }
            Attribute::Long(value) => {
                bytes.extend(kind.to_be_bytes());
                bytes.extend(u16::try_from(value.len()).unwrap().to_be_bytes());
                bytes.extend(*value);
            }
        }
    }
    bytes
}

/// Substructures in a row, each with `more` before all but the last.
fn emit_list(more: u8, parts: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (i, part) in parts.iter().enumerate() {
        bytes.extend([if i + 1 < parts.len() { more } else { 0 }, 0]);
        bytes.extend(u16::try_from(part.len() + 4).unwrap().to_be_bytes());
        bytes.extend(part);
    }
    bytes
}
