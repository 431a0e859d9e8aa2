//! Taking back what a refused request has written.

use k8s_openapi::api::core::v1::Secret;
use kube::ResourceExt as _;
use pgo_crd::Pgtask;
use pgo_kube::{Error, Kube};

/// What was written so far, exactly: what somebody else wrote under the same name stays.
#[derive(Default)]
pub(super) struct Undo(Vec<Written>);

enum Written {
    Secret(Box<Secret>),
    Task(Box<Pgtask>),
}

impl From<Secret> for Written {
    fn from(secret: Secret) -> Self {
        Self::Secret(Box::new(secret))
    }
}

impl From<Pgtask> for Written {
    fn from(task: Pgtask) -> Self {
        Self::Task(Box::new(task))
    }
}

#[expect(private_bounds, reason = "the kinds are known here only")]
impl Undo {
    /// Remembers what was created.
    pub(super) fn created(&mut self, object: impl Into<Written>) {
        self.0.push(object.into());
    }

    /// Deletes it all, the last first, and says what could not be deleted.
    pub(super) async fn run(self, kube: &Kube) -> Vec<Error> {
        let mut errors = Vec::new();
        for written in self.0.into_iter().rev() {
            let fate = match &written {
                Written::Secret(it) => delete::<Secret>(kube, it.as_ref()).await,
                Written::Task(it) => delete::<Pgtask>(kube, it.as_ref()).await,
            };
            errors.extend(fate.err());
        }
        errors
    }
}

async fn delete<K: pgo_kube::Kept>(kube: &Kube, object: &K) -> Result<(), Error> {
    let namespace = object.namespace().unwrap_or_default();
    kube.delete::<K>(&namespace, &object.name_any(), object.uid().as_deref())
        .await
}
