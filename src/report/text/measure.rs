//! Counts, sizes and lengths of time for people.

use std::time::Duration;

/// `1,234,567`
pub(super) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 frame`, `1,234 frames`
pub(super) fn counted(number: u64, noun: &str) -> String {
    format!("{} {noun}{}", count(number), if number == 1 { "" } else { "s" })
}

/// `12.3 MB`, in powers of ten as files are measured.
pub(super) fn size(bytes: u64) -> String {
    let units = [(1_000_000_000_000, "TB"), (1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
    for (unit, name) in units {
        if bytes >= unit {
            return format!("{}.{} {name}", bytes / unit, bytes % unit * 10 / unit);
        }
    }
    counted(bytes, "byte")
}

/// `0.245 s`, `38.1 s`, `12 min 05 s`, `3 h 04 min`: about four digits, whatever the length.
pub(super) fn length(span: Duration) -> String {
    let seconds = span.as_secs();
    match seconds {
        0..10 => format!("{}.{:03} s", seconds, span.subsec_millis()),
        10..120 => format!("{}.{} s", seconds, span.subsec_millis() / 100),
        120..7200 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        7200..172_800 => format!("{} h {:02} min", seconds / 3600, seconds / 60 % 60),
        _ => format!("{} days {} h", seconds / 86_400, seconds / 3600 % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_in_groups_of_three() {
        assert_eq!([0, 999, 1000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(counted(1, "frame"), "1 frame");
    }

    #[test]
    fn sizes_have_one_decimal() {
        assert_eq!([999, 1000, 12_345_678].map(size), ["999 bytes", "1.0 kB", "12.3 MB"]);
    }

    #[test]
    fn lengths_keep_about_four_digits() {
        let lengths = [245, 9_999, 38_149, 725_000, 11_045_000, 200_000_000];
        assert_eq!(
            lengths.map(|millis| length(Duration::from_millis(millis))),
            ["0.245 s", "9.999 s", "38.1 s", "12 min 05 s", "3 h 04 min", "2 days 7 h"]
        );
    }
}
