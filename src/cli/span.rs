//! Lengths of time as they are typed: `60s`, `1500ms`, `2m`, `1h`, or plain seconds.

use std::time::Duration;

/// Reads a length of time of up to a year.
///
/// # Errors
/// One clause that says what is wrong with `text`.
pub(super) fn parse(text: &str) -> Result<Duration, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let seconds = match unit {
        "" | "s" => 1.0,
        "ms" => 1e-3,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        _ if number.is_empty() => return Err("a length of time begins with a number".to_owned()),
        _ => return Err(format!("'{unit}' is no unit of time; use ms, s, m or h")),
    };
    let number: f64 = number.parse().map_err(|_| format!("'{number}' is not a number"))?;
    let span = Duration::try_from_secs_f64(number * seconds).ok().filter(|span| *span <= LONGEST);
    span.ok_or_else(|| "that is longer than a year".to_owned())
}

/// A length of time, or none where it is to be computed from what was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OrComputed(pub(super) Option<Duration>);

impl OrComputed {
    /// As it would be typed.
    pub(super) fn typed(self) -> String {
        self.0.map_or_else(|| COMPUTED.to_owned(), typed)
    }
}

/// Reads a length of time, or the word for one that is to be computed.
///
/// # Errors
/// One clause that says what is wrong with `text`.
pub(super) fn parse_or_computed(text: &str) -> Result<OrComputed, String> {
    if text == COMPUTED { Ok(OrComputed(None)) } else { parse(text).map(|span| OrComputed(Some(span))) }
}

/// A length of time as it would be typed, in whole seconds where it can be.
pub(super) fn typed(span: Duration) -> String {
    if span.subsec_nanos() == 0 {
        format!("{}s", span.as_secs())
    } else if span.subsec_nanos().is_multiple_of(1_000_000) {
        format!("{}ms", span.as_millis())
    } else {
        format!("{}s", span.as_secs_f64())
    }
}

/// How a length of time is typed that is to be computed.
pub(super) const COMPUTED: &str = "computed";
const LONGEST: Duration = Duration::from_secs(366 * 86_400);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_every_unit() {
        let cases = [
            ("60s", 60_000),
            ("1500ms", 1_500),
            ("2m", 120_000),
            ("1.5", 1_500),
            ("0", 0),
            ("1h", 3_600_000),
        ];
        for (text, millis) in cases {
            assert_eq!(parse(text), Ok(Duration::from_millis(millis)), "{text}");
        }
    }

    #[test]
    fn says_what_is_wrong() {
        let cases = [
            ("", "'' is not a number"),
            ("s", "'' is not a number"),
            ("fast", "a length of time begins with a number"),
            ("-5s", "a length of time begins with a number"),
            ("60sec", "'sec' is no unit of time; use ms, s, m or h"),
            ("1.2.3s", "'1.2.3' is not a number"),
            ("9000h", "that is longer than a year"),
            ("99999999999999999999999s", "that is longer than a year"),
        ];
        for (text, why) in cases {
            assert_eq!(parse(text), Err(why.to_owned()), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_told_can_be_typed(millis in 0_u64..86_400_000) {
            let span = Duration::from_millis(millis);
            prop_assert_eq!(parse(&typed(span)), Ok(span));
        }

        #[test]
        fn no_text_panics(text in ".*") {
            let _ = parse(&text);
        }
    }
}
