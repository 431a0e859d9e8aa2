//! The ConfigMap `pgo-config`: what it says is in force within seconds, and what makes no sense never is.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use e2e::{Outcome, Scene, scene_alone, seconds, until, until_all};
use k8s_openapi::api::core::v1::{ConfigMap, Event};
use kube::api::{Patch, PatchParams};
use kube::runtime::watcher;
use kube::{Api, ResourceExt as _};
use serde_json::{Value, json};

/// How long a change may take to be in force.
const SOON: Duration = seconds(20);

#[tokio::test]
async fn changes_are_taken_up_and_mistakes_are_not() -> Outcome {
    scene_alone("configuration", async |scene| {
        let original = text(&maps(scene).get("pgo-config").await?)?;
        let played = play(scene, &original).await;
        write(scene, &original).await?;
        played?;
        in_force(scene, |answer| {
            answer["Result"]["Cluster"]["Database"] == "userdb"
        })
        .await
    })
    .await
}

async fn play(scene: &Scene, original: &str) -> Result<()> {
    let changed = original.replace("Database: userdb", "Database: elephants");
    ensure!(
        changed != original,
        "the installation's pgo.yaml has another database"
    );
    write(scene, &changed).await?;
    in_force(scene, |answer| {
        answer["Result"]["Cluster"]["Database"] == "elephants"
    })
    .await?;
    scene.pgo(&["create", "cluster", "hippo"]).await?;
    ensure!(scene.cluster("hippo").object().await?.spec.database == "elephants");

    let seen = refusals(scene).await?;
    let broken = changed
        .replace("Database: elephants", "Database: tigers")
        .replace("  Port: 5432", "  Port: many");
    ensure!(
        broken.contains("Port: many"),
        "the installation's pgo.yaml has another port"
    );
    write(scene, &broken).await?;
    let line = broken
        .lines()
        .position(|line| line.contains("Port: many"))
        .context("the line")?
        + 1;
    let place = format!("pgo.yaml line {line}: Cluster.Port");
    in_force(scene, |answer| {
        let warnings = answer["Warnings"].as_array();
        let named = warnings.is_some_and(|all| {
            all.iter()
                .any(|it| it.as_str().is_some_and(|it| it.contains(&place)))
        });
        named && answer["Result"]["Cluster"]["Database"] == "elephants"
    })
    .await?;
    told(scene, seen, &place).await?;

    // What is in force works.
    scene.pgo(&["create", "cluster", "rhino"]).await?;
    ensure!(scene.cluster("rhino").object().await?.spec.database == "elephants");
    Ok(())
}

/// Waits until the API server shows a configuration that is so.
async fn in_force(scene: &Scene, so: impl Fn(&Value) -> bool) -> Result<()> {
    let mut last = Value::Null;
    let asking = async {
        let mut tries = tokio::time::interval(Duration::from_millis(200));
        loop {
            tries.tick().await;
            let shown = scene.pgo(&["show", "config", "-o", "json"]).await?;
            last = serde_json::from_str(&shown.stdout)?;
            if so(&last) {
                return Ok(());
            }
        }
    };
    let answer = tokio::time::timeout(SOON, asking).await;
    answer.with_context(|| format!("not in force within {SOON:?}: {last}"))?
}

/// Waits for a further Event of the operator about the ConfigMap that has these words.
async fn told(scene: &Scene, before: usize, words: &str) -> Result<()> {
    let events: Api<Event> = Api::namespaced(scene.world.client.clone(), "pgo");
    let about = watcher::Config::default().fields("involvedObject.name=pgo-config");
    let what = format!("an Event says {words:?}");
    until_all(events, about, SOON, &what, |all| {
        let refusals: Vec<_> = all.values().filter(|event| is_refusal(event)).collect();
        let says = |event: &&Event| {
            event
                .message
                .as_deref()
                .is_some_and(|message| message.contains(words))
        };
        refusals.len() > before && refusals.iter().any(says)
    })
    .await
    .map(drop)
}

async fn refusals(scene: &Scene) -> Result<usize> {
    let events: Api<Event> = Api::namespaced(scene.world.client.clone(), "pgo");
    let all = events.list(&kube::api::ListParams::default()).await?;
    Ok(all.iter().filter(|event| is_refusal(event)).count())
}

fn is_refusal(event: &Event) -> bool {
    event.reason.as_deref() == Some("ConfigurationRefused") && event.type_.as_deref() == Some("Warning")
}

fn maps(scene: &Scene) -> Api<ConfigMap> {
    Api::namespaced(scene.world.client.clone(), "pgo")
}

fn text(map: &ConfigMap) -> Result<String> {
    let text = map.data.as_ref().and_then(|data| data.get("pgo.yaml"));
    text.cloned()
        .with_context(|| format!("{} has no pgo.yaml", map.name_any()))
}

async fn write(scene: &Scene, text: &str) -> Result<()> {
    let patch = Patch::Merge(json!({"data": {"pgo.yaml": text}}));
    maps(scene)
        .patch("pgo-config", &PatchParams::default(), &patch)
        .await?;
    let met = |map: Option<&ConfigMap>| map.is_some_and(|map| self::text(map).is_ok_and(|it| it == text));
    until(&maps(scene), "pgo-config", SOON, "the ConfigMap is changed", met)
        .await
        .map(drop)
}
