//! `pgo create cluster` to the first accepted SQL connection through the Service.

use std::time::Instant;

use anyhow::Result;
use e2e::{Scene, World, count, requests_between, seconds};
use jiff::Timestamp;
use serde_json::json;

use crate::floor;
use crate::report::{Figure, Report, secs};
use crate::stage::on_stage;

pub(crate) async fn measure(world: &World, n: u32, report: &mut Report) -> Result<()> {
    on_stage(world, "birth", async |scene| {
        for round in 0..n {
            // Each pair in turn begins with the other, so that neither always finds the machine warm.
            if round % 2 == 0 {
                let floor = secs(floor::birth(scene).await?);
                one(scene, Some(floor), report).await?;
            } else {
                let taken = take(scene).await?;
                let floor = secs(floor::birth(scene).await?);
                note(&taken, Some(floor), report)?;
            }
        }
        Ok(())
    })
    .await
}

/// What one birth took.
struct Taken {
    first_connection: f64,
    backed_up: f64,
    requests: std::collections::BTreeMap<String, usize>,
}

async fn one(scene: &Scene, floor: Option<f64>, report: &mut Report) -> Result<()> {
    note(&take(scene).await?, floor, report)
}

async fn take(scene: &Scene) -> Result<Taken> {
    let from = Timestamp::now();
    let started = Instant::now();
    scene.pgo(&["create", "cluster", "hippo"]).await?;
    let cluster = scene.cluster("hippo");
    let session = cluster.sql().await?;
    let first_connection = secs(started.elapsed());
    drop(session);
    cluster.ready(0, seconds(120)).await?;
    let backed_up = secs(started.elapsed());
    let mut requests = requests_between(scene.world.environment, from, Timestamp::now())?;
    requests.retain(|request| request.object_ref.namespace == scene.namespace);
    scene
        .pgo(&["delete", "cluster", "hippo", "--no-prompt", "--wait"])
        .await?;
    Ok(Taken {
        first_connection,
        backed_up,
        requests: count(&requests),
    })
}

fn note(taken: &Taken, floor: Option<f64>, report: &mut Report) -> Result<()> {
    let more = json!({ "requests": taken.requests });
    let aim = "≤ 1.8 ×";
    let figure = Figure::seconds("create cluster → first SQL connection (bare pod)", aim);
    report.sample(figure, taken.first_connection, floor, more)?;
    let figure = Figure::seconds("create cluster → first backup taken, Ready", "");
    report.sample(figure, taken.backed_up, None, json!({}))?;
    for (name, of) in [
        ("operator", "postgres-operator"),
        ("API server", "pgo-apiserver"),
        ("instance", "pgo-pg"),
    ] {
        let all = taken
            .requests
            .iter()
            .filter(|(sender, _)| sender.starts_with(of))
            .map(|(_, count)| *count);
        let figure = Figure::count(&format!("requests of the {name} for one birth"), "");
        report.sample(
            figure,
            f64::from(u32::try_from(all.sum::<usize>())?),
            None,
            json!({}),
        )?;
    }
    let all = f64::from(u32::try_from(taken.requests.values().sum::<usize>())?);
    report.sample(
        Figure::count(
            "requests of everybody for one birth, Kubernetes' own included",
            "",
        ),
        all,
        None,
        json!({}),
    )
}
