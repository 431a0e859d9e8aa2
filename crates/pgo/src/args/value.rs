//! Values of flags, as Go reads them. What cannot be read is said in a sentence about the value.

use std::time::Duration;

/// Reads a boolean: the words that version 4.2 accepts in flags and in the environment.
pub(crate) fn boolean(text: &str) -> Result<bool, String> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Ok(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Ok(false),
        _ => Err("it must be true or false".to_owned()),
    }
}

/// Reads an integer with an optional sign and prefix: `0x2` is 2, and a leading `0` means octal.
pub(crate) fn integer(text: &str) -> Result<i64, String> {
    let (is_negative, digits) = match text.strip_prefix(['+', '-']) {
        Some(digits) => (text.starts_with('-'), digits),
        None => (false, text),
    };
    let lower = digits.to_ascii_lowercase();
    let (radix, digits) = match lower.as_bytes() {
        [b'0', b'x', ..] => (16, &lower[2..]),
        [b'0', b'o', ..] => (8, &lower[2..]),
        [b'0', b'b', ..] => (2, &lower[2..]),
        [b'0', _, ..] => (8, &lower[1..]),
        _ => (10, lower.as_str()),
    };
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(radix)) {
        let is_of_another_base = !digits.is_empty() && digits.chars().all(|digit| digit.is_ascii_hexdigit());
        return Err(if radix != 10 && is_of_another_base {
            format!("it must be a whole number, and one that begins like this is read in base {radix}")
        } else {
            "it must be a whole number".to_owned()
        });
    }
    let magnitude = i128::from_str_radix(digits, radix).unwrap_or(i128::MAX);
    match i64::try_from(if is_negative { -magnitude } else { magnitude }) {
        Ok(number) => Ok(number),
        Err(_) if is_negative => Err("the number is too small".to_owned()),
        Err(_) => Err("the number is too large".to_owned()),
    }
}

/// Reads a duration: `90s`, `10m`, `1h30m`; a bare number is seconds.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let refuse = || "it must be a duration such as 90s, 10m or 1h30m".to_owned();
    if let Ok(seconds) = text.parse() {
        return Ok(Duration::from_secs(seconds));
    }
    let (mut total, mut rest) = (Duration::ZERO, text);
    while !rest.is_empty() {
        let unit_at = rest
            .find(|character: char| !character.is_ascii_digit())
            .ok_or_else(refuse)?;
        let number: u64 = rest[..unit_at].parse().map_err(|_| refuse())?;
        let tail = &rest[unit_at..];
        let (unit, left) = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000)]
            .into_iter()
            .find_map(|(name, unit)| Some((unit, tail.strip_prefix(name)?)))
            .ok_or_else(refuse)?;
        let part = Duration::from_millis(number.checked_mul(unit).ok_or_else(refuse)?);
        total = total.checked_add(part).ok_or_else(refuse)?;
        rest = left;
    }
    if text.is_empty() { Err(refuse()) } else { Ok(total) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn booleans_are_the_words_of_go() {
        assert!(
            ["1", "t", "T", "TRUE", "true", "True"]
                .iter()
                .all(|word| boolean(word) == Ok(true))
        );
        assert!(
            ["0", "f", "F", "FALSE", "false", "False"]
                .iter()
                .all(|word| boolean(word) == Ok(false))
        );
        assert!(
            ["yes", "on", "", "tRUE", "2"]
                .iter()
                .all(|word| boolean(word).is_err())
        );
    }

    #[test]
    fn integers_may_have_a_sign_and_a_prefix() {
        let read = |text| integer(text).ok();
        assert_eq!(
            ["2", "+2", "-2", "0x2", "0X1f", "010", "0b11", "0o7", "0"].map(read),
            [
                Some(2),
                Some(2),
                Some(-2),
                Some(2),
                Some(31),
                Some(8),
                Some(3),
                Some(7),
                Some(0)
            ]
        );
        assert!(
            [
                "",
                "-",
                "two",
                "1.0",
                "08",
                "0x",
                "1e2",
                "--1",
                "9223372036854775808"
            ]
            .map(read)
            .iter()
            .all(Option::is_none)
        );
        assert_eq!(read("-9223372036854775808"), Some(i64::MIN));
    }

    #[test]
    fn what_is_no_number_is_told_apart_from_what_is_none_that_fits() {
        let said = |text| integer(text).unwrap_err();
        for (text, reason) in [
            ("1.5", "it must be a whole number"),
            ("", "it must be a whole number"),
            ("2k", "it must be a whole number"),
            ("0.5", "it must be a whole number"),
            ("0x", "it must be a whole number"),
            (
                "08",
                "it must be a whole number, and one that begins like this is read in base 8",
            ),
            ("9223372036854775808", "the number is too large"),
            ("-9223372036854775809", "the number is too small"),
            (&"9".repeat(50), "the number is too large"),
            (&format!("-{}", "9".repeat(50)), "the number is too small"),
        ] {
            assert_eq!(said(text), reason, "{text}");
        }
    }

    #[test]
    fn durations_are_sums_of_numbers_with_units() {
        let read = |text| duration(text).ok().map(|duration| duration.as_millis());
        assert_eq!(
            ["90s", "10m", "1h30m", "90", "1500ms"].map(read),
            [
                Some(90_000),
                Some(600_000),
                Some(5_400_000),
                Some(90_000),
                Some(1500)
            ]
        );
        assert!(
            ["", "m", "10x", "-5s", "1.5h", "10m5"]
                .map(read)
                .iter()
                .all(Option::is_none)
        );
    }
}
