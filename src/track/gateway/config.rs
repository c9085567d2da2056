//! Which settings differ between two hellos of one router.

use crate::observe::GatewayMessage;

use super::super::change::Setting;
use super::super::event::listed;

/// The settings that differ. Passwords are named as changed, never shown.
pub(super) fn changes(old: Option<&GatewayMessage>, new: &GatewayMessage) -> Vec<Setting> {
    let Some(old) = old else { return Vec::new() };
    let mut changes = Vec::new();
    // Put in words only where they differ: every hello is compared.
    let mut compare = |name: &'static str, differs: bool, words: fn(&GatewayMessage) -> String| {
        if differs {
            changes.push(Setting { name, old: words(old), new: words(new) });
        }
    };
    // What is not learnt yet: learning it changes no configuration.
    let learnt = !old.virtual_addresses.is_empty() && !new.virtual_addresses.is_empty();
    let addresses = learnt && old.virtual_addresses != new.virtual_addresses;
    compare("virtual-address", addresses, |it| listed(&it.virtual_addresses));
    compare("version", old.version != new.version, |it| it.version.to_string());
    let priority = |it: &GatewayMessage| it.priority.map_or_else(String::new, |value| value.to_string());
    compare("priority", old.priority != new.priority, priority);
    compare("demotion", old.demotion != new.demotion, |it| it.demotion.to_string());
    compare("hello", old.hello_ms != new.hello_ms, |it| milliseconds(it.hello_ms));
    let hold = new.group.protocol.tells_hold_time() && old.hold_ms != new.hold_ms;
    compare("hold", hold, |it| milliseconds(it.hold_ms));
    let authentication = old.authentication != new.authentication;
    compare("authentication", authentication, |it| it.authentication.to_string());
    changes
}

fn milliseconds(value: u32) -> String {
    format!("{value} ms")
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;
    use crate::observe::{Act, Authentication, GatewayProtocol, GroupName, Role};

    fn hello() -> GatewayMessage {
        GatewayMessage {
            group: GroupName::new(GatewayProtocol::Hsrp, 10),
            version: 1,
            act: Act::Hello,
            role: Role::Active,
            state: "active",
            priority: Some(110),
            demotion: 0,
            hello_ms: 3000,
            hold_ms: 10_000,
            virtual_addresses: vec![IpAddr::from([192, 0, 2, 1])],
            identifier: None,
            authentication: Authentication::of_text(b"cisco"),
            checksum: None,
        }
    }

    fn setting(name: &'static str, old: &str, new: &str) -> Setting {
        Setting { name, old: old.to_owned(), new: new.to_owned() }
    }

    #[test]
    fn names_what_changed_and_never_a_password() {
        let mut changed = hello();
        changed.priority = Some(90);
        changed.authentication = Authentication::of_text(b"geheim");
        let told = changes(Some(&hello()), &changed);
        assert_eq!(told, [setting("priority", "110", "90"), setting("authentication", "text", "text"),]);
    }

    #[test]
    fn learning_the_address_is_no_change() {
        let mut learning = hello();
        learning.virtual_addresses.clear();
        assert!(changes(Some(&learning), &hello()).is_empty());
        assert!(changes(None, &hello()).is_empty());
    }
}
