//! What was found, written for people and programs. Computes no facts.

mod devices;
mod escape;
mod explain;
mod json;
mod link_type_name;
pub mod messages;
mod metrics;
mod model;
mod page;
mod pcapng;
mod protocol_name;
pub mod row;
mod scope;
mod table;
mod text;
mod time_style;
mod timeline_row;

pub use devices::{DeviceFacts, Permission, devices};
pub use escape::Escaped;
pub use explain::{Explained, ExplainedKind, UnknownName, explain, list};
pub use json::{FindingState, SCHEMA_VERSION, finding_json, to_json};
pub use metrics::{CaptureMetrics, GroupMetrics, MAX_SERIES, Metrics, to_prometheus};
pub use model::{CaptureFacts, Report, TimelineEntry};
pub use page::PageStyle;
pub use pcapng::{PcapngFrame, PcapngInterface, PcapngInterfaceNumber, PcapngWriter};
pub use row::Format as TableFormat;
pub use table::{FindingsTable, FlowsTable, TimelineTable};
pub use text::{EventLines, TextOptions, to_text};
pub use time_style::TimeStyle;
