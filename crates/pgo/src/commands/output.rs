//! The form of output that `-o` asks for.

use pgo_api::{Answer, Reply, to_pretty_json};

use crate::failure::Failure;

/// How an answer is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// For people.
    Text,
    /// The answer itself.
    Json,
}

impl Format {
    /// Reads the value of `-o`.
    pub(super) fn parse(word: &str) -> Result<Self, Failure> {
        match word {
            "" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            other => Err(Failure::Usage(format!("--output knows only json, not {other:?}"))),
        }
    }
}

/// Writes an answer as JSON.
pub(super) fn json<R: Reply>(answer: &Answer<R>) -> Result<String, Failure> {
    let json = to_pretty_json(answer).map_err(|error| Failure::Internal(error.to_string()))?;
    Ok(String::from_utf8_lossy(&json).into_owned())
}

/// Pads a text with blanks to a width, as the columns of version 4.2 are.
pub(super) fn pad(text: &str, width: usize) -> String {
    format!("{text:width$}")
}
