//! Whether an expression is one of cron, in the dialect of version 4.2's scheduler.
//!
//! Five fields (minute, hour, day of the month, month, day of the week) or six with seconds before them, or a word
//! such as `@daily`, or `@every 1h30m`; a time zone may stand before, as `TZ=Europe/Berlin`.

const WORDS: [&str; 7] = [
    "@yearly",
    "@annually",
    "@monthly",
    "@weekly",
    "@daily",
    "@midnight",
    "@hourly",
];
const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// What a field may hold: its name, its bounds, and names for its numbers.
type Field = (&'static str, u32, u32, &'static [&'static str]);

const FIELDS: [Field; 6] = [
    ("second", 0, 59, &[]),
    ("minute", 0, 59, &[]),
    ("hour", 0, 23, &[]),
    ("day of the month", 1, 31, &[]),
    ("month", 1, 12, &MONTHS),
    ("day of the week", 0, 6, &DAYS),
];

/// Says what is wrong with an expression.
pub(super) fn check(expression: &str) -> Result<(), String> {
    let expression = match expression.strip_prefix("TZ=") {
        Some(rest) => match rest.split_once(' ') {
            Some((zone, rest)) if !zone.is_empty() => rest.trim(),
            _ => return Err("nothing follows the time zone".to_owned()),
        },
        None => expression.trim(),
    };
    if let Some(interval) = expression.strip_prefix("@every ") {
        return if is_duration(interval) {
            Ok(())
        } else {
            Err(format!(
                "{interval:?} is no duration; write it as 90s, 10m or 1h30m"
            ))
        };
    }
    if expression.starts_with('@') {
        return if WORDS.contains(&expression) {
            Ok(())
        } else {
            Err(format!("it is none of {} and @every", WORDS.join(", ")))
        };
    }
    let parts: Vec<&str> = expression.split_whitespace().collect();
    let fields = match parts.len() {
        5 => &FIELDS[1..],
        6 => &FIELDS[..],
        count => return Err(format!("it has {count} fields, not 5 or 6")),
    };
    parts
        .iter()
        .zip(fields)
        .try_for_each(|(part, field)| part.split(',').try_for_each(|item| check_item(item, field)))
}

/// Checks `*`, `3`, `1-5`, each with an optional `/2` behind it.
fn check_item(item: &str, field: &Field) -> Result<(), String> {
    let (name, ..) = field;
    let (range, step) = match item.split_once('/') {
        Some((range, step)) => (range, Some(step)),
        None => (item, None),
    };
    if step.is_some_and(|step| !step.parse().is_ok_and(|step: u32| step > 0)) {
        return Err(format!("{item:?} has no step for a {name}"));
    }
    if ["*", "?"].contains(&range) {
        return Ok(());
    }
    let (first, last) = range.split_once('-').unwrap_or((range, range));
    match (number(first, field), number(last, field)) {
        (Some(first), Some(last)) if first <= last => Ok(()),
        _ => Err(format!("{item:?} is no {name}")),
    }
}

fn number(word: &str, (_, min, max, names): &Field) -> Option<u32> {
    let lower = word.to_ascii_lowercase();
    let place = names.iter().position(|name| *name == lower);
    let number = match place {
        Some(at) => min + u32::try_from(at).ok()?,
        None if word.bytes().all(|byte| byte.is_ascii_digit()) => word.parse().ok()?,
        None => return None,
    };
    (*min..=*max).contains(&number).then_some(number)
}

/// Whether a text is a positive duration as Go writes it: `1h30m`, `1.5h`.
fn is_duration(text: &str) -> bool {
    let mut rest = text;
    while !rest.is_empty() {
        let unit_at = rest.find(|character: char| !character.is_ascii_digit() && character != '.');
        let Some((number, tail)) = unit_at.map(|at| rest.split_at(at)) else {
            return false;
        };
        if number.parse::<f64>().is_err() {
            return false;
        }
        let units = ["ms", "us", "µs", "ns", "h", "m", "s"];
        match units.iter().find_map(|unit| tail.strip_prefix(unit)) {
            Some(left) => rest = left,
            None => return false,
        }
    }
    !text.is_empty()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn expressions_of_every_kind_are_accepted() {
        for expression in [
            "* * * * *",
            "0 1 * * *",
            "*/5 0-6,18-23 1,15 JAN-mar mon-Fri",
            "5/15 * ? * 0",
            "30 0 0 1 1 *",
            "@daily",
            "@every 1h30m",
            "@every 1.5h",
            "TZ=Europe/Berlin 0 3 * * SUN",
            " 0  3 * * * ",
        ] {
            assert_eq!(check(expression), Ok(()), "{expression:?}");
        }
    }

    #[test]
    fn anything_else_is_refused_with_a_reason() {
        for (expression, reason) in [
            ("", "it has 0 fields, not 5 or 6"),
            ("* * * *", "it has 4 fields, not 5 or 6"),
            ("60 * * * *", "\"60\" is no minute"),
            ("* 24 * * *", "\"24\" is no hour"),
            ("* * 0 * *", "\"0\" is no day of the month"),
            ("* * * 13 *", "\"13\" is no month"),
            ("* * * * 7", "\"7\" is no day of the week"),
            ("* * * * sat-mon", "\"sat-mon\" is no day of the week"),
            ("*/0 * * * *", "\"*/0\" has no step for a minute"),
            ("1, * * * *", "\"\" is no minute"),
            ("-1 * * * *", "\"-1\" is no minute"),
            ("+1 * * * *", "\"+1\" is no minute"),
            ("jan * * * *", "\"jan\" is no minute"),
            (
                "@every soon",
                "\"soon\" is no duration; write it as 90s, 10m or 1h30m",
            ),
            ("@every ", "it is none of"),
            ("@often", "it is none of"),
            ("TZ=UTC", "nothing follows the time zone"),
            ("TZ= * * * * *", "nothing follows the time zone"),
        ] {
            let found = check(expression).unwrap_err();
            assert!(found.starts_with(reason), "{expression:?}: {found}");
        }
    }

    proptest! {
        #[test]
        fn any_expression_is_accepted_or_refused(text in "(TZ=[A-Za-z/]{0,9} )?((\\*|\\?|[0-9]{1,3}|[a-zA-Z]{3})([-/,][0-9a-z]{1,3}){0,2} ?){0,7}|@[a-z]{0,9}( [0-9.hms]{0,9})?|.{0,40}") {
            if let Err(reason) = check(&text) {
                prop_assert!(!reason.is_empty());
            }
        }
    }
}
