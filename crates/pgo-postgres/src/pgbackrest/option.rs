//! Options that a user may give to a backup.
//!
//! pgBackRest has options that run programs, read files and send data elsewhere. A user's text is cut into words
//! without a shell, and only what is listed here, with a value of the right kind, is passed on.

use serde::{Deserialize, Serialize};

/// One allowed option, with its value where it takes one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Opt {
    name: String,
    value: Option<String>,
}

/// What values an option takes.
enum Kind {
    /// `--name` or `--no-name`.
    Switch,
    /// A number within bounds.
    Number(u64, u64),
    /// A number of bytes, with or without a unit.
    Size,
    /// One of some words.
    Word(&'static [&'static str]),
    /// The label of a backup.
    Label,
    /// A `key=value` remark.
    Remark,
    /// A path below the data directory.
    Path,
}

fn kind(name: &str) -> Option<Kind> {
    Some(match name {
        "type" | "repo1-retention-archive-type" => Kind::Word(&["full", "diff", "incr"]),
        "archive-check" | "archive-copy" | "backup-standby" | "checksum-page" | "compress" | "delta"
        | "expire-auto" | "force" | "log-subprocess" | "resume" | "start-fast" | "stop-auto"
        | "repo1-bundle" | "repo1-block" => Kind::Switch,
        "compress-type" => Kind::Word(&["none", "bz2", "gz", "lz4", "zst"]),
        "compress-level" => Kind::Number(0, 22),
        "compress-level-network" => Kind::Number(0, 9),
        "process-max" => Kind::Number(1, 32),
        "archive-timeout" | "db-timeout" => Kind::Number(1, 86_400),
        "protocol-timeout" => Kind::Number(1, 604_800),
        "buffer-size" | "manifest-save-threshold" => Kind::Size,
        "exclude" => Kind::Path,
        "log-level-console" | "log-level-file" | "log-level-stderr" => {
            Kind::Word(&["off", "error", "warn", "info", "detail", "debug", "trace"])
        }
        "repo1-retention-full" | "repo1-retention-diff" | "repo1-retention-archive" => {
            Kind::Number(1, 9_999_999)
        }
        "repo1-retention-full-type" => Kind::Word(&["count", "time"]),
        "repo1-retention-history" => Kind::Number(0, 9_999_999),
        "set" => Kind::Label,
        "annotation" => Kind::Remark,
        _ => return None,
    })
}

impl Opt {
    /// Reads one word such as `--type=full`.
    pub fn parse(word: &str) -> Result<Self, String> {
        let Some(text) = word.strip_prefix("--") else {
            return Err(format!("{word:?} is no option: options begin with --"));
        };
        let (written, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (text, None),
        };
        let spelled = modern(written);
        let (name, off) = match spelled.strip_prefix("no-") {
            Some(name) if matches!(kind(name), Some(Kind::Switch)) => (name, true),
            _ => (spelled.as_str(), false),
        };
        let Some(kind) = kind(name) else {
            return Err(format!("option --{written} may not be given"));
        };
        let fits = match (&kind, value) {
            (Kind::Switch, None) => true,
            (Kind::Switch, Some(value)) => !off && matches!(value, "y" | "n" | "true" | "false"),
            (Kind::Number(low, high), Some(value)) => value
                .parse::<u64>()
                .is_ok_and(|number| (*low..=*high).contains(&number)),
            (Kind::Word(words), Some(value)) => words.contains(&value),
            (Kind::Size, Some(value)) => is_size(value),
            (Kind::Label, Some(value)) => is_label(value),
            (Kind::Remark, Some(value)) => is_remark(value),
            (Kind::Path, Some(value)) => is_path(value),
            (_, None) => false,
        };
        if !fits {
            return Err(format!(
                "option --{written} has a value that is not allowed, it takes {}",
                kind.takes()
            ));
        }
        let name = if off {
            format!("no-{name}")
        } else {
            name.to_owned()
        };
        let value = match (&kind, value) {
            // Version 4.2 took Go's words, pgBackRest does not.
            (Kind::Switch, Some("true")) => Some("y"),
            (Kind::Switch, Some("false")) => Some("n"),
            (_, value) => value,
        };
        Ok(Self {
            name,
            value: value.map(str::to_owned),
        })
    }

    /// The option's name, without dashes.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The option's value.
    pub fn value(&self) -> Option<&str> {
        self.value.as_deref()
    }

    /// The word to pass on.
    pub fn render(&self) -> String {
        match &self.value {
            Some(value) => format!("--{}={value}", self.name),
            None => format!("--{}", self.name),
        }
    }
}

impl From<Opt> for String {
    fn from(option: Opt) -> Self {
        option.render()
    }
}

impl TryFrom<String> for Opt {
    type Error = String;

    fn try_from(word: String) -> Result<Self, String> {
        Self::parse(&word)
    }
}

/// Reads a user's line of options; all complaints at once.
///
/// An option may be written `--name=value` or `--name value`. Of one that is given twice the last counts, as in version
/// 4.2, unless each adds something.
pub fn parse(line: &str) -> Result<Vec<Opt>, Vec<String>> {
    if let Some(c) = line
        .chars()
        .find(|&c| c.is_control() || "'\"\\`$;|&<>".contains(c))
    {
        return Err(vec![format!("options may not contain the character {c:?}")]);
    }
    let mut words = line.split_whitespace().peekable();
    let (mut options, mut complaints) = (Vec::<Opt>::new(), Vec::new());
    while let Some(word) = words.next() {
        let takes_value = word
            .strip_prefix("--")
            .is_some_and(|name| kind(&modern(name)).is_some_and(|kind| !matches!(kind, Kind::Switch)));
        let parsed = match words.peek() {
            Some(value) if takes_value && !value.starts_with("--") => {
                let joined = format!("{word}={value}");
                words.next();
                Opt::parse(&joined)
            }
            _ => Opt::parse(word),
        };
        match parsed {
            Ok(option) => {
                let adds = ["annotation", "exclude"].contains(&option.name());
                options.retain(|earlier| adds || base(earlier.name()) != base(option.name()));
                options.push(option);
            }
            Err(complaint) => complaints.push(complaint),
        }
    }
    if complaints.is_empty() {
        Ok(options)
    } else {
        Err(complaints)
    }
}

impl Kind {
    fn takes(&self) -> String {
        match self {
            Self::Switch => "none".to_owned(),
            Self::Number(low, high) => format!("a number from {low} to {high}"),
            Self::Size => "a number of bytes such as 16MiB".to_owned(),
            Self::Word(words) => format!("one of {}", words.join(", ")),
            Self::Label => "the label of a backup".to_owned(),
            Self::Remark => "key=value".to_owned(),
            Self::Path => "a path in the data directory".to_owned(),
        }
    }
}

/// Spellings of pgBackRest before 2.0x that 4.2 users have in their scripts.
fn modern(name: &str) -> String {
    match name {
        "retention-full" | "retention-diff" | "retention-archive" | "retention-archive-type" => {
            format!("repo1-{name}")
        }
        "repo-retention-full" | "repo-retention-diff" | "repo-retention-archive" => {
            name.replacen("repo-", "repo1-", 1)
        }
        _ => name.to_owned(),
    }
}

fn base(name: &str) -> &str {
    name.strip_prefix("no-").unwrap_or(name)
}

fn is_size(text: &str) -> bool {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = text[digits.len()..].to_ascii_lowercase();
    let units = [
        "", "b", "k", "kb", "kib", "m", "mb", "mib", "g", "gb", "gib", "t", "tb", "tib",
    ];
    (1..=12).contains(&digits.len())
        && digits.bytes().all(|b| b.is_ascii_digit())
        && units.contains(&unit.as_str())
}

fn is_path(text: &str) -> bool {
    (1..=256).contains(&text.len())
        && !text.split('/').any(|part| part == "..")
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_./".contains(&b))
}

fn is_label(text: &str) -> bool {
    text == "latest"
        || (!text.is_empty()
            && text.len() <= 64
            && text.bytes().all(|b| b.is_ascii_digit() || b"-_FDI".contains(&b)))
}

fn is_remark(text: &str) -> bool {
    text.len() <= 256
        && text.split_once('=').is_some_and(|(key, _)| !key.is_empty())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-_.:=/@".contains(c))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rendered(line: &str) -> Vec<String> {
        parse(line).unwrap().iter().map(Opt::render).collect()
    }

    #[test]
    fn the_usual_options_pass() {
        assert_eq!(
            rendered("--type=full --repo1-retention-full 2 --no-delta"),
            ["--type=full", "--repo1-retention-full=2", "--no-delta"]
        );
    }

    #[test]
    fn an_old_spelling_is_read() {
        assert_eq!(rendered("--repo-retention-full=3"), ["--repo1-retention-full=3"]);
    }

    #[test]
    fn options_that_run_programs_or_send_data_elsewhere_are_refused() {
        for line in [
            "--cmd=/tmp/x",
            "--repo1-host-cmd=x",
            "--pg1-path=/etc",
            "--config=/tmp/x",
            "--repo1-s3-endpoint=evil",
            "--stanza=other",
            "--no-repo1-storage-verify-tls",
            "--reset-repo1-host",
            "--recovery-option=restore_command=x",
            "-x",
            "backup",
        ] {
            assert!(parse(line).is_err(), "{line}");
        }
    }

    #[test]
    fn shell_characters_are_refused_before_anything_else() {
        for line in [
            "--type=full;rm",
            "--type=$(x)",
            "--type=`x`",
            "--type=full\n--cmd=x",
            "--type='full'",
        ] {
            assert!(parse(line).is_err(), "{line}");
        }
    }

    #[test]
    fn of_an_option_given_twice_the_last_counts_unless_each_adds_something() {
        assert_eq!(
            rendered("--delta --type=full --no-delta --type incr"),
            ["--no-delta", "--type=incr"]
        );
        assert_eq!(
            rendered("--exclude=a --exclude=b/"),
            ["--exclude=a", "--exclude=b/"]
        );
    }

    #[test]
    fn every_option_of_version_4_2_passes() {
        let switches = "archive-copy no-archive-copy backup-standby no-backup-standby checksum-page no-checksum-page force \
                        resume no-resume start-fast no-start-fast stop-auto no-stop-auto compress no-compress no-delta \
                        log-subprocess";
        let valued = "archive-timeout=60 compress-level=9 compress-level-network=0 db-timeout=1800 process-max=4 \
                      protocol-timeout=1830 repo1-retention-full=1 repo1-retention-diff=1 repo1-retention-archive=9999999 \
                      exclude=junk/ manifest-save-threshold=1GB type=incr buffer-size=16MB log-level-console=info \
                      log-level-file=trace log-level-stderr=off repo1-retention-archive-type=diff force=true";
        for option in switches.split_whitespace().chain(valued.split_whitespace()) {
            assert_eq!(
                parse(&format!("--{option}")).map(|found| found.len()),
                Ok(1),
                "{option}"
            );
        }
        assert_eq!(
            rendered("--force=true --start-fast=false"),
            ["--force=y", "--start-fast=n"]
        );
        for odd in [
            "exclude=../x",
            "exclude=",
            "buffer-size=MB",
            "buffer-size=1XB",
            "force=yes",
        ] {
            assert!(parse(&format!("--{odd}")).is_err(), "{odd}");
        }
    }

    #[test]
    fn all_complaints_come_at_once() {
        assert_eq!(parse("--type=huge --cmd=x").unwrap_err().len(), 2);
    }

    proptest! {
        #[test]
        fn any_line_that_passes_is_one_known_option_per_word(line in "[-a-z0-9= ]{0,60}") {
            if let Ok(options) = parse(&line) {
                for option in options {
                    prop_assert!(option.render().starts_with("--"));
                    prop_assert!(kind(base(option.name())).is_some());
                    prop_assert_eq!(&Opt::parse(&option.render()).unwrap(), &option);
                }
            }
        }
    }
}
