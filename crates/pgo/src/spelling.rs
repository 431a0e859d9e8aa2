//! What a misspelt word may have meant.

/// Names those of the candidates that a word may be a slip of the finger for, the nearest first.
pub(crate) fn similar<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let word = word.to_lowercase();
    // In a short word a second slip makes another word of it.
    let slips = if word.chars().count() > 4 { 2 } else { 1 };
    let mut near: Vec<(usize, &str)> = candidates
        .map(|name| (distance(name, &word), name))
        .filter(|(distance, name)| *distance <= slips || name.starts_with(&word))
        .collect();
    near.sort_unstable();
    near.into_iter().map(|(_, name)| name).collect()
}

/// The edit distance of two words; two neighbours that changed places are one slip.
fn distance(one: &str, other: &str) -> usize {
    let [one, other]: [Vec<char>; 2] = [one, other].map(|word| word.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=other.len()).collect()];
    for (i, a) in one.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in other.iter().enumerate() {
            let substituted = rows[i][j] + usize::from(a != b);
            let mut least = substituted.min(rows[i][j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && one[i - 1] == *b && other[j - 1] == *a {
                least = least.min(rows[i - 1][j - 1] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[one.len()][other.len()]
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
