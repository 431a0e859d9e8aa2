//! Whether a text is a label selector of Kubernetes.
//!
//! `load` alone looks before it asks, as in version 4.2.

/// The longest name and the longest value of a label, in characters.
const LONGEST: usize = 63;

/// Says what is wrong with a selector; an empty one selects everything.
pub(super) fn check(selector: &str) -> Result<(), String> {
    if selector.trim().is_empty() {
        return Ok(());
    }
    requirements(selector)?.into_iter().try_for_each(requirement)
}

/// Splits at commas that are not in parentheses.
fn requirements(selector: &str) -> Result<Vec<&str>, String> {
    let (mut parts, mut start, mut inside) = (Vec::new(), 0, false);
    for (at, character) in selector.char_indices() {
        match character {
            '(' if inside => return Err("a parenthesis in parentheses".to_owned()),
            '(' => inside = true,
            ')' if !inside => return Err("a parenthesis that was never opened".to_owned()),
            ')' => inside = false,
            ',' if !inside => {
                parts.push(&selector[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    if inside {
        return Err("a parenthesis is not closed".to_owned());
    }
    parts.push(&selector[start..]);
    Ok(parts)
}

/// Checks `key`, `!key`, `key=value`, `key!=value`, `key>1`, `key in (a,b)` and the like.
fn requirement(text: &str) -> Result<(), String> {
    let text = text.trim();
    if let Some((left, set)) = text.strip_suffix(')').and_then(|text| text.split_once('(')) {
        let mut words = left.split_whitespace();
        return match (words.next(), words.next(), words.next()) {
            (Some(label), Some("in" | "notin"), None) => {
                key(label)?;
                set.split(',').try_for_each(|word| value(word.trim()))
            }
            _ => Err(format!("{text:?} is none of 'key in (…)' and 'key notin (…)'")),
        };
    }
    for operator in ["!=", "==", "="] {
        if let Some((label, word)) = text.split_once(operator) {
            return key(label.trim()).and_then(|()| value(word.trim()));
        }
    }
    if let Some((label, number)) = text.split_once(['>', '<']) {
        key(label.trim())?;
        return match number.trim().parse::<i64>() {
            Ok(_) => Ok(()),
            Err(_) => Err(format!("{:?} is no number", number.trim())),
        };
    }
    key(text.strip_prefix('!').unwrap_or(text).trim())
}

fn key(text: &str) -> Result<(), String> {
    let (prefix, name) = text.rsplit_once('/').unwrap_or(("", text));
    let is_domain = |character: char| character.is_ascii_alphanumeric() || "-.".contains(character);
    if name.is_empty() || !is_name(name) || !prefix.chars().all(is_domain) || text.starts_with('/') {
        return Err(format!("{text:?} is no key of a label"));
    }
    Ok(())
}

fn value(text: &str) -> Result<(), String> {
    if text.is_empty() || is_name(text) {
        Ok(())
    } else {
        Err(format!("{text:?} is no value of a label"))
    }
}

fn is_name(text: &str) -> bool {
    let is_inner = |character: char| character.is_ascii_alphanumeric() || "-_.".contains(character);
    let is_outer = |character: char| character.is_ascii_alphanumeric();
    text.len() <= LONGEST
        && text.chars().all(is_inner)
        && text.starts_with(is_outer)
        && text.ends_with(is_outer)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn selectors_of_every_kind_are_accepted() {
        for selector in [
            "",
            "a",
            "!a",
            "a=b",
            "a==b,c!=d",
            "a=",
            "example.com/a = b_c.d-e",
            "a in (b, c),d notin (e)",
            "n>1,m < 2",
        ] {
            assert_eq!(check(selector), Ok(()), "{selector:?}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for selector in [
            ",",
            "a=b,",
            "=b",
            "a b",
            "a=b c",
            "a=b;c",
            "a in b",
            "a in (b",
            "a in b)",
            "a in ((b))",
            "a on (b)",
            "a > b",
            "/a=b",
            "-a=b",
            "a=-",
            "ä=b",
        ] {
            assert!(check(selector).is_err(), "{selector:?}");
        }
        assert!(check(&format!("a={}", "b".repeat(64))).is_err());
    }

    proptest! {
        #[test]
        fn any_selector_is_accepted_or_refused(text in "([a-z./-]{0,9}( ?(=|==|!=|in|notin|<|>) ?)?[(a-z0-9,) ]{0,9},?){0,4}|.{0,40}") {
            if let Err(reason) = check(&text) {
                prop_assert!(!reason.is_empty());
            }
        }
    }
}
