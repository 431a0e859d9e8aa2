//! What values options take. Each kind lists what it lets through; nothing of it means anything to a shell that is
//! not there, and nothing leaves the place that it is for.

/// What values an option takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// None: it is on or off.
    Switch(No),
    /// A number within bounds, in plain decimals.
    Number(u64, u64),
    /// One of some words.
    Word(&'static [&'static str]),
    /// A number of bytes, with or without a unit.
    Size,
    /// Kilobytes in a second, or with `M` megabytes.
    Rate,
    /// A span of time as PostgreSQL reads it, milliseconds without a unit.
    Duration,
    /// The label of a backup.
    Label,
    /// A `key=value` remark.
    Remark,
    /// A path below the data directory that is nothing of PostgreSQL's own: a backup without that could not be
    /// restored.
    Excluded,
    /// Where a recovery ends: a time, a transaction, the name of a restore point.
    Target,
    /// A setting of the recovery. Those that run commands or say where WAL comes from are not a user's.
    Recovery,
    /// The name of a role, a database, an encoding or any other object.
    Name,
    /// The names of objects, with `*` and `?`.
    Pattern,
    /// A function with the types of its arguments.
    Function,
    /// The name of an exported snapshot.
    Snapshot,
    /// Refused whatever it is, for a reason.
    Gone(&'static str),
}

/// What `--no-name` means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum No {
    /// Nothing; and `--name=false` says as much as leaving it out.
    Unknown,
    /// The program knows it.
    Said,
    /// Version 4.2 knew it, the program does not: it is left out.
    LeftOut,
}

/// The settings of a recovery that a user may choose, with their values. Numbers are timelines.
const RECOVERY: &[(&str, &[&str])] = &[
    ("recovery_target_action", &["pause", "promote", "shutdown"]),
    (
        "recovery_target_inclusive",
        &["on", "off", "true", "false", "yes", "no"],
    ),
    ("recovery_target_timeline", &["current", "latest"]),
];

impl Kind {
    /// Whether a value is one of this kind.
    pub(super) fn takes(self, value: &str) -> bool {
        match self {
            Self::Switch(_) => truth(value).is_some(),
            Self::Number(low, high) => decimal(value).is_some_and(|it| (low..=high).contains(&it)),
            Self::Word(words) => words.contains(&value),
            Self::Size => is_size(value),
            Self::Rate => is_rate(value),
            Self::Duration => is_duration(value),
            Self::Label => {
                value == "latest" || is_of(value, 64, |b| b.is_ascii_digit() || b"-_FDI".contains(&b))
            }
            Self::Remark => is_remark(value),
            Self::Excluded => is_excluded(value),
            Self::Target => is_of(value, 64, |b| {
                b.is_ascii_alphanumeric() || b" :.,+-/_".contains(&b)
            }),
            Self::Recovery => is_recovery(value),
            Self::Name => is_plain(value, b""),
            Self::Pattern => is_plain(value, b"*?"),
            Self::Function => is_function(value),
            Self::Snapshot => {
                is_of(value, 64, |b| b.is_ascii_hexdigit() || b == b'-') && !value.starts_with('-')
            }
            Self::Gone(_) => false,
        }
    }

    /// Its values in words, behind "it takes".
    pub(super) fn described(self) -> String {
        let words = match self {
            Self::Switch(_) => "true or false",
            Self::Number(low, high) => return format!("a number from {low} to {high}"),
            Self::Word(words) => return words.join(", "),
            Self::Size => "a number of bytes such as 16MiB",
            Self::Rate => "a number from 32 to 1024000, or with k or M behind it",
            Self::Duration => "a time such as 5000 (milliseconds) or 5s",
            Self::Label => "the label of a backup",
            Self::Remark => "key=value",
            Self::Excluded => "a path in the data directory that is not PostgreSQL's own",
            Self::Target => "a time, a transaction or a name, without quotes",
            Self::Recovery => {
                "recovery_target_action, recovery_target_inclusive or recovery_target_timeline, with = and a value"
            }
            Self::Name => "a name of letters, digits, \"_\", \"-\" and \".\", without quotes",
            Self::Pattern => {
                "a name of letters, digits, \"_\", \"-\", \".\", \"*\" and \"?\", without quotes"
            }
            Self::Function => "a name with the types of its arguments in parentheses, without quotes",
            Self::Snapshot => "the name of a snapshot",
            Self::Gone(why) => why,
        };
        words.to_owned()
    }
}

/// The words for yes and no: those of version 4.2, which were Go's, and pgBackRest's.
pub(super) fn truth(word: &str) -> Option<bool> {
    match word {
        "1" | "t" | "T" | "true" | "TRUE" | "True" | "y" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" | "n" => Some(false),
        _ => None,
    }
}

fn decimal(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

/// A number and what stands behind it.
fn with_unit(text: &str) -> Option<(u64, &str)> {
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let number = decimal(text.strip_suffix(unit)?)?;
    Some((number, unit))
}

/// Not empty, not longer than so many bytes, and only of these.
fn is_of(text: &str, longest: usize, allowed: impl Fn(u8) -> bool) -> bool {
    (1..=longest).contains(&text.len()) && text.bytes().all(allowed)
}

/// Nothing that would have to be quoted, except for some more characters.
fn is_plain(text: &str, more: &[u8]) -> bool {
    let usual = |b: u8| b.is_ascii_alphanumeric() || b"_-.".contains(&b);
    !text.starts_with('-') && is_of(text, 128, |b| usual(b) || more.contains(&b))
}

fn is_size(text: &str) -> bool {
    let units = [
        "", "b", "k", "kb", "kib", "m", "mb", "mib", "g", "gb", "gib", "t", "tb", "tib",
    ];
    with_unit(text).is_some_and(|(_, unit)| units.contains(&unit.to_ascii_lowercase().as_str()))
}

fn is_rate(text: &str) -> bool {
    let kilobytes = match with_unit(text) {
        Some((number, "" | "k")) => Some(number),
        Some((number, "M")) => number.checked_mul(1000),
        _ => None,
    };
    kilobytes.is_some_and(|it| (32..=1_024_000).contains(&it))
}

fn is_duration(text: &str) -> bool {
    // PostgreSQL keeps milliseconds in 32 bits.
    with_unit(text).is_some_and(|(number, unit)| {
        number <= 0x7fff_ffff && ["", "us", "ms", "s", "min", "h", "d"].contains(&unit)
    })
}

fn is_remark(text: &str) -> bool {
    let key = text.split_once('=').map_or("", |(key, _)| key);
    !key.is_empty()
        && is_of(text, 256, |b| {
            b.is_ascii_alphanumeric() || b"-_.:=/@".contains(&b)
        })
}

fn is_excluded(text: &str) -> bool {
    let path = text.strip_suffix('/').unwrap_or(text);
    let first = path.split('/').next().unwrap_or_default();
    // Only the old place of the server's log begins like PostgreSQL's own directories and is none.
    let own = ["base", "global", "PG_VERSION", "backup_label", "tablespace_map"].contains(&first)
        || (first.starts_with("pg_") && first != "pg_log");
    !own && !path.starts_with('-')
        && !path.split('/').any(|part| ["", ".", ".."].contains(&part))
        && is_of(text, 256, |b| b.is_ascii_alphanumeric() || b"-_./".contains(&b))
}

fn is_recovery(text: &str) -> bool {
    let Some((key, value)) = text.split_once('=') else {
        return false;
    };
    let timeline = key == "recovery_target_timeline" && decimal(value).is_some();
    let listed = RECOVERY.iter().find(|(name, _)| *name == key);
    timeline || listed.is_some_and(|(_, values)| values.contains(&value))
}

fn is_function(text: &str) -> bool {
    let Some((name, types)) = text.strip_suffix(')').and_then(|it| it.split_once('(')) else {
        return false;
    };
    let usual = |b: u8| b.is_ascii_alphanumeric() || b"_-., []".contains(&b);
    is_plain(name, b"") && types.len() <= 256 && types.bytes().all(usual)
}
