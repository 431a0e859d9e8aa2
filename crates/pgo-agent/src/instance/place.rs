//! An instance keeps its place among Patroni's members when its pod is another.
//!
//! Two of Patroni's notes say who may run for the lock after the leader: in failsafe mode, who followed it, and in
//! synchronous mode, who has every commit. They speak of pods, and those of a Deployment change their names. An instance
//! that was alone, or all of them together, would come back as strangers, and the cluster would wait for a leader for
//! ever.
//!
//! A place is taken over only when the volume is ours and the pod that had it has ended: it is the same member, with
//! the same data. The notes are written in the version that was read, as a leader does it, so that one that lives has
//! the last word: it drops a member that does not follow before it commits without it.

use std::collections::BTreeMap;
use std::time::Duration;

use k8s_openapi::api::core::v1::{ConfigMap, Pod};
use kube::api::{Patch, PatchParams};
use kube::{Api, Client, ResourceExt};
use pgo_postgres::patroni::local::REST_PORT;
use serde_json::json;
use tracing::{debug, info};

use super::settings::Settings;

type Annotations = BTreeMap<String, String>;

/// Who may run for the lock after the leader, as one of Patroni's objects notes it.
trait Notes: Sized {
    /// The object's name.
    fn object(settings: &Settings) -> String;

    /// What cannot be read is no note: Patroni takes it so, too.
    fn read(annotations: &Annotations) -> Option<Self>;

    /// The pods that have a place.
    fn pods(&self) -> Vec<&str>;

    /// Gives the places of pods that have ended to ours.
    fn replace(self, ended: &[String], settings: &Settings) -> Self;

    fn write(&self) -> Annotations;
}

/// Failsafe mode: the members that follow the leader, and the addresses of their REST API.
#[derive(Debug, PartialEq, Eq)]
struct Followers(BTreeMap<String, String>);

impl Notes for Followers {
    fn object(settings: &Settings) -> String {
        settings.leader_object()
    }

    fn read(annotations: &Annotations) -> Option<Self> {
        serde_json::from_str(annotations.get("failsafe")?).ok().map(Self)
    }

    fn pods(&self) -> Vec<&str> {
        self.0.keys().map(String::as_str).collect()
    }

    fn replace(mut self, ended: &[String], settings: &Settings) -> Self {
        self.0.retain(|pod, _| !ended.contains(pod));
        let address = format!("https://{}:{REST_PORT}/patroni", settings.address);
        self.0.insert(settings.pod.clone(), address);
        self
    }

    fn write(&self) -> Annotations {
        [("failsafe".to_owned(), json!(self.0).to_string())].into()
    }
}

/// Synchronous mode: the last leader, and the replicas that commits waited for.
#[derive(Debug, PartialEq, Eq)]
struct Synchronous {
    leader: String,
    standbys: Vec<String>,
}

impl Notes for Synchronous {
    fn object(settings: &Settings) -> String {
        format!("{}-sync", settings.scope)
    }

    fn read(annotations: &Annotations) -> Option<Self> {
        let leader = annotations.get("leader").filter(|leader| !leader.is_empty())?;
        let standbys = annotations
            .get("sync_standby")
            .map(String::as_str)
            .unwrap_or_default();
        let names = standbys.split(',').map(str::trim).filter(|name| !name.is_empty());
        Some(Self {
            leader: leader.clone(),
            standbys: names.map(str::to_owned).collect(),
        })
    }

    fn pods(&self) -> Vec<&str> {
        let all = std::iter::once(&self.leader).chain(&self.standbys);
        all.map(String::as_str).collect()
    }

    fn replace(mut self, ended: &[String], settings: &Settings) -> Self {
        for name in std::iter::once(&mut self.leader).chain(&mut self.standbys) {
            if ended.contains(name) {
                name.clone_from(&settings.pod);
            }
        }
        self.standbys.dedup();
        self
    }

    fn write(&self) -> Annotations {
        let standbys = (!self.standbys.is_empty()).then(|| self.standbys.join(","));
        let all = [("leader", Some(self.leader.clone())), ("sync_standby", standbys)];
        all.into_iter()
            .filter_map(|(key, text)| Some((key.to_owned(), text?)))
            .collect()
    }
}

/// What to do about a note.
#[derive(Debug, PartialEq, Eq)]
enum Next<N> {
    /// Nothing: we have a place, or never had one.
    Rest,
    /// Nothing yet: the pods of our instance that have a place have not ended.
    Wait,
    /// Write this.
    Write(N),
}

/// Sees to it that our places are those of our pod, for as long as that takes. Needs the volume's lock.
pub(crate) async fn take_over(client: Client, settings: Settings) {
    if !settings.data().join("PG_VERSION").exists() {
        return;
    }
    let pods: Api<Pod> = Api::namespaced(client.clone(), &settings.namespace);
    let objects: Api<ConfigMap> = Api::namespaced(client, &settings.namespace);
    tokio::join!(
        persist::<Followers>(&objects, &pods, &settings),
        persist::<Synchronous>(&objects, &pods, &settings),
    );
}

async fn persist<N: Notes>(objects: &Api<ConfigMap>, pods: &Api<Pod>, settings: &Settings) {
    loop {
        match try_once::<N>(objects, pods, settings).await {
            Ok(true) => return,
            Ok(false) => debug!("a pod that had our place has not ended yet"),
            Err(error) => debug!(%error, "our place is not certain yet"),
        }
        // A watch of everything would cost each cluster more than these few requests at a start without Kubernetes.
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

async fn try_once<N: Notes>(
    objects: &Api<ConfigMap>,
    pods: &Api<Pod>,
    settings: &Settings,
) -> Result<bool, kube::Error> {
    let name = N::object(settings);
    let Some(object) = objects.get_metadata_opt(&name).await? else {
        return Ok(true);
    };
    let Some(notes) = N::read(object.annotations()) else {
        return Ok(true);
    };
    let mut ended = Vec::new();
    for pod in predecessors(&notes, settings) {
        if has_ended(pods.get_opt(pod).await?.as_ref()) {
            ended.push(pod.to_owned());
        }
    }
    match decide(notes, settings, &ended) {
        Next::Rest => Ok(true),
        Next::Wait => Ok(false),
        Next::Write(notes) => {
            let patch = json!({"metadata": {
                "resourceVersion": object.resource_version(),
                "annotations": notes.write(),
            }});
            objects
                .patch_metadata(&name, &PatchParams::default(), &Patch::Merge(patch))
                .await?;
            info!(object = name, previous = ?ended, "took over the place of this instance's previous pod");
            Ok(true)
        }
    }
}

/// Earlier pods of our instance. A Deployment's pod is called after it, its template and a random word.
fn predecessors<'a, N: Notes>(notes: &'a N, settings: &Settings) -> Vec<&'a str> {
    let is_ours = |pod: &&str| {
        let mut parts = pod.rsplitn(3, '-');
        parts.nth(2) == Some(settings.instance.as_str()) && *pod != settings.pod
    };
    notes.pods().into_iter().filter(is_ours).collect()
}

/// Kubernetes keeps the objects of pods that it evicted; their containers have ended.
fn has_ended(pod: Option<&Pod>) -> bool {
    let phase = |pod: &Pod| pod.status.as_ref().and_then(|status| status.phase.clone());
    pod.is_none_or(|pod| matches!(phase(pod).as_deref(), Some("Failed" | "Succeeded")))
}

fn decide<N: Notes>(notes: N, settings: &Settings, ended: &[String]) -> Next<N> {
    if notes.pods().contains(&settings.pod.as_str()) {
        return Next::Rest;
    }
    match (predecessors(&notes, settings).first(), ended) {
        (None, _) => Next::Rest,
        (Some(_), []) => Next::Wait,
        (Some(_), ended) => Next::Write(notes.replace(ended, settings)),
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

    fn list(pods: &[&str]) -> Followers {
        let list = pods.iter().map(|pod| ((*pod).to_owned(), "old".to_owned()));
        Followers(list.collect())
    }

    fn synchronous(leader: &str, standbys: &str) -> Synchronous {
        let all = [("leader", leader), ("sync_standby", standbys)];
        let all = all.map(|(key, text)| (key.to_owned(), text.to_owned()));
        Synchronous::read(&all.into()).unwrap()
    }

    #[test]
    fn a_new_pod_takes_the_place_of_the_one_that_ended() {
        let before = list(&["hippo-6d5f-old", "hippo-abcd-6d5f-old"]);
        let Next::Write(after) = decide(before, &settings(), &["hippo-6d5f-old".to_owned()]) else {
            panic!("nothing would be written");
        };
        assert_eq!(after.pods(), ["hippo-6d5f-new", "hippo-abcd-6d5f-old"]);
        assert_eq!(after.0["hippo-6d5f-new"], "https://10.0.0.9:8009/patroni");
    }

    #[test]
    fn a_pod_that_may_live_keeps_its_place() {
        assert_eq!(decide(list(&["hippo-6d5f-old"]), &settings(), &[]), Next::Wait);
    }

    #[test]
    fn whoever_is_in_the_list_or_never_was_leaves_it_alone() {
        let there = list(&["hippo-6d5f-new", "hippo-6d5f-old"]);
        assert_eq!(
            decide(there, &settings(), &["hippo-6d5f-old".to_owned()]),
            Next::Rest
        );
        // The replica of another instance is not ours, although its name begins alike.
        let others = list(&["hippo-abcd-6d5f-old"]);
        assert_eq!(decide(others, &settings(), &[]), Next::Rest);
    }

    #[test]
    fn whoever_has_every_commit_has_it_under_its_new_name_too() {
        let ended = ["hippo-6d5f-old".to_owned()];
        let was_leader = synchronous("hippo-6d5f-old", "hippo-abcd-6d5f-old, hippo-efgh-6d5f-old");
        let Next::Write(after) = decide(was_leader, &settings(), &ended) else {
            panic!("nothing would be written");
        };
        assert_eq!(
            after.write(),
            synchronous("hippo-6d5f-new", "hippo-abcd-6d5f-old,hippo-efgh-6d5f-old").write()
        );
        let was_standby = synchronous("hippo-abcd-6d5f-old", "hippo-6d5f-old");
        assert_eq!(
            decide(was_standby, &settings(), &ended),
            Next::Write(synchronous("hippo-abcd-6d5f-old", "hippo-6d5f-new"))
        );
    }

    #[test]
    fn whoever_lacks_commits_gets_no_place() {
        let others = synchronous("hippo-abcd-6d5f-old", "hippo-efgh-6d5f-old");
        assert_eq!(decide(others, &settings(), &[]), Next::Rest);
        assert_eq!(Synchronous::read(&Annotations::new()), None);
    }
}
