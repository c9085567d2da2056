//! Observations to events: facts, found by sans-I/O state machines to which time comes as an argument.

mod change;
mod clear_addresses;
mod conflict;
mod endpoint;
mod event;
mod facts;
mod flat_map;
mod flow;
mod gateway;
mod habits;
mod ike;
mod leak;
mod leaks;
mod loose;
mod mismatch;
mod nat;
mod negotiation;
mod open_outage;
mod options;
mod outage;
mod outages;
mod overflow;
mod ownership;
mod rhythm;
mod sas;
mod slab;
mod stops;
mod subject;
mod timer;
mod tracker;
mod tunnel;
mod tunnel_key;
mod tunnels;
mod visibility;

pub use change::{Change, Setting, Stop};
pub use conflict::Conflict;
pub use endpoint::LeftVirtualAddress;
pub use event::{Event, EventKind};
pub use facts::{GroupFacts, RouterFacts, TunnelFacts};
pub use flow::FlowFacts;
pub use gateway::{Claimant, Coups, Flapping, LateHellos, Move, Stranger, Unattended, Watched};
pub use habits::{Habits, Probing};
pub use leak::{ClearFlow, Leak, SilentTunnel, Trigger};
pub use mismatch::{Difference, HelloTimers, Mismatch};
pub use nat::{Nat, NatPlace, OwnHash};
pub use negotiation::{InPieces, Negotiation, NegotiationId, Outcome, Purpose, Refusal, Waiting};
pub use options::Options;
pub use outage::{
    After, Before, Closed, Coverage, Failover, Flow, Outage, OutageId, SpiKind, StateCopy, Use,
};
pub use overflow::Overflow;
pub use ownership::Ownership;
pub use subject::{Cause, Direction, GroupKey, Subject, Tunnel};
pub use tracker::Tracker;
pub use visibility::Visibility;
