//! What there is to say about a configuration, with the place that it is about.

use std::fmt;

use pgo_postgres::yaml::Twice;
use serde::Serialize;

/// A mistake, or something that its writer should know.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Remark {
    /// The key of the `ConfigMap`, which is the name of a file.
    pub file: String,
    /// The line in the file, counted from one; none where it is about the whole file or about what is missing.
    pub line: Option<u64>,
    /// The key in the file, with the mappings around it: `Cluster.Port`. Empty where it is about the whole file.
    pub key: String,
    /// One sentence without a full stop that says what is wrong and what to change.
    pub sentence: String,
}

impl Remark {
    /// A key stands twice in a file.
    pub(super) fn twice(file: &str, twice: &Twice) -> Self {
        Self {
            file: file.to_owned(),
            line: Some(twice.line),
            key: twice.path.clone(),
            sentence: format!("stands in line {} already: remove one of the two", twice.first),
        }
    }
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, " line {line}")?;
        }
        if self.key.is_empty() {
            write!(f, " {}", self.sentence)
        } else {
            write!(f, ": {} {}", self.key, self.sentence)
        }
    }
}

/// Everything that there is to say, in one line.
pub fn joined(remarks: &[Remark]) -> String {
    let lines: Vec<_> = remarks.iter().map(ToString::to_string).collect();
    lines.join("; ")
}

/// Collects what there is to say about one file.
#[derive(Debug, Default)]
pub(super) struct Remarks {
    pub(super) mistakes: Vec<Remark>,
    pub(super) warnings: Vec<Remark>,
}
