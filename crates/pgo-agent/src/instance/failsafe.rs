//! An instance keeps its place in Patroni's failsafe list when its pod is another.
//!
//! In failsafe mode the leader notes who follows it, and only those that it noted may run for the lock after it. The
//! notes speak of pods; those of a Deployment change their names. An instance that was alone, or all of them together,
//! would come back as strangers, and the cluster would wait for a leader for ever.
//!
//! The place is taken over only when the volume is ours and the pod that had it has ended: it is the same member.

use std::collections::BTreeMap;
use std::time::Duration;

use k8s_openapi::api::core::v1::{ConfigMap, Pod};
use kube::api::{Patch, PatchParams};
use kube::{Api, Client, ResourceExt};
use pgo_postgres::patroni::local::REST_PORT;
use serde_json::json;
use tracing::{debug, info};

use super::settings::Settings;

/// The annotation of the leader's object.
const ANNOTATION: &str = "failsafe";

/// Members and the addresses of their REST API.
type List = BTreeMap<String, String>;

/// What to do about the list.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    /// Nothing: we are in it, or never were.
    Rest,
    /// Nothing yet: these pods of our instance have not ended.
    Wait,
    /// Write this.
    Write(List),
}

/// Sees to it that the list names our pod, for as long as that takes. Needs the volume's lock.
pub(crate) async fn take_over(client: Client, settings: Settings) {
    if !settings.data().join("PG_VERSION").exists() {
        return;
    }
    let pods: Api<Pod> = Api::namespaced(client.clone(), &settings.namespace);
    let objects: Api<ConfigMap> = Api::namespaced(client, &settings.namespace);
    loop {
        match try_once(&objects, &pods, &settings).await {
            Ok(true) => return,
            Ok(false) => debug!("the pod that had our place in the failsafe list has not ended yet"),
            Err(error) => debug!(%error, "our place in the failsafe list is not certain yet"),
        }
        // A watch of everything would cost each cluster more than these few requests at a start without Kubernetes.
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

async fn try_once(
    objects: &Api<ConfigMap>,
    pods: &Api<Pod>,
    settings: &Settings,
) -> Result<bool, kube::Error> {
    let name = settings.leader_object();
    let Some(object) = objects.get_metadata_opt(&name).await? else {
        return Ok(true);
    };
    // Patroni, too, takes a list that it cannot read for none.
    let list: Option<List> = object
        .annotations()
        .get(ANNOTATION)
        .and_then(|text| serde_json::from_str(text).ok());
    let Some(list) = list else { return Ok(true) };
    let mut ended = Vec::new();
    for pod in predecessors(&list, settings) {
        if has_ended(pods.get_opt(pod).await?.as_ref()) {
            ended.push(pod.clone());
        }
    }
    match decide(&list, settings, &ended) {
        Next::Rest => Ok(true),
        Next::Wait => Ok(false),
        Next::Write(list) => {
            let patch = json!({"metadata": {
                "resourceVersion": object.resource_version(),
                "annotations": {ANNOTATION: json!(list).to_string()},
            }});
            objects
                .patch_metadata(&name, &PatchParams::default(), &Patch::Merge(patch))
                .await?;
            info!(previous = ?ended, "took over the place of this instance's previous pod in the failsafe list");
            Ok(true)
        }
    }
}

/// Earlier pods of our instance. A Deployment's pod is called after it, its template and a random word.
fn predecessors<'a>(list: &'a List, settings: &Settings) -> impl Iterator<Item = &'a String> {
    let is_ours = |pod: &&String| {
        let mut parts = pod.rsplitn(3, '-');
        parts.nth(2) == Some(settings.instance.as_str())
    };
    list.keys().filter(is_ours)
}

/// Kubernetes keeps the objects of pods that it evicted; their containers have ended.
fn has_ended(pod: Option<&Pod>) -> bool {
    let phase = |pod: &Pod| pod.status.as_ref().and_then(|status| status.phase.clone());
    pod.is_none_or(|pod| matches!(phase(pod).as_deref(), Some("Failed" | "Succeeded")))
}

fn decide(list: &List, settings: &Settings, ended: &[String]) -> Next {
    if list.contains_key(&settings.pod) {
        return Next::Rest;
    }
    match (predecessors(list, settings).next(), ended) {
        (None, _) => Next::Rest,
        (Some(_), []) => Next::Wait,
        (Some(_), ended) => {
            let mut list = list.clone();
            list.retain(|pod, _| !ended.contains(pod));
            let address = format!("https://{}:{REST_PORT}/patroni", settings.address);
            list.insert(settings.pod.clone(), address);
            Next::Write(list)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        let env = [
            ("PGHA_CLUSTER", "hippo"),
            ("PGHA_INSTANCE", "hippo"),
            ("PATRONI_NAME", "hippo-6d5f-new"),
            ("PATRONI_KUBERNETES_NAMESPACE", "pgouser1"),
            ("PGHA_POD_IP", "10.0.0.9"),
            ("PGHA_USER", "testuser"),
            ("PGHA_BIN_DIR", "/bin"),
        ];
        let env = env.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Settings::from(&env.into()).unwrap()
    }

    fn list(pods: &[&str]) -> List {
        pods.iter()
            .map(|pod| ((*pod).to_owned(), "old".to_owned()))
            .collect()
    }

    #[test]
    fn a_new_pod_takes_the_place_of_the_one_that_ended() {
        let before = list(&["hippo-6d5f-old", "hippo-abcd-6d5f-old"]);
        let Next::Write(after) = decide(&before, &settings(), &["hippo-6d5f-old".to_owned()]) else {
            panic!("nothing would be written");
        };
        let pods: Vec<_> = after.keys().map(String::as_str).collect();
        assert_eq!(pods, ["hippo-6d5f-new", "hippo-abcd-6d5f-old"]);
        assert_eq!(after["hippo-6d5f-new"], "https://10.0.0.9:8009/patroni");
    }

    #[test]
    fn a_pod_that_may_live_keeps_its_place() {
        assert_eq!(decide(&list(&["hippo-6d5f-old"]), &settings(), &[]), Next::Wait);
    }

    #[test]
    fn whoever_is_in_the_list_or_never_was_leaves_it_alone() {
        let there = list(&["hippo-6d5f-new", "hippo-6d5f-old"]);
        assert_eq!(
            decide(&there, &settings(), &["hippo-6d5f-old".to_owned()]),
            Next::Rest
        );
        // The replica of another instance is not ours, although its name begins alike.
        let others = list(&["hippo-abcd-6d5f-old"]);
        assert_eq!(decide(&others, &settings(), &[]), Next::Rest);
    }
}
