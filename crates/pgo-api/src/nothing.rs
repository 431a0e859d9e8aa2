//! Whether an answer holds anything.

use std::io;

use serde::Serialize;

/// Whether an answer holds nothing: it has lists, and all of them are empty.
pub fn is_nothing(reply: &impl Serialize) -> bool {
    let mut lists = Lists::default();
    serde_json::to_writer(&mut lists, reply).is_ok() && lists.empty > 0
}

/// Counts the empty lists in JSON; the first that is not empty is an error, and ends the writing.
#[derive(Default)]
struct Lists {
    begun: bool,
    empty: usize,
}

impl io::Write for Lists {
    fn write(&mut self, json: &[u8]) -> io::Result<usize> {
        for byte in json {
            if self.begun && *byte != b']' {
                return Err(io::Error::other("there is something"));
            }
            self.empty += usize::from(self.begun);
            self.begun = *byte == b'[';
        }
        Ok(json.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_answer_whose_lists_are_all_empty_holds_nothing() {
        for (reply, nothing) in [
            (json!({ "Results": [] }), true),
            (json!({ "Results": [], "More": { "Names": [] } }), true),
            (json!({ "Results": [], "Names": ["a"] }), false),
            (json!({ "Results": [[]] }), false),
            (json!({ "Name": "hippo" }), false),
        ] {
            assert_eq!(is_nothing(&reply), nothing, "{reply}");
        }
    }
}
