//! What is wrong with what was asked, as a value.

use std::fmt;

use serde::Serialize;

/// One mistake: where it is, and what to change. As text, a sentence that names the place itself stands alone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Complaint {
    /// The flag, the field or the key, as the one who asked wrote it.
    pub about: String,
    /// One sentence without a full stop that says what is wrong and what to change.
    pub sentence: String,
}

impl Complaint {
    /// Says something about a flag, a field or a key.
    pub fn new(about: impl Into<String>, sentence: impl Into<String>) -> Self {
        Self {
            about: about.into(),
            sentence: sentence.into(),
        }
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Some sentences are older than we are: scripts look at how they begin.
        if self.sentence.contains(&self.about) {
            formatter.write_str(&self.sentence)
        } else {
            write!(formatter, "{}: {}", self.about, self.sentence)
        }
    }
}

/// All complaints in one text.
pub fn joined(complaints: &[Complaint]) -> String {
    complaints
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("; ")
}

/// Collects complaints while values are read.
#[derive(Debug, Default)]
pub(crate) struct Complaints(Vec<Complaint>);

impl Complaints {
    /// Remembers a complaint.
    pub(crate) fn add(&mut self, about: impl Into<String>, sentence: impl Into<String>) {
        self.0.push(Complaint::new(about, sentence));
    }

    /// Unwraps a result whose error is a sentence about `about`.
    pub(crate) fn take<T>(&mut self, about: impl Into<String>, result: Result<T, String>) -> Option<T> {
        result.map_err(|sentence| self.add(about, sentence)).ok()
    }

    /// Gives the value if there was nothing to complain about.
    pub(crate) fn none_or<T>(self, value: impl FnOnce() -> Option<T>) -> Result<T, Vec<Complaint>> {
        if self.0.is_empty() {
            value().ok_or_else(|| vec![Complaint::new("request", "could not be read")])
        } else {
            Err(self.0)
        }
    }
}
