//! What a misspelt word may have meant.

use strsim::osa_distance;

/// Names those of the candidates that a word may be a slip of the finger for, the nearest first.
pub(crate) fn similar<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let word = word.to_lowercase();
    // In a short word a second slip makes another word of it.
    let slips = if word.chars().count() > 4 { 2 } else { 1 };
    let mut near: Vec<(usize, &str)> = candidates
        // Two neighbours that changed places are one slip.
        .map(|name| (osa_distance(name, &word), name))
        .filter(|(distance, name)| *distance <= slips || name.starts_with(&word))
        .collect();
    near.sort_unstable();
    near.into_iter().map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_and_beginnings_are_recognised_and_strangers_are_not() {
        let near = |word| similar(word, ["show", "status", "scale", "scaledown", "ls"].into_iter());
        assert_eq!(near("shw"), ["show"]);
        assert_eq!(near("Sclae"), ["scale"]);
        assert_eq!(near("scal"), ["scale", "scaledown"]);
        assert!(near("elephant").is_empty());
        assert_eq!(near("shwo"), ["show"]);
        assert_eq!(near("hsow"), ["show"]);
        assert!(
            near("xy").is_empty() && near("shaa").is_empty(),
            "a short word is no other"
        );
    }
}
