//! Label selectors, as people write them.

use std::collections::BTreeSet;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::core::{Expression, Selector};
use pgo_plan::labels::{is_label_key, is_label_value};

use crate::refusal::Refusal;

/// Selects what carries one label.
pub(crate) fn equal(key: &str, value: &str) -> Selector {
    Expression::Equal(key.to_owned(), value.to_owned()).into()
}

/// The value of a label; empty when it is absent.
pub(crate) fn value<'a>(meta: &'a ObjectMeta, key: &str) -> &'a str {
    meta.labels
        .as_ref()
        .and_then(|labels| labels.get(key))
        .map_or("", String::as_str)
}

/// Reads a selector: `a=b,c!=d,e in (f,g),h notin (i),j,!k`.
pub(crate) fn parse(text: &str) -> Result<Selector, Refusal> {
    let wrong = |part: &str| {
        Refusal::Asked(format!(
            "selector {text:?} cannot be read at {part:?}: write for example name=hippo or env in (dev,test)"
        ))
    };
    let mut selector = Selector::default();
    for part in split(text).into_iter().map(str::trim) {
        selector.extend(expression(part).ok_or_else(|| wrong(part))?);
    }
    Ok(selector)
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

fn expression(part: &str) -> Option<Expression> {
    if let Some(key) = part.strip_prefix('!') {
        return Some(Expression::DoesNotExist(checked_key(key)?));
    }
    if let Some((key, value)) = part.split_once("!=") {
        return Some(Expression::NotEqual(checked_key(key)?, checked_value(value)?));
    }
    if let Some((key, value)) = part.split_once('=') {
        let value = value.strip_prefix('=').unwrap_or(value);
        return Some(Expression::Equal(checked_key(key)?, checked_value(value)?));
    }
    if let Some(list) = part.strip_suffix(')') {
        let (head, values) = list.split_once('(')?;
        let values = values
            .split(',')
            .map(checked_value)
            .collect::<Option<BTreeSet<_>>>()?;
        let (key, operator) = head.trim_end().rsplit_once(char::is_whitespace)?;
        return match operator {
            "in" => Some(Expression::In(checked_key(key)?, values)),
            "notin" => Some(Expression::NotIn(checked_key(key)?, values)),
            _ => None,
        };
    }
    Some(Expression::Exists(checked_key(part)?))
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
    use kube::core::SelectorExt as _;

    use super::*;

    fn matches(text: &str, labels: &[(&str, &str)]) -> bool {
        let labels = labels
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        parse(text)
            .unwrap_or_else(|error| panic!("{error}"))
            .matches(&labels)
    }

    #[test]
    fn every_form_that_kubernetes_knows_is_read() {
        let labels = [("env", "dev"), ("name", "hippo"), ("example.com/tier", "")];
        for selector in [
            "env=dev",
            "env==dev",
            "env!=prod",
            "absent!=x",
            "env in (dev, test)",
            "env notin (prod)",
            "env",
            "!absent",
            "name=hippo,env in (test,dev),!absent",
            " env = dev ",
            "example.com/tier=",
        ] {
            assert!(matches(selector, &labels), "{selector}");
        }
        for selector in [
            "env=prod",
            "env!=dev",
            "env in (prod)",
            "env notin (dev)",
            "absent",
            "!env",
            "env=dev,name=x",
        ] {
            assert!(!matches(selector, &labels), "{selector}");
        }
    }

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
            let refusal = parse(selector).map(drop).unwrap_err().to_string();
            assert!(refusal.contains("selector"), "{selector}: {refusal}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_selector_is_read_or_refused(text in "[a-z=!,() ]{0,30}|.*", value in "[a-z0-9]{0,5}") {
            if let Ok(selector) = parse(&text) {
                let labels = [("a", value.as_str())].map(|(key, value)| (key.to_owned(), value.to_owned()));
                let _whether = selector.matches(&labels.into());
            }
        }
    }
}
