//! Namespaces come and go while everything runs, and nothing is done to one that is not ours.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, ensure};
use e2e::{Outcome, Scene, scene, seconds, until};
use k8s_openapi::api::core::v1::{Namespace, Pod, ServiceAccount};
use k8s_openapi::api::rbac::v1::RoleBinding;
use kube::api::{DeleteParams, ListParams, Patch, PatchParams, PostParams};
use kube::{Api, ResourceExt as _};
use serde_json::{Value, json};

#[tokio::test]
async fn a_namespace_is_made_used_renewed_and_deleted() -> Outcome {
    scene("namespaces", async |scene| {
        let doors = doors(scene).await?;
        let name = format!("{}-made", scene.namespace);
        let made = scene.pgo(&["create", "namespace", &name]).await?;
        made.has_line(&["created namespace", &name])?;
        let used = use_it(scene, &name).await;
        let deleted = scene.pgo(&["delete", "namespace", &name, "--no-prompt"]).await;
        used?;
        deleted?.has_line(&["deleted namespace", &name])?;
        let gone = format!("the namespace {name} is gone");
        until(&namespaces(scene), &name, seconds(120), &gone, |it| it.is_none()).await?;
        ensure!(doors == self::doors(scene).await?, "a door was started again");
        Ok(())
    })
    .await
}

/// A cluster in it is born, and goes on while the rights in its namespace are given again.
async fn use_it(scene: &Scene, name: &str) -> Result<()> {
    let pgo = scene.world.pgo(name);
    let shown = scene.pgo(&["show", "namespace", name, "-o", "json"]).await?;
    let shown: Value = serde_json::from_str(&shown.stdout)?;
    let row = shown["Results"]
        .as_array()
        .and_then(|rows| rows.iter().find(|row| row["Namespace"] == name));
    ensure!(
        row.is_some_and(|row| row["InstallationAccess"] == true),
        "{shown}"
    );
    // At once: the answer to the creation waited for everything that is needed.
    pgo.run(&["create", "cluster", "hippo", "--wait"])
        .await?
        .succeeded()?;
    let cluster = scene.world.cluster(name, "hippo");
    let session = cluster.sql().await?;
    session.execute("create table t as select 1 as one").await?;

    let accounts: Api<ServiceAccount> = Api::namespaced(scene.world.client.clone(), name);
    let bindings: Api<RoleBinding> = Api::namespaced(scene.world.client.clone(), name);
    let before = accounts.get("pgo-pg").await?.uid();
    let leader = cluster.primary().await?.name_any();
    bindings
        .delete("pgo-target-role-binding", &DeleteParams::default())
        .await?;
    scene
        .pgo(&["update", "namespace", name])
        .await?
        .has_line(&["namespace updated"])?;
    bindings
        .get("pgo-target-role-binding")
        .await
        .context("the binding was not given again")?;
    ensure!(
        accounts.get("pgo-pg").await?.uid() == before,
        "the account is another: tokens are worth nothing"
    );
    ensure!(
        cluster.primary().await?.name_any() == leader,
        "the primary has changed"
    );
    session.execute("insert into t values (2)").await?;

    pgo.run(&["delete", "cluster", "hippo", "--no-prompt", "--wait"])
        .await?
        .succeeded()
        .map(drop)
}

#[tokio::test]
async fn what_is_not_ours_is_neither_deleted_nor_taken_over() -> Outcome {
    scene("not-ours", async |scene| {
        let plain = format!("{}-plain", scene.namespace);
        let theirs = format!("{}-theirs", scene.namespace);
        let other = json!({"vendor": "crunchydata", "pgo-installation-name": "somebody-else"});
        for (name, labels) in [(&plain, json!({})), (&theirs, other)] {
            let namespace = serde_json::from_value(json!({"metadata": {"name": name, "labels": labels}}))?;
            namespaces(scene)
                .create(&PostParams::default(), &namespace)
                .await?;
        }
        let refused = refuse(scene, &plain, &theirs).await;
        for name in [&plain, &theirs] {
            namespaces(scene).delete(name, &DeleteParams::default()).await?;
        }
        refused
    })
    .await
}

async fn refuse(scene: &Scene, plain: &str, theirs: &str) -> Result<()> {
    let before = [state(scene, plain).await?, state(scene, theirs).await?];
    for (name, word) in [
        (plain, "does not belong"),
        (theirs, "somebody-else"),
        ("pgo", "does not belong"),
    ] {
        scene
            .try_pgo(&["delete", "namespace", name, "--no-prompt"])
            .await?
            .refused(&[word])?;
        scene
            .try_pgo(&["update", "namespace", name])
            .await?
            .refused(&[word])?;
    }
    scene
        .try_pgo(&["create", "namespace", plain])
        .await?
        .refused(&["exists already"])?;
    let after = [state(scene, plain).await?, state(scene, theirs).await?];
    ensure!(before == after, "something was done: {before:?} became {after:?}");
    Ok(())
}

#[tokio::test]
async fn a_namespace_is_let_go_and_taken_up_again_while_everything_runs() -> Outcome {
    scene("labels", async |scene| {
        let doors = doors(scene).await?;
        let label = |value: Value| json!({"metadata": {"labels": {"pgo-installation-name": value}}});
        let ours = namespaces(scene).get(&scene.namespace).await?.labels()["pgo-installation-name"].clone();
        mark(scene, label(Value::Null)).await?;
        let let_go = answers(scene, false).await;
        mark(scene, label(json!(ours))).await?;
        let_go?;
        answers(scene, true).await?;
        ensure!(doors == self::doors(scene).await?, "a door was started again");
        Ok(())
    })
    .await
}

async fn mark(scene: &Scene, patch: Value) -> Result<()> {
    let how = PatchParams::default();
    namespaces(scene)
        .patch(&scene.namespace, &how, &Patch::Merge(patch))
        .await?;
    Ok(())
}

/// Waits until requests about the namespace are answered, or refused.
async fn answers(scene: &Scene, wanted: bool) -> Result<()> {
    let asking = async {
        let mut tries = tokio::time::interval(std::time::Duration::from_millis(200));
        loop {
            tries.tick().await;
            if (scene.try_pgo(&["status"]).await?.code == 0) == wanted {
                return Ok(());
            }
        }
    };
    tokio::time::timeout(seconds(20), asking)
        .await
        .with_context(|| format!("requests are not {}", if wanted { "answered" } else { "refused" }))?
}

fn namespaces(scene: &Scene) -> Api<Namespace> {
    Api::all(scene.world.client.clone())
}

/// Labels and annotations of a namespace, and its uid.
async fn state(
    scene: &Scene,
    name: &str,
) -> Result<(Option<String>, BTreeMap<String, String>, BTreeMap<String, String>)> {
    let namespace = namespaces(scene).get(name).await?;
    Ok((
        namespace.uid(),
        namespace.labels().clone(),
        namespace.annotations().clone(),
    ))
}

/// The containers of operator and API server, with how often each was started again.
async fn doors(scene: &Scene) -> Result<BTreeMap<String, i32>> {
    let pods: Api<Pod> = Api::namespaced(scene.world.client.clone(), "pgo");
    let all = pods
        .list(&ListParams::default().labels("vendor=crunchydata"))
        .await?;
    let restarts = |pod: &Pod| {
        let statuses = pod
            .status
            .iter()
            .flat_map(|status| status.container_statuses.iter().flatten());
        statuses.map(|status| status.restart_count).sum()
    };
    Ok(all.iter().map(|pod| (pod.name_any(), restarts(pod))).collect())
}
