//! From a line to pieces, one for each option.

use super::LONGEST;

/// One option as it was written, without its first dash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece<'a> {
    /// The option, with its value where they are written as one word or with `=`.
    pub(super) word: &'a str,
    /// What follows the first blank, unless it belongs to the value behind `=`.
    pub(super) rest: Option<&'a str>,
}

impl<'a> Piece<'a> {
    /// A word that was cut already.
    pub(super) fn whole(word: &'a str) -> Result<Self, String> {
        check(word)?;
        let word = word.strip_prefix('-').ok_or_else(|| no_option(word))?;
        Ok(Self { word, rest: None })
    }

    fn cut(text: &'a str) -> Self {
        match text.split_once(' ') {
            Some((word, rest)) if !word.contains('=') => Self {
                word,
                rest: Some(rest.trim()),
            },
            _ => Self {
                word: text,
                rest: None,
            },
        }
    }
}

/// Cuts a line at each blank that is followed by `-`.
pub(super) fn cut(line: &str) -> Result<Vec<Piece<'_>>, String> {
    check(line)?;
    let line = line.trim();
    if line.is_empty() {
        return Ok(Vec::new());
    }
    let first = line.strip_prefix('-').ok_or_else(|| no_option(line))?;
    Ok(first
        .split(" -")
        .map(|text| Piece::cut(text.trim_end()))
        .collect())
}

/// Nothing that a terminal or a log would not show as it is.
fn check(line: &str) -> Result<(), String> {
    if line.len() > LONGEST {
        return Err(format!("a line of options has at most {LONGEST} bytes"));
    }
    line.chars()
        .find(|c| !c.is_ascii() || c.is_ascii_control())
        .map_or(Ok(()), |c| {
            Err(format!("options may not contain the character {c:?}"))
        })
}

fn no_option(text: &str) -> String {
    format!("bad flag syntax: {text:?} does not begin with -")
}
