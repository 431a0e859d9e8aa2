//! Why a pod cannot start, or does not become ready, in words that stay the same while Kubernetes tries again and again.

use k8s_openapi::api::core::v1::{ContainerStatus, PersistentVolumeClaim, Pod};

use crate::labels;

/// What the scheduler says of a pod with a volume that should be there by now, naming neither the volume nor its class:
/// nobody has made it, or there is no such class. One that does not exist is taken for one that binds at once.
const UNBOUND: &str = "unbound immediate PersistentVolumeClaims";

/// What it says of a volume that is to be found where the pod will run, when there is none anywhere.
const NOT_FOUND: &str = "didn't find available persistent volumes to bind";

/// What keeps a pod from starting that does not pass by itself. `claims` are the volumes of its cluster.
pub(super) fn of(pod: &Pod, claims: &[PersistentVolumeClaim]) -> Option<String> {
    if pod.metadata.deletion_timestamp.is_some() {
        return None;
    }
    let status = pod.status.as_ref()?;
    let mut containers = status.container_statuses.iter().flatten();
    let unscheduled = status.conditions.iter().flatten().find(|condition| {
        condition.type_ == "PodScheduled"
            && condition.status == "False"
            && condition.reason.as_deref() == Some("Unschedulable")
    });
    unscheduled
        .map(|condition| {
            let message = condition.message.as_deref().unwrap_or("no reason given");
            of_scheduling(message, &missing(pod, claims))
        })
        .or_else(|| of_volume(pod))
        .or_else(|| containers.find_map(|container| of_container(pod, container)))
}

/// Why no node takes a pod, by what the scheduler says and the volumes that are missing.
fn of_scheduling(message: &str, missing: &[&PersistentVolumeClaim]) -> String {
    let join = |sentence: fn(&PersistentVolumeClaim) -> String| {
        let sentences: Vec<_> = missing.iter().copied().map(sentence).collect();
        sentences.join("; ")
    };
    if !missing.is_empty() && message.contains(UNBOUND) {
        join(|claim| format!("{}: {}", unmade(claim), question(claim)))
    } else if !missing.is_empty() && message.contains(NOT_FOUND) {
        format!("no node can take it: {message}; {}", join(unmade))
    } else {
        format!("no node can take it: {message}")
    }
}

/// The claims of a pod for which there is no volume.
fn missing<'a>(pod: &Pod, claims: &'a [PersistentVolumeClaim]) -> Vec<&'a PersistentVolumeClaim> {
    let volumes = pod.spec.iter().flat_map(|spec| spec.volumes.iter().flatten());
    let names = volumes.filter_map(|volume| Some(&volume.persistent_volume_claim.as_ref()?.claim_name));
    let found = names.filter_map(|name| claims.iter().find(|it| it.metadata.name.as_ref() == Some(name)));
    found.filter(|claim| is_pending(claim)).collect()
}

fn is_pending(claim: &PersistentVolumeClaim) -> bool {
    let phase = claim.status.as_ref().and_then(|status| status.phase.as_deref());
    phase == Some("Pending")
}

fn unmade(claim: &PersistentVolumeClaim) -> String {
    let name = claim.metadata.name.as_deref().unwrap_or_default();
    let class = match class(claim) {
        Some("") => "no storage class".to_owned(),
        Some(class) => format!("storage class \"{class}\""),
        None => "the default storage class".to_owned(),
    };
    format!("its volume {name} ({class}) does not exist yet")
}

fn question(claim: &PersistentVolumeClaim) -> &'static str {
    match class(claim) {
        Some("") => "is there a PersistentVolume that it could be?",
        Some(_) => "is there such a storage class, and does its provisioner work?",
        None => "is there a default storage class?",
    }
}

/// The storage class as the claim names it: Kubernetes fills in the default as soon as there is one, and an empty name
/// means that nobody shall make the volume.
fn class(claim: &PersistentVolumeClaim) -> Option<&str> {
    claim.spec.as_ref()?.storage_class_name.as_deref()
}

/// What the agent says of a full volume.
pub(super) fn full_volume(pod: &Pod) -> Option<&str> {
    let annotations = pod.metadata.annotations.as_ref()?;
    annotations.get(labels::VOLUME_FULL).map(String::as_str)
}

/// The same, where the instance is not ready. As long as it is, the volume keeps nothing from starting.
fn of_volume(pod: &Pod) -> Option<String> {
    let sentence = full_volume(pod)?;
    (!super::is_ready(pod)).then(|| sentence.to_owned())
}

fn of_container(pod: &Pod, container: &ContainerStatus) -> Option<String> {
    of_waiting(container).or_else(|| of_dying(pod, container))
}

fn of_waiting(container: &ContainerStatus) -> Option<String> {
    let waiting = container.state.as_ref()?.waiting.as_ref()?;
    match waiting.reason.as_deref()? {
        // Two of these take turns, each with a message of its own.
        "ErrImagePull" | "ImagePullBackOff" | "InvalidImageName" | "ErrImageNeverPull" => {
            Some(format!("image {} cannot be pulled", container.image))
        }
        "CreateContainerConfigError" | "CreateContainerError" | "RunContainerError" => {
            Some(waiting.message.clone().unwrap_or_default())
        }
        _ => None,
    }
}

/// A container that ends again and again. One that was killed once or twice comes back by itself.
fn of_dying(pod: &Pod, container: &ContainerStatus) -> Option<String> {
    const OFTEN: i32 = 3;
    let last = container.last_state.as_ref()?.terminated.as_ref()?;
    let is_dying = !container.ready && container.restart_count >= OFTEN && last.exit_code != 0;
    is_dying.then(|| {
        format!(
            "container {} ends again and again, with exit code {}; why says: kubectl logs {} -c {0} --previous",
            container.name,
            last.exit_code,
            pod.metadata.name.as_deref().unwrap_or_default(),
        )
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn dying(restarts: i32, exit_code: i32, ready: bool) -> Pod {
        let pod = json!({
            "metadata": {"name": "hippo-1"},
            "status": {"containerStatuses": [{
                "name": "database", "image": "", "imageID": "", "ready": ready, "restartCount": restarts,
                "state": {"waiting": {"reason": "CrashLoopBackOff"}},
                "lastState": {"terminated": {"exitCode": exit_code}},
            }]},
        });
        serde_json::from_value(pod).unwrap()
    }

    #[test]
    fn a_container_that_ends_again_and_again_does_not_get_well_by_itself() {
        assert_eq!(
            of(&dying(3, 1, false), &[]).unwrap(),
            "container database ends again and again, with exit code 1; why says: kubectl logs hippo-1 -c database \
             --previous"
        );
        assert_eq!(of(&dying(2, 137, false), &[]), None, "killed twice");
        assert_eq!(of(&dying(9, 1, true), &[]), None, "it is well again");
    }

    #[test]
    fn a_full_volume_is_the_reason_why_an_instance_ends_but_no_trouble_of_one_that_is_ready() {
        let full = "its volume is full (less than 32 MiB was left)";
        let mut pod = dying(3, 1, false);
        pod.metadata.annotations = Some([(labels::VOLUME_FULL.to_owned(), full.to_owned())].into());
        assert_eq!(of(&pod, &[]).unwrap(), full);
        let ready = json!([{"type": "Ready", "status": "True"}]);
        pod.status.as_mut().unwrap().container_statuses = None;
        pod.status.as_mut().unwrap().conditions = serde_json::from_value(ready).unwrap();
        assert_eq!(of(&pod, &[]), None);
    }

    /// A pod on the volume `hippo`, of which the scheduler says this, and that volume with this class and phase.
    fn unscheduled(message: &str, class: Option<&str>, phase: &str) -> (Pod, [PersistentVolumeClaim; 2]) {
        let pod = json!({
            "spec": {"containers": [], "volumes": [{"name": "pgdata", "persistentVolumeClaim": {"claimName": "hippo"}}]},
            "status": {"conditions": [
                {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message},
            ]},
        });
        let claim = |name: &str, class: Option<&str>, phase: &str| {
            let claim = json!({
                "metadata": {"name": name}, "spec": {"storageClassName": class}, "status": {"phase": phase},
            });
            serde_json::from_value(claim).unwrap()
        };
        let claims = [
            claim("hippo-abcd", Some("other"), "Pending"),
            claim("hippo", class, phase),
        ];
        (serde_json::from_value(pod).unwrap(), claims)
    }

    #[test]
    fn a_volume_that_nobody_makes_is_named_with_its_storage_class() {
        // As Kubernetes 1.35 says it.
        let message = "0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found";
        for (class, said) in [
            (
                Some("fast"),
                "its volume hippo (storage class \"fast\") does not exist yet: is there such a storage class, and does \
                 its provisioner work?",
            ),
            (
                Some(""),
                "its volume hippo (no storage class) does not exist yet: is there a PersistentVolume that it could be?",
            ),
            (
                None,
                "its volume hippo (the default storage class) does not exist yet: is there a default storage class?",
            ),
        ] {
            let (pod, claims) = unscheduled(message, class, "Pending");
            assert_eq!(of(&pod, &claims).unwrap(), said);
        }
        let message = "0/3 nodes are available: 3 node(s) didn't find available persistent volumes to bind.";
        let (pod, claims) = unscheduled(message, Some("local"), "Pending");
        assert_eq!(
            of(&pod, &claims).unwrap(),
            format!(
                "no node can take it: {message}; its volume hippo (storage class \"local\") does not exist yet"
            )
        );
    }

    #[test]
    fn a_volume_that_waits_for_its_node_is_not_what_keeps_the_pod_from_one() {
        let cpu = "0/3 nodes are available: 3 Insufficient cpu.";
        let unbound = "0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found";
        for (message, phase) in [(cpu, "Pending"), (unbound, "Bound")] {
            let (pod, claims) = unscheduled(message, Some("fast"), phase);
            assert_eq!(
                of(&pod, &claims).unwrap(),
                format!("no node can take it: {message}")
            );
        }
    }
}
