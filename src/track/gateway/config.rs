//! Which settings differ between two hellos of one router.

use crate::wire::hsrp::{Authentication, GroupMessage};

/// The settings that differ: name, value before, value now. Passwords are named as changed, never shown.
pub(super) fn changes(old: Option<&GroupMessage>, new: &GroupMessage) -> Vec<(&'static str, String, String)> {
    let Some(old) = old else { return Vec::new() };
    let mut changes = Vec::new();
    let mut compare = |field: &'static str, before: String, now: String, differs: bool| {
        if differs {
            changes.push((field, before, now));
        }
    };
    // An unspecified address is not learnt yet: learning it changes no configuration.
    let learnt = !old.virtual_address.is_unspecified() && !new.virtual_address.is_unspecified();
    compare(
        "virtual-address",
        old.virtual_address.to_string(),
        new.virtual_address.to_string(),
        learnt && old.virtual_address != new.virtual_address,
    );
    compare("version", old.version.to_string(), new.version.to_string(), old.version != new.version);
    compare("priority", old.priority.to_string(), new.priority.to_string(), old.priority != new.priority);
    compare("hello", milliseconds(old.hello_ms), milliseconds(new.hello_ms), old.hello_ms != new.hello_ms);
    compare("hold", milliseconds(old.hold_ms), milliseconds(new.hold_ms), old.hold_ms != new.hold_ms);
    let authentication = old.authentication != new.authentication;
    compare("authentication", kind(&old.authentication), kind(&new.authentication), authentication);
    changes
}

/// The authentication's kind without its secret.
fn kind(authentication: &Authentication) -> String {
    match authentication {
        Authentication::Md5 { key_id, .. } => format!("md5 key {key_id}"),
        other => other.name().to_owned(),
    }
}

fn milliseconds(value: u32) -> String {
    format!("{value} ms")
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use super::*;
    use crate::wire::hsrp::{Opcode, State};

    fn hello() -> GroupMessage {
        GroupMessage {
            version: 1,
            opcode: Opcode::Hello,
            state: State::Active,
            group: 10,
            priority: 110,
            hello_ms: 3000,
            hold_ms: 10_000,
            virtual_address: IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)),
            identifier: None,
            authentication: Authentication::Text(*b"cisco\0\0\0"),
        }
    }

    #[test]
    fn names_what_changed_and_never_a_password() {
        let mut changed = hello();
        changed.priority = 90;
        changed.authentication = Authentication::Text(*b"geheim\0\0");
        let told = changes(Some(&hello()), &changed);
        assert_eq!(
            told,
            [
                ("priority", "110".to_owned(), "90".to_owned()),
                ("authentication", "text".to_owned(), "text".to_owned()),
            ]
        );
    }

    #[test]
    fn learning_the_address_is_no_change() {
        let mut learning = hello();
        learning.virtual_address = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
        assert!(changes(Some(&learning), &hello()).is_empty());
        assert!(changes(None, &hello()).is_empty());
    }
}
