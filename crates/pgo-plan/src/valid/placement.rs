//! Where instances should run.

use serde::Serialize;

/// Whether the pods of a cluster avoid each other's nodes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AntiAffinity {
    /// They do; a pod that finds no node of its own waits.
    Required,
    /// They do where there is a choice.
    #[default]
    Preferred,
    /// They need not.
    Disabled,
}

impl AntiAffinity {
    /// Reads the word of a spec, a request or the configuration.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text {
            "required" => Ok(Self::Required),
            "preferred" => Ok(Self::Preferred),
            "disabled" => Ok(Self::Disabled),
            other => Err(format!(
                "\"{other}\" is not allowed: give required, preferred or disabled"
            )),
        }
    }

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::Preferred => "preferred",
            Self::Disabled => "disabled",
        }
    }
}

/// A label of the nodes that an instance prefers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NodeLabel {
    /// Its key.
    pub key: String,
    /// Its value.
    pub value: String,
}

impl NodeLabel {
    /// Reads `key=value`.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((key, value)) if !value.contains('=') => Self::new(key, value),
            _ => Err(format!("\"{text}\" is not a node label: write key=value")),
        }
    }

    /// Checks the two halves.
    pub fn new(key: &str, value: &str) -> Result<Self, String> {
        if crate::labels::is_label_key(key) && crate::labels::is_label_value(value) {
            Ok(Self {
                key: key.to_owned(),
                value: value.to_owned(),
            })
        } else {
            Err(format!(
                "\"{key}={value}\" cannot be the label of a node: write key=value"
            ))
        }
    }
}

impl std::fmt::Display for NodeLabel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}={}", self.key, self.value)
    }
}
