//! What the commands about clusters have in common: which clusters are meant.

use crate::commands::demand;
use crate::failure::Failure;

/// The clusters that a command is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// One request for each name.
    Names(Vec<String>),
    /// One request with a selector.
    Selector(String),
    /// One request for every cluster.
    All,
}

impl Target {
    /// Reads names, `--selector` and `--all`. A selector wins over names, as it does on the server.
    pub(super) fn parse(names: &[String], selector: &str, all: bool) -> Result<Self, Failure> {
        demand::clusters_or_all(names, selector, all)?;
        Ok(match (selector, all) {
            ("", true) => Self::All,
            ("", false) => Self::Names(names.to_vec()),
            (selector, _) => Self::Selector(selector.to_owned()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selector_wins_over_names_and_all() {
        let names = ["hippo".to_owned()];
        assert_eq!(
            Target::parse(&names, "a=b", true).unwrap(),
            Target::Selector("a=b".to_owned())
        );
        assert_eq!(Target::parse(&names, "", true).unwrap(), Target::All);
        assert_eq!(
            Target::parse(&names, "", false).unwrap(),
            Target::Names(names.to_vec())
        );
        assert!(Target::parse(&[], "", false).is_err());
    }
}
