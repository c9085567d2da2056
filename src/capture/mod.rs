//! Capture files to frames. Knows containers and link types, and no protocol above them.
//!
//! [`Inputs`] finds the files, [`Captures`] gives their frames in the order of time, [`Facts`] tell what is known of
//! each. A damaged file is read on behind the damage; what was damaged stands in its [`DamageLog`].

mod captures;
mod compression;
mod damage;
mod decompress;
mod erf;
mod error;
mod facts;
mod file;
mod format;
mod frame;
mod inputs;
mod live;
mod look;
mod names;
mod order;
mod parallel;
mod pcap;
mod pcapng;
mod reading;
mod recognise;
mod record;
mod records;
mod roster;
mod secrets;
mod series;
mod size;
mod skim;
mod snoop;
pub mod socket;
mod source;
mod window;

pub use captures::Captures;
pub use compression::Compression;
pub use damage::{Damage, DamageKind, DamageLog, Undecompressable};
pub use error::{Content, Error, in_words};
pub use facts::{CaptureId, Counters, Facts, Interface, SeriesId};
pub use file::CaptureFile;
pub use format::Format;
pub use frame::{Frame, FrameNumber, LinkType};
pub use inputs::Inputs;
pub use live::{Live, LiveFrame, LiveOptions, LiveSource, Next, Notice, OpenSource, Quiet, What};
pub use names::Names;
pub use parallel::Parallel;
pub use reading::{Held, Kept, Run, Skimmed};
pub use roster::{Ids, Roster};
pub use secrets::SecretsKind;
pub use size::Bytes;
pub use skim::Skim;
pub use source::Source;
