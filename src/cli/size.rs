//! Numbers of bytes as they are typed: `16GiB`, `500MiB`, `1.5GB`, or plain bytes.

/// Reads a number of bytes.
///
/// # Errors
/// One clause that says what is wrong with `text`.
pub(super) fn parse(text: &str) -> Result<u64, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let bytes: f64 = match unit {
        "" | "B" => 1.0,
        "KiB" => 1024.0,
        "MiB" => 1024.0 * 1024.0,
        "GiB" => 1024.0 * 1024.0 * 1024.0,
        "TiB" => 1024.0 * 1024.0 * 1024.0 * 1024.0,
        "kB" => 1e3,
        "MB" => 1e6,
        "GB" => 1e9,
        "TB" => 1e12,
        _ if number.is_empty() => return Err("a size begins with a number".to_owned()),
        _ => return Err(format!("'{unit}' is no unit of size; use KiB, MiB, GiB or TiB")),
    };
    let number: f64 = number.parse().map_err(|_| format!("'{number}' is not a number"))?;
    let bytes = number * bytes;
    if bytes > LARGEST {
        return Err("that is more than any disk holds".to_owned());
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is between 0 and 2^53")]
    Ok(bytes as u64)
}

/// A pebibyte; numbers up to there are exact.
const LARGEST: f64 = 1024.0 * 1024.0 * 1024.0 * 1024.0 * 1024.0;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_every_unit() {
        let cases = [
            ("16GiB", 16 << 30),
            ("500MiB", 500 << 20),
            ("1.5KiB", 1_536),
            ("2TiB", 2 << 40),
            ("1GB", 1_000_000_000),
            ("4096", 4_096),
            ("0", 0),
        ];
        for (text, bytes) in cases {
            assert_eq!(parse(text), Ok(bytes), "{text}");
        }
    }

    #[test]
    fn says_what_is_wrong() {
        let cases = [
            ("", "'' is not a number"),
            ("GiB", "'' is not a number"),
            ("much", "a size begins with a number"),
            ("-5", "a size begins with a number"),
            ("16gib", "'gib' is no unit of size; use KiB, MiB, GiB or TiB"),
            ("1.2.3GiB", "'1.2.3' is not a number"),
            ("2000TiB", "that is more than any disk holds"),
        ];
        for (text, why) in cases {
            assert_eq!(parse(text), Err(why.to_owned()), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".*") {
            let _ = parse(&text);
        }
    }
}
