//! The one who calls, once believed.

/// An authenticated and authorised caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Caller {
    /// Name of the user.
    pub(crate) user: String,
    namespaces: Vec<String>,
}

impl Caller {
    pub(crate) fn new(user: String, namespaces: Vec<String>) -> Self {
        Self { user, namespaces }
    }

    /// Whether the caller's account is good for this namespace.
    pub(crate) fn may_use(&self, namespace: &str) -> bool {
        self.namespaces.is_empty() || self.namespaces.iter().any(|name| name == namespace)
    }

    /// Whether the caller's account is good for all that another one is good for; one without namespaces is for all.
    pub(crate) fn may_use_all(&self, namespaces: &[String]) -> bool {
        self.namespaces.is_empty()
            || (!namespaces.is_empty() && namespaces.iter().all(|name| self.may_use(name)))
    }
}
