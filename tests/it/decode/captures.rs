//! Recorded frames, damaged and odd ones among them.

use std::path::Path;

use sagap::capture::{CaptureFile, Frame, Source};
use sagap::decode::{Message, decode, decode_closely};
use sagap::wire::ike::is_unmistakable;

use crate::common::{files_below, shared};

/// Gives every frame of the captures below a shared folder to `look`; how many there were, where the folder is.
fn each_frame(sub: &str, mut look: impl FnMut(&Path, &Frame<'_>)) -> Option<u64> {
    let mut count = 0;
    let folder = shared(&format!("captures/{sub}"))?;
    for path in files_below(&folder) {
        let Ok(mut file) = CaptureFile::open(&path) else { continue };
        while let Ok(Some(frame)) = file.next_frame() {
            look(&path, &frame);
            count += 1;
        }
    }
    Some(count)
}

#[test]
fn the_short_cut_agrees_on_every_recorded_frame() {
    for sub in ["public", "lab", "encap", "negative", "robust"] {
        let count = each_frame(sub, |path, frame| {
            assert_eq!(decode(frame), decode_closely(frame), "{} frame {}", path.display(), frame.number);
        });
        assert!(count.is_none_or(|count| count > 100), "{sub}: {count:?} frames");
    }
}

#[test]
fn look_alikes_give_no_gateway_and_no_ike_message() {
    each_frame("negative", |path, frame| {
        let message = decode(frame).message;
        let is_ours = matches!(message, Some(Message::Hsrp(_) | Message::Ike(_) | Message::NatKeepalive));
        assert!(!is_ours, "{} frame {}: {message:?}", path.display(), frame.number);
    });
}

#[test]
fn ike_as_it_is_spoken_is_unmistakable() {
    let (mut all, mut missed) = (0, Vec::new());
    for sub in ["lab", "public"] {
        each_frame(sub, |path, frame| {
            if let Some(Message::Ike(message)) = decode(frame).message {
                all += 1;
                if !is_unmistakable(message.bytes) || message.trailing > 0 {
                    missed.push(format!("{} frame {}: {:?}", path.display(), frame.number, message.header));
                }
            }
        });
    }
    assert!(
        missed.len() * 20 <= all,
        "{} of {all} messages were missed:\n{}",
        missed.len(),
        missed.join("\n")
    );
}
