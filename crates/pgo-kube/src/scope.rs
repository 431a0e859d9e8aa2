//! Which namespaces we serve.

use std::collections::BTreeSet;

/// The namespaces in which clusters are served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All of them.
    Everywhere,
    /// Only these.
    Only(BTreeSet<String>),
}

impl Scope {
    /// Reads the comma list of the environment variable `NAMESPACE`; an empty one means every namespace.
    pub fn parse(list: &str) -> Self {
        let names: BTreeSet<String> = list
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect();
        if names.is_empty() {
            Self::Everywhere
        } else {
            Self::Only(names)
        }
    }

    /// Whether a namespace is served.
    pub fn includes(&self, namespace: &str) -> bool {
        match self {
            Self::Everywhere => true,
            Self::Only(names) => names.contains(namespace),
        }
    }

    /// One entry for each watch that is needed: a namespace, or none for all of them.
    pub(crate) fn watches(&self) -> Vec<Option<String>> {
        match self {
            Self::Everywhere => vec![None],
            Self::Only(names) => names.iter().cloned().map(Some).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Scope;

    #[test]
    fn a_list_of_namespaces_is_read_with_its_blanks() {
        let scope = Scope::parse(" pgouser1, pgouser2,,");
        assert!(scope.includes("pgouser1") && scope.includes("pgouser2"));
        assert!(!scope.includes("pgo") && !scope.includes(""));
    }

    #[test]
    fn an_empty_list_means_every_namespace() {
        assert_eq!(Scope::parse(" , "), Scope::Everywhere);
    }
}
