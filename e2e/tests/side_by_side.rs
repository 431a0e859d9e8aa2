//! Two API servers in front of one Kubernetes, and one of them stops: nobody notices.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use e2e::{Caller, Outcome, Scene, scene_alone, seconds, until_all};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{Pod, Secret};
use kube::api::{DeleteParams, ListParams, Patch, PatchParams};
use kube::runtime::watcher;
use kube::{Api, ResourceExt as _};
use pgo_crd::Pgcluster;
use serde_json::json;
use tokio::net::TcpStream;
use tokio::sync::mpsc;

const DEPLOYMENT: &str = "pgo-apiserver";
/// How long one server may take to hear of what the other wrote.
const SOON: Duration = seconds(5);

#[tokio::test]
async fn two_servers_are_one_and_one_goes_without_anybody_noticing() -> Outcome {
    scene_alone("two-doors", async |scene| {
        let servers: Api<Deployment> = Api::namespaced(scene.world.client.clone(), "pgo");
        let before = servers.get(DEPLOYMENT).await?.spec.and_then(|spec| spec.replicas);
        let played = async {
            let pods = running(scene, 2).await?;
            play(scene, pods).await
        }
        .await;
        let swept = sweep(scene).await;
        let back = running(scene, usize::try_from(before.unwrap_or(1))?).await;
        played.and(swept).and(back.map(drop))
    })
    .await
}

async fn play(scene: &Scene, pods: BTreeMap<String, IpAddr>) -> Result<()> {
    let administrator = Caller::administrator(scene.world.environment)?;
    let mut doors = Vec::new();
    for (name, address) in pods {
        doors.push((name, address, administrator.at(scene.world.environment, address)?));
    }
    let [(_, _, stays), (going, address, goes)] = doors.try_into().ok().context("two pods")?;
    users(scene, &stays, &goes).await?;
    clusters(scene, &stays, &goes).await?;
    reads_after_writes(scene).await?;
    wrong_passwords(scene, &stays, &goes).await?;
    stop(scene, &stays, &goes, &going, address).await
}

/// What one has written about a user, the other knows in a moment.
async fn users(scene: &Scene, one: &Caller, other: &Caller) -> Result<()> {
    let name = person(scene);
    let role = json!({ "PgoroleName": name, "PgorolePermissions": "Version" });
    one.post("/pgorolecreate", role).await?;
    let user = json!({
        "PgouserName": name, "PgouserPassword": "first", "PgouserRoles": name, "AllNamespaces": true,
    });
    one.post("/pgousercreate", user).await?;
    let status = async |door: &Caller, password: &str| {
        let user = door.clone().with_credentials(&name, password);
        anyhow::Ok(user.send("GET", "/version", String::new()).await?.status)
    };
    soon("a new user", async || Ok(status(other, "first").await? == 200)).await?;

    let change = json!({ "PgouserName": name, "PgouserPassword": "second" });
    one.post("/pgouserupdate", change).await?;
    ensure!(
        status(one, "first").await? == 401,
        "the old password is good where it was changed"
    );
    ensure!(status(one, "second").await? == 200);
    // The other one has it in memory that the old password was right; that must not last.
    soon("the end of a password", async || {
        Ok(status(other, "first").await? == 401)
    })
    .await?;
    ensure!(status(other, "second").await? == 200);

    other
        .post("/pgouserdelete", json!({ "PgouserName": [name] }))
        .await?;
    soon("the end of a user", async || {
        Ok(status(one, "second").await? == 401)
    })
    .await
}

/// Of two requests for the same cluster at the same time one is carried out; both show the same.
async fn clusters(scene: &Scene, one: &Caller, other: &Caller) -> Result<()> {
    let create = || json!({ "Name": "hippo", "Series": 1, "Namespace": scene.namespace });
    let (first, second) = tokio::join!(one.post("/clusters", create()), other.post("/clusters", create()));
    let made = usize::from(first.is_ok()) + usize::from(second.is_ok());
    ensure!(made == 1, "{made} of two were carried out: {first:?} {second:?}");
    let objects: Api<Pgcluster> = scene.api();
    let uid = objects.get("hippo").await?.uid();
    let show = json!({ "clustername": "hippo", "namespace": scene.namespace });
    for door in [one, other] {
        soon("a new cluster", async || {
            let (shown, _) = door.post("/showclusters", show.clone()).await?;
            Ok(shown["Results"][0]["cluster"]["metadata"]["uid"].as_str() == uid.as_deref())
        })
        .await?;
    }
    Ok(())
}

/// Each command is a process and a connection of its own, and might meet the other server.
async fn reads_after_writes(scene: &Scene) -> Result<()> {
    let name = person(scene);
    for _ in 0..10 {
        scene
            .pgo(&["create", "pgorole", &name, "--permissions=Version"])
            .await?;
        let shown = scene.pgo(&["show", "pgorole", &name]).await?;
        shown.has_line(&["permissions : Version"])?;
        scene.pgo(&["delete", "pgorole", &name, "--no-prompt"]).await?;
        let gone = scene.pgo(&["show", "pgorole", &name]).await?;
        gone.has_line(&[&format!("{name} was not found")])?;
    }
    Ok(())
}

/// Each counts for itself who is wrong too often; whoever has been let in before is not kept out.
async fn wrong_passwords(scene: &Scene, other: &Caller, guessed_at: &Caller) -> Result<()> {
    guessed_at.version().await?;
    let guess = async |door: &Caller| {
        let stranger = door.clone().with_credentials(&person(scene), "guess");
        stranger.send("GET", "/version", String::new()).await
    };
    let mut refused = 0;
    let last = loop {
        let answer = guess(guessed_at).await?;
        if answer.status != 401 {
            break answer;
        }
        refused += 1;
        ensure!(refused <= 40, "{refused} guesses were looked at");
    };
    ensure!(last.status == 429, "HTTP {}: {}", last.status, last.text);
    ensure!(last.headers.contains_key("retry-after"), "{:?}", last.headers);
    guessed_at
        .version()
        .await
        .context("the administrator is kept out by somebody else's guesses")?;
    ensure!(
        guess(other).await?.status == 401,
        "the other server has not been guessed at"
    );
    Ok(())
}

/// A request that has begun is answered although its server is told to stop, and new ones find the other server.
async fn stop(scene: &Scene, stays: &Caller, goes: &Caller, pod: &str, address: IpAddr) -> Result<()> {
    let (rest, halves) = mpsc::unbounded_channel();
    let body = json!({ "ClientVersion": "4.2.0", "Name": "begun", "SQL": "select 1;", "Namespace": scene.namespace });
    let body = body.to_string();
    let (head, tail) = body.split_at(body.len() / 2);
    rest.send(head.to_owned())?;
    let slow = goes.clone();
    let begun = tokio::spawn(async move { slow.send_slowly("/policies", halves).await });

    let users = async {
        // Each is a connection of its own, as a script's are.
        let mut asked = 0;
        while TcpStream::connect(SocketAddr::new(address, 8443)).await.is_ok() {
            scene.pgo(&["version"]).await.context("while a server stops")?;
            asked += 1;
        }
        anyhow::Ok(asked)
    };
    let pods: Api<Pod> = Api::namespaced(scene.world.client.clone(), "pgo");
    pods.delete(pod, &DeleteParams::default()).await?;
    let asked = tokio::time::timeout(seconds(14), users)
        .await
        .context("the server goes on listening")??;
    ensure!(asked > 0, "the server was gone at once");

    rest.send(tail.to_owned())?;
    drop(rest);
    let answer = begun.await?.context("the request was cut off")?;
    ensure!(
        answer.clone().accepted()?.json()?["Code"] == "ok",
        "it was not carried out: {}",
        answer.text
    );
    stays.version().await?;
    let shown = json!({ "Policyname": "begun", "Namespace": scene.namespace });
    soon("what was begun", async || {
        let (shown, _) = stays.post("/showpolicies", shown.clone()).await?;
        Ok(shown["PolicyList"]["items"]
            .as_array()
            .is_some_and(|items| items.len() == 1))
    })
    .await
}

/// Asks for so many servers, and waits until so many are ready and no others are there. Returns where they are.
async fn running(scene: &Scene, count: usize) -> Result<BTreeMap<String, IpAddr>> {
    let client = &scene.world.client;
    let servers: Api<Deployment> = Api::namespaced(client.clone(), "pgo");
    let scale = Patch::Merge(json!({ "spec": { "replicas": count } }));
    servers
        .patch_scale(DEPLOYMENT, &PatchParams::default(), &scale)
        .await?;
    let pods: Api<Pod> = Api::namespaced(client.clone(), "pgo");
    let selection = watcher::Config::default().labels(&format!("name={DEPLOYMENT}"));
    let what = format!("{count} API servers are ready");
    let found = until_all(pods, selection, seconds(150), &what, |pods| {
        pods.len() == count && pods.values().all(is_ready)
    })
    .await?;
    let address = |pod: &Pod| pod.status.as_ref()?.pod_ip.as_ref()?.parse().ok();
    found
        .iter()
        .map(|(name, pod)| Ok((name.clone(), address(pod).context("a pod without an address")?)))
        .collect()
}

fn is_ready(pod: &Pod) -> bool {
    let conditions = pod.status.as_ref().and_then(|status| status.conditions.as_ref());
    pod.metadata.deletion_timestamp.is_none()
        && conditions
            .into_iter()
            .flatten()
            .any(|it| it.type_ == "Ready" && it.status == "True")
}

async fn soon(what: &str, so: impl AsyncFn() -> Result<bool>) -> Result<()> {
    let asking = async {
        let mut tries = tokio::time::interval(Duration::from_millis(100));
        loop {
            tries.tick().await;
            if so().await? {
                return anyhow::Ok(());
            }
        }
    };
    let met = tokio::time::timeout(SOON, asking).await;
    met.with_context(|| format!("{what} is not known to the other server within {SOON:?}"))?
}

/// User and role of this test.
fn person(scene: &Scene) -> String {
    format!("{}-user", scene.namespace)
}

/// They are not in the test's namespace.
async fn sweep(scene: &Scene) -> Result<()> {
    let secrets: Api<Secret> = Api::namespaced(scene.world.client.clone(), "pgo");
    let selector = format!("pgo-pgorole=true,rolename={}", person(scene));
    for kind in [selector, format!("pgo-pgouser=true,username={}", person(scene))] {
        secrets
            .delete_collection(&DeleteParams::default(), &ListParams::default().labels(&kind))
            .await?;
    }
    Ok(())
}
