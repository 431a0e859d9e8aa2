//! What pgBackRest says while it works.

/// The first error that a log tells of, in one line. What is indented below it belongs to it; advice does not.
pub fn first_error<'a>(log: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let mut lines = log.into_iter();
    let first = lines.find_map(|line| line.split_once(" ERROR: "))?.1;
    let more = lines.take_while(|line| line.starts_with(' ') && !line.trim_start().starts_with("HINT:"));
    let words: Vec<_> = [first].into_iter().chain(more).map(str::trim).collect();
    Some(words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_error_is_told_with_its_causes_and_without_advice() {
        let log = [
            "2026-11-21 19:00:00.120 P00   WARN: configuration file contains stanza section",
            "2026-11-21 19:00:00.123 P00  ERROR: [104]: archive-push command encountered error(s):",
            "                                    repo1: [FileWriteError] unable to write 'x': [28] No space left on device",
            "                                    HINT: is the volume full?",
            "2026-11-21 19:00:00.124 P00  ERROR: [39]: another one",
        ];
        let told = |from: usize| first_error(log[from..].iter().copied());
        assert_eq!(
            told(0).unwrap(),
            "[104]: archive-push command encountered error(s): repo1: [FileWriteError] unable to write 'x': [28] No \
             space left on device"
        );
        assert_eq!(told(2).unwrap(), "[39]: another one");
        assert_eq!(first_error(log[..1].iter().copied()), None);
    }
}
