//! Which namespaces we serve.

use std::collections::BTreeSet;

use tokio::sync::watch::{Receiver, Sender};

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
    served: Sender<BTreeSet<String>>,
}

impl Scope {
    /// The namespaces of an installation, whichever they are.
    pub fn of_installation(installation: &str) -> Self {
        Self::Labelled(Labelled {
            installation: installation.to_owned(),
            served: Sender::default(),
        })
    }

    /// Whether a namespace is served. Of those that come and go, one is served once all of it has been heard of.
    pub fn includes(&self, namespace: &str) -> bool {
        match self {
            Self::Everywhere => true,
            Self::Only(names) => names.contains(namespace),
            Self::Labelled(labelled) => labelled.served.borrow().contains(namespace),
        }
    }

    /// Changes whenever a namespace is served from now on, or is not any more.
    pub fn news(&self) -> Receiver<BTreeSet<String>> {
        match self {
            Self::Everywhere | Self::Only(_) => Sender::default().subscribe(),
            Self::Labelled(labelled) => labelled.served.subscribe(),
        }
    }
}

impl Labelled {
    pub(crate) fn serve(&self, namespace: &str) {
        self.served
            .send_if_modified(|served| served.insert(namespace.to_owned()));
    }

    pub(crate) fn leave(&self, namespace: &str) {
        self.served.send_if_modified(|served| served.remove(namespace));
    }
}
