//! Label selectors, as people write them: in a request, and under a key of `pgo.yaml`.

use std::collections::BTreeSet;

use crate::labels::{is_label_key, is_label_value};

/// One condition of a selector; what is selected fulfils all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Requirement {
    /// The label has this value.
    Equal(String, String),
    /// The label has another value, or is absent.
    NotEqual(String, String),
    /// The label has one of these values.
    In(String, BTreeSet<String>),
    /// The label has none of these values, or is absent.
    NotIn(String, BTreeSet<String>),
    /// There is such a label.
    Exists(String),
    /// There is no such label.
    DoesNotExist(String),
}

/// Reads a selector: `a=b,c!=d,e in (f,g),h notin (i),j,!k`. The error is a sentence that names the part that cannot be
/// read.
pub fn parse(text: &str) -> Result<Vec<Requirement>, String> {
    let wrong = |part: &str| {
        format!(
            "selector {text:?} cannot be read at {part:?}: write for example name=hippo or env in (dev,test)"
        )
    };
    let parts = split(text).into_iter().map(str::trim);
    parts
        .map(|part| requirement(part).ok_or_else(|| wrong(part)))
        .collect()
}

/// Splits at the commas that are not inside parentheses.
fn split(text: &str) -> Vec<&str> {
    let mut depth = 0_u32;
    let outside = |character: char| {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        character == ',' && depth == 0
    };
    text.split(outside).collect()
}

fn requirement(part: &str) -> Option<Requirement> {
    if let Some(key) = part.strip_prefix('!') {
        return Some(Requirement::DoesNotExist(checked_key(key)?));
    }
    if let Some((key, value)) = part.split_once("!=") {
        return Some(Requirement::NotEqual(checked_key(key)?, checked_value(value)?));
    }
    if let Some((key, value)) = part.split_once('=') {
        let value = value.strip_prefix('=').unwrap_or(value);
        return Some(Requirement::Equal(checked_key(key)?, checked_value(value)?));
    }
    if let Some(list) = part.strip_suffix(')') {
        let (head, values) = list.split_once('(')?;
        let values = values
            .split(',')
            .map(checked_value)
            .collect::<Option<BTreeSet<_>>>()?;
        let (key, operator) = head.trim_end().rsplit_once(char::is_whitespace)?;
        return match operator {
            "in" => Some(Requirement::In(checked_key(key)?, values)),
            "notin" => Some(Requirement::NotIn(checked_key(key)?, values)),
            _ => None,
        };
    }
    Some(Requirement::Exists(checked_key(part)?))
}

fn checked_key(key: &str) -> Option<String> {
    let key = key.trim();
    is_label_key(key).then(|| key.to_owned())
}

fn checked_value(value: &str) -> Option<String> {
    let value = value.trim();
    is_label_value(value).then(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_selector_is_refused_with_the_part_that_is_wrong() {
        for selector in [
            "a=b=c",
            "a b",
            "=b",
            "a in b",
            "a in (b",
            "a,,b",
            "a=b c",
            "",
            "a>1",
            "a in (b))",
            "ä=b",
        ] {
            let said = parse(selector).unwrap_err();
            assert!(said.contains("selector"), "{selector}: {said}");
        }
        let said = parse("name=hippo,a in (").unwrap_err();
        assert!(said.contains("cannot be read at \"a in (\""), "{said}");
    }
}
