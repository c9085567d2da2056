//! The first look at an input: what it is, itself or inside its compression, or why it is not read.

use std::io;

use super::damage::DamageLog;
use super::decompress::Decompressed;
use super::error::{Content, Error};
use super::facts::Facts;
use super::recognise::{RECOGNISED_BY, Recognised, SECTION_HEADER, recognise};
use super::window::Window;

/// Looks at what `window` begins with: itself, or what it holds where it is compressed.
pub(super) fn look(
    mut window: Window,
    max_decompressed: u64,
    facts: &mut Facts,
) -> io::Result<(Window, Recognised)> {
    let mut recognised = recognise(&mut window)?;
    if let Recognised::Compressed(compression) = recognised {
        window = window.through(|window| Box::new(Decompressed::new(compression, window, max_decompressed)));
        facts.compression = Some(compression);
        facts.damage = DamageLog::of_decompressed();
        recognised = recognise(&mut window)?;
        while recognised == Recognised::Unknown && window.pass_gap() {
            recognised = recognise(&mut window)?;
        }
    }
    Ok((window, recognised))
}

/// Why an input that begins as `window` does is not read.
pub(super) fn not_a_capture(recognised: Recognised, window: &mut Window, facts: &Facts) -> Error {
    let name = facts.name.clone();
    let first = window.bytes();
    let is_short = first.len() < RECOGNISED_BY;
    let begins: Vec<_> = first.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    let begins = begins.join(" ");
    let Some(compression) = facts.compression else {
        return match recognised {
            Recognised::Archive(format) => Error::Archive { name, format },
            Recognised::Foreign(format) => Error::Foreign { name, format },
            _ if first.is_empty() => Error::Empty { name },
            _ if is_short && first.starts_with(&SECTION_HEADER) => header_cut(window, facts),
            _ => Error::NotACapture { name, begins },
        };
    };
    let content = match recognised {
        Recognised::Compressed(inner) => Content::Compressed(inner),
        Recognised::Archive(format) => Content::Archive(format),
        Recognised::Foreign(format) => Content::Foreign(format),
        _ if is_short => return header_cut(window, facts),
        _ => Content::NotACapture(begins),
    };
    Error::Inside { name, compression, content }
}

/// Why an input that ends inside its header is not read.
pub(super) fn header_cut(window: &mut Window, facts: &Facts) -> Error {
    let (name, length) = (facts.name.clone(), window.reached());
    let Some(compression) = facts.compression else { return Error::HeaderCut { name, length } };
    let content = match (window.take_damage().first().first(), length) {
        (Some(damage), _) => Content::Broken(*damage),
        (None, 0) => Content::Nothing,
        (None, _) => Content::HeaderCut(length),
    };
    Error::Inside { name, compression, content }
}
