//! A group whose number was changed: its router speaks for another group of the same virtual address.

use crate::observe::{Act, At, HelloRun};

use super::super::change::{Change, Setting};
use super::super::event::{Event, EventKind};
use super::super::subject::GroupKey;
use super::{Gateways, event, keys_of};

impl Gateways {
    /// Tells that the owner of another group of this segment, of the same protocol and virtual address, begins to speak for
    /// the group `key`, where it does so here for the first time.
    pub(super) fn note_renumbered(&mut self, key: GroupKey, at: At, run: &HelloRun, out: &mut Vec<Event>) {
        if run.message.act != Act::Hello || key.name.forwarder != 0 {
            return;
        }
        let of_owner = |(other, group): &(&GroupKey, &super::Group)| {
            other.name.protocol == key.name.protocol
                && other.name.number != key.name.number
                && group.owner == Some(run.router)
                && run.message.virtual_addresses.iter().any(|it| group.virtual_addresses.contains(it))
        };
        let old = self.groups.range(keys_of(key.segment)).find(of_owner);
        let Some((old, lead)) = old
            .and_then(|(old, group)| Some((old.name.number, group.routers.get(&run.router)?.hello_time())))
        else {
            return;
        };
        let setting = Setting { name: "group", old: old.to_string(), new: key.name.number.to_string() };
        out.push(event(key, at, at.time, Some(run.router), None, EventKind::ConfigChanged(setting.clone())));
        if let Some(group) = self.groups.get_mut(&key) {
            group.changes.push_back(Change {
                at,
                group: key,
                router: run.router,
                settings: vec![setting],
                lead,
                hellos: run.count,
                undone: false,
            });
        }
    }
}
