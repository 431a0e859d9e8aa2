//! A Deployment in memory: typed, but for the specification of its pod, which only a comparison reads.

use k8s_openapi::api::apps::v1::{Deployment, DeploymentSpec, DeploymentStatus};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde_json::Value;

use super::{Described, Kept, OURS, drop_annotation, labelled, slim_meta};
use crate::cache::Caches;
use crate::store::{Memory, Store};

/// A Deployment.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptDeployment {
    /// Name, labels and the like.
    pub metadata: ObjectMeta,
    /// None where only the metadata is read.
    rest: Option<Box<Rest>>,
}

#[derive(Clone, Debug, PartialEq)]
struct Rest {
    spec: Option<DeploymentSpec>,
    status: Option<DeploymentStatus>,
    /// The specification of the pod, in JSON.
    pod: Box<str>,
}

impl KeptDeployment {
    fn described(metadata: ObjectMeta) -> Self {
        Self { metadata, rest: None }
    }

    /// The Deployment, as far as it is kept; the specification of its pod is empty.
    pub fn deployment(&self) -> Deployment {
        let rest = self.rest.as_deref();
        Deployment {
            metadata: self.metadata.clone(),
            spec: rest.and_then(|rest| rest.spec.clone()),
            status: rest.and_then(|rest| rest.status.clone()),
        }
    }
}

impl Memory for KeptDeployment {
    fn meta(&self) -> &ObjectMeta {
        &self.metadata
    }

    fn meta_mut(&mut self) -> &mut ObjectMeta {
        &mut self.metadata
    }

    fn cluster(&self) -> Option<&str> {
        labelled(&self.metadata)
    }

    fn json(&self) -> serde_json::Result<Value> {
        let mut value = serde_json::to_value(self.deployment())?;
        let template = value.pointer_mut("/spec/template").and_then(Value::as_object_mut);
        if let (Some(template), Some(rest)) = (template, &self.rest) {
            template.insert("spec".to_owned(), serde_json::from_str(&rest.pod)?);
        }
        Ok(value)
    }

    fn to_text(&self) -> Option<String> {
        let alone = self.rest.is_none();
        alone
            .then(|| serde_json::to_string(&self.metadata).ok())
            .flatten()
    }

    fn of_text(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok().map(Self::described)
    }
}

impl Kept for Deployment {
    type Memory = KeptDeployment;
    const SELECTOR: Option<&'static str> = OURS;

    fn into_memory(mut self) -> KeptDeployment {
        slim_meta(&mut self.metadata);
        drop_annotation(&mut self.metadata, "deployment.kubernetes.io/revision");
        let pod = self.spec.as_mut().and_then(|spec| spec.template.spec.take());
        // What was read from JSON can be written as JSON; if not, it differs from every wish and is written again.
        let pod = serde_json::to_string(&pod).unwrap_or_else(|_| "null".to_owned());
        KeptDeployment {
            metadata: self.metadata,
            rest: Some(Box::new(Rest {
                spec: self.spec,
                status: self.status.as_ref().map(slim_status),
                pod: pod.into_boxed_str(),
            })),
        }
    }

    fn store(caches: &Caches) -> &Store<KeptDeployment> {
        &caches.deployments
    }
}

impl Described for Deployment {
    fn described(metadata: ObjectMeta) -> KeptDeployment {
        KeptDeployment::described(metadata)
    }
}

/// The conditions say with changing times what the counts say without.
fn slim_status(status: &DeploymentStatus) -> DeploymentStatus {
    DeploymentStatus {
        observed_generation: status.observed_generation,
        replicas: status.replicas,
        ready_replicas: status.ready_replicas,
        available_replicas: status.available_replicas,
        updated_replicas: status.updated_replicas,
        unavailable_replicas: status.unavailable_replicas,
        ..DeploymentStatus::default()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_deployment_in_memory_still_says_all_that_was_wanted_of_it() {
        let stored = json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "hippo", "namespace": "ns"},
            "spec": {
                "replicas": 1, "selector": {},
                "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "database"}]}},
            },
        });
        let deployment: Deployment = serde_json::from_value(stored.clone()).unwrap();
        let kept = deployment.into_memory();
        assert!(kept.deployment().spec.unwrap().template.spec.is_none());
        assert_eq!(kept.json().unwrap(), stored);
    }
}
