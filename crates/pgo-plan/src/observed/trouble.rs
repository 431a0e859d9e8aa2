//! Why a pod cannot start, in words that stay the same while Kubernetes tries again and again.

use k8s_openapi::api::core::v1::{ContainerStatus, Pod};

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
        .or_else(|| containers.find_map(of_container))
}

fn of_container(container: &ContainerStatus) -> Option<String> {
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
