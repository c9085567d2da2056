//! Packets to observations: small, ordered, and without a judgement of their meaning.
//!
//! ESP and traffic in clear of gateways are folded into slices and unchanged hellos into runs, each at most one second
//! long, so what leaves this stage is small however long the capture is, and leaves it in order of (time, capture, frame):
//! frames that are out of order by up to a second give what they would give in order.

mod arrivals;
mod clear;
mod clear_packet;
mod duplicates;
mod esp;
mod esp_packet;
mod flows;
mod gateway;
mod growing;
mod legends;
mod note;
mod numbered;
mod observation;
mod observer;
mod order;
mod place;
mod plain_flows;
mod queue;
mod segments;
mod sequence;
mod sighting;
mod spans;
mod spent;
mod stations;
mod tally;
mod unrelated;

pub use clear::ClearSlice;
pub use clear_packet::SCTP;
pub use esp::{EspSlice, EspTally};
pub use gateway::{Act, Authentication, GatewayMessage, GatewayProtocol, GroupName, HelloRun, Role};
pub use note::{Note, Noted, Skimmer};
pub use observation::{
    ArpSighting, FragmentSighting, FragmentsLost, IkeSighting, InterfaceSighting, Kind, NeighbourSighting,
    Observation, UnreachableSighting,
};
pub use observer::{Observer, Taken};
pub use order::SLICE;
pub use place::{At, Protection, SaKey, Segment};
pub use tally::{Backwards, Damaged, Duplicated, Tally};
pub use unrelated::UnrelatedFrames;
