//! Reading one section of pgo.yaml: a missing key is a default, a wrong one is a complaint.

use serde_json::{Map, Value};

use crate::complaint::Complaints;

/// One mapping of the file, and where to complain.
pub(super) struct Section<'a> {
    path: String,
    map: Option<&'a Map<String, Value>>,
}

impl<'a> Section<'a> {
    /// The whole document.
    pub(super) fn root(value: &'a Value, complaints: &mut Complaints) -> Self {
        let section = Self {
            path: String::new(),
            map: value.as_object(),
        };
        if section.map.is_none() && !value.is_null() {
            complaints.add("pgo.yaml", "must be a mapping of keys to values");
        }
        section
    }

    /// A mapping inside this one; empty when it is absent.
    pub(super) fn section(&self, key: &str, complaints: &mut Complaints) -> Self {
        let path = self.path(key);
        match self.value(key) {
            None => Self { path, map: None },
            Some(Value::Object(map)) => Self { path, map: Some(map) },
            Some(_) => {
                complaints.add(&path, "must be a mapping of keys to values");
                Self { path, map: None }
            }
        }
    }

    /// The keys of this mapping.
    pub(super) fn keys(&self) -> Vec<&'a str> {
        self.map
            .map(|map| map.keys().map(String::as_str).collect())
            .unwrap_or_default()
    }

    /// Where a key is, for a complaint.
    pub(super) fn path(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        }
    }

    /// A text; numbers and booleans are taken as they are written. Absent, null and empty are the same.
    pub(super) fn text(&self, key: &str, complaints: &mut Complaints) -> String {
        match self.value(key) {
            None => String::new(),
            Some(Value::String(text)) => text.trim().to_owned(),
            Some(value @ (Value::Number(_) | Value::Bool(_))) => value.to_string(),
            Some(_) => {
                complaints.add(self.path(key), "must be a single value");
                String::new()
            }
        }
    }

    /// A text with a default.
    pub(super) fn text_or(&self, key: &str, default: &str, complaints: &mut Complaints) -> String {
        let text = self.text(key, complaints);
        if text.is_empty() { default.to_owned() } else { text }
    }

    /// A text that must be there.
    pub(super) fn required(&self, key: &str, complaints: &mut Complaints) -> String {
        let text = self.text(key, complaints);
        if text.is_empty() {
            complaints.add(self.path(key), "is required: give it a value");
        }
        text
    }

    /// A number within bounds, with a default.
    pub(super) fn number(
        &self,
        key: &str,
        default: u32,
        bounds: std::ops::RangeInclusive<u32>,
        complaints: &mut Complaints,
    ) -> u32 {
        let text = self.text(key, complaints);
        if text.is_empty() {
            return default;
        }
        match text.parse() {
            Ok(number) if bounds.contains(&number) => number,
            _ => {
                let (least, most) = bounds.into_inner();
                complaints.add(
                    self.path(key),
                    format!("\"{text}\" is not allowed: give a whole number from {least} to {most}"),
                );
                default
            }
        }
    }

    /// A switch; absent is off.
    pub(super) fn switch(&self, key: &str, complaints: &mut Complaints) -> bool {
        match self.text(key, complaints).to_ascii_lowercase().as_str() {
            "true" => true,
            "" | "false" => false,
            other => {
                complaints.add(
                    self.path(key),
                    format!("\"{other}\" is not allowed: give true or false"),
                );
                false
            }
        }
    }

    /// One of a few words, with a default.
    pub(super) fn one_of(
        &self,
        key: &str,
        default: &str,
        words: &[&str],
        complaints: &mut Complaints,
    ) -> String {
        let text = self.text_or(key, default, complaints);
        if !words.contains(&text.as_str()) {
            complaints.add(
                self.path(key),
                format!("\"{text}\" is not allowed: give one of {}", words.join(", ")),
            );
        }
        text
    }

    fn value(&self, key: &str) -> Option<&'a Value> {
        self.map?.get(key).filter(|value| !value.is_null())
    }
}
