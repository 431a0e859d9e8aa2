//! Passwords are in Secrets and nowhere else; pods ask for no right that the restricted profile forbids.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};
use e2e::{Outcome, Scene, scene, seconds};
use k8s_openapi::api::core::v1::{Namespace, Pod, Secret};
use kube::api::{ListParams, LogParams};
use kube::{Api, ResourceExt as _};

#[tokio::test]
async fn a_password_is_found_in_secrets_only() -> Outcome {
    scene("secrets", async |scene| {
        let given = "--password=Canary-In-The-Mine-7";
        scene
            .pgo(&["create", "cluster", "hippo", "--replica-count=1", given, "--wait"])
            .await?;
        scene.cluster("hippo").ready(1, seconds(5)).await?;
        let secrets = passwords(scene).await?;
        ensure!(secrets.len() >= 2, "too few passwords to look for");

        for namespace in [scene.namespace.as_str(), "pgo"] {
            for (place, text) in texts(scene, namespace).await? {
                for secret in &secrets {
                    ensure!(
                        !text.contains(secret),
                        "a password stands in {namespace}: {place}"
                    );
                }
            }
        }
        for (process, words) in command_lines() {
            ensure!(
                !secrets.iter().any(|secret| words.contains(secret)),
                "a password is an argument of {process}"
            );
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn pods_run_under_the_restricted_profile() -> Outcome {
    scene("restricted", async |scene| {
        let namespaces: Api<Namespace> = Api::all(scene.world.client.clone());
        for name in [scene.namespace.as_str(), "pgo", "pgouser1", "pgouser2"] {
            let namespace = namespaces.get(name).await?;
            let enforced = namespace.labels().get("pod-security.kubernetes.io/enforce");
            ensure!(
                enforced.map(String::as_str) == Some("restricted"),
                "{name} enforces {enforced:?}"
            );
        }
        scene.pgo(&["create", "cluster", "hippo"]).await?;
        scene.cluster("hippo").ready(0, seconds(120)).await?;
        // Beyond the profile: nothing can write to an image, and no variable carries a secret.
        for pod in scene.api::<Pod>().list(&ListParams::default()).await? {
            let name = pod.name_any();
            let spec = pod.spec.context("a spec")?;
            for container in spec
                .containers
                .into_iter()
                .chain(spec.init_containers.unwrap_or_default())
            {
                let read_only = container
                    .security_context
                    .and_then(|it| it.read_only_root_filesystem);
                ensure!(
                    read_only == Some(true),
                    "{name}/{} can write to its image",
                    container.name
                );
                let from_secret = |it: &k8s_openapi::api::core::v1::EnvVar| {
                    it.value_from
                        .as_ref()
                        .is_some_and(|from| from.secret_key_ref.is_some())
                };
                let env = container.env.unwrap_or_default();
                ensure!(
                    !env.iter().any(from_secret),
                    "{name}/{} has a secret variable",
                    container.name
                );
            }
        }
        Ok(())
    })
    .await
}

/// Every password of the cluster, and every private key by its first line.
async fn passwords(scene: &Scene) -> Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    for secret in scene.api::<Secret>().list(&ListParams::default()).await? {
        for (key, value) in secret.data.unwrap_or_default() {
            let text = String::from_utf8_lossy(&value.0).into_owned();
            if key == "password" {
                found.insert(text);
            } else if key.rsplit_once('.').is_some_and(|(_, kind)| kind == "key") {
                found.extend(text.lines().nth(1).map(str::to_owned));
            }
        }
    }
    Ok(found)
}

/// Everything but Secrets that can be read in a namespace, as text.
async fn texts(scene: &Scene, namespace: &str) -> Result<Vec<(String, String)>> {
    let mut texts = Vec::new();
    let kinds = "deployments,replicasets,pods,jobs,configmaps,services,endpointslices,persistentvolumeclaims,events,\
                 pgclusters,pgreplicas,pgtasks,pgpolicies";
    let all = scene
        .kubectl(&["get", kinds, "--namespace", namespace, "-o", "json"], "")
        .await?
        .succeeded()?;
    texts.push(("its objects".to_owned(), all.stdout));
    let pods: Api<Pod> = Api::namespaced(scene.world.client.clone(), namespace);
    for pod in pods.list(&ListParams::default()).await? {
        let name = pod.name_any();
        let log = pods.logs(&name, &LogParams::default()).await?;
        texts.push((format!("the log of {name}"), log));
    }
    Ok(texts)
}

/// The arguments of every process of this machine, on which the test bed's containers run, too.
fn command_lines() -> Vec<(String, String)> {
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let own = std::process::id().to_string();
    let process = |entry: std::fs::DirEntry| {
        let pid = entry.file_name().into_string().ok().filter(|pid| *pid != own)?;
        let words = std::fs::read(entry.path().join("cmdline")).ok()?;
        Some((pid, String::from_utf8_lossy(&words).replace('\0', " ")))
    };
    processes.filter_map(process).collect()
}
