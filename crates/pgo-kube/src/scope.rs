//! Which namespaces we serve.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError, RwLock};

/// The namespaces in which clusters are served.
#[derive(Clone, Debug)]
pub enum Scope {
    /// All of them.
    Everywhere,
    /// Only these.
    Only(BTreeSet<String>),
    /// Those that carry the labels of an installation, as they come and go.
    Labelled(Labelled),
}

/// The namespaces of an installation. Clones know the same.
#[derive(Clone, Debug)]
pub struct Labelled {
    pub(crate) installation: String,
    served: Arc<RwLock<BTreeSet<String>>>,
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

    /// Reads `NAMESPACE`; an empty one means the namespaces of an installation, whichever they are.
    pub fn of_installation(installation: &str, list: &str) -> Self {
        match Self::parse(list) {
            Self::Everywhere if !installation.is_empty() => Self::Labelled(Labelled {
                installation: installation.to_owned(),
                served: Arc::default(),
            }),
            scope => scope,
        }
    }

    /// Whether a namespace is served. Of those that come and go, one is served once all of it has been heard of.
    pub fn includes(&self, namespace: &str) -> bool {
        match self {
            Self::Everywhere => true,
            Self::Only(names) => names.contains(namespace),
            Self::Labelled(labelled) => {
                let served = labelled.served.read().unwrap_or_else(PoisonError::into_inner);
                served.contains(namespace)
            }
        }
    }
}

impl Labelled {
    pub(crate) fn serve(&self, namespace: &str) {
        let mut served = self.served.write().unwrap_or_else(PoisonError::into_inner);
        served.insert(namespace.to_owned());
    }

    pub(crate) fn leave(&self, namespace: &str) {
        let mut served = self.served.write().unwrap_or_else(PoisonError::into_inner);
        served.remove(namespace);
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
        assert!(matches!(Scope::parse(" , "), Scope::Everywhere));
    }

    #[test]
    fn an_empty_list_means_the_installations_namespaces_where_there_is_one() {
        assert!(matches!(
            Scope::of_installation("devtest", ""),
            Scope::Labelled(_)
        ));
        assert!(matches!(
            Scope::of_installation("devtest", "pgouser1"),
            Scope::Only(_)
        ));
        assert!(matches!(Scope::of_installation("", ""), Scope::Everywhere));
    }
}
