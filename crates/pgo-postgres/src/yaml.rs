//! The one place where YAML is read and written.
//!
//! Writing never uses block scalars and reading never takes `yes` for a boolean, so what we write is read the same
//! by Go, Python and ourselves, and what a `kubectl` user writes means to us what it means to `kubectl`.

mod tree;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_saphyr::Options;

pub use tree::{Content, Entry, Twice};

/// The largest text that is read, in bytes: configuration is small, bombs are not.
pub const MAX_BYTES: usize = 256 * 1024;

/// Why a text could not be read or a value could not be written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The text is longer than [`MAX_BYTES`].
    #[error("the text has {0} bytes, {MAX_BYTES} are allowed")]
    TooLong(usize),
    /// The text is no YAML, or not the YAML that was expected.
    #[error("{0}")]
    Read(String),
    /// The value cannot be written as YAML.
    #[error("{0}")]
    Write(String),
}

/// Reads one document.
///
/// Anchors, aliases and merge keys (`<<`) are read, up to a bound on what they come to. Duplicate keys and deep nesting
/// are refused.
pub fn from_str<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    read(text, options())
}

fn read<T: DeserializeOwned>(text: &str, options: Options) -> Result<T, Error> {
    if text.len() > MAX_BYTES {
        return Err(Error::TooLong(text.len()));
    }
    serde_saphyr::from_str_with_options(text, options).map_err(|error| Error::Read(sentence(&error)))
}

/// Reads every document of a text, each as [`from_str`] would.
pub fn documents<T: DeserializeOwned>(text: &str) -> Result<Vec<T>, Error> {
    if text.len() > MAX_BYTES {
        return Err(Error::TooLong(text.len()));
    }
    serde_saphyr::from_multiple_with_options(text, options()).map_err(|error| Error::Read(sentence(&error)))
}

/// What an alias stands for counts as if it were written out: a text in which ten aliases stand for ten aliases each, and
/// so on, is soon more than is read.
fn options() -> Options {
    serde_saphyr::options! {
        strict_booleans: true,
        legacy_octal_numbers: true,
        with_snippet: false,
        budget: serde_saphyr::budget! {
            max_depth: 64,
            max_events: 100_000,
            max_aliases: 1_000,
            max_anchors: 1_000,
            max_recorded_anchor_events: 100_000,
            max_recorded_anchor_bytes: 4 * MAX_BYTES,
            max_total_scalar_bytes: 4 * MAX_BYTES,
        },
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: 20_000,
            max_replay_stack_depth: 16,
        },
    }
}

/// What is wrong, and where, in words for who wrote the text.
fn sentence(error: &serde_saphyr::Error) -> String {
    use serde_saphyr::Error as Wrong;
    let at = |location: &serde_saphyr::Location| {
        format!("at line {}, column {}", location.line(), location.column())
    };
    match error {
        Wrong::WithSnippet { error, .. } | Wrong::AliasError { error, .. } => sentence(error),
        Wrong::DuplicateMappingKey { key, location } => {
            let key = key
                .as_ref()
                .map_or("a key".to_owned(), |key| format!("key \"{key}\""));
            format!(
                "{key} stands twice in its mapping, the second time {}",
                at(location)
            )
        }
        Wrong::NullIntoString { location } => {
            format!("there is nothing where a text must stand, {}", at(location))
        }
        Wrong::Unexpected {
            expected: "string scalar",
            location,
        } => {
            format!(
                "there is a list or a mapping where a text must stand, {}",
                at(location)
            )
        }
        Wrong::UnknownAnchor { location } => {
            format!("an alias (*) has no anchor (&) before it, {}", at(location))
        }
        Wrong::Budget { location, .. }
        | Wrong::AliasReplayLimitExceeded { location, .. }
        | Wrong::AliasReplayStackDepthExceeded { location, .. } => format!(
            "it comes to too much, {}: use fewer levels, or fewer aliases (*) of anchors (&)",
            at(location)
        ),
        other => other.render_with_formatter(&serde_saphyr::UserMessageFormatter),
    }
}

/// Writes one document.
pub fn to_string<T: Serialize>(value: &T) -> Result<String, Error> {
    let options = serde_saphyr::ser_options! { prefer_block_scalars: false };
    let mut text = String::new();
    serde_saphyr::to_fmt_writer_with_options(&mut text, value, options)
        .map_err(|error| Error::Write(error.to_string()))?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn words_that_other_readers_take_for_booleans_stay_words() {
        let value: Value = from_str("a: yes\nb: on\nc: y\nd: true").unwrap();
        assert_eq!(value, json!({"a": "yes", "b": "on", "c": "y", "d": true}));
    }

    #[test]
    fn a_mode_is_read_as_octal() {
        assert_eq!(from_str::<Value>("mode: 0755").unwrap(), json!({"mode": 493}));
    }

    #[test]
    fn what_is_written_is_read_back() {
        let value = json!({"a": "yes", "b": "\ttab first\nand more\n", "c": [1, true, null, "0755"], "d": {"e": "1_000"}});
        assert_eq!(from_str::<Value>(&to_string(&value).unwrap()).unwrap(), value);
    }

    #[test]
    fn documents_are_read_one_by_one() {
        let documents: Vec<Value> = documents("# first\na: 1\n---\n# second\nb: 2\n").unwrap();
        assert_eq!(documents, [json!({"a": 1}), json!({"b": 2})]);
    }

    #[test]
    fn aliases_and_merge_keys_are_read() {
        let text = "a: &x {p: 1, q: 2}\nb: *x\nc: {<<: *x, q: 3}";
        let expected = json!({"a": {"p": 1, "q": 2}, "b": {"p": 1, "q": 2}, "c": {"p": 1, "q": 3}});
        assert_eq!(from_str::<Value>(text).unwrap(), expected);
    }

    #[test]
    fn aliases_that_come_to_too_much_are_refused() {
        let more = |level: usize| {
            let before = format!("*a{}", level - 1);
            format!("a{level}: &a{level} [{}]", [before.as_str(); 9].join(", "))
        };
        let first = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]".to_owned();
        let laughs = std::iter::once(first)
            .chain((1..10).map(more))
            .collect::<Vec<_>>()
            .join("\n");
        let long = format!(
            "a: &a \"{}\"\nb: [{}]",
            "x".repeat(MAX_BYTES / 2),
            ["*a"; 900].join(", ")
        );
        let itself = "a: &a [*a]";
        for bomb in [&laughs, &long, itself] {
            let error = from_str::<Value>(bomb).unwrap_err().to_string();
            assert!(error.contains("line") && !error.contains("breach"), "{error}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_to_people() {
        for (wrong, said) in [
            (
                "a: 1\na: 2",
                "key \"a\" stands twice in its mapping, the second time at line 2, column 1",
            ),
            (
                "a: 1\nb: *x",
                "an alias (*) has no anchor (&) before it, at line 2, column 4",
            ),
        ] {
            assert_eq!(from_str::<Value>(wrong).unwrap_err().to_string(), said);
        }
    }

    #[test]
    fn duplicate_keys_and_long_texts_are_refused() {
        assert!(from_str::<Value>("a: 1\na: 2").is_err());
        assert!(from_str::<Value>(&"#".repeat(MAX_BYTES + 1)).is_err());
    }
}
