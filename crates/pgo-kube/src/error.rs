//! What can go wrong between us and the Kubernetes API, classed by remedy.

use std::error::Error as StdError;
use std::fmt;
use std::fmt::Write as _;

use kube::Resource;
use kube::core::Status;

/// One request to the Kubernetes API that did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A request about one object.
    #[error("could not {verb} {object}")]
    Call {
        /// What was tried.
        verb: Verb,
        /// On which object.
        object: ObjectName,
        /// The server's answer, or why there was none.
        #[source]
        source: Box<kube::Error>,
    },
    /// A request that was not answered in time.
    #[error("could not {verb} {object}: no answer in time")]
    TooSlow {
        /// What was tried.
        verb: Verb,
        /// On which object.
        object: ObjectName,
    },
    /// An object of the wanted name exists, and it is not ours to change.
    #[error(
        "{object} exists already and does not belong to cluster {cluster}; remove it or choose another name"
    )]
    Foreign {
        /// The object in the way.
        object: ObjectName,
        /// The cluster that needs the name.
        cluster: String,
    },
    /// A Secret is gone whose password PostgreSQL keeps; a new one would have another.
    #[error(
        "{object} does not exist any more, and PostgreSQL keeps the password that it held; make it again with keys username and password"
    )]
    Lost {
        /// The Secret that is gone.
        object: ObjectName,
    },
    /// Something was to be made for an object that is gone: the view that said so was old.
    #[error("{object} is gone or going, so nothing is made for it")]
    Outdated {
        /// The object that is gone.
        object: ObjectName,
    },
    /// A certificate or key could not be made or read.
    #[error("could not make the content of {object}: {reason}")]
    Content {
        /// The Secret that was to be written.
        object: ObjectName,
        /// Why.
        reason: String,
    },
    /// The configuration that names the server cannot be used.
    #[error("could not find out how to reach Kubernetes")]
    Unreachable(#[source] Box<dyn StdError + Send + Sync>),
}

/// What was tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the verbs of the Kubernetes API")]
pub enum Verb {
    Get,
    List,
    Create,
    Apply,
    Patch,
    Delete,
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Get => "read",
            Self::List => "list",
            Self::Create => "create",
            Self::Apply => "apply",
            Self::Patch => "change",
            Self::Delete => "delete",
        })
    }
}

/// Kind, namespace and name of an object, for people.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObjectName {
    /// Its kind.
    pub kind: String,
    /// Its namespace; empty where there is none.
    pub namespace: String,
    /// Its name; empty in a list.
    pub name: String,
}

impl ObjectName {
    pub(crate) fn of<K: Resource<DynamicType = ()>>(namespace: &str, name: &str) -> Self {
        Self {
            kind: K::kind(&()).into_owned(),
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        }
    }
}

impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let slash = if self.namespace.is_empty() || self.name.is_empty() {
            ""
        } else {
            "/"
        };
        write!(f, "{} {}{slash}{}", self.kind, self.namespace, self.name)
    }
}

/// What helps against an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Remedy {
    /// Trying again: a conflict, a busy server, a lost connection.
    Retry,
    /// Somebody must change something: a quota, a right, an object in the way.
    Fix,
    /// Nothing a user can do.
    Bug,
}

impl Error {
    /// What helps against it.
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::Call { source, .. } => match source.as_ref() {
                kube::Error::Api(status) => remedy_of(status),
                kube::Error::SerdeError(_) | kube::Error::BuildRequest(_) => Remedy::Bug,
                _ => Remedy::Retry,
            },
            Self::TooSlow { .. } | Self::Outdated { .. } => Remedy::Retry,
            Self::Foreign { .. } | Self::Lost { .. } | Self::Unreachable(_) => Remedy::Fix,
            Self::Content { .. } => Remedy::Bug,
        }
    }

    /// The server's answer, if it gave one.
    pub fn status(&self) -> Option<&Status> {
        match self {
            Self::Call { source, .. } => match source.as_ref() {
                kube::Error::Api(status) => Some(status),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether the object does not exist.
    pub fn is_not_found(&self) -> bool {
        self.status().is_some_and(Status::is_not_found)
    }

    /// Whether an object of that name exists already.
    pub fn is_already_exists(&self) -> bool {
        self.status().is_some_and(Status::is_already_exists)
    }

    /// Whether a precondition did not hold.
    pub fn is_conflict(&self) -> bool {
        self.status()
            .is_some_and(|status| status.is_conflict() && !status.is_already_exists())
    }
}

fn remedy_of(status: &Status) -> Remedy {
    match status.code {
        // A namespace that is being deleted answers 403 as well, and ends the matter by itself.
        400 | 401 | 403 | 404 | 405 | 413 | 415 | 422 => Remedy::Fix,
        _ => Remedy::Retry,
    }
}

/// An error with all its causes in one line; a cause that repeats what was said is left out.
pub fn chain(error: &(dyn StdError + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let answer = answer_in(cause);
        let said = answer.map_or_else(|| cause.to_string(), |status| status.message.clone());
        if !said.is_empty() && !text.contains(&said) {
            // Writing to a string cannot fail.
            let _ = write!(text, ": {said}");
        }
        if answer.is_some() {
            break;
        }
        next = cause.source();
    }
    text
}

/// The server's answer, where that is the cause: Display of it prints the whole structure beside the message. A boxed
/// error is another type than the error.
fn answer_in<'a>(cause: &'a (dyn StdError + 'static)) -> Option<&'a Status> {
    let boxed = || cause.downcast_ref::<Box<kube::Error>>().map(Box::as_ref);
    match cause.downcast_ref::<kube::Error>().or_else(boxed)? {
        kube::Error::Api(status) => Some(status),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1::Pod;

    use super::*;

    #[test]
    fn an_answer_of_kubernetes_is_passed_on_in_its_own_words() {
        let answer =
            Status::failure("pods \"x\" is forbidden: exceeded quota: few", "Forbidden").with_code(403);
        let error = Error::Call {
            verb: Verb::Create,
            object: ObjectName::of::<Pod>("ns", "x"),
            source: Box::new(kube::Error::Api(Box::new(answer))),
        };
        let said = "could not create Pod ns/x: pods \"x\" is forbidden: exceeded quota: few";
        assert_eq!(chain(&error), said);
        assert_eq!(chain(&Outer(error)), format!("outer: {said}"));
    }

    #[derive(Debug, thiserror::Error)]
    #[error("outer")]
    struct Outer(#[source] Error);
}
