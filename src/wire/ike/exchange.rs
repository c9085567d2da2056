//! Exchange types (RFC 2408 §3.1 and RFC 2409 for version 1, IANA's registry for version 2).

use std::borrow::Cow;

/// An exchange type by its number on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExchangeType(pub u8);

impl ExchangeType {
    /// Version 1: main mode.
    pub const IDENTITY_PROTECTION: Self = Self(2);
    /// Version 1: aggressive mode.
    pub const AGGRESSIVE: Self = Self(4);
    /// Version 1: informational.
    pub const INFORMATIONAL_V1: Self = Self(5);
    /// Version 1: configuration and extended authentication.
    pub const TRANSACTION: Self = Self(6);
    /// Version 1: quick mode.
    pub const QUICK_MODE: Self = Self(32);
    /// Version 2: `IKE_SA_INIT`.
    pub const IKE_SA_INIT: Self = Self(34);
    /// Version 2: `IKE_AUTH`.
    pub const IKE_AUTH: Self = Self(35);
    /// Version 2: `CREATE_CHILD_SA`.
    pub const CREATE_CHILD_SA: Self = Self(36);
    /// Version 2: `INFORMATIONAL`.
    pub const INFORMATIONAL: Self = Self(37);
    /// Version 2: `IKE_SESSION_RESUME` (RFC 5723).
    pub const IKE_SESSION_RESUME: Self = Self(38);

    /// The name in kebab-case (`ike-sa-init`, `quick-mode`); `exchange-NNN` where version `major` has none.
    pub fn name(self, major: u8) -> Cow<'static, str> {
        match self.names(major) {
            Some((name, _)) => Cow::Borrowed(name),
            None => Cow::Owned(format!("exchange-{}", self.0)),
        }
    }

    /// The name for prose, as its standard writes it (`IKE_SA_INIT`, `Quick Mode`); `exchange NNN` where version
    /// `major` has none.
    pub fn title(self, major: u8) -> Cow<'static, str> {
        match self.names(major) {
            Some((_, title)) => Cow::Borrowed(title),
            None => Cow::Owned(format!("exchange {}", self.0)),
        }
    }

    /// The same name, on the port of group keys: there version 1 has exchanges of its own for two numbers (RFC 6407 §3.1,
    /// §4.1).
    pub fn name_for_groups(self, major: u8) -> Cow<'static, str> {
        match (major, self.0) {
            (1, 32) => Cow::Borrowed("groupkey-pull"),
            (1, 33) => Cow::Borrowed("groupkey-push"),
            _ => self.name(major),
        }
    }

    fn names(self, major: u8) -> Option<(&'static str, &'static str)> {
        let table = match major {
            1 => VERSION_1,
            2 => VERSION_2,
            _ => &[],
        };
        table.iter().find(|(number, ..)| *number == self.0).map(|(_, name, title)| (*name, *title))
    }
}

const VERSION_1: &[(u8, &str, &str)] = &[
    (0, "none", "None"),
    (1, "base", "Base"),
    (2, "identity-protection", "Main Mode"),
    (3, "authentication-only", "Authentication Only"),
    (4, "aggressive", "Aggressive Mode"),
    (5, "informational", "Informational"),
    (6, "transaction", "Transaction"),
    (32, "quick-mode", "Quick Mode"),
    (33, "new-group", "New Group Mode"),
];

const VERSION_2: &[(u8, &str, &str)] = &[
    (34, "ike-sa-init", "IKE_SA_INIT"),
    (35, "ike-auth", "IKE_AUTH"),
    (36, "create-child-sa", "CREATE_CHILD_SA"),
    (37, "informational", "INFORMATIONAL"),
    (38, "ike-session-resume", "IKE_SESSION_RESUME"),
    (39, "gsa-auth", "GSA_AUTH"),
    (40, "gsa-registration", "GSA_REGISTRATION"),
    (41, "gsa-rekey", "GSA_REKEY"),
    (42, "gsa-inband-rekey", "GSA_INBAND_REKEY"),
    (43, "ike-intermediate", "IKE_INTERMEDIATE"),
    (44, "ike-followup-ke", "IKE_FOLLOWUP_KE"),
    // Private use, taken by strongSwan's mediation extension.
    (240, "me-connect", "ME_CONNECT"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_the_name_of_its_version_only() {
        assert_eq!(ExchangeType::IKE_SA_INIT.name(2), "ike-sa-init");
        assert_eq!(ExchangeType::IKE_SA_INIT.name(1), "exchange-34");
        assert_eq!(ExchangeType::QUICK_MODE.name(1), "quick-mode");
        assert_eq!(ExchangeType::QUICK_MODE.name(2), "exchange-32");
        assert_eq!(ExchangeType::QUICK_MODE.name(3), "exchange-32");
        assert_eq!(ExchangeType::IDENTITY_PROTECTION.title(1), "Main Mode");
        assert_eq!(ExchangeType(99).title(2), "exchange 99");
        assert_eq!(ExchangeType(41).name(2), "gsa-rekey");
    }

    #[test]
    fn group_keys_have_exchanges_of_their_own() {
        assert_eq!(ExchangeType(32).name_for_groups(1), "groupkey-pull");
        assert_eq!(ExchangeType(33).name_for_groups(1), "groupkey-push");
        assert_eq!(ExchangeType(2).name_for_groups(1), "identity-protection");
        assert_eq!(ExchangeType(40).name_for_groups(2), "gsa-registration");
    }
}
