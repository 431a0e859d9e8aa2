//! Reading one mapping of `pgo.yaml`: a missing key is a default, a wrong one is a mistake, a superfluous one a warning.

use pgo_postgres::yaml::{Content, Entry};

use super::keys::{Key, Kind, Standing};
use super::remark::{Remark, Remarks};
use crate::quantity;
use crate::valid::NodeLabel;

/// The key of the `ConfigMap`.
pub(super) const FILE: &str = "pgo.yaml";

/// One mapping of the file, and where it stands.
pub(super) struct Section<'a> {
    path: String,
    line: Option<u64>,
    entries: &'a [Entry],
}

impl<'a> Section<'a> {
    /// The whole document.
    pub(super) fn root(content: &'a Content, remarks: &mut Remarks) -> Self {
        let entries = match content {
            Content::Map(entries) => entries.as_slice(),
            Content::Nothing => &[],
            Content::Text(_) | Content::List => {
                let remark = remark(None, "", "must be a mapping of keys to values");
                remarks.mistakes.push(remark);
                &[]
            }
        };
        Self {
            path: String::new(),
            line: None,
            entries,
        }
    }

    /// A mapping inside this one; empty when it is absent.
    pub(super) fn section(&self, name: &str, remarks: &mut Remarks) -> Self {
        let entry = self.entry(name);
        let entries = match entry.map(|entry| &entry.content) {
            Some(Content::Map(entries)) => entries.as_slice(),
            Some(Content::Text(_) | Content::List) => {
                self.mistake(name, "must be a mapping of keys to values", remarks);
                &[]
            }
            Some(Content::Nothing) | None => &[],
        };
        Self {
            path: self.path(name),
            line: entry.map(|entry| entry.line).or(self.line),
            entries,
        }
    }

    /// The keys of this mapping, where the names are free.
    pub(super) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.entries.iter().map(|entry| entry.key.as_str())
    }

    /// The text under a key, or its default. Numbers and switches are taken as they are written.
    pub(super) fn text(&self, key: &Key, remarks: &mut Remarks) -> String {
        let text = match self.entry(key.name).map(|entry| &entry.content) {
            Some(Content::Text(text)) => text.trim(),
            Some(Content::Map(_) | Content::List) => {
                self.mistake(key.name, "must be a single value", remarks);
                return key.default.to_owned();
            }
            Some(Content::Nothing) | None => "",
        };
        if text.is_empty() && key.standing == Standing::Required {
            self.mistake(key.name, "is required: give it a value", remarks);
        }
        if text.is_empty() { key.default } else { text }.to_owned()
    }

    /// A whole number within the key's bounds.
    pub(super) fn number<N: TryFrom<i64> + Default>(&self, key: &Key, remarks: &mut Remarks) -> N {
        let Kind::Number { least, most } = key.kind else {
            return N::default();
        };
        let text = self.text(key, remarks);
        let number = text.parse().ok().filter(|number| (least..=most).contains(number));
        if number.is_none() {
            let sentence = format!("\"{text}\" is not allowed: give a whole number from {least} to {most}");
            self.mistake(key.name, &sentence, remarks);
        }
        number
            .and_then(|number| N::try_from(number).ok())
            .unwrap_or_default()
    }

    /// A switch, in the spellings that version 4.2 understood.
    pub(super) fn switch(&self, key: &Key, remarks: &mut Remarks) -> bool {
        let text = self.text(key, remarks);
        match text.to_ascii_lowercase().as_str() {
            "true" | "t" | "1" | "yes" | "y" | "on" => true,
            "false" | "f" | "0" | "no" | "n" | "off" => false,
            _ => {
                let sentence = format!("\"{text}\" is not allowed: give true or false");
                self.mistake(key.name, &sentence, remarks);
                false
            }
        }
    }

    /// One of the key's words.
    pub(super) fn word(&self, key: &Key, remarks: &mut Remarks) -> String {
        let text = self.text(key, remarks);
        if let Kind::OneOf(words) = key.kind
            && !words.contains(&text.as_str())
        {
            let sentence = format!("\"{text}\" is not allowed: give one of {}", words.join(", "));
            self.mistake(key.name, &sentence, remarks);
        }
        text
    }

    /// A label of nodes.
    pub(super) fn node_label(&self, key: &Key, remarks: &mut Remarks) -> Option<NodeLabel> {
        let text = self.text(key, remarks);
        if text.is_empty() {
            return None;
        }
        self.check(key, NodeLabel::parse(&text), remarks)
    }

    /// A text that passes a check whose error is a sentence. That it is missing is a mistake of its own.
    pub(super) fn checked(
        &self,
        key: &Key,
        check: impl FnOnce(&str) -> Result<(), String>,
        remarks: &mut Remarks,
    ) -> String {
        let text = self.text(key, remarks);
        if !text.is_empty() {
            self.check(key, check(&text), remarks);
        }
        text
    }

    /// A quantity, as it is written; may be empty.
    pub(super) fn quantity(&self, key: &Key, remarks: &mut Remarks) -> String {
        let text = self.text(key, remarks);
        if !text.is_empty() && quantity::canonical(&text).is_none() {
            let sentence = format!("\"{text}\" is not a Kubernetes quantity: write for example 512Mi or 0.5");
            self.mistake(key.name, &sentence, remarks);
        }
        text
    }

    /// Unwraps a result whose error is a sentence about a key.
    pub(super) fn check<T>(&self, key: &Key, result: Result<T, String>, remarks: &mut Remarks) -> Option<T> {
        result
            .map_err(|sentence| self.mistake(key.name, &sentence, remarks))
            .ok()
    }

    /// Says what is wrong with what stands under a key of this mapping.
    pub(super) fn mistake(&self, key: &str, sentence: &str, remarks: &mut Remarks) {
        remarks.mistakes.push(self.about(key, sentence));
    }

    /// Says what the writer of what stands under a key should know.
    pub(super) fn warning(&self, key: &str, sentence: &str, remarks: &mut Remarks) {
        remarks.warnings.push(self.about(key, sentence));
    }

    /// Says which keys mean nothing: those that pgo has never heard of, and those that have lost their meaning.
    /// `mappings` are known as well.
    pub(super) fn superfluous(&self, keys: &[&Key], mappings: &[&str], remarks: &mut Remarks) {
        for entry in self.entries {
            let name = entry.key.as_str();
            let Some(key) = keys.iter().find(|key| key.name == name) else {
                if !mappings.contains(&name) {
                    self.warning(name, &unknown(name, keys, mappings), remarks);
                }
                continue;
            };
            if key.standing == Standing::Idle && entry.content != Content::Nothing {
                let sentence = format!("means nothing any more and is ignored: {}", key.meaning);
                self.warning(name, &sentence, remarks);
            }
        }
    }

    fn about(&self, key: &str, sentence: &str) -> Remark {
        let line = self.entry(key).map(|entry| entry.line).or(self.line);
        remark(line, &self.path(key), sentence)
    }

    fn path(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        }
    }

    fn entry(&self, key: &str) -> Option<&'a Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }
}

/// A key in other letter case is what most unknown keys are.
fn unknown(name: &str, keys: &[&Key], mappings: &[&str]) -> String {
    let known = keys.iter().map(|key| key.name).chain(mappings.iter().copied());
    let meant = known.into_iter().find(|known| known.eq_ignore_ascii_case(name));
    let hint = meant.map(|meant| format!(": did you mean {meant}?"));
    format!("is not known and is ignored{}", hint.unwrap_or_default())
}

pub(super) fn remark(line: Option<u64>, key: &str, sentence: &str) -> Remark {
    Remark {
        file: FILE.to_owned(),
        line,
        key: key.to_owned(),
        sentence: sentence.to_owned(),
    }
}
