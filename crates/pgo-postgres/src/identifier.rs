//! Names and words in SQL.

use std::fmt;

/// The name of a role, a database or a schema.
///
/// It is quoted wherever it is written into SQL, so it means what the user wrote, upper case and all.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identifier(String);

/// The text cannot be a name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoIdentifier {
    /// Nothing at all.
    #[error("a name must not be empty")]
    Empty,
    /// PostgreSQL would cut it, and two names would become one.
    #[error("a name must not be longer than {MAX_BYTES} bytes, {0:?} is")]
    TooLong(String),
    /// A character that breaks files and logs.
    #[error("a name must not contain control characters, {0:?} does")]
    Control(String),
}

/// The longest name that PostgreSQL keeps whole.
pub const MAX_BYTES: usize = 63;

impl Identifier {
    /// Takes a name that PostgreSQL can keep unchanged.
    pub fn new(name: &str) -> Result<Self, NoIdentifier> {
        match name {
            "" => Err(NoIdentifier::Empty),
            _ if name.len() > MAX_BYTES => Err(NoIdentifier::TooLong(name.to_owned())),
            _ if name.chars().any(char::is_control) => Err(NoIdentifier::Control(name.to_owned())),
            _ => Ok(Self(name.to_owned())),
        }
    }

    /// The name as the user wrote it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Writes the name quoted, ready for SQL.
impl fmt::Display for Identifier {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "\"{}\"", self.0.replace('"', "\"\""))
    }
}

/// A text constant in SQL; written quoted.
#[derive(Clone, Copy)]
pub struct Literal<'a>(pub &'a str);

/// Writes the text so that it means the same whatever `standard_conforming_strings` is.
impl fmt::Display for Literal<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.replace('\'', "''");
        if text.contains('\\') {
            write!(out, "E'{}'", text.replace('\\', "\\\\"))
        } else {
            write!(out, "'{text}'")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_in_a_name_does_not_end_it() {
        assert_eq!(
            Identifier::new("a\"; DROP").unwrap().to_string(),
            "\"a\"\"; DROP\""
        );
    }

    #[test]
    fn a_quote_or_a_backslash_in_a_text_does_not_end_it() {
        assert_eq!(Literal("it's").to_string(), "'it''s'");
        assert_eq!(Literal("\\' x").to_string(), "E'\\\\'' x'");
    }

    #[test]
    fn names_that_would_be_cut_or_break_a_line_are_refused() {
        assert!(Identifier::new("").is_err());
        assert!(Identifier::new(&"x".repeat(64)).is_err());
        assert!(Identifier::new("a\nb").is_err());
    }
}
