//! The form of output that `-o` asks for.

use pgo_api::{Answer, Reply, to_pretty_json};
use pgo_postgres::yaml;

use crate::failure::Failure;

/// How an answer is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// For people who want to see all there is.
    Wide,
    /// The answer itself.
    Json,
    /// The answer itself, as YAML; each answer is a document.
    Yaml,
}

impl Format {
    /// Reads the value of `-o` of a command that shows something.
    pub(super) fn to_show(word: &str) -> Result<Self, Failure> {
        match word {
            "wide" => Ok(Self::Wide),
            _ => Self::read(word, "json, yaml or wide"),
        }
    }

    /// Reads the value of `-o` of a command that does something.
    pub(super) fn to_report(word: &str) -> Result<Self, Failure> {
        Self::read(word, "json or yaml")
    }

    fn read(word: &str, known: &str) -> Result<Self, Failure> {
        match word {
            "" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            "yaml" => Ok(Self::Yaml),
            other => Err(Failure::Usage(format!(
                "--output knows only {known}, not {other:?}"
            ))),
        }
    }

    /// Whether a program reads the output.
    pub(crate) fn is_for_machines(self) -> bool {
        matches!(self, Self::Json | Self::Yaml)
    }

    /// Writes an answer for machines; people get none.
    pub(super) fn document<R: Reply>(self, answer: &Answer<R>) -> Result<Option<String>, Failure> {
        let document = match self {
            Self::Text | Self::Wide => return Ok(None),
            Self::Json => to_pretty_json(answer)
                .map(|json| String::from_utf8_lossy(&json).into_owned())
                .map_err(|error| error.to_string()),
            Self::Yaml => yaml::to_string(answer)
                .map(|yaml| format!("---\n{yaml}"))
                .map_err(|error| error.to_string()),
        };
        document.map(Some).map_err(Failure::Internal)
    }
}

/// Writes a point in time as version 4.2 did.
pub(super) fn timestamp(time: &jiff::Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M:%S +0000 UTC").to_string()
}

/// Pads a text with blanks to a width, as the columns of version 4.2 are.
pub(super) fn pad(text: &str, width: usize) -> String {
    format!("{text:width$}")
}
