//! Values of flags, as Go reads them.

use std::time::Duration;

/// Reads a boolean: the words that version 4.2 accepts in flags and in the environment.
pub(crate) fn boolean(text: &str) -> Result<bool, String> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Ok(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Ok(false),
        _ => Err(format!("strconv.ParseBool: parsing {text:?}: invalid syntax")),
    }
}

/// Reads an integer with an optional sign and prefix: `0x2` is 2, and a leading `0` means octal.
pub(crate) fn integer(text: &str) -> Result<i64, String> {
    let refuse = |reason| Err(format!("strconv.ParseInt: parsing {text:?}: {reason}"));
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
        return refuse("invalid syntax");
    }
    let Ok(magnitude) = i128::from_str_radix(digits, radix) else {
        return refuse("value out of range");
    };
    match i64::try_from(if is_negative { -magnitude } else { magnitude }) {
        Ok(number) => Ok(number),
        Err(_) => refuse("value out of range"),
    }
}

/// Reads a duration: `90s`, `10m`, `1h30m`; a bare number is seconds.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let refuse = || format!("{text:?} is no duration; write it as 90s, 10m or 1h30m");
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
