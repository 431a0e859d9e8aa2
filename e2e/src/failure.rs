//! What is printed when a test fails: enough to find the cause without running it again.

use std::fmt::Write as _;

use k8s_openapi::api::core::v1::{Event, Pod};
use kube::api::{ListParams, LogParams};
use kube::{Api, Client, ResourceExt as _};
use pgo_crd::{Pgcluster, Pgreplica, Pgtask};

use crate::seconds;

/// How many lines of a container's log are shown.
const LINES: i64 = 60;

/// The state of a namespace and of the operator, as text. Taking it never fails: what cannot be read is said so.
pub struct Account(String);

impl std::fmt::Display for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl Account {
    /// Looks at everything that may say why.
    pub async fn of(client: &Client, namespace: &str) -> Self {
        let mut text = String::new();
        resources(client, namespace, &mut text).await;
        pods(client, namespace, &mut text).await;
        events(client, namespace, &mut text).await;
        text.push_str("\n=== the doors\n");
        pods(client, "pgo", &mut text).await;
        Self(text)
    }
}

async fn resources(client: &Client, namespace: &str, text: &mut String) {
    let all = ListParams::default();
    let clusters = Api::<Pgcluster>::namespaced(client.clone(), namespace)
        .list(&all)
        .await;
    for cluster in clusters.into_iter().flatten() {
        show(text, "Pgcluster", &cluster.name_any(), &cluster.status);
    }
    let replicas = Api::<Pgreplica>::namespaced(client.clone(), namespace)
        .list(&all)
        .await;
    for replica in replicas.into_iter().flatten() {
        show(text, "Pgreplica", &replica.name_any(), &replica.status);
    }
    let tasks = Api::<Pgtask>::namespaced(client.clone(), namespace)
        .list(&all)
        .await;
    for task in tasks.into_iter().flatten() {
        show(text, "Pgtask", &task.name_any(), &task.status);
    }
}

fn show(text: &mut String, kind: &str, name: &str, status: &impl serde::Serialize) {
    let status = serde_json::to_string_pretty(status).unwrap_or_default();
    _ = writeln!(text, "=== {kind} {name}: {status}");
}

async fn pods(client: &Client, namespace: &str, text: &mut String) {
    let api: Api<Pod> = Api::namespaced(client.clone(), namespace);
    let list = match api.list(&ListParams::default()).await {
        Ok(list) => list,
        Err(error) => {
            _ = writeln!(text, "the pods of {namespace} cannot be listed: {error}");
            return;
        }
    };
    for pod in list {
        let name = pod.name_any();
        let status = pod.status.unwrap_or_default();
        let node = pod
            .spec
            .as_ref()
            .and_then(|spec| spec.node_name.as_deref())
            .unwrap_or("no node");
        let role = pod.metadata.labels.as_ref().and_then(|labels| labels.get("role"));
        _ = writeln!(
            text,
            "\n=== pod {name} on {node}, {:?}, role {role:?}",
            status.phase
        );
        for condition in status.conditions.unwrap_or_default() {
            if condition.status != "True" {
                _ = writeln!(
                    text,
                    "    {} {:?} {:?}",
                    condition.type_, condition.reason, condition.message
                );
            }
        }
        for container in status.container_statuses.unwrap_or_default() {
            _ = writeln!(
                text,
                "    container {} ready {} restarts {} state {:?}",
                container.name, container.ready, container.restart_count, container.state
            );
            if container.restart_count > 0 {
                log(&api, &name, &container.name, true, text).await;
            }
            log(&api, &name, &container.name, false, text).await;
        }
    }
}

async fn log(api: &Api<Pod>, pod: &str, container: &str, previous: bool, text: &mut String) {
    let wanted = LogParams {
        container: Some(container.to_owned()),
        previous,
        tail_lines: Some(LINES),
        ..LogParams::default()
    };
    let which = if previous { "previous log" } else { "log" };
    // A lost node holds its logs; the server would wait for it.
    let read = tokio::time::timeout(seconds(5), api.logs(pod, &wanted)).await;
    let said = match read {
        Ok(Ok(log)) => log,
        Ok(Err(error)) => format!("cannot be read: {error}"),
        Err(_) => "cannot be read: the node does not answer".into(),
    };
    _ = writeln!(text, "--- {which} of {pod}/{container}\n{said}");
}

async fn events(client: &Client, namespace: &str, text: &mut String) {
    let api: Api<Event> = Api::namespaced(client.clone(), namespace);
    let Ok(list) = api.list(&ListParams::default()).await else {
        text.push_str("\n=== the events cannot be listed\n");
        return;
    };
    text.push_str("\n=== events\n");
    for event in list {
        let about = event.involved_object;
        _ = writeln!(
            text,
            "{:?} {} {}/{}: {}",
            event.last_timestamp.map(|time| time.0),
            event.reason.unwrap_or_default(),
            about.kind.unwrap_or_default(),
            about.name.unwrap_or_default(),
            event.message.unwrap_or_default()
        );
    }
}
