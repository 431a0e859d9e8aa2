//! When something is due, as five fields of cron.
//!
//! Version 4.2 also knew seconds, time zones and `@every`. Nothing here is worth doing more than once a minute, and a
//! schedule means the same wherever it is read, so times are UTC. What it wrote in another way for the same moments is
//! read: `TZ=UTC` before the fields, a second 0 as the first of six, `@midnight`.

use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use jiff::civil::DateTime;

/// The longest text that is read.
const LONGEST: usize = 128;

/// A text that says when.
#[derive(Clone, Debug)]
pub struct Schedule(Cron);

impl Schedule {
    /// Reads `minute hour day-of-month month day-of-week`, or one of `@hourly`, `@daily`, `@weekly`, `@monthly`,
    /// `@yearly`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = |why: &str| {
            format!(
                "\"{text}\" is not a valid schedule{why}: write minute, hour, day of the month, month and day of the week \
                 (UTC) such as \"0 1 * * *\"; @every, seconds and time zones of version 4.2 are not known"
            )
        };
        if text.len() > LONGEST {
            return Err(format!(
                "a schedule has at most {LONGEST} characters: write five fields"
            ));
        }
        if text.chars().any(|it| it != ' ' && !it.is_ascii_graphic()) {
            return Err("a schedule has only printable ASCII characters: write five fields".to_owned());
        }
        let parser = CronParser::builder()
            .seconds(Seconds::Disallowed)
            .year(Year::Disallowed)
            .build();
        let schedule = parser
            .parse(&with_ranges(&in_five_fields(text)))
            .map(Self)
            .map_err(|_| wrong(""))?;
        match schedule.next_after(DateTime::constant(2024, 1, 1, 0, 0, 0, 0)) {
            Some(_) => Ok(schedule),
            None => Err(wrong(" (there is no such day)")),
        }
    }

    /// The first time after `moment` (UTC) that it is due; none if that is never.
    pub fn next_after(&self, moment: DateTime) -> Option<DateTime> {
        self.0.find_next_occurrence(&moment, false).ok()
    }
}

/// Takes away what version 4.2 could say and what says nothing here.
fn in_five_fields(text: &str) -> String {
    let zoned = ["TZ=UTC ", "TZ=Etc/UTC "]
        .into_iter()
        .find_map(|zone| text.strip_prefix(zone));
    let text = zoned.unwrap_or(text).trim();
    match text.split_whitespace().collect::<Vec<_>>().as_slice() {
        ["@midnight"] => "@daily".to_owned(),
        ["0" | "00", fields @ ..] if fields.len() == 5 => fields.join(" "),
        _ => text.to_owned(),
    }
}

/// Writes `5/15` as `5-59/15`: that is what it means to Kubernetes and meant in version 4.2, and this parser does not
/// know it.
fn with_ranges(text: &str) -> String {
    const LAST: [&str; 5] = ["59", "23", "31", "12", "6"];
    let fields = text.split_whitespace().enumerate().map(|(index, field)| {
        let items = field
            .split(',')
            .map(|item| match (item.split_once('/'), LAST.get(index)) {
                (Some((start, step)), Some(last)) if is_number(start) => format!("{start}-{last}/{step}"),
                _ => item.to_owned(),
            });
        items.collect::<Vec<_>>().join(",")
    });
    fields.collect::<Vec<_>>().join(" ")
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(text: &str) -> String {
        let start = DateTime::constant(2026, 11, 20, 9, 17, 0, 0);
        Schedule::parse(text)
            .unwrap()
            .next_after(start)
            .unwrap()
            .to_string()
    }

    #[test]
    fn five_fields_say_when() {
        assert_eq!(next("* * * * *"), "2026-11-20T09:18:00");
        assert_eq!(next("0 1 * * *"), "2026-11-21T01:00:00");
        assert_eq!(next("30 2 * * SUN"), "2026-11-22T02:30:00");
        assert_eq!(next("5/15 * * * *"), "2026-11-20T09:20:00");
        assert_eq!(next("0 0 1,15 jan-jun *"), "2027-01-01T00:00:00");
        assert_eq!(next("@daily"), "2026-11-21T00:00:00");
        assert_eq!(next("@midnight"), "2026-11-21T00:00:00");
        assert_eq!(next("@annually"), "2027-01-01T00:00:00");
        assert_eq!(next("0 30 2 * * SUN"), "2026-11-22T02:30:00");
        assert_eq!(next("TZ=UTC 0 1 * * *"), "2026-11-21T01:00:00");
    }

    #[test]
    fn what_never_comes_is_too_often_or_is_no_schedule_is_refused() {
        for text in [
            "",
            "* * * *",
            "* * * * * *",
            "@every 1s",
            "TZ=Europe/Berlin 0 1 * * *",
            "30 0 1 * * *",
            "*/10 0 1 * * *",
            "0 0 31 2 *",
            "60 * * * *",
            "* * * * *\n* * * * *",
            "0 1 * * *; rm -rf /",
            "$(x) * * * *",
            "０ 1 * * *",
            &"*".repeat(200),
        ] {
            assert!(Schedule::parse(text).is_err(), "{text:?}");
        }
    }
}
