//! Compressed files, whole or put together part by part.

use std::hash::Hasher;
use std::io::Write;

use flate2::write::GzEncoder;
use flate2::{Compression as Level, Crc};
use lzma_rust2::{Lzma2Options, Lzma2Writer};
use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use twox_hash::XxHash32;

/// A compression, by the name that messages give it.
pub(crate) const ALL: [&str; 4] = ["gzip", "zstd", "lz4", "xz"];

/// `bytes` compressed: one member, frame or stream.
pub(crate) fn compress(compression: &str, bytes: &[u8]) -> Vec<u8> {
    match compression {
        "gzip" => gzip(bytes),
        "zstd" => zstd(bytes),
        "lz4" => lz4(bytes),
        "xz" => xz(&[bytes]),
        _ => unreachable!("{compression}"),
    }
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Level::best());
    encoder.write_all(bytes).expect("memory can be written");
    encoder.finish().expect("memory can be written")
}

pub(crate) fn zstd(bytes: &[u8]) -> Vec<u8> {
    compress_to_vec(bytes, CompressionLevel::Fastest)
}

/// A frame with a window of `2^window_log` bytes and no checksum: `bytes` as they are, then `runs` blocks of 128 KiB
/// of zeros.
pub(crate) fn zstd_with_runs(window_log: u8, bytes: &[u8], runs: usize) -> Vec<u8> {
    let block = |kind: u32, size: usize, last: bool| {
        let size = u32::try_from(size).expect("blocks are small");
        (u32::from(last) | kind << 1 | size << 3).to_le_bytes()[..3].to_vec()
    };
    let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0, (window_log - 10) << 3];
    frame.extend(block(0, bytes.len(), runs == 0));
    frame.extend(bytes);
    for run in 1..=runs {
        frame.extend(block(1, 128 * 1024, run == runs));
        frame.push(0);
    }
    frame
}

/// One frame of independent blocks of 64 KiB, with a checksum of what it holds.
pub(crate) fn lz4(bytes: &[u8]) -> Vec<u8> {
    lz4_blocks(&bytes.chunks(64 * 1024).collect::<Vec<_>>())
}

/// One frame of these independent blocks, with a checksum of what it holds.
pub(crate) fn lz4_blocks(blocks: &[&[u8]]) -> Vec<u8> {
    let descriptor = [0x64, 0x40];
    let mut frame = [&[0x04, 0x22, 0x4d, 0x18][..], &descriptor].concat();
    frame.push(xxh32(&descriptor).to_le_bytes()[1]);
    for block in blocks {
        let compressed = lz4_flex::block::compress(block);
        frame.extend(u32::try_from(compressed.len()).expect("blocks are small").to_le_bytes());
        frame.extend(compressed);
    }
    frame.extend([0; 4]);
    frame.extend(xxh32(&blocks.concat()).to_le_bytes());
    frame
}

/// A frame that is to be skipped.
pub(crate) fn skippable(bytes: usize) -> Vec<u8> {
    let size = u32::try_from(bytes).expect("it is small").to_le_bytes();
    [&[0x5b, 0x2a, 0x4d, 0x18][..], &size, &vec![0xa5; bytes]].concat()
}

/// One stream of these blocks, each with a CRC-32.
pub(crate) fn xz(blocks: &[&[u8]]) -> Vec<u8> {
    // 8 MiB of dictionary.
    xz_with(22, blocks)
}

/// The same, with these bits for the size of the dictionary.
pub(crate) fn xz_with(dictionary: u8, blocks: &[&[u8]]) -> Vec<u8> {
    let flags = [0, 1];
    let mut stream = [&[0xfd, b'7', b'z', b'X', b'Z', 0][..], &flags, &crc32(&flags)].concat();
    let mut index = vec![0];
    index.extend(number(blocks.len()));
    for block in blocks {
        let header = [2, 0, 0x21, 1, dictionary, 0, 0, 0];
        let begin = stream.len();
        stream.extend(header);
        stream.extend(crc32(&header));
        let mut options = Lzma2Options::with_preset(1);
        options.lzma_options.dict_size = 64 * 1024;
        let mut writer = Lzma2Writer::new(Vec::new(), options);
        writer.write_all(block).expect("memory can be written");
        stream.extend(writer.finish().expect("memory can be written"));
        let unpadded = stream.len() - begin + 4;
        stream.resize(stream.len().next_multiple_of(4), 0);
        stream.extend(crc32(block));
        index.extend(number(unpadded));
        index.extend(number(block.len()));
    }
    index.resize(index.len().next_multiple_of(4), 0);
    index.extend(crc32(&index));
    let backward = u32::try_from(index.len() / 4 - 1).expect("it is small").to_le_bytes();
    let footer = [&backward[..], &flags].concat();
    stream.extend(index);
    stream.extend(crc32(&footer));
    stream.extend(footer);
    stream.extend(b"YZ");
    stream
}

/// A number of xz's index.
fn number(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 0x80 {
        bytes.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    bytes.push(number.to_le_bytes()[0]);
    bytes
}

pub(crate) fn crc32(bytes: &[u8]) -> [u8; 4] {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum().to_le_bytes()
}

fn xxh32(bytes: &[u8]) -> u32 {
    let mut hash = XxHash32::with_seed(0);
    hash.write(bytes);
    u32::try_from(hash.finish()).expect("it has 32 bits")
}
