//! What is waited for, and how to tell from a look at the cluster whether it is there.

use std::time::Duration;

use pgo_api::{Condition, ShowClusterPod};

use super::ShowClusterDetail;

/// Something that is to become of a cluster, or of a namespace.
#[derive(Clone, Debug)]
pub(crate) struct Goal {
    subject: Subject,
    name: String,
    change: Change,
    /// The cluster has been seen; when it is no longer, somebody deleted it.
    was_seen: bool,
}

/// What is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    Cluster,
    Namespace,
}

#[derive(Clone, Debug)]
enum Change {
    Born,
    Deleted,
    Scaled { replicas: Vec<String> },
    ScaledDown { replica: String },
}

/// What one look at a cluster says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sight {
    /// Steps that are behind us, in order.
    pub(super) done: Vec<String>,
    /// What is waited for.
    pub(super) waiting: String,
    /// Whether there is nothing more to wait for.
    pub(super) end: Option<End>,
}

/// How waiting ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// It has come about.
    Reached,
    /// It will not, for this reason.
    Failed(String),
}

impl Sight {
    /// Nothing was seen, for this reason.
    pub(super) fn nothing(waiting: &str) -> Self {
        Self {
            done: Vec::new(),
            waiting: waiting.to_owned(),
            end: None,
        }
    }

    fn end(end: End) -> Self {
        Self {
            end: Some(end),
            ..Self::nothing("")
        }
    }
}

/// The steps of a birth: the condition that says so, and how we do.
const STEPS: [(&str, &str); 5] = [
    ("Accepted", "accepted"),
    ("RepositoryReady", "backup repository ready"),
    ("PrimaryReady", "primary ready"),
    ("StanzaCreated", "backup stanza created"),
    ("BackedUp", "first backup taken"),
];

impl Goal {
    /// The cluster and all it is born with are ready.
    pub(crate) fn born(cluster: &str) -> Self {
        Self::new(cluster, Change::Born)
    }

    /// The cluster and all that belongs to it are gone.
    pub(crate) fn deleted(cluster: &str) -> Self {
        Self::new(cluster, Change::Deleted)
    }

    /// These replicas are ready.
    pub(crate) fn scaled(cluster: &str, replicas: Vec<String>) -> Self {
        Self::new(cluster, Change::Scaled { replicas })
    }

    /// This replica is gone.
    pub(crate) fn scaled_down(cluster: &str, replica: &str) -> Self {
        Self::new(
            cluster,
            Change::ScaledDown {
                replica: replica.to_owned(),
            },
        )
    }

    /// The namespace and all that is in it are gone.
    pub(crate) fn namespace_deleted(namespace: &str) -> Self {
        Self {
            subject: Subject::Namespace,
            ..Self::new(namespace, Change::Deleted)
        }
    }

    fn new(cluster: &str, change: Change) -> Self {
        Self {
            subject: Subject::Cluster,
            name: cluster.to_owned(),
            change,
            was_seen: false,
        }
    }

    /// What is looked at.
    pub(super) fn subject(&self) -> Subject {
        self.subject
    }

    /// Which cluster or namespace is looked at.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    fn noun(&self) -> &'static str {
        match self.subject {
            Subject::Cluster => "cluster",
            Subject::Namespace => "namespace",
        }
    }

    /// Says that it has come about.
    pub(super) fn success(&self) -> String {
        let (noun, name) = (self.noun(), &self.name);
        match &self.change {
            Change::Born => format!("cluster {name} is ready"),
            Change::Deleted => format!("{noun} {name} is gone"),
            Change::Scaled { replicas } => {
                format!("cluster {name} is scaled: {} ready", replicas.join(", "))
            }
            Change::ScaledDown { replica } => format!("replica {replica} is gone"),
        }
    }

    /// Says that it has not come about in time.
    pub(super) fn overdue(&self, timeout: Duration, waiting: &str) -> String {
        format!(
            "{} after {timeout:?} ({waiting}); {}",
            self.not_yet(),
            self.goes_on()
        )
    }

    /// Says that nobody waits for it any more.
    pub(super) fn given_up(&self, waiting: &str) -> String {
        let waiting = if waiting.is_empty() {
            String::new()
        } else {
            format!(" ({waiting})")
        };
        format!(
            "no longer waiting: {} yet{waiting}; {}",
            self.not_yet(),
            self.goes_on()
        )
    }

    fn not_yet(&self) -> String {
        let (noun, name) = (self.noun(), &self.name);
        match &self.change {
            Change::Born => format!("cluster {name} is not ready"),
            Change::Deleted => format!("{noun} {name} is not gone"),
            Change::Scaled { .. } => format!("cluster {name} is not scaled"),
            Change::ScaledDown { replica } => format!("replica {replica} is not gone"),
        }
    }

    fn goes_on(&self) -> String {
        let (noun, name) = (self.noun(), &self.name);
        // The plain text of a cluster is that of version 4.2, which knew no conditions.
        let form = match self.subject {
            Subject::Cluster => " -o wide",
            Subject::Namespace => "",
        };
        format!("the operator goes on, 'pgo show {noun} {name}{form}' shows how far it is")
    }

    /// Judges one look; `None` means that no such cluster is there.
    pub(super) fn judge(&mut self, seen: Option<&ShowClusterDetail>) -> Sight {
        let Some(detail) = seen else {
            return self.judge_absence();
        };
        self.was_seen = true;
        match &self.change {
            Change::Born => born(&self.name, detail),
            Change::Deleted => deleted(detail),
            Change::Scaled { replicas } => scaled(&self.name, replicas, detail),
            Change::ScaledDown { replica } => scaled_down(replica, detail),
        }
    }

    fn judge_absence(&self) -> Sight {
        match &self.change {
            Change::Deleted => Sight::end(End::Reached),
            _ if self.was_seen => Sight::end(End::Failed(format!(
                "cluster {} was deleted meanwhile",
                self.name
            ))),
            _ => Sight::nothing("waiting for the cluster to appear"),
        }
    }
}

fn born(cluster: &str, detail: &ShowClusterDetail) -> Sight {
    let holds = |name: &str| condition(name, detail).is_some_and(|condition| condition.status == "True");

    if let Some(accepted) = condition("Accepted", detail).filter(|condition| condition.status == "False") {
        return Sight::end(End::Failed(format!(
            "cluster {cluster} was not accepted: {}",
            accepted.message
        )));
    }
    if let Some(why) = hopeless(detail) {
        return Sight::end(End::Failed(format!(
            "cluster {cluster} does not become ready: {why}; 'pgo delete cluster {cluster}' takes it away"
        )));
    }
    let mut done: Vec<String> = STEPS
        .iter()
        .filter(|(name, _)| holds(name))
        .map(|(_, step)| (*step).to_owned())
        .collect();
    let replicas = detail.replicas.iter().map(|replica| &replica.name);
    done.extend(
        replicas
            .filter(|name| holds("Ready") || is_ready(name, detail))
            .map(|name| format!("replica {name} ready")),
    );
    let waiting = match condition("Ready", detail) {
        Some(ready) => words(ready),
        None => "the operator has not taken it on yet; is it running?".to_owned(),
    };
    let end = holds("Ready").then_some(End::Reached);
    Sight { done, waiting, end }
}

fn condition<'a>(name: &str, detail: &'a ShowClusterDetail) -> Option<&'a Condition> {
    let status = detail.cluster.status.as_ref()?;
    status.conditions.iter().find(|condition| condition.type_ == name)
}

/// The operator's words about an image that Kubernetes cannot pull, whatever the condition; they stay the same while
/// Kubernetes tries again and again.
const HOPELESS: &str = "cannot be pulled";

/// Why nothing comes of it until somebody changes something: an image that Kubernetes cannot pull. Everything else that
/// keeps a pod from starting may pass: a node may come back, a volume may be made.
fn hopeless(detail: &ShowClusterDetail) -> Option<&str> {
    let conditions = &detail.cluster.status.as_ref()?.conditions;
    conditions.iter().find_map(hopeless_claim)
}

fn hopeless_claim(condition: &Condition) -> Option<&str> {
    let sentence = condition.message.as_str();
    (condition.status == "False" && sentence.contains(HOPELESS)).then_some(sentence)
}

/// Why nothing comes of any new replica: there is no primary and there will be none, or no first backup.
fn barren<'a>(cluster: &str, detail: &'a ShowClusterDetail) -> Option<&'a str> {
    let claim = |name| condition(name, detail).and_then(hopeless_claim);
    let is_backed_up = condition("BackedUp", detail).is_some_and(|backed_up| backed_up.status == "True");
    claim("PrimaryReady")
        .filter(|why| !may_have_a_primary(cluster, why, detail))
        .or_else(|| claim("RepositoryReady").filter(|_| !is_backed_up))
}

/// Whether an instance has a pod of which the operator does not say that its image cannot be pulled: it may be about to
/// become the primary.
fn may_have_a_primary(cluster: &str, why: &str, detail: &ShowClusterDetail) -> bool {
    // The first instance has the name of the cluster.
    let instances = detail.replicas.iter().map(|replica| replica.name.as_str());
    let mut with_pods = instances
        .chain([cluster])
        .filter(|instance| pod_of(instance, detail).is_some());
    with_pods.any(|instance| {
        let cannot_start = format!("{instance} cannot start: ");
        !why.split("; ")
            .any(|part| part.starts_with(&cannot_start) && part.ends_with(HOPELESS))
    })
}

/// What a condition has to say: its sentence, or else its reason.
fn words(condition: &Condition) -> String {
    if condition.message.is_empty() {
        condition.reason.clone()
    } else {
        condition.message.clone()
    }
}

fn deleted(detail: &ShowClusterDetail) -> Sight {
    match condition("Ready", detail).filter(|ready| ready.reason == "Removing") {
        Some(ready) => Sight::nothing(&words(ready)),
        None => Sight::nothing("waiting for the operator"),
    }
}

fn scaled(cluster: &str, replicas: &[String], detail: &ShowClusterDetail) -> Sight {
    let (ready, missing): (Vec<&String>, Vec<&String>) =
        replicas.iter().partition(|name| is_ready(name, detail));
    let done = ready
        .into_iter()
        .map(|name| format!("replica {name} ready"))
        .collect();
    let own = hopeless(detail).filter(|why| missing.iter().any(|name| why.contains(name.as_str())));
    let hopeless = own.or_else(|| barren(cluster, detail).filter(|_| !missing.is_empty()));
    if let Some(why) = hopeless {
        return Sight::end(End::Failed(format!("nothing comes of scaling: {why}")));
    }
    match missing.first() {
        Some(name) => Sight {
            done,
            waiting: state_of(name, detail),
            end: None,
        },
        None => Sight {
            done,
            waiting: String::new(),
            end: Some(End::Reached),
        },
    }
}

fn scaled_down(replica: &str, detail: &ShowClusterDetail) -> Sight {
    let is_declared = detail.replicas.iter().any(|declared| declared.name == replica);
    match pod_of(replica, detail) {
        Some(pod) => Sight::nothing(&format!("waiting for pod {} to stop", pod.name)),
        None if is_declared => Sight::nothing("removing what is left"),
        None => Sight::end(End::Reached),
    }
}

fn is_ready(replica: &str, detail: &ShowClusterDetail) -> bool {
    // After a failover the new replica may be the primary.
    pod_of(replica, detail)
        .is_some_and(|pod| pod.ready && ["replica", "primary"].contains(&pod.kind.as_str()))
}

/// Finds the pod of an instance: `<instance>-<hash>-<random>`.
fn pod_of<'a>(instance: &str, detail: &'a ShowClusterDetail) -> Option<&'a ShowClusterPod> {
    detail.pods.iter().find(|pod| {
        let rest = pod
            .name
            .strip_prefix(instance)
            .and_then(|rest| rest.strip_prefix('-'));
        rest.is_some_and(|rest| rest.split('-').count() == 2)
    })
}

fn state_of(replica: &str, detail: &ShowClusterDetail) -> String {
    let declared = detail.replicas.iter().find(|declared| declared.name == replica);
    let message = declared
        .map(|declared| declared.message.as_str())
        .filter(|message| !message.is_empty());
    match (pod_of(replica, detail), message) {
        (Some(pod), _) => format!("{replica} is {}, {} ready", pod.phase, pod.ready_status),
        (None, Some(message)) => format!("{replica}: {message}"),
        (None, None) => format!("{replica} has no pod yet"),
    }
}

#[cfg(test)]
mod tests;
