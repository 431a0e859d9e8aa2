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

/// The same in so many bytes: remarks that do not fit are counted, and it is said where they stand.
pub fn joined_within(remarks: &[Remark], bytes: usize) -> String {
    let all = joined(remarks);
    if all.len() <= bytes {
        return all;
    }
    let mut text = "there is too much to say here: see pgo show config or the log".to_owned();
    let mut said = String::new();
    for (remark, rest) in remarks.iter().zip((0..remarks.len()).rev()) {
        said.push_str(&remark.to_string());
        said.push_str("; ");
        let longer = format!("{said}and {rest} more: see pgo show config or the log");
        if longer.len() > bytes {
            break;
        }
        text = longer;
    }
    text
}

/// Collects what there is to say about one file.
#[derive(Debug, Default)]
pub(super) struct Remarks {
    pub(super) mistakes: Vec<Remark>,
    pub(super) warnings: Vec<Remark>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_counted() {
        let remark = |line| Remark {
            file: "pgo.yaml".to_owned(),
            line: Some(line),
            key: "Cluster.Port".to_owned(),
            sentence: "is \u{e4} mistake".to_owned(),
        };
        let remarks: Vec<_> = (1..=30).map(remark).collect();
        assert_eq!(joined_within(&remarks[..2], 1024), joined(&remarks[..2]));
        let told = joined_within(&remarks, 1024);
        let (before, rest) = told.split_once("; and ").unwrap();
        let count = before.split("; ").count();
        assert_eq!(before, joined(&remarks[..count]));
        assert_eq!(
            rest,
            format!("{} more: see pgo show config or the log", 30 - count)
        );
        let one_more = format!("{}; and {rest}", joined(&remarks[..=count]));
        assert!(told.len() <= 1024 && one_more.len() > 1024, "{told}");
        let nothing = joined_within(&remarks, 60);
        assert!(nothing.starts_with("there is too much"), "{nothing}");
    }
}
