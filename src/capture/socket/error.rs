//! Why an interface cannot be captured on, or not any longer.

use std::io;
use std::path::PathBuf;

use crate::capture::error::in_words;
use crate::capture::size::Bytes;

/// Why an interface cannot be captured on, or not any longer. Each names the interface.
#[derive(Debug, thiserror::Error)]
pub enum SocketError {
    /// There is no interface of that name.
    #[error("{name}: no such interface")]
    NoSuchInterface {
        /// The interface as given.
        name: String,
        /// The names there are.
        known: Vec<String>,
    },
    /// It is not up.
    #[error("{name}: this interface is down")]
    Down {
        /// The interface as given.
        name: String,
    },
    /// The capability is missing.
    #[error("{name}: permission denied: capturing needs the capability CAP_NET_RAW")]
    Denied {
        /// The interface as given.
        name: String,
        /// Where the program lies, if that is known.
        program: Option<PathBuf>,
    },
    /// There is no memory for the ring.
    #[error("{name}: a ring of {} cannot be allocated: {}", Bytes(*bytes), in_words(source))]
    Ring {
        /// The interface as given.
        name: String,
        /// How large it was to be.
        bytes: u64,
        /// What the system said.
        source: io::Error,
    },
    /// The system refuses something else.
    #[error("{name}: {doing}: {}", in_words(source))]
    System {
        /// The interface as given.
        name: String,
        /// What cannot be done, such as `cannot be bound`.
        doing: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// This is another system.
    #[error("{name}: capturing on an interface needs Linux here")]
    NotLinux {
        /// The interface as given.
        name: String,
    },
}

impl SocketError {
    /// What can be done about it, in the imperative.
    pub fn hint(&self) -> String {
        match self {
            Self::NoSuchInterface { known, .. } if known.is_empty() || known.len() > MOST_NAMES => {
                "list the interfaces: sagap interfaces".to_owned()
            }
            Self::NoSuchInterface { known, .. } => format!("use one of: {}, any", known.join(", ")),
            Self::Down { name } => format!("set it up: sudo ip link set dev {name} up"),
            Self::Denied { program, .. } => {
                let program = program.as_ref().map_or("PATH_OF_SAGAP".into(), |path| path.to_string_lossy());
                format!("give it to the program: sudo setcap cap_net_raw=ep {program}; or run it with sudo")
            }
            Self::Ring { .. } => "ask for a smaller ring".to_owned(),
            Self::System { .. } => format!("capture with another program: {PIPE}"),
            Self::NotLinux { .. } => format!("pipe: {PIPE}"),
        }
    }
}

/// How frames come from another program.
const PIPE: &str = "tcpdump -U -w - | sagap follow -";
/// How many names a hint lists.
const MOST_NAMES: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_capability_is_named_with_the_command_that_gives_it() {
        let error = SocketError::Denied { name: "eth0".to_owned(), program: Some("/opt/sagap".into()) };
        assert_eq!(error.to_string(), "eth0: permission denied: capturing needs the capability CAP_NET_RAW");
        let hint = "give it to the program: sudo setcap cap_net_raw=ep /opt/sagap; or run it with sudo";
        assert_eq!(error.hint(), hint);
    }

    #[test]
    fn a_name_that_is_none_is_answered_with_those_there_are() {
        let known = vec!["eth0".to_owned(), "lo".to_owned()];
        let error = SocketError::NoSuchInterface { name: "eth9".to_owned(), known };
        assert_eq!(error.to_string(), "eth9: no such interface");
        assert_eq!(error.hint(), "use one of: eth0, lo, any");
    }

    #[test]
    fn another_system_is_told_how_to_pipe() {
        let error = SocketError::NotLinux { name: "en0".to_owned() };
        assert_eq!(error.to_string(), "en0: capturing on an interface needs Linux here");
        assert_eq!(error.hint(), "pipe: tcpdump -U -w - | sagap follow -");
    }
}
