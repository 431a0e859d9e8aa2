//! Which namespaces we serve.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError, RwLock};

/// The namespaces in which clusters are served.
#[derive(Clone, Debug)]
pub enum Scope {
    /// All of them: for tools.
    Everywhere,
    /// Only these: for tools.
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
    /// The namespaces of an installation, whichever they are.
    pub fn of_installation(installation: &str) -> Self {
        Self::Labelled(Labelled {
            installation: installation.to_owned(),
            served: Arc::default(),
        })
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
