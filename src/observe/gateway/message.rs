//! One message of a redundancy protocol about one group.

use std::cmp::Ordering;
use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use crate::wire::ike::fingerprint;
use crate::wire::mac::MacAddr;
use crate::wire::vrrp::Checksum;

use super::protocol::GroupName;

/// What one message says about one group. Two equal messages say the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewayMessage {
    /// The group.
    pub group: GroupName,
    /// Protocol version, as the `messages` table counts it.
    pub version: u8,
    /// What the message does.
    pub act: Act,
    /// What its sender is to the group.
    pub role: Role,
    /// The sender's state in the protocol's own word, lower case.
    pub state: &'static str,
    /// Priority; none in CARP.
    pub priority: Option<u32>,
    /// How far its sender has demoted itself: CARP's demotion counter, 0 elsewhere.
    pub demotion: u8,
    /// How often the sender speaks, in milliseconds.
    pub hello_ms: u32,
    /// How long it may be silent, in milliseconds: as told, or as its protocol derives it.
    pub hold_ms: u32,
    /// The virtual addresses it names, in wire order; none where they are not learnt yet, or not part of a message.
    pub virtual_addresses: Vec<IpAddr>,
    /// The sender's own MAC, where it is named.
    pub identifier: Option<MacAddr>,
    /// How it is authenticated.
    pub authentication: Authentication,
    /// Over what its checksum holds; none in a protocol without one.
    pub checksum: Option<Checksum>,
}

/// What a message does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Act {
    /// I am here, in this state.
    Hello,
    /// I take over the active role.
    Coup,
    /// I give up the active role: a Resign, or a priority that says so.
    Resign,
    /// A code that the protocol does not name.
    Unknown(u8),
}

/// What a router is to a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// It owns the virtual address: HSRP Active, VRRP and CARP Master, GLBP active gateway or forwarder.
    Active,
    /// It is next in line.
    Standby,
    /// It is neither.
    Other,
}

/// How a message is authenticated. Of what is secret there is enough to compare it, and no more.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Authentication {
    /// Its kind: `none`, `text`, `md5`, …
    pub kind: &'static str,
    /// Which key, where the message names it.
    pub key_id: Option<u32>,
    /// A fingerprint of the text in clear, if it is that.
    text: u64,
    /// Whether the text is the one that is sent where none is configured.
    is_default: bool,
}

impl GatewayMessage {
    /// The message with its sender's earlier timers where it names none, as a GLBP packet about forwarders alone.
    #[must_use]
    pub fn with_timers_of(&self, earlier: Option<&Self>) -> Self {
        let (hello_ms, hold_ms) = match earlier {
            Some(earlier) if self.hello_ms == 0 && self.hold_ms == 0 => (earlier.hello_ms, earlier.hold_ms),
            _ => (self.hello_ms, self.hold_ms),
        };
        Self { hello_ms, hold_ms, ..self.clone() }
    }

    /// How its sender compares with that of `other` as their protocol chooses among routers that are there; `Greater` is
    /// the preferred one. By priority; in CARP by who is demoted less, then by who speaks more often (`carp_proto_input_c`
    /// of OpenBSD). Addresses, which decide where priorities are equal, stand outside the message.
    pub fn preference(&self, other: &Self) -> Ordering {
        match (self.priority, other.priority) {
            (Some(own), Some(theirs)) => own.cmp(&theirs),
            _ => (other.demotion, other.hello_ms).cmp(&(self.demotion, self.hello_ms)),
        }
    }

    /// How often the sender speaks; `default` where it says 0.
    pub fn hello_time(&self, default: Duration) -> Duration {
        milliseconds(self.hello_ms, default)
    }

    /// How long it may be silent; `default` where it says 0.
    pub fn hold_time(&self, default: Duration) -> Duration {
        milliseconds(self.hold_ms, default)
    }
}

fn milliseconds(value: u32, default: Duration) -> Duration {
    if value == 0 { default } else { Duration::from_millis(value.into()) }
}

impl Authentication {
    /// Nothing.
    pub const NONE: Self = Self::of_kind("none");

    /// Authentication of which nothing but the kind can be compared.
    pub const fn of_kind(kind: &'static str) -> Self {
        Self { kind, key_id: None, text: 0, is_default: false }
    }

    /// MD5, with its key where that is named.
    pub const fn md5(key_id: Option<u32>) -> Self {
        Self { key_id, ..Self::of_kind("md5") }
    }

    /// Text in clear.
    pub fn of_text(text: &[u8]) -> Self {
        let padding = text.iter().rev().take_while(|byte| **byte == 0).count();
        let is_default = text.get(..text.len() - padding) == Some(DEFAULT_TEXT);
        Self { text: fingerprint(text), is_default, ..Self::of_kind("text") }
    }

    /// Whether it is the text that is sent where none is configured.
    pub const fn is_default_text(&self) -> bool {
        self.is_default
    }

    /// Whether there is none.
    pub fn is_none(&self) -> bool {
        *self == Self::NONE
    }
}

impl fmt::Debug for Authentication {
    /// Names the kind and never what is secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Authentication {
    /// `text`, `md5 key 7`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.key_id {
            Some(key) => write!(f, "{} key {key}", self.kind),
            None => f.write_str(self.kind),
        }
    }
}

/// RFC 2281 §5.1: the recommended default value of the authentication data, padded with zeros.
const DEFAULT_TEXT: &[u8] = b"cisco";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_compared_and_never_shown() {
        let (one, other) = (Authentication::of_text(b"geheim"), Authentication::of_text(b"cisco"));
        assert_ne!(one, other);
        assert_eq!(format!("{one:?} {one}"), "text text");
    }

    #[test]
    fn the_default_text_is_known_with_and_without_its_padding() {
        for (text, is_default) in [
            (&b"cisco\0\0\0"[..], true),
            (b"cisco", true),
            (b"cisco1\0\0", false),
            (b"\0cisco\0\0", false),
            (b"", false),
        ] {
            assert_eq!(Authentication::of_text(text).is_default_text(), is_default, "{text:?}");
        }
    }
}
