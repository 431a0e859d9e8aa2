//! Why a pod cannot start, or does not become ready, in words that stay the same while Kubernetes tries again and again.

use k8s_openapi::api::core::v1::{ContainerStatus, Pod};

use crate::labels;

/// What keeps a pod from starting that does not pass by itself.
pub(super) fn of(pod: &Pod) -> Option<String> {
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
            format!("no node can take it: {message}")
        })
        .or_else(|| of_volume(pod))
        .or_else(|| containers.find_map(|container| of_container(pod, container)))
}

/// What the agent says of a full volume. As long as the instance is ready, that is no trouble yet.
fn of_volume(pod: &Pod) -> Option<String> {
    let sentence = pod.metadata.annotations.as_ref()?.get(labels::VOLUME_FULL)?;
    (!super::is_ready(pod)).then(|| sentence.clone())
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
            of(&dying(3, 1, false)).unwrap(),
            "container database ends again and again, with exit code 1; why says: kubectl logs hippo-1 -c database \
             --previous"
        );
        assert_eq!(of(&dying(2, 137, false)), None, "killed twice");
        assert_eq!(of(&dying(9, 1, true)), None, "it is well again");
    }

    #[test]
    fn a_full_volume_is_the_reason_why_an_instance_ends_but_no_trouble_of_one_that_is_ready() {
        let full = "its volume is full (less than 32 MiB was left)";
        let mut pod = dying(3, 1, false);
        pod.metadata.annotations = Some([(labels::VOLUME_FULL.to_owned(), full.to_owned())].into());
        assert_eq!(of(&pod).unwrap(), full);
        let ready = json!([{"type": "Ready", "status": "True"}]);
        pod.status.as_mut().unwrap().container_statuses = None;
        pod.status.as_mut().unwrap().conditions = serde_json::from_value(ready).unwrap();
        assert_eq!(of(&pod), None);
    }
}
