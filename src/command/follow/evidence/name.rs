//! Names of files of evidence.

use chrono::DateTime;

use crate::diagnose::Finding;
use crate::time::Timestamp;

/// The name of the file for a finding, without its end: `2026-11-23T044755Z_failover-without-negotiation_hsrp-10`.
///
/// It has no other characters than letters, digits, `.`, `_` and `-` of ASCII, whatever the finding says.
pub(super) fn stem(finding: &Finding) -> String {
    let mut stem = format!("{}_{}", second(finding.at.time), allowed(finding.rule));
    if let Some(subject) = finding.subject {
        stem.push('_');
        stem.push_str(&allowed(&subject.to_string()));
    }
    stem.truncate(LONGEST_STEM);
    stem
}

/// The second a time lies in: `2026-11-23T044755Z`.
fn second(time: Timestamp) -> String {
    DateTime::from_timestamp_nanos(time.nanos()).format("%Y-%m-%dT%H%M%SZ").to_string()
}

/// Text with one `-` for every run of characters that are not allowed, and none at its ends.
fn allowed(text: &str) -> String {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let words: Vec<&str> = text.split(|c| !is_allowed(c)).filter(|word| !word.is_empty()).collect();
    words.join("-")
}

/// Room is left for a number and two ends in the 255 bytes of a file's name.
const LONGEST_STEM: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_harmless_characters_only() {
        assert_eq!(allowed("hsrp/10@vlan100"), "hsrp-10-vlan100");
        assert_eq!(allowed("192.0.2.1<>fe80::1"), "192.0.2.1-fe80-1");
        assert_eq!(allowed("/../$(rm)\n\u{202e}ä"), "..-rm");
        assert_eq!(allowed("<>"), "");
    }

    #[test]
    fn a_time_is_told_to_the_second_at_both_ends_too() {
        assert_eq!(second(Timestamp::from_parts(1_795_409_275, 999_999_999)), "2026-11-23T044755Z");
        assert_eq!(second(Timestamp::MIN), "1677-09-21T001243Z");
        assert_eq!(second(Timestamp::MAX), "2262-04-11T234716Z");
    }
}
