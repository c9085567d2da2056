//! Gives up what only opening a socket takes, before the first frame is read.
//!
//! Order: groups, group, user, capabilities, no new privileges; then it is tried whether root can be had again.
//! Sources: capabilities(7), setresuid(2), prctl(2) `PR_SET_NO_NEW_PRIVS`.

use std::env;
use std::ffi::CString;
use std::io;

use caps::CapSet;
use nix::errno::Errno;
use nix::sys::prctl::set_no_new_privs;
use nix::unistd::{Gid, Uid, User, getresuid, initgroups, setgroups, setresgid, setresuid, setuid};

use crate::capture::in_words;
use crate::cli::Complaint;

/// Who the process goes on as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// The user it is. Root is named, since its files can still be read and written.
    Same {
        /// Whether that is root.
        is_root: bool,
    },
    /// Another user.
    Other(Account),
}

/// A user to become.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The user's number; not that of root.
    pub uid: u32,
    /// The number of the user's group.
    pub gid: u32,
    /// The name by which the user's other groups are looked up; without one there are none.
    pub name: Option<String>,
}

/// The user and group that called sudo, as it says, where it did.
pub fn sudo_caller() -> Option<(String, String)> {
    Some((env::var("SUDO_UID").ok()?, env::var("SUDO_GID").ok()?))
}

/// Gives up all capabilities for good, and becomes the user that `user` (`--user`) names or numbers; else, as root, the one
/// who called sudo: `sudo` are the values of `SUDO_UID` and `SUDO_GID`.
///
/// It is called before threads are begun: capabilities are each thread's own.
///
/// # Errors
///
/// When there is no such user, only root could become it, or the system does not do it.
pub fn give_up(user: Option<&str>, sudo: Option<(&str, &str)>) -> Result<Identity, Complaint> {
    let identity = decide(Uid::effective().as_raw(), user, sudo, look_up)?;
    if let Identity::Other(account) = &identity {
        become_user(account)?;
    }
    // Effective ones are part of the permitted ones, so these go last.
    for set in [CapSet::Ambient, CapSet::Inheritable, CapSet::Effective, CapSet::Permitted] {
        caps::clear(None, set).map_err(|error| kept(&error.to_string()))?;
    }
    set_no_new_privs().map_err(|errno| kept(&words(errno)))?;
    verify(&identity)?;
    Ok(identity)
}

/// Who a process of user `uid` goes on as. `look_up` finds an account by name or number.
///
/// # Errors
///
/// When there is no such user, or only root could become it.
pub fn decide(
    uid: u32,
    user: Option<&str>,
    sudo: Option<(&str, &str)>,
    look_up: impl FnOnce(&str) -> Option<Account>,
) -> Result<Identity, Complaint> {
    let same = Identity::Same { is_root: uid == ROOT };
    if let Some(user) = user {
        let Some(account) = look_up(user) else {
            return Err(Complaint::new(
                format!("--user {user}: no such user"),
                "name a user of this machine, or give a number",
            ));
        };
        return match account.uid {
            wanted if wanted == uid => Ok(same),
            _ if uid != ROOT => Err(Complaint::new(
                format!("--user {user}: only root can become another user"),
                "leave it out: nothing is kept that a user does not have",
            )),
            _ => Ok(Identity::Other(account)),
        };
    }
    let caller = sudo.and_then(|(uid, gid)| Some((number(uid)?, number(gid)?)));
    match caller {
        Some((caller, gid)) if uid == ROOT && caller != ROOT => {
            let name = look_up(&caller.to_string()).and_then(|account| account.name);
            Ok(Identity::Other(Account { uid: caller, gid, name }))
        }
        _ => Ok(same),
    }
}

/// The account of this name; else that of this number, which need not be one of this machine.
fn look_up(user: &str) -> Option<Account> {
    let account =
        |user: User| Account { uid: user.uid.as_raw(), gid: user.gid.as_raw(), name: Some(user.name) };
    if let Ok(Some(found)) = User::from_name(user) {
        return Some(account(found));
    }
    let uid = number(user)?;
    let found = User::from_uid(Uid::from_raw(uid)).ok().flatten();
    Some(found.map_or(Account { uid, gid: uid, name: None }, account))
}

/// A number of a user or group. The greatest is none: to the system it means that nothing is to change.
fn number(text: &str) -> Option<u32> {
    text.parse().ok().filter(|&number| number != u32::MAX)
}

fn become_user(account: &Account) -> Result<(), Complaint> {
    let (uid, gid) = (Uid::from_raw(account.uid), Gid::from_raw(account.gid));
    let name = account.name.as_deref().and_then(|name| CString::new(name).ok());
    let changed = match name {
        Some(name) => initgroups(&name, gid),
        None => setgroups(&[gid]),
    };
    changed
        .and_then(|()| setresgid(gid, gid, gid))
        .and_then(|()| setresuid(uid, uid, uid))
        .map_err(|errno| kept(&format!("user {uid} cannot be become: {}", words(errno))))
}

/// Tries whether something was kept.
fn verify(identity: &Identity) -> Result<(), Complaint> {
    for set in [CapSet::Effective, CapSet::Permitted] {
        let left = caps::read(None, set).map_err(|error| kept(&error.to_string()))?;
        if !left.is_empty() {
            return Err(kept("capabilities are left"));
        }
    }
    let Identity::Other(account) = identity else { return Ok(()) };
    let (wanted, have) = (Uid::from_raw(account.uid), getresuid().map_err(|errno| kept(&words(errno)))?);
    if [have.real, have.effective, have.saved] != [wanted; 3] || setuid(Uid::from_raw(ROOT)).is_ok() {
        return Err(kept("root can be had again"));
    }
    Ok(())
}

fn kept(why: &str) -> Complaint {
    Complaint::new(
        format!("privileges cannot be given up: {why}"),
        "capture with another program: tcpdump -U -w - | sagap follow -",
    )
}

fn words(errno: Errno) -> String {
    in_words(&io::Error::from(errno))
}

/// Root's number.
const ROOT: u32 = 0;

#[cfg(test)]
mod tests {
    use super::*;

    fn known(user: &str) -> Option<Account> {
        let of = |uid, name: &str| Some(Account { uid, gid: uid + 1, name: Some(name.to_owned()) });
        match user {
            "root" | "0" => of(0, "root"),
            "nobody" | "65534" => of(65_534, "nobody"),
            "1000" => of(1000, "anna"),
            _ => None,
        }
    }

    fn decided(uid: u32, user: Option<&str>, sudo: Option<(&str, &str)>) -> Result<Identity, String> {
        decide(uid, user, sudo, known).map_err(|complaint| complaint.message)
    }

    fn other(uid: u32, gid: u32, name: &str) -> Identity {
        Identity::Other(Account { uid, gid, name: Some(name.to_owned()) })
    }

    #[test]
    fn root_becomes_the_user_that_was_named_else_the_caller_of_sudo() {
        let sudo = Some(("1000", "100"));
        assert_eq!(decided(0, Some("nobody"), sudo), Ok(other(65_534, 65_535, "nobody")));
        assert_eq!(decided(0, None, sudo), Ok(other(1000, 100, "anna")));
        let stranger = Account { uid: 7, gid: 8, name: None };
        assert_eq!(decided(0, None, Some(("7", "8"))), Ok(Identity::Other(stranger)));
    }

    #[test]
    fn root_stays_root_where_nobody_else_is_known_or_it_is_said() {
        let same = Ok(Identity::Same { is_root: true });
        for sudo in [None, Some(("0", "0")), Some(("x", "100")), Some(("4294967295", "1"))] {
            assert_eq!(decided(0, None, sudo), same, "{sudo:?}");
        }
        assert_eq!(decided(0, Some("root"), Some(("1000", "100"))), same);
    }

    #[test]
    fn a_user_stays_who_it_is() {
        let same = Ok(Identity::Same { is_root: false });
        assert_eq!(decided(1000, None, Some(("7", "8"))), same);
        assert_eq!(decided(1000, Some("1000"), None), same);
        assert_eq!(
            decided(1000, Some("nobody"), None),
            Err("--user nobody: only root can become another user".to_owned())
        );
        assert_eq!(decided(0, Some("otto"), None), Err("--user otto: no such user".to_owned()));
    }
}
