//! What became of a plan.

use kube::Resource;

use crate::call::place;
use crate::error::{Error, ObjectName, Verb};

/// What one pass wrote, and what stopped it.
#[derive(Debug, Default)]
pub struct Outcome {
    /// What was sent and accepted.
    pub written: Vec<(Verb, ObjectName)>,
    /// Why not all of it was done. Only the first error of several.
    pub failure: Option<Error>,
    /// The finalizer is gone, and the `Pgcluster` with it.
    pub released: bool,
}

impl Outcome {
    /// Whether everything that the plan wanted is there now.
    pub fn is_complete(&self) -> bool {
        self.failure.is_none()
    }

    /// Whether the world is another one now, so that a new look is due.
    pub fn changed_the_world(&self) -> bool {
        !self.written.is_empty()
    }

    /// Notes the fate of one write: `Ok(true)` if something was sent.
    pub(crate) fn note<K: Resource<DynamicType = ()>>(
        &mut self,
        verb: Verb,
        object: &K,
        fate: Result<bool, Error>,
    ) {
        let (namespace, name) = place(object);
        self.note_named(verb, ObjectName::of::<K>(&namespace, &name), fate);
    }

    /// As [`Outcome::note`], for an object of which only the name is at hand.
    pub(crate) fn note_named(&mut self, verb: Verb, object: ObjectName, fate: Result<bool, Error>) {
        match fate {
            Ok(true) => self.written.push((verb, object)),
            Ok(false) => {}
            Err(error) => drop(self.failure.get_or_insert(error)),
        }
    }

    /// Puts together what was done at the same time.
    pub(crate) fn merge(&mut self, other: Self) {
        let Self {
            written,
            failure,
            released,
        } = other;
        self.written.extend(written);
        if self.failure.is_none() {
            self.failure = failure;
        }
        self.released |= released;
    }
}
